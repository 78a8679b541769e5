"""The series that there are, by the definitions in the code."""

import re

import prometheus_client
from prometheus_client.metrics import MetricWrapperBase

import loadtest.metrics
import model.endpoint.metrics
import model.serving.metrics
import transformer.metrics
from model.state.metrics import StateCollector
from model.state.snapshot import Snapshot
from tests.chart.rendering import CHART


def declared() -> set[str]:
    """Names of series that this project's processes, its recording rules and Prometheus itself make."""
    modules = (model.endpoint.metrics, model.serving.metrics, transformer.metrics, loadtest.metrics)
    metrics = [value for module in modules for value in vars(module).values() if isinstance(value, MetricWrapperBase)]
    families = [family for metric in metrics for family in metric.collect()]
    families += StateCollector(lambda: Snapshot(conditions={"status.json": "read"})).collect()
    families += prometheus_client.PROCESS_COLLECTOR.collect()
    endings = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
    names = {family.name + ending for family in families for ending in endings[family.type]}
    windows = re.compile(r"\{\{ \. \}\}")
    recorded = re.findall(
        r"record: (.*)",
        "\n".join(path.read_text() for path in (CHART / "prometheus_rules" / "recording").glob("*.yaml")),
    )
    for name in recorded:
        names |= {windows.sub(window, name) for window in ("5m", "30m", "1h", "2h", "6h", "1d", "3d")}
    return names | {"ALERTS"}
