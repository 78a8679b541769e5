"""Latency and rate of the service: from Prometheus, else from its own /metrics, as the difference of two looks."""

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

from dashboard.faults import WrongAnswerError

_ROLE: Final = "transformer"
_WINDOW: Final = "5m"


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was asked in a time.

    Attributes:
        rate: requests a second, None where the time is not known.
        faults: share answered 5xx. p50, p99: seconds. None where nothing was asked.
        seconds: that it was looked at. since_start: whether these began with the process.
    """

    rate: float | None
    faults: float | None
    p50: float | None
    p99: float | None
    seconds: float
    since_start: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """The counters of one process at one time.

    Attributes:
        at: seconds since 1970. started: when the process did, None where it does not tell.
        requests, faults: answered, and of them 5xx.
        buckets: upper bound in seconds -> requests that took no longer.
        inside, outside: new closes, by whether the 90 % interval held them.
    """

    at: float
    started: float | None
    requests: float
    faults: float
    buckets: Mapping[float, float]
    inside: float = 0.0
    outside: float = 0.0


def read_counts(metrics: str, at: float) -> Counts:
    """Reads the text format of Prometheus.

    Raises:
        WrongAnswerError: it is not the metrics of this service.
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
        raise WrongAnswerError("/metrics: what answers here is not this service") from error
    if not known:
        raise WrongAnswerError("/metrics: what answers here is not this service")
    return Counts(at, started, requests, faults, dict(sorted(buckets.items())), **band)


def between(former: Counts | None, now: Counts) -> Traffic:
    """What was asked between two looks; since the process started where there is no former one of the same process."""
    since_start = (
        former is None or former.started != now.started or former.requests > now.requests or former.at >= now.at
    )
    if former is None or since_start:
        former = Counts(now.at if now.started is None else now.started, now.started, 0.0, 0.0, {})
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
    """As PromQL's `histogram_quantile`: even within a bucket, the last bound where it lies beyond; None of nothing."""
    if not buckets or buckets[-1][1] <= 0:
        return None
    wanted = level * buckets[-1][1]
    for (lower, before), (upper, count) in pairwise([(0.0, 0.0), *buckets]):
        if count >= wanted:
            if math.isinf(upper):
                return lower
            return lower + (upper - lower) * (wanted - before) / (count - before) if count > before else upper
    return None


@dataclass(frozen=True, slots=True)
class Pods:
    """How many pods of a role there are, and how many of them can answer."""

    ready: int
    count: int


def from_prometheus(
    query: Callable[[str], list[dict[str, Any]]], selector: str
) -> tuple[Traffic, dict[str, Pods]] | None:
    """Asks Prometheus for the last five minutes of all pods.

    Args:
        query: answers an expression by its samples; asked by several threads.
        selector: labels that select this release, as `namespace="forecasts"`; empty for none.

    Returns:
        None where it has no requests of this release: a transformer shows their counters from its start on, so nothing
        of it is read, or not twice yet.

    Raises:
        NextcloseError: as `query` does. WrongAnswerError: what answers is no Prometheus.
    """
    own = ",".join(part for part in (f'role="{_ROLE}"', selector.strip().strip(",")) if part)
    faults = f'{own},code=~"5.."'
    rate = f"sum(rate(nextclose_requests_total{{{own}}}[{_WINDOW}]))"
    asked = (
        rate,
        f"sum(rate(nextclose_requests_total{{{faults}}}[{_WINDOW}])) / {rate}",
        _histogram(0.5, own),
        _histogram(0.99, own),
        f"sum by (role) (nextclose_ready{{{selector}}})",
        f"count by (role) (nextclose_ready{{{selector}}})",
    )
    # At once: one that is slow makes the reader wait once.
    with ThreadPoolExecutor(len(asked)) as pool:
        *single, ready, count = pool.map(query, asked)
    try:
        a_second, share, p50, p99 = map(_one, single)
        if a_second is None:
            return None
        traffic = Traffic(rate=a_second, faults=share, p50=p50, p99=p99, seconds=300.0)
        can_answer, there = _by_role(ready), _by_role(count)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise WrongAnswerError("Prometheus: expected samples of a query") from error
    return traffic, {role: Pods(int(can_answer.get(role, 0)), int(number)) for role, number in there.items()}


def _histogram(level: float, own: str) -> str:
    buckets = f"rate(nextclose_request_duration_seconds_bucket{{{own}}}[{_WINDOW}])"
    return f"histogram_quantile({level:g}, sum by (le) ({buckets}))"


def _one(samples: Sequence[Mapping[str, Any]]) -> float | None:
    values = [float(sample["value"][1]) for sample in samples]
    return values[0] if values and math.isfinite(values[0]) else None


def _by_role(samples: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {sample["metric"].get("role", ""): float(sample["value"][1]) for sample in samples}
