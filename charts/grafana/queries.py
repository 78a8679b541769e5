"""What all panels select by, and the shapes of queries that come again."""

from dataclasses import dataclass
from typing import Final

# The labels that the chart's PodMonitors give.
SELF: Final = 'namespace="$namespace",inferenceservice="$release"'
TRANSFORMER: Final = f'{SELF},role="transformer"'
# cAdvisor and kube-state-metrics know pods by their name alone.
PODS: Final = 'namespace="$namespace",pod=~"$release-(predictor|transformer)-.+",container!=""'
JOBS: Final = 'namespace="$namespace",job_name=~"$release-(refresh|bootstrap)-.+"'


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, and what its series are called: text with `{{label}}` in it."""

    expr: str
    legend: str


def rate(metric: str, *by: str, where: str = SELF) -> str:
    """Events a second of a counter, summed over pods."""
    return f"sum by ({', '.join(by)}) (rate({metric}{{{where}}}[$__rate_interval]))"


def quantile(level: float, histogram: str, where: str = SELF) -> str:
    """A quantile of a histogram, over all pods."""
    return f"histogram_quantile({level:g}, {rate(histogram + '_bucket', 'le', where=where)})"


def mean(histogram: str, *by: str, where: str = SELF) -> str:
    """The mean of a histogram's observations, over all pods."""
    return f"{rate(histogram + '_sum', *by, where=where)} / {rate(histogram + '_count', *by, where=where)}"


def age(timestamp: str) -> str:
    """Seconds since a time that is 0 where there is none yet."""
    return f"time() - max({timestamp}{{{SELF}}} > 0)"


def since(timestamp: str) -> str:
    """Seconds since a time; 0 where there is none."""
    return f"({age(timestamp)}) or max({timestamp}{{{SELF}}})"


def day(timestamp: str, *by: str, where: str) -> str:
    """Milliseconds of a day's noon: its midnight in UTC is still the day before west of Greenwich."""
    return f"({now(timestamp, *by, where=where)} + 12 * 3600) * 1000"


def now(metric: str, *by: str, where: str = SELF) -> str:
    """A gauge that every pod tells alike, once."""
    return f"max by ({', '.join(by)}) ({metric}{{{where}}})"
