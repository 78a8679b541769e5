"""Names of the existing series, from the definitions in the code."""

import re

import prometheus_client
from prometheus_client.metrics import MetricWrapperBase

import loadtest.metrics
import model.endpoint.server_metrics
import model.serving.predictor_metrics
import transformer.transformer_metrics
from model.state.snapshot import StateSnapshot
from model.state.state_metrics import StateCollector
from tests.chart.rendering import CHART


def declared() -> set[str]:
    """Return the names of all series of this project's processes and recording rules, and of `ALERTS`."""
    modules = (
        model.endpoint.server_metrics,
        model.serving.predictor_metrics,
        transformer.transformer_metrics,
        loadtest.metrics,
    )
    metrics = [value for module in modules for value in vars(module).values() if isinstance(value, MetricWrapperBase)]
    families = [family for metric in metrics for family in metric.collect()]
    families += StateCollector(lambda: StateSnapshot(conditions={"status.json": "read"})).collect()
    families += prometheus_client.PROCESS_COLLECTOR.collect()
    suffixes = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
    names = {family.name + suffix for family in families for suffix in suffixes[family.type]}
    windows = re.compile(r"\{\{ \. \}\}")
    recorded = re.findall(
        r"record: (.*)",
        "\n".join(path.read_text() for path in (CHART / "prometheus_rules" / "recording").glob("*.yaml")),
    )
    for name in recorded:
        names |= {windows.sub(window, name) for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d")}
    return names | {"ALERTS"}
