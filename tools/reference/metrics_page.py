"""Reference page of the metrics, generated from their definitions."""

from collections.abc import Iterable
from types import ModuleType
from typing import Final, NamedTuple

from prometheus_client.core import Metric
from prometheus_client.metrics import MetricWrapperBase

import loadtest.metrics
import model.endpoint.server_metrics
import model.serving.predictor_metrics
import transformer.transformer_metrics
from model.state.snapshot import StateSnapshot
from model.state.state_metrics import StateCollector
from tools.reference.markdown import code, page, section, table

MODULES: Final = (
    ("Transformer and predictor", model.endpoint.server_metrics),
    ("Transformer", transformer.transformer_metrics),
    ("Predictor", model.serving.predictor_metrics),
    ("Load test", loadtest.metrics),
)
_INTRO: Final = """
Transformer and predictor serve `/metrics` on their HTTP port. The names below are those that Prometheus stores; a
histogram has the series `_bucket`, `_sum` and `_count`. Objectives, alerts and dashboards:
[monitoring](../monitoring.md).
"""
_STATE: Final = "State of the jobs"


class Definition(NamedTuple):
    """Definition of a metric.

    Attributes:
        name: Name in Prometheus.
        kind: Type, e.g. counter.
        labels: Names of its labels.
        text: Description.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    text: str


def metrics_page() -> str:
    """Write the page with one table for each module that defines metrics."""
    parts = [
        _section(title, f"`{module.__name__.replace('.', '/')}.py`.", _defined(module)) for title, module in MODULES
    ]
    parts.insert(2, _section(_STATE, "`model/state/state_metrics.py`, served by the transformer.", _state_metrics()))
    return page("Metrics", _INTRO, *parts)


def _section(title: str, source: str, found: Iterable[Definition]) -> str:
    rows = ((code(one.name), one.kind, ", ".join(map(code, one.labels)), one.text) for one in found)
    return section(title, source, table(("metric", "kind", "labels", "description"), rows))


def _defined(module: ModuleType) -> list[Definition]:
    metrics = [value for value in vars(module).values() if isinstance(value, MetricWrapperBase)]
    return [
        _definition(family, tuple(metric._labelnames))  # noqa: SLF001  # there is no public attribute
        for metric in metrics
        for family in metric.describe()
    ]


def _state_metrics() -> list[Definition]:
    families = StateCollector(lambda: StateSnapshot(conditions={"status.json": "read"})).collect()
    return [_definition(family, tuple(getattr(family, "_labelnames", ()))) for family in families]


def _definition(family: Metric, labels: tuple[str, ...]) -> Definition:
    ending = "_total" if family.type == "counter" else ""
    return Definition(family.name + ending, family.type, labels, family.documentation)
