"""Panels as their dashboard's JSON has them: place, words, thresholds, and queries with the variables replaced."""

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
    """A dashboard that cannot be plotted: says which text, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL without variables, and what its series are called: text with `{{label}}` in it."""

    expr: str
    legend: str

    def name(self, labels: Mapping[str, str]) -> str:
        """What a series with these labels is called; a label that it lacks is left empty, as Grafana does."""
        return _LABEL.sub(lambda found: labels.get(found[1], ""), self.legend)


@dataclass(frozen=True, slots=True)
class Place:
    """Of a panel, in Grafana's grid of 24 columns."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel.

    Attributes:
        kind: `timeseries`, `stat` or `row`; a row has a title and a place and nothing else.
        unit: Grafana's name of it. named: whether it shows names of series instead of values.
        thresholds: values from which a colour holds, ascending; the first holds from minus infinity.
    """

    kind: str
    title: str
    place: Place
    unit: str = "short"
    named: bool = False
    thresholds: tuple[tuple[float, str], ...] = ()
    queries: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard: its panels from top to bottom, and the queries of its annotations (values are times in ms)."""

    name: str
    title: str
    panels: tuple[Panel, ...]
    marks: tuple[tuple[str, str, Query], ...]  # name, colour, query


def filled(text: str, values: Mapping[str, str]) -> str:
    """A query with its variables replaced, as Grafana does.

    Raises:
        DashboardError: a variable has no value.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise DashboardError(f"{text}: expected one of the variables {sorted(values)}, got ${found[1]}")
        return values[found[1]]

    return _VARIABLE.sub(value, text)


def read_dashboard(path: Path, values: Mapping[str, str]) -> Dashboard:
    """A dashboard of the chart.

    Args:
        path: its JSON.
        values: of its variables, and of `__rate_interval`.

    Raises:
        DashboardError: a query has a variable without a value.
    """
    document = json.loads(path.read_text())
    marks = (
        (one["name"], one["iconColor"], Query(filled(one["expr"], values), one["titleFormat"]))
        for one in document["annotations"]["list"]
    )
    return Dashboard(path.stem, document["title"], tuple(_panels(document, values)), tuple(marks))


def _panels(document: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[Panel]:
    for panel in document["panels"]:
        at = panel["gridPos"]
        place = Place(at["x"], at["y"], at["w"], at["h"])
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
            tuple(Query(filled(one["expr"], values), one["legendFormat"]) for one in panel["targets"]),
        )
