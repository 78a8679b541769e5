"""Extraction of panels, queries and selectors from dashboards."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchmarks.dashboards import panels as panels_of_plots

_NOT_METRICS: Final = re.compile(
    r"\"[^\"]*\"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)"
)
_NAME: Final = re.compile(r"(?<![\w:.$])[a-zA-Z_:][\w:]*\b(?!\s*\()")
_WORDS: Final = frozenset({"and", "bool", "or", "unless", "offset"})
_SELECTOR: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\{[^}]*\}")


def panels(dashboard: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Iterate over all panels, without rows."""
    yield from (panel for panel in dashboard["panels"] if panel["type"] != "row")


def optional(panel: Mapping[str, Any]) -> bool:
    """Return whether a panel needs metrics of other exporters."""
    return " (optional: " in panel["title"]


def selectors(expr: str) -> list[str]:
    """Return the selectors of a query, each with its metric."""
    return _SELECTOR.findall(expr)


def metrics(expr: str) -> set[str]:
    """Return the names of all metrics in a query, with or without a selector."""
    return set(_NAME.findall(_NOT_METRICS.sub(" ", expr))) - _WORDS


def grouped(expr: str) -> set[str] | None:
    """Return the labels that the series of a query can have; None if the query keeps the labels of the metric."""
    outermost = re.match(r"(?:time\(\) - )?\(*\w+ by \(([^)]*)\)", expr)
    if outermost:
        return {label.strip() for label in outermost[1].split(",") if label.strip()}
    return None if re.match(r"[\w:]+\{", expr) else set()


def filled(text: str, namespace: str, release: str) -> str:
    """Return a query with its variables replaced as Grafana does."""
    values = {"namespace": namespace, "release": release, "symbol": ".*", "__rate_interval": "5m"}
    return panels_of_plots.replace_variables(text, values)


def marks(dashboard: Mapping[str, Any], namespace: str, release: str) -> list[str]:
    """Return the queries of a dashboard's annotations."""
    return [filled(entry["expr"], namespace, release) for entry in dashboard["annotations"]["list"]]


def expressions(dashboard: Mapping[str, Any], namespace: str, release: str, *, ours: bool = False) -> list[str]:
    """Return the queries of a dashboard's panels; with `ours`, only of those that need no other exporters."""
    queries = [
        target["expr"] for panel in panels(dashboard) for target in panel["targets"] if not (ours and optional(panel))
    ]
    return [filled(expr, namespace, release) for expr in queries]
