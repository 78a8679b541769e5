"""Request rate and latency of the service: from Prometheus, otherwise from two readings of its own /metrics."""

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

from dashboard.dashboard_errors import UnexpectedResponseError

_ROLE: Final = "transformer"
_WINDOW: Final = "5m"


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests during a period.

    Attributes:
        rate: Requests per second; None if the length of the period is unknown.
        faults: Share of requests answered with 5xx; None without requests.
        p50: Median latency in seconds; None without requests.
        p99: 99th percentile of the latency in seconds; None without requests.
        seconds: Length of the period.
        since_start: Whether the period began with the start of the process.
    """

    rate: float | None
    faults: float | None
    p50: float | None
    p99: float | None
    seconds: float
    since_start: bool = False


@dataclass(frozen=True, slots=True)
class CounterReading:
    """Counters of one process at one time.

    Attributes:
        at: Time of the reading, in seconds since 1970.
        started: Start of the process, in seconds since 1970; None if it is not reported.
        requests: Answered requests.
        faults: Requests answered with 5xx.
        buckets: Upper bound in seconds -> number of requests that took no longer.
        inside: New closes inside the 90 % interval.
        outside: New closes outside the 90 % interval.
    """

    at: float
    started: float | None
    requests: float
    faults: float
    buckets: Mapping[float, float]
    inside: float = 0.0
    outside: float = 0.0


def read_counts(metrics: str, at: float) -> CounterReading:
    """Parse the metrics of a transformer.

    Args:
        metrics: The metrics in Prometheus's text format.
        at: Time of the reading, in seconds since 1970.

    Raises:
        WrongAnswerError: They are not the metrics of this service.
    """
    requests, faults = 0.0, 0.0
    started: float | None = None
    buckets: dict[float, float] = {}
    band = {"inside": 0.0, "outside": 0.0}
    known = False
    try:
        for family in text_string_to_metric_families(metrics):
            for name, labels, value, *_ in family.samples:
                if name == "process_start_time_seconds":
                    started = value
                elif name == "nextclose_band_closes_total":
                    band[labels["result"]] += value
                elif labels.get("role") != _ROLE:
                    continue
                elif name == "nextclose_requests_total":
                    known = True
                    requests += value
                    faults += value * labels["code"].startswith("5")
                elif name == "nextclose_request_duration_seconds_bucket":
                    bound = float(labels["le"])
                    buckets[bound] = buckets.get(bound, 0.0) + value
    except (ValueError, LookupError) as error:
        raise UnexpectedResponseError("/metrics: the answer is not from this service") from error
    if not known:
        raise UnexpectedResponseError("/metrics: the answer is not from this service")
    return CounterReading(at, started, requests, faults, dict(sorted(buckets.items())), **band)


def traffic_between(former: CounterReading | None, now: CounterReading) -> Traffic:
    """Compute the requests between two readings.

    Args:
        former: The earlier reading. If it is None or of another process, the period begins with the process.
        now: The later reading.
    """
    since_start = (
        former is None or former.started != now.started or former.requests > now.requests or former.at >= now.at
    )
    if former is None or since_start:
        former = CounterReading(now.at if now.started is None else now.started, now.started, 0.0, 0.0, {})
    seconds = now.at - former.at
    requests = now.requests - former.requests
    buckets = [(bound, count - former.buckets.get(bound, 0.0)) for bound, count in now.buckets.items()]
    return Traffic(
        rate=requests / seconds if seconds > 0 else None,
        faults=(now.faults - former.faults) / requests if requests else None,
        p50=_quantile(0.5, buckets),
        p99=_quantile(0.99, buckets),
        seconds=seconds,
        since_start=since_start,
    )


def _quantile(level: float, buckets: Sequence[tuple[float, float]]) -> float | None:
    """Compute a quantile as PromQL's `histogram_quantile`: interpolate within a bucket, at most the last finite bound.

    Returns:
        The quantile; None if the buckets are empty.
    """
    if not buckets or buckets[-1][1] <= 0:
        return None
    rank = level * buckets[-1][1]
    for (lower, before), (upper, count) in pairwise([(0.0, 0.0), *buckets]):
        if count >= rank:
            if math.isinf(upper):
                return lower
            return lower + (upper - lower) * (rank - before) / (count - before) if count > before else upper
    return None


@dataclass(frozen=True, slots=True)
class Pods:
    """Number of pods of a role.

    Attributes:
        ready: Pods that are ready.
        count: All pods.
    """

    ready: int
    count: int


def query_traffic(
    query: Callable[[str], list[dict[str, Any]]], selector: str
) -> tuple[Traffic, dict[str, Pods]] | None:
    """Query Prometheus for traffic and pods of a release over the last five minutes.

    Args:
        query: Returns the samples of a PromQL expression; called from several threads.
        selector: PromQL label matchers of the release, such as `namespace="forecasts"`; may be empty.

    Returns:
        Traffic, and the pods of each role; None if Prometheus has no request rate of this release. A transformer
        exports its counters from the start, so None means that it is not scraped, or has been scraped only once.

    Raises:
        WrongAnswerError: The answer is not from Prometheus.
        NextcloseError: As `query`.
    """
    own = ",".join(part for part in (f'role="{_ROLE}"', selector.strip().strip(",")) if part)
    faults = f'{own},code=~"5.."'
    rate = f"sum(rate(nextclose_requests_total{{{own}}}[{_WINDOW}]))"
    expressions = (
        rate,
        f"sum(rate(nextclose_requests_total{{{faults}}}[{_WINDOW}])) / {rate}",
        _histogram(0.5, own),
        _histogram(0.99, own),
        f"sum by (role) (nextclose_ready{{{selector}}})",
        f"count by (role) (nextclose_ready{{{selector}}})",
    )
    # Run concurrently, so that a slow Prometheus delays the page only once.
    with ThreadPoolExecutor(len(expressions)) as pool:
        *single, ready, count = pool.map(query, expressions)
    try:
        per_second, share, p50, p99 = map(_value, single)
        if per_second is None:
            return None
        traffic = Traffic(rate=per_second, faults=share, p50=p50, p99=p99, seconds=300.0)
        ready_by_role, count_by_role = _by_role(ready), _by_role(count)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UnexpectedResponseError("Prometheus: expected the samples of a query, got another document") from error
    return traffic, {role: Pods(int(ready_by_role.get(role, 0)), int(pods)) for role, pods in count_by_role.items()}


def _histogram(level: float, own: str) -> str:
    buckets = f"rate(nextclose_request_duration_seconds_bucket{{{own}}}[{_WINDOW}])"
    return f"histogram_quantile({level:g}, sum by (le) ({buckets}))"


def _value(samples: Sequence[Mapping[str, Any]]) -> float | None:
    values = [float(sample["value"][1]) for sample in samples]
    return values[0] if values and math.isfinite(values[0]) else None


def _by_role(samples: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {sample["metric"].get("role", ""): float(sample["value"][1]) for sample in samples}
