"""Panels from a dashboard's JSON: position, texts, thresholds, and queries with the variables replaced."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from model.contract.errors import NextcloseError

_VARIABLE: Final = re.compile(r"\$\{?(\w+)\}?")
_LABEL: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class DashboardError(NextcloseError):
    """A dashboard cannot be plotted."""


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL query without variables.

    Attributes:
        expr: The query.
        legend: Name of its series, with `{{label}}` for the value of a label.
    """

    expr: str
    legend: str

    def name(self, labels: Mapping[str, str]) -> str:
        """The name of a series with these labels. A missing label is empty, as in Grafana."""
        return _LABEL.sub(lambda found: labels.get(found[1], ""), self.legend)


@dataclass(frozen=True, slots=True)
class GridPosition:
    """The position and size of a panel in Grafana's grid of 24 columns."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel.

    Attributes:
        kind: `timeseries`, `stat` or `row`. A row has only a title and a place.
        title: Title of the panel.
        place: Position and size.
        unit: Grafana's name of the unit.
        named: Whether the panel shows names of series instead of values.
        thresholds: Values from which a colour applies, ascending; the first is minus infinity.
        queries: Queries of the panel.
    """

    kind: str
    title: str
    place: GridPosition
    unit: str = "short"
    named: bool = False
    thresholds: tuple[tuple[float, str], ...] = ()
    queries: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard.

    Attributes:
        name: Name of its file.
        title: Title of the dashboard.
        panels: Panels from top to bottom.
        marks: Name, colour and query of each annotation; the values of the query are times in ms.
    """

    name: str
    title: str
    panels: tuple[Panel, ...]
    marks: tuple[tuple[str, str, Query], ...]


def replace_variables(text: str, values: Mapping[str, str]) -> str:
    """Replace the variables of a query, as Grafana does.

    Raises:
        DashboardError: A variable has no value.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise DashboardError(f"{text}: expected one of the variables {sorted(values)}, got ${found[1]}")
        return values[found[1]]

    return _VARIABLE.sub(value, text)


def read_dashboard(path: Path, values: Mapping[str, str]) -> Dashboard:
    """Read a dashboard of the chart.

    Args:
        path: Path of the dashboard's JSON.
        values: Values of the variables and of `__rate_interval`.

    Raises:
        DashboardError: A query has a variable without a value.
    """
    document = json.loads(path.read_text())
    marks = (
        (one["name"], one["iconColor"], Query(replace_variables(one["expr"], values), one["titleFormat"]))
        for one in document["annotations"]["list"]
    )
    return Dashboard(path.stem, document["title"], tuple(_panels(document, values)), tuple(marks))


def _panels(document: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[Panel]:
    for panel in document["panels"]:
        at = panel["gridPos"]
        place = GridPosition(at["x"], at["y"], at["w"], at["h"])
        if panel["type"] == "row":
            yield Panel("row", panel["title"], place)
            continue
        defaults = panel["fieldConfig"]["defaults"]
        steps = defaults["thresholds"]["steps"]
        yield Panel(
            panel["type"],
            panel["title"],
            place,
            defaults["unit"],
            panel["options"].get("textMode") == "name",
            tuple((float("-inf") if one["value"] is None else float(one["value"]), one["color"]) for one in steps),
            tuple(Query(replace_variables(one["expr"], values), one["legendFormat"]) for one in panel["targets"]),
        )
