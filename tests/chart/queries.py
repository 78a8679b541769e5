"""Panels of a dashboard, the queries in them and in its annotations, and the selectors in queries."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchmarks.dashboards import panels as panels_of_plots

_SET_ASIDE: Final = re.compile(
    r"\"[^\"]*\"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)"
)
_NAME: Final = re.compile(r"(?<![\w:.$])[a-zA-Z_:][\w:]*\b(?!\s*\()")
_WORDS: Final = frozenset({"and", "bool", "or", "unless", "offset"})
_SELECTOR: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\{[^}]*\}")


def panels(dashboard: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All panels, without the rows between them."""
    yield from (panel for panel in dashboard["panels"] if panel["type"] != "row")


def optional(panel: Mapping[str, Any]) -> bool:
    """Whether a panel needs more than this project's own metrics."""
    return " (optional: " in panel["title"]


def selectors(expr: str) -> list[str]:
    """The selectors of a query, each with its metric."""
    return _SELECTOR.findall(expr)


def metrics(expr: str) -> set[str]:
    """Names of the metrics in a query, those without a selector too."""
    return set(_NAME.findall(_SET_ASIDE.sub(" ", expr))) - _WORDS


def grouped(expr: str) -> set[str] | None:
    """Labels that the series of a query have at the most; None where the metric's own are kept."""
    outermost = re.match(r"(?:time\(\) - )?\(*\w+ by \(([^)]*)\)", expr)
    if outermost:
        return {label.strip() for label in outermost[1].split(",") if label.strip()}
    return None if re.match(r"[\w:]+\{", expr) else set()


def filled(text: str, namespace: str, release: str) -> str:
    """A query with its variables replaced, as Grafana does."""
    values = {"namespace": namespace, "release": release, "symbol": ".*", "__rate_interval": "5m"}
    return panels_of_plots.filled(text, values)


def marks(dashboard: Mapping[str, Any], namespace: str, release: str) -> list[str]:
    """Queries of a dashboard's annotations."""
    return [filled(entry["expr"], namespace, release) for entry in dashboard["annotations"]["list"]]


def expressions(dashboard: Mapping[str, Any], namespace: str, release: str, *, ours: bool = False) -> list[str]:
    """Queries of a dashboard's panels; with `ours` those of optional panels are left out."""
    found = [
        target["expr"] for panel in panels(dashboard) for target in panel["targets"] if not (ours and optional(panel))
    ]
    return [filled(expr, namespace, release) for expr in found]
