"""Pictures of dashboards, of canned answers of a Prometheus."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.dashboards.__main__ import VALUES, found_by
from benchmarks.dashboards.drawing import NOTHING, Found, colour_at, draw
from benchmarks.dashboards.panels import Dashboard, Panel, Place, read_dashboard
from benchmarks.dashboards.prometheus import Prometheus, Series, read_series

IMAGES = Path(__file__).parents[4] / "docs" / "images"
FOLDER = Path(__file__).parents[4] / "charts" / "nextclose" / "dashboards"
BEGIN = 1764028800.0


class Canned(Prometheus):
    """Answers every query alike: ten points of one series, or what is told for a part of the query."""

    def __init__(self, **answers: list[dict[str, Any]]) -> None:
        self.asked: list[tuple[str, float, float]] = []
        self._answers = answers

    def over(self, expr: str, begin: float, end: float) -> list[Series]:
        self.asked.append((expr, begin, end))
        told = [answer for part, answer in self._answers.items() if part in expr]
        default = [{"metric": {"version": "A", "symbol": "X"}, "values": [[begin + n, str(n / 10)] for n in range(10)]}]
        result = told[0] if told else default
        return read_series({"status": "success", "data": {"resultType": "matrix", "result": result}})


def texts(path: Path) -> list[str]:
    return [re.sub(r"\s+", " ", text) for text in re.findall(r"<text [^>]*>([^<]*)</text>", path.read_text())]


def titles(dashboard: Dashboard) -> list[str]:
    return [panel.title for panel in dashboard.panels]


@pytest.mark.parametrize("name", ["service", "model", "jobs"])
def test_every_panel_is_in_the_picture(name: str, tmp_path: Path) -> None:
    dashboard = read_dashboard(FOLDER / f"{name}.json", VALUES)
    prometheus = Canned()
    found = found_by(prometheus, dashboard, BEGIN, BEGIN + 60)
    draw(tmp_path / "a.svg", dashboard, found, "Of canned answers.")
    shown = texts(tmp_path / "a.svg")
    for title in titles(dashboard):
        assert any(text.startswith(title) for text in shown), title
    assert "Of canned answers." in shown
    assert NOTHING not in shown
    asked = [expr for expr, _, _ in prometheus.asked]
    assert [query.expr for panel in dashboard.panels for query in panel.queries] == asked[: -len(dashboard.marks)]


def test_a_present_value_is_asked_for_at_the_end_and_lines_over_the_run() -> None:
    stat = Panel("stat", "a", Place(0, 0, 4, 4), queries=read_dashboard(FOLDER / "jobs.json", VALUES).panels[1].queries)
    lines = Panel("timeseries", "b", Place(4, 0, 8, 8), queries=stat.queries)
    prometheus = Canned()
    found_by(prometheus, Dashboard("d", "d", (stat, lines), ()), BEGIN, BEGIN + 60)
    assert [(begin, end) for _, begin, end in prometheus.asked] == [(BEGIN + 60, BEGIN + 60), (BEGIN, BEGIN + 60)]


def test_panels_without_data_say_so(tmp_path: Path) -> None:
    dashboard = read_dashboard(FOLDER / "service.json", VALUES)
    found = found_by(Canned(kube_=[], container_=[]), dashboard, BEGIN, BEGIN + 60)
    draw(tmp_path / "a.svg", dashboard, found, "")
    optional = sum(panel.kind != "row" and "(optional" in panel.title for panel in dashboard.panels)
    assert texts(tmp_path / "a.svg").count(NOTHING) == optional > 0


def test_a_panel_with_its_unit_legend_and_thresholds(tmp_path: Path) -> None:
    panel = Panel(
        "timeseries", "Time", Place(0, 0, 12, 8), "s", thresholds=((float("-inf"), "green"), (0.5, "red"), (60, "red"))
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
    named = [("p99", series[0]), ("nothing asked", series[1])]
    found = Found({0: named}, BEGIN, BEGIN + 60, [("green", BEGIN + 30)])
    draw(tmp_path / "a.svg", Dashboard("d", "d", (panel,), ()), found, "")
    shown = texts(tmp_path / "a.svg")
    assert "p99: last 300 ms, most 400 ms" in shown
    assert "nothing asked: last none, most none" in shown
    assert "red from 1 min" in shown
    text = (tmp_path / "a.svg").read_text()
    assert text.count("#c4162a") >= 2
    assert "#1a7f37" in text


def test_a_present_value_has_the_colour_of_its_threshold(tmp_path: Path) -> None:
    falling = ((float("-inf"), "red"), (0.5, "yellow"), (1.0, "green"))
    panel = Panel("stat", "Ready", Place(0, 0, 4, 4), thresholds=falling)
    assert [colour_at(panel, value) for value in (0, 0.5, 2)] == ["#c4162a", "#b58900", "#1a7f37"]
    (series,) = read_series(
        {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[BEGIN, "0"]]}]}}
    )
    draw(tmp_path / "a.svg", Dashboard("d", "d", (panel,), ()), Found({0: [("pods", series)]}, BEGIN, BEGIN + 60), "")
    assert "#c4162a" in (tmp_path / "a.svg").read_text()


def test_names_are_shown_instead_of_values(tmp_path: Path) -> None:
    panel = Panel("stat", "Version", Place(0, 0, 6, 4), named=True)
    (series,) = read_series(
        {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": [[BEGIN, "1"]]}]}}
    )
    found = Found({0: [("20261124T014500Z-1a2b3c4d", series)]}, BEGIN, BEGIN + 60)
    draw(tmp_path / "a.svg", Dashboard("d", "d", (panel,), ()), found, "")
    assert "20261124T014500Z-1a2b3c4d" in texts(tmp_path / "a.svg")


def test_the_same_data_make_the_same_picture(tmp_path: Path) -> None:
    dashboard = read_dashboard(FOLDER / "model.json", VALUES)
    found = found_by(Canned(), dashboard, BEGIN, BEGIN + 60)
    for name in ("a", "b"):
        draw(tmp_path / f"{name}.svg", dashboard, found, "")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_the_pictures_of_the_documents_have_the_panels_that_there_are(path: Path) -> None:
    picture = IMAGES / f"dashboard-{path.stem}.svg"
    assert picture.stat().st_size < 300_000
    assert f"images/{picture.name}" in (IMAGES.parent / "monitoring.md").read_text()
    shown = texts(picture)
    for title in (panel["title"] for panel in json.loads(path.read_text())["panels"]):
        assert any(text.startswith(title) for text in shown), f"{title}: make dashboards-plots"
