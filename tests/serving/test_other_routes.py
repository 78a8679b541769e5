"""Routes of the transformer other than inference: symbols, reports, docs, metrics."""

import json
import re
import subprocess
from datetime import UTC, datetime, time

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from model.artefact.manifest import METRICS, REPORT
from model.contract.arrays import f8
from model.state.folder import StateFolder
from model.state.ledger import FILE, Ledger, LedgerEntry
from model.state.status import FILE as STATUS
from model.state.status import GateDecision, Status, write_status
from tests.programs import require_program
from tests.serving.processes import Pair, wait_until
from tests.serving.trained import Trained
from tests.serving.v2_requests import INFER, ask


def test_symbols_and_windows_are_listed(http: httpx.Client, version: Trained, windows: f8) -> None:
    series = version.series
    assert http.get("/symbols").json() == {"symbols": [series.symbol]}
    answer = http.get(f"/symbols/{series.symbol}/window").json()
    assert answer["close"] == windows[-1].tolist()
    assert answer["dates"] == [str(day) for day in series.dates[-60:]]
    assert answer["data_until"] == answer["dates"][-1] == series.last.isoformat()
    assert answer["target_session"] == series.upcoming[0].date.isoformat()
    assert (answer["symbol"], answer["source"], answer["stale"]) == (series.symbol, "csv", True)
    assert answer["sessions_behind"] > 1


@pytest.mark.parametrize("symbol", ["NONE3.SA", "..%2f..%2fetc%2fpasswd", "%00", "a" * 300, "PETR4.SA%0aX"])
def test_window_of_an_unknown_symbol_returns_404(http: httpx.Client, symbol: str) -> None:
    answer = http.get(f"/symbols/{symbol}/window")
    assert answer.status_code == 404
    assert list(answer.json()) == ["error"]
    assert "\n" not in answer.json()["error"]


def test_report_is_that_of_the_served_version(http: httpx.Client, version: Trained) -> None:
    artefact = version.artefact
    answer = http.get("/report").json()
    assert answer.pop("version") == artefact.version
    assert answer == json.loads(artefact.read(METRICS))
    assert {"measures", "skill", "calibration", "gate", "verdict", "forecasts"} <= answer.keys()
    page = http.get("/report.html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.content == artefact.read(REPORT)


def test_versions_and_promotions_are_listed(http: httpx.Client, version: Trained) -> None:
    name = version.artefact.version
    ledger = Ledger(StateFolder(str(version.store)))
    began = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    for outcome, seconds in (("begun", 0), ("done", 42)):
        entry = {"at": began, "action": "promote", "by": "refresh", "outcome": outcome, "version": name}
        ledger.write(LedgerEntry.model_validate({**entry, "address": "pvc://secret/place", "seconds": seconds}))
    try:
        wait_until(lambda: len(http.get("/versions").json()["promotions"]) == 2, "the promotions are read", 30)
        answer = http.get("/versions").json()
        assert answer["served"]["version"] == name
        assert answer["served"]["symbols"] == version.series.symbol
        assert name in answer["versions"]
        assert answer["versions"] == sorted(answer["versions"])
        newest = answer["promotions"][0]
        assert (newest["outcome"], newest["version"], newest["seconds"]) == ("done", name, 42)
        assert "secret" not in http.get("/versions").text
    finally:
        (version.store / FILE).unlink()


def test_status_reports_both_roles_and_the_last_refresh(http: httpx.Client, version: Trained) -> None:
    answer = http.get("/status").json()
    assert answer["version"] == version.artefact.version
    assert answer["roles"] == {role: {"ready": True, "reason": None} for role in ("transformer", "predictor")}
    assert answer["refresh"] == {"last_run": None, "last_gate": None, "last_success": None}
    at = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    gate = GateDecision(at=at, version="V", promoted=False, sentence="no")
    write_status(StateFolder(str(version.store)), Status(last_gate=gate, refused_in_a_row=2))
    try:
        wait_until(lambda: http.get("/status").json()["refused_in_a_row"] == 2, "the status is read", 30)
        assert http.get("/status").json()["refresh"]["last_gate"]["sentence"] == "no"
    finally:
        (version.store / STATUS).unlink()


def test_docs_page_needs_no_internet(http: httpx.Client) -> None:
    page = http.get("/docs")
    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(addresses) >= 3
    for address in addresses:
        assert address.startswith("/")
        asset = http.get(address)
        assert asset.status_code == 200
        assert len(asset.content) > 100
    assert not re.findall(r"https?://", page.text)


def test_links_and_names_of_the_root_document(http: httpx.Client, version: Trained) -> None:
    root = http.get("/").json()
    assert root["versions"] == [version.artefact.version]
    for link in root["links"]:
        assert http.get(link).status_code == 200
    assert http.get("/v2").json()["name"] == "nextclose"
    assert http.get("/v2/models").json() == http.get("/v1/models").json() == {"models": ["nextclose"]}
    assert http.get("/v1/models/nextclose").json() == {"name": "nextclose", "ready": True}


def test_transformer_updates_its_metrics(pair: Pair, http: httpx.Client, version: Trained, windows: f8) -> None:
    role = pair.transformer
    labels = {"role": "transformer", "protocol": "v2", "code": "200", "reason": "ok"}
    wrong = {**labels, "code": "400", "reason": "invalid_input"}
    before = role.metric("nextclose_requests_total", **labels), role.metric("nextclose_requests_total", **wrong)
    rows = role.metric("nextclose_request_rows_sum")
    ask(http, windows[:5])
    http.post(INFER, json={})
    after = role.metric("nextclose_requests_total", **labels), role.metric("nextclose_requests_total", **wrong)
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)
    assert role.metric("nextclose_request_rows_sum") - rows == 5
    for step in ("preprocess", "predict", "postprocess"):
        assert role.metric("nextclose_step_duration_seconds_count", step=step) > 0
    assert role.metric("nextclose_request_duration_seconds_count", protocol="v2") > 0
    assert role.metric("nextclose_requests_in_flight", role="transformer") == 0

    artefact, symbol = version.artefact, version.series.symbol
    info = {"version": artefact.version, "source": "csv", "state": artefact.manifest.state, "symbols": symbol}
    assert role.metric("nextclose_model_info", **info) == 1
    assert role.metric("nextclose_model_created_timestamp_seconds") == artefact.manifest.created.timestamp()
    midnight = datetime.combine(version.series.last, time(), tzinfo=UTC).timestamp()
    assert role.metric("nextclose_data_until_timestamp_seconds", symbol=symbol) == midnight
    assert role.metric("nextclose_data_sessions_behind", symbol=symbol) > 1
    wait_until(lambda: role.metric("nextclose_ready", role="transformer") == 1, "readiness is a metric", 20)


