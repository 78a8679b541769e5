"""The operations page: readiness, requests, versions, promotions, the last refresh and the last gate decision."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import page
from dashboard.client import service
from dashboard.documents import EvaluatedGate, Gate, Promotion, Roles, Run
from dashboard.settings import settings
from dashboard.traffic import CounterReading, Pods, Traffic, query_traffic, read_counts, traffic_between
from model.contract.errors import NextcloseError

_REFRESH_SECONDS: Final = (0, 5, 15, 60)
# Readiness is shown by icon and text in addition to the colour.
_ICONS: Final = {True: ":material/check_circle:", False: ":material/error:"}
_FORMER: Final = "former_counts"  # key of the session state
_PROMOTIONS: Final = 10  # shown


def show() -> None:
    """Show the page. Its content is refreshed periodically without running the rest of the script."""
    texts = page.texts()
    every = st.selectbox(
        texts("ops.every"),
        _REFRESH_SECONDS,
        index=2,
        format_func=lambda seconds: texts("ops.seconds", count=seconds) if seconds else texts("ops.off"),
        key="every",
        width=220,
    )
    st.fragment(_show_content, run_every=every or None)()


def _show_content() -> None:
    texts = page.texts()
    st.markdown(texts("ops.updated", time=texts.clock(page.now())))
    status = page.call_service("status", lambda: service().status())
    if status is None:
        return
    pods_containers = _show_roles(status.roles)
    # Filled last, so that an unresponsive Prometheus does not delay the rest of the page.
    traffic_container = st.container()
    _show_versions()
    left, right = st.columns(2, gap="medium")
    with left:
        _show_refresh(status.refresh.last_run)
    with right:
        _show_gate(status.refresh.last_gate)
    with traffic_container:
        st.header(texts("ops.traffic"), anchor=False)
        traffic, pods, origin = _read_traffic()
        _show_traffic(traffic, origin)
    for role, container in pods_containers.items():
        if role in pods:
            container.markdown(texts("ops.pods", ready=pods[role].ready, count=pods[role].count))


def _read_traffic() -> tuple[Traffic | None, dict[str, Pods], str]:
    """Read the traffic.

    Returns:
        Traffic, if known; pods by role, if known; a sentence about the origin of the numbers.
    """
    texts, address, selector = page.texts(), settings().prometheus, settings().prometheus_selector
    if address:
        try:
            with st.spinner(texts("ops.prometheus_loading")):
                found = query_traffic(service().query, selector)
        except NextcloseError as error:
            st.warning(texts("ops.prometheus_failed", reason=page.escape_markdown(str(error))))
        else:
            if found is not None:
                return *found, texts("ops.from_prometheus")
            labels = page.escape_markdown(selector) or texts("ops.no_selector")
            st.warning(texts("ops.prometheus_empty", address=page.escape_markdown(address), selector=labels))
    counts = page.call_service("metrics", lambda: read_counts(service().metrics(), page.now().timestamp()))
    if counts is None:
        return None, {}, ""
    former: CounterReading | None = st.session_state.get(_FORMER)
    st.session_state[_FORMER] = counts
    traffic = traffic_between(former, counts)
    if traffic.since_start:
        if counts.started is None:
            return traffic, {}, ""
        since = texts.ago(datetime.fromtimestamp(counts.started, tz=page.now().tzinfo), page.now())
        return traffic, {}, texts("ops.from_start", since=since)
    return traffic, {}, texts("ops.from_former", seconds=texts.number(traffic.seconds))


def _show_roles(roles: Roles) -> dict[str, DeltaGenerator]:
    """Show readiness; return a container of each role for its pods, which are not known yet."""
    texts = page.texts()
    st.header(texts("ops.health"), anchor=False)
    both = {"transformer": roles.transformer, "predictor": roles.predictor}
    containers = {}
    for column, (role, found) in zip(st.columns(len(both)), both.items(), strict=True):
        lines = [f"**{texts(f'role.{role}')}: {texts('ops.is_ready' if found.ready else 'ops.not_ready')}**"]
        if found.reason:
            lines.append(page.escape_markdown(found.reason))
        with column:
            (st.success if found.ready else st.error)("  \n".join(lines), icon=_ICONS[found.ready])
            containers[role] = st.container()
    return containers


def _show_traffic(traffic: Traffic | None, origin: str) -> None:
    if traffic is None:
        return
    texts = page.texts()
    none = texts("ops.no_requests")
    numbers = {
        "ops.rate": none if traffic.rate is None else texts.number(traffic.rate, 2),
        "ops.errors": none if traffic.faults is None else texts.percent(traffic.faults, 2),
        **{
            key: none if seconds is None else texts("ops.ms", value=texts.number(1000 * seconds, 1))
            for key, seconds in (("ops.p50", traffic.p50), ("ops.p99", traffic.p99))
        },
    }
    for column, (key, value) in zip(st.columns(2) + st.columns(2), numbers.items(), strict=True):
        column.metric(texts(key), value)
    st.markdown(origin)


def _show_versions() -> None:
    texts = page.texts()
    st.header(texts("ops.versions"), anchor=False)
    found = page.call_service("versions", lambda: service().versions())
    if found is None:
        return
    served = found.served
    if served is not None:
        page.table(
            {
                texts("ops.served"): [served.version],
                texts("ops.created"): [texts.time(served.created)],
                texts("ops.data_until"): [texts.day(served.data_until)],
                texts("ops.trained_on"): [served.symbols.replace(",", ", ")],
            },
            texts("ops.served"),
        )
    others = [version for version in reversed(found.versions) if served is None or version != served.version]
    if others:
        page.table({texts("ops.version"): others}, texts("ops.versions"))
    _show_promotions(found.promotions)


def _show_promotions(promotions: Sequence[Promotion]) -> None:
    texts = page.texts()
    st.header(texts("ops.promotions"), anchor=False)
    if not promotions:
        st.markdown(texts("ops.promotions_none"))
        return
    shown = promotions[:_PROMOTIONS]
    page.table(
        {
            texts("ops.when"): [texts.time(one.at) for one in shown],
            texts("ops.action"): [texts.translate_name("action", one.action) for one in shown],
            texts("ops.version"): [one.version for one in shown],
            texts("ops.outcome"): [texts.translate_name("outcome", one.outcome) for one in shown],
            texts("ops.by"): [one.by for one in shown],
            texts("ops.reason"): [one.reason for one in shown],
        },
        texts("ops.promotions"),
    )


def _show_refresh(run: Run | None) -> None:
    texts = page.texts()
    st.header(texts("ops.refresh"), anchor=False)
    if run is None:
        st.markdown(texts("ops.refresh_none"))
        return
    values = {"ago": texts.ago(run.at, page.now()), "time": texts.time(run.at), "seconds": texts.duration(run.seconds)}
    result = page.escape_markdown(texts.translate_name("run", run.result))
    (st.error if run.result == "failed" else st.info)(texts("ops.refresh_line", result=result, **values))
    if run.steps:
        page.table(
            {
                texts("ops.step"): [texts.translate_name("step", one.step) for one in run.steps],
                texts("ops.result"): [texts.translate_name("ended", one.result) for one in run.steps],
                texts("ops.detail"): [one.detail for one in run.steps],
                texts("ops.duration"): [f"{texts.number(one.seconds, 1)} s" for one in run.steps],
            },
            texts("ops.refresh"),
        )


def _show_gate(gate: Gate | None) -> None:
    texts = page.texts()
    st.header(texts("ops.gate"), anchor=False)
    if gate is not None:
        decision = texts("ops.gate_passed" if gate.promoted else "ops.gate_refused")
        values = {
            "version": page.escape_markdown(gate.version),
            "ago": texts.ago(gate.at, page.now()),
            "time": texts.time(gate.at),
        }
        st.markdown(texts("ops.gate_line", decision=decision, **values))
        st.markdown(page.escape_markdown(gate.sentence))
        return
    try:
        judged = service().document("/report", EvaluatedGate)
    except NextcloseError:  # no version is served yet
        st.markdown(texts("ops.gate_unknown"))
        return
    st.markdown(texts("ops.gate_none"))
    st.markdown(page.escape_markdown(judged.gate.sentence))
