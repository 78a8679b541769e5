"""Label matchers of the panels, and functions that build common PromQL queries."""

from dataclasses import dataclass
from typing import Final

# Labels that the chart's PodMonitors add.
RELEASE_LABELS: Final = 'namespace="$namespace",inferenceservice="$release"'
TRANSFORMER: Final = f'{RELEASE_LABELS},role="transformer"'
# Metrics of cAdvisor and kube-state-metrics can only be matched by the name of the pod or job.
PODS: Final = 'namespace="$namespace",pod=~"$release-(predictor|transformer)-.+",container!=""'
JOBS: Final = 'namespace="$namespace",job_name=~"$release-(refresh|bootstrap)-.+"'


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL query.

    Attributes:
        expr: PromQL expression.
        legend: Name of the series; may contain `{{label}}`.
    """

    expr: str
    legend: str


def rate(metric: str, *by: str, where: str = RELEASE_LABELS) -> str:
    """Return the query for events per second of a counter, summed over pods."""
    return f"sum by ({', '.join(by)}) (rate({metric}{{{where}}}[$__rate_interval]))"


def quantile(level: float, histogram: str, where: str = RELEASE_LABELS) -> str:
    """Return the query for a quantile of a histogram over all pods."""
    return f"histogram_quantile({level:g}, {rate(histogram + '_bucket', 'le', where=where)})"


def mean(histogram: str, *by: str, where: str = RELEASE_LABELS) -> str:
    """Return the query for the mean of a histogram over all pods."""
    return f"{rate(histogram + '_sum', *by, where=where)} / {rate(histogram + '_count', *by, where=where)}"


def seconds_since(timestamp: str) -> str:
    """Return the query for the seconds since a timestamp; no result if the timestamp is 0."""
    return f"time() - max({timestamp}{{{RELEASE_LABELS}}} > 0)"


def seconds_since_or_zero(timestamp: str) -> str:
    """Return the query for the seconds since a timestamp; 0 if the timestamp is 0."""
    return f"({seconds_since(timestamp)}) or max({timestamp}{{{RELEASE_LABELS}}})"


def noon_ms(timestamp: str, *by: str, where: str) -> str:
    """Return the query for noon of a day, in milliseconds: midnight in UTC is the previous day west of Greenwich."""
    return f"({current_gauge(timestamp, *by, where=where)} + 12 * 3600) * 1000"


def current_gauge(metric: str, *by: str, where: str = RELEASE_LABELS) -> str:
    """Return the query for a gauge that has the same value in all pods, with one series for all pods."""
    return f"max by ({', '.join(by)}) ({metric}{{{where}}})"


# When the served version was promoted, in milliseconds, by version.
SERVED_SINCE: Final = Query(
    current_gauge("nextclose_promotion_served_since_timestamp_seconds", "version") + " * 1000", "{{version}}"
)