def test_predictor_updates_its_metrics(pair: Pair, http: httpx.Client, version: Trained, windows: f8) -> None:
    role = pair.predictor
    before = role.metric("nextclose_batch_rows_sum", role="predictor")
    ask(http, windows[:5])
    assert role.metric("nextclose_batch_rows_sum", role="predictor") - before == 5
    assert role.metric("nextclose_predictor_compute_seconds_count") > 0
    assert role.metric("nextclose_waiting_rows", role="predictor") == 0
    assert role.metric("nextclose_predictor_model_info", version=version.artefact.version, runtime="tensorflow") == 1


def test_metrics_exist_before_their_first_event(pair: Pair) -> None:
    declared = {
        pair.transformer: {
            "nextclose_requests", "nextclose_request_duration_seconds", "nextclose_step_duration_seconds",
            "nextclose_request_rows", "nextclose_requests_in_flight", "nextclose_model_info",
            "nextclose_model_created_timestamp_seconds", "nextclose_data_until_timestamp_seconds",
            "nextclose_version_mismatches", "nextclose_band_closes", "nextclose_ready", "nextclose_state_file",
            "nextclose_batch_rows", "nextclose_batch_requests", "nextclose_waiting_rows",
            "nextclose_refresh_last_run_timestamp_seconds", "nextclose_promotions",
        },
        pair.predictor: {
            "nextclose_requests", "nextclose_batch_rows", "nextclose_waiting_rows",
            "nextclose_predictor_compute_seconds",
            "nextclose_predictor_traces", "nextclose_predictor_load_failures", "nextclose_predictor_model_info",
            "nextclose_ready",
        },
    }  # fmt: skip
    for role, names in declared.items():
        families = list(text_string_to_metric_families(httpx.get(f"{role.url}/metrics").text))
        assert names <= {family.name for family in families}
        ours = [family for family in families if family.name.startswith("nextclose")]
        assert all(family.documentation for family in ours)
    for name, labels in (
        ("nextclose_version_mismatches_total", ("recovered", "refused")),
        ("nextclose_band_closes_total", ("inside", "outside")),
    ):
        text = httpx.get(f"{pair.url}/metrics").text
        assert all(f'"{label}"}}' in text.replace(" ", "") for label in labels), name


def test_metrics_pass_promtool(pair: Pair) -> None:
    promtool = require_program("promtool")
    for role in (pair.transformer, pair.predictor):
        text = httpx.get(f"{role.url}/metrics").content
        done = subprocess.run([promtool, "check", "metrics"], check=False, input=text, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
