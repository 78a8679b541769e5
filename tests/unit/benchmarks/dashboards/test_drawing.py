"""Plots of dashboards, with fixed responses of Prometheus."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.dashboards.__main__ import VALUES, found_by
from benchmarks.dashboards.drawing import NOTHING, DashboardData, colour_at, draw
from benchmarks.dashboards.panels import Dashboard, GridPosition, Panel, read_dashboard
from benchmarks.dashboards.prometheus import Prometheus, Series, read_series

IMAGES = Path(__file__).parents[4] / "docs" / "images"
FOLDER = Path(__file__).parents[4] / "charts" / "nextclose" / "dashboards"
BEGIN = 1764028800.0


class FakePrometheus(Prometheus):
    """Returns fixed results for queries that contain a text, and ten points of one series for all others."""

    def __init__(self, **results: list[dict[str, Any]]) -> None:
        self.queries: list[tuple[str, float, float]] = []
        self._results = results

    def over(self, expr: str, begin: float, end: float) -> list[Series]:
        self.queries.append((expr, begin, end))
        fixed = [result for part, result in self._results.items() if part in expr]
        default = [{"metric": {"version": "A", "symbol": "X"}, "values": [[begin + n, str(n / 10)] for n in range(10)]}]
        result = fixed[0] if fixed else default
        return read_series({"status": "success", "data": {"resultType": "matrix", "result": result}})


def texts(path: Path) -> list[str]:
    return [re.sub(r"\s+", " ", text) for text in re.findall(r"<text [^>]*>([^<]*)</text>", path.read_text())]


def titles(dashboard: Dashboard) -> list[str]:
    return [panel.title for panel in dashboard.panels]


@pytest.mark.parametrize("name", ["service", "model", "jobs"])
def test_every_panel_is_plotted(name: str, tmp_path: Path) -> None:
    dashboard = read_dashboard(FOLDER / f"{name}.json", VALUES)
    prometheus = FakePrometheus()
    found = found_by(prometheus, dashboard, BEGIN, BEGIN + 60)
    draw(tmp_path / "a.svg", dashboard, found, "Fixed responses.")
    shown = texts(tmp_path / "a.svg")
    for title in titles(dashboard):
        assert any(text.startswith(title) for text in shown), title
    assert "Fixed responses." in shown
    assert NOTHING not in shown
    queries = [expr for expr, _, _ in prometheus.queries]
    assert [query.expr for panel in dashboard.panels for query in panel.queries] == queries[: -len(dashboard.marks)]


def test_stat_panels_are_queried_at_the_end_and_line_charts_over_the_run() -> None:
    stat = Panel(
        "stat", "a", GridPosition(0, 0, 4, 4), queries=read_dashboard(FOLDER / "jobs.json", VALUES).panels[1].queries
    )
    lines = Panel("timeseries", "b", GridPosition(4, 0, 8, 8), queries=stat.queries)
    prometheus = FakePrometheus()
    found_by(prometheus, Dashboard("d", "d", (stat, lines), ()), BEGIN, BEGIN + 60)
    assert [(begin, end) for _, begin, end in prometheus.queries] == [(BEGIN + 60, BEGIN + 60), (BEGIN, BEGIN + 60)]


def test_panels_without_data_show_a_note(tmp_path: Path) -> None:
    dashboard = read_dashboard(FOLDER / "service.json", VALUES)
    found = found_by(FakePrometheus(kube_=[], container_=[]), dashboard, BEGIN, BEGIN + 60)
    draw(tmp_path / "a.svg", dashboard, found, "")
    optional = sum(panel.kind != "row" and "(optional" in panel.title for panel in dashboard.panels)
    assert texts(tmp_path / "a.svg").count(NOTHING) == optional > 0


def test_line_chart_has_unit_legend_and_thresholds(tmp_path: Path) -> None:
    panel = Panel(
        "timeseries",
        "Time",
        GridPosition(0, 0, 12, 8),
        "s",
        thresholds=((float("-inf"), "green"), (0.5, "red"), (60, "red")),
    )
    series = read_series(
        {
            "status": "success",
            "data": {
                "resultType": "matrix",
                "result": [
                    {"metric": {}, "values": [[BEGIN, "0.2"], [BEGIN + 30, "0.4"], [BEGIN + 60, "0.3"]]},
                    {"metric": {}, "values": [[BEGIN, "NaN"], [BEGIN + 60, "NaN"]]},
                ],
            },
        }
    )
    named = [("p99", series[0]), ("no requests", series[1])]
    found = DashboardData({0: named}, BEGIN, BEGIN + 60, [("green", BEGIN + 30)])
    draw(tmp_path / "a.svg", Dashboard("d", "d", (panel,), ()), found, "")
    shown = texts(tmp_path / "a.svg")
    assert "p99: last 300 ms, max 400 ms" in shown
    assert "no requests: last none, max none" in shown
    assert "red from 1 min" in shown
    text = (tmp_path / "a.svg").read_text()
    assert text.count("#c4162a") >= 2
    assert "#1a7f37" in text


def test_stat_value_has_the_colour_of_its_threshold(tmp_path: Path) -> None:
    falling = ((float("-inf"), "red"), (0.5, "yellow"), (1.0, "green"))
    panel = Panel("stat", "Ready", GridPosition(0, 0, 4, 4), thresholds=falling)
    assert [colour_at(panel, value) for value in (0, 0.5, 2)] == ["#c4162a", "#b58900", "#1a7f37"]
    (series,) = read_series(
        {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[BEGIN, "0"]]}]}}
    )
    draw(
        tmp_path / "a.svg",
        Dashboard("d", "d", (panel,), ()),
        DashboardData({0: [("pods", series)]}, BEGIN, BEGIN + 60),
        "",
    )
    assert "#c4162a" in (tmp_path / "a.svg").read_text()


def test_stat_panel_can_show_names_instead_of_values(tmp_path: Path) -> None:
    panel = Panel("stat", "Version", GridPosition(0, 0, 6, 4), named=True)
    (series,) = read_series(
        {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[BEGIN, "1"]]}]}}
    )
    found = DashboardData({0: [("20261124T014500Z-1a2b3c4d", series)]}, BEGIN, BEGIN + 60)
    draw(tmp_path / "a.svg", Dashboard("d", "d", (panel,), ()), found, "")
    assert "20261124T014500Z-1a2b3c4d" in texts(tmp_path / "a.svg")


def test_same_data_gives_the_same_plot(tmp_path: Path) -> None:
    dashboard = read_dashboard(FOLDER / "model.json", VALUES)
    found = found_by(FakePrometheus(), dashboard, BEGIN, BEGIN + 60)
    for name in ("a", "b"):
        draw(tmp_path / f"{name}.svg", dashboard, found, "")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_plots_in_the_documentation_have_all_current_panels(path: Path) -> None:
    plot = IMAGES / f"dashboard-{path.stem}.svg"
    assert plot.stat().st_size < 300_000
    assert f"images/{plot.name}" in (IMAGES.parent / "monitoring.md").read_text()
    shown = texts(plot)
    for title in (panel["title"] for panel in json.loads(path.read_text())["panels"]):
        assert any(text.startswith(title) for text in shown), f"{title}: make dashboards-plots"
