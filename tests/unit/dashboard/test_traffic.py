import threading
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from dashboard.dashboard_errors import UnexpectedResponseError
from dashboard.traffic import CounterReading, Pods, query_traffic, read_counts, traffic_between

BOUNDS = (0.001, 0.01, 0.1)


def metrics(*seconds: float, faults: int = 0) -> str:
    """Return metrics as a transformer exports them."""
    registry = CollectorRegistry()
    requests = Counter("nextclose_requests", "d", ["role", "protocol", "code", "reason"], registry=registry)
    durations = Histogram(
        "nextclose_request_duration_seconds", "d", ["role", "protocol"], buckets=BOUNDS, registry=registry
    )
    band = Counter("nextclose_band_closes", "d", ["result"], registry=registry)
    requests.labels("transformer", "v2", "200", "ok").inc(len(seconds))
    requests.labels("transformer", "grpc", "503", "unavailable").inc(faults)
    requests.labels("predictor", "v2", "200", "ok").inc(1000)
    for duration in seconds:
        durations.labels("transformer", "v2").observe(duration)
    durations.labels("predictor", "v2").observe(9)
    band.labels("inside").inc(9)
    band.labels("outside").inc(1)
    return generate_latest(registry).decode() + "process_start_time_seconds 1000\n"


def test_only_requests_of_the_transformer_are_counted() -> None:
    counts = read_counts(metrics(0.005, 0.005, faults=1), at=1010.0)
    assert (counts.at, counts.started, counts.requests, counts.faults) == (1010, 1000, 3, 1)
    assert counts.buckets == {0.001: 0, 0.01: 2, 0.1: 2, float("inf"): 2}
    assert (counts.inside, counts.outside) == (9, 1)


@pytest.mark.parametrize("text", ["", "<html>", "up 1\n", "nextclose_requests_total{ 1\n"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(UnexpectedResponseError, match="not from this service"):
        read_counts(text, 0.0)


def test_first_reading_counts_from_the_start() -> None:
    traffic = traffic_between(None, read_counts(metrics(*[0.005] * 20, faults=5), at=1010.0))
    assert traffic.since_start
    assert (traffic.rate, traffic.faults, traffic.seconds) == (2.5, 0.2, 10)
    assert traffic.p50 == pytest.approx(0.001 + 0.009 * 0.5)


def test_next_reading_counts_from_the_previous() -> None:
    former = read_counts(metrics(*[0.005] * 20), at=1010.0)
    now = read_counts(metrics(*[0.005] * 20, *[0.05] * 10), at=1015.0)
    traffic = traffic_between(former, now)
    assert not traffic.since_start
    assert (traffic.rate, traffic.faults, traffic.seconds) == (2.0, 0.0, 5)
    assert traffic.p50 == pytest.approx(0.01 + 0.09 * 0.5)
    assert traffic.p99 == pytest.approx(0.01 + 0.09 * 0.99)


def test_period_without_requests_has_no_latency() -> None:
    counts = read_counts(metrics(0.005), at=1010.0)
    traffic = traffic_between(counts, read_counts(metrics(0.005), at=1012.0))
    assert (traffic.rate, traffic.faults, traffic.p50, traffic.p99) == (0, None, None, None)


def test_restarted_process_counts_from_its_start() -> None:
    former = CounterReading(at=1010, started=900, requests=5, faults=0, buckets={})
    assert traffic_between(former, read_counts(metrics(0.005), at=1020.0)).since_start


def test_latency_beyond_the_last_bound_is_that_bound() -> None:
    traffic = traffic_between(None, read_counts(metrics(5.0, 5.0), at=1010.0))
    assert traffic.p50 == traffic.p99 == 0.1


ROLES = [{"metric": {"role": role}, "value": [0, "2"]} for role in ("transformer", "predictor")]


def test_prometheus_queries_select_the_release() -> None:
    expressions = []

    def query(expression: str) -> list[dict[str, Any]]:
        expressions.append(expression)
        return ROLES if "by (role)" in expression else [{"metric": {}, "value": [0, "0.25"]}]

    found = query_traffic(query, 'namespace="n",inferenceservice="r"')
    assert found is not None
    traffic, pods = found
    assert (traffic.rate, traffic.p99) == (0.25, 0.25)
    assert pods == {"transformer": Pods(2, 2), "predictor": Pods(2, 2)}
    assert all('namespace="n",inferenceservice="r"' in expression for expression in expressions)


def test_prometheus_without_traffic_has_a_rate_of_zero() -> None:
    def query(expression: str) -> list[dict[str, Any]]:
        if "by (role)" in expression:
            return ROLES
        # Prometheus returns NaN for 0 / 0 and for quantiles of an empty histogram.
        is_rate = expression.startswith("sum") and "/" not in expression
        return [{"metric": {}, "value": [0, "0" if is_rate else "NaN"]}]

    found = query_traffic(query, "")
    assert found is not None
    traffic, pods = found
    assert (traffic.rate, traffic.faults, traffic.p50, traffic.p99) == (0, None, None, None)
    assert pods == {"transformer": Pods(2, 2), "predictor": Pods(2, 2)}


def test_prometheus_without_series_has_no_traffic() -> None:
    assert query_traffic(lambda _: [], 'namespace="wrong"') is None


@pytest.mark.parametrize("samples", [[{"metric": {}}], [None], ["x"], [{"metric": {}, "value": [0, "x"]}]])
def test_other_answer_instead_of_prometheus_is_reported(samples: list[Any]) -> None:
    with pytest.raises(UnexpectedResponseError, match="Prometheus"):
        query_traffic(lambda _: samples, "")


def test_queries_run_concurrently() -> None:
    all_started = threading.Barrier(6, timeout=20)

    def query(expression: str) -> list[dict[str, Any]]:
        all_started.wait()
        return []

    assert query_traffic(query, "") is None
