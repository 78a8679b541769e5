"""The page of metrics, from their definitions."""

from collections.abc import Iterable
from types import ModuleType
from typing import Final, NamedTuple

from prometheus_client.core import Metric
from prometheus_client.metrics import MetricWrapperBase

import loadtest.metrics
import model.endpoint.metrics
import model.serving.metrics
import transformer.metrics
from handbook.markdown import code, page, section, table
from model.state.metrics import StateCollector
from model.state.snapshot import Snapshot

MODULES: Final = (
    ("Both roles", model.endpoint.metrics),
    ("Transformer", transformer.metrics),
    ("Predictor", model.serving.metrics),
    ("Load test", loadtest.metrics),
)
_INTRO: Final = """
Both roles serve `/metrics` on their HTTP port. What the series mean together, objectives, alerts and dashboards:
[monitoring](../monitoring.md). The names are those that Prometheus stores; of a histogram there are `_bucket`,
`_sum` and `_count`.
"""
_STATE: Final = "What the jobs left"


class Definition(NamedTuple):
    """A metric as it is defined."""

    name: str
    kind: str
    labels: tuple[str, ...]
    text: str


def metrics_page() -> str:
    """One table for each place of definitions."""
    parts = [
        _section(title, f"`{module.__name__.replace('.', '/')}.py`.", _defined(module)) for title, module in MODULES
    ]
    parts.insert(2, _section(_STATE, "`model/state/metrics.py`, served by the transformer.", _left()))
    return page("Metrics", _INTRO, *parts)


def _section(title: str, where: str, found: Iterable[Definition]) -> str:
    rows = ((code(one.name), one.kind, ", ".join(map(code, one.labels)), one.text) for one in found)
    return section(title, where, table(("metric", "kind", "labels", "what it is"), rows))


def _defined(module: ModuleType) -> list[Definition]:
    metrics = [value for value in vars(module).values() if isinstance(value, MetricWrapperBase)]
    return [
        _definition(family, tuple(metric._labelnames))  # noqa: SLF001  # there is no public way to them
        for metric in metrics
        for family in metric.describe()
    ]


def _left() -> list[Definition]:
    families = StateCollector(lambda: Snapshot(conditions={"status.json": "read"})).collect()
    return [_definition(family, tuple(getattr(family, "_labelnames", ()))) for family in families]


def _definition(family: Metric, labels: tuple[str, ...]) -> Definition:
    ending = "_total" if family.type == "counter" else ""
    return Definition(family.name + ending, family.type, labels, family.documentation)
