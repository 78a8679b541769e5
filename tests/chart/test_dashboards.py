"""Dashboards: the committed files match the code, every panel is complete, and every query uses existing metrics."""

import json
import re
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from benchmarks.dashboards.units import format_value
from tests.chart.declared_metrics import declared
from tests.chart.queries import expressions, grouped, marks, metrics, panels, selectors
from tests.chart.rendering import CHART, Document, render
from tests.programs import require_program
from tools.grafana.__main__ import DASHBOARDS, FOLDER, text_of
from tools.grafana.queries import JOBS, PODS, RELEASE_LABELS

RUNBOOKS: Final = Path(__file__).parents[2] / "docs" / "runbooks"
NAMES: Final = sorted(DASHBOARDS)
ALERTS: Final = sorted((CHART / "prometheus_rules" / "alerts").glob("*.yaml"))
# Metrics of other exporters, about pods and jobs.
_OTHER_EXPORTERS: Final = re.compile(r"container_\w+|kube_\w+")
# Panels that use the metric of the version mismatch alert, but show labels other than the version.
_NOT_THE_VERSION: Final = {"State", "Source of prices"}
_OPTIONAL: Final = re.compile(r" \(optional: (cAdvisor|kube-state-metrics)\)$")


def dashboard(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return loaded


@pytest.mark.parametrize("name", NAMES)
def test_committed_dashboard_matches_the_code(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text() == text_of(DASHBOARDS[name]()), "run `make dashboards`"


def test_no_other_dashboards_exist() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == NAMES == ["jobs", "model", "service"]


@pytest.mark.parametrize("name", NAMES)
def test_every_panel_is_complete(name: str) -> None:
    found = list(panels(dashboard(name)))
    assert len({panel["id"] for panel in found}) == len(found)
    for panel in found:
        title = panel["title"]
        assert title, panel["id"]
        assert panel["description"].endswith("."), title
        assert panel["fieldConfig"]["defaults"]["unit"], title
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"] is None, title
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, title
        assert panel["targets"], title
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs), title
        for target in panel["targets"]:
            assert target["legendFormat"], title
            assert target["datasource"] == panel["datasource"], title
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, title


@pytest.mark.parametrize("name", NAMES)
def test_legends_use_labels_of_the_series(name: str) -> None:
    for panel in panels(dashboard(name)):
        for target in panel["targets"]:
            legend, labels = target["legendFormat"], grouped(target["expr"])
            assert legend.strip() not in {"", "__auto"}, panel["title"]
            assert not re.fullmatch(r"[\dsmhdw.]+", legend), f"{panel['title']}: the legend is only a number: {legend}"
            used = set(re.findall(r"\{\{(\w+)\}\}", legend))
            assert labels is None or used <= labels, f"{panel['title']}: {used} of {labels}"
        if panel["type"] == "timeseries":
            assert panel["options"]["legend"]["showLegend"], panel["title"]
        legends = [target["legendFormat"] for target in panel["targets"]]
        assert len(set(legends)) == len(legends), panel["title"]


@pytest.mark.parametrize("name", NAMES)
def test_stat_panels_use_instant_queries(name: str) -> None:
    for panel in panels(dashboard(name)):
        for target in panel["targets"]:
            kind = (bool(target.get("instant")), bool(target.get("range")))
            assert kind == ((True, False) if panel["type"] == "stat" else (False, True)), panel["title"]


@pytest.mark.parametrize("name", NAMES)
def test_units_are_known_and_dates_are_shown_at_noon(name: str) -> None:
    for panel in panels(dashboard(name)):
        unit = panel["fieldConfig"]["defaults"]["unit"]
        assert format_value(1.0, unit), panel["title"]
        days = [bool(re.search(r"data_until", target["expr"])) for target in panel["targets"]]
        if any(days):
            # Midnight in UTC is the previous day west of Greenwich, so the queries return noon.
            assert unit == "time:YYYY-MM-DD", panel["title"]
            assert all("+ 12 * 3600" in target["expr"] for target in panel["targets"]), panel["title"]


@pytest.mark.parametrize("name", NAMES)
def test_rows_have_titles_and_panels(name: str) -> None:
    found = dashboard(name)["panels"]
    assert found[0]["type"] == "row"
    rows = [panel for panel in found if panel["type"] == "row"]
    assert all(row["title"] for row in rows)
    assert len({row["title"] for row in rows}) == len(rows)
    assert len({panel["id"] for panel in found}) == len(found)
    for row, after in pairwise(found):
        assert (row["type"], after["type"]) != ("row", "row"), row["title"]


def test_panels_do_not_overlap() -> None:
    for name in NAMES:
        taken: set[tuple[int, int]] = set()
        for panel in [*panels(dashboard(name))]:
            at = panel["gridPos"]
            cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert taken.isdisjoint(cells), f"{name}: {panel['title']}"
            taken |= cells


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_to_existing_runbooks(name: str) -> None:
    links = [link["url"] for panel in panels(dashboard(name)) for link in panel.get("links", [])]
    assert links
    for link in links:
        base, _, file = link.rpartition("/")
        assert base == "${runbooks}"
        assert (RUNBOOKS / file).is_file(), link


def test_every_runbook_has_a_panel() -> None:
    linked = {link["url"] for name in NAMES for panel in panels(dashboard(name)) for link in panel.get("links", [])}
    assert linked == {f"${{runbooks}}/{path.name}" for path in RUNBOOKS.glob("*.md")}


def _metrics_of(path: Path) -> set[str]:
    """Return the metrics of an alert; all windows of a recorded rate count as one metric."""
    found = re.findall(r"\b((?:nextclose|process)[\w:]+)\{", path.read_text())
    return {re.sub(r"(ratio_rate).*", r"\1", metric) for metric in found}


@pytest.mark.parametrize("path", ALERTS, ids=lambda path: path.stem)
def test_panels_with_metrics_of_an_alert_link_its_runbook(path: Path) -> None:
    alert_metrics, count = _metrics_of(path), 0
    assert alert_metrics
    for name in NAMES:
        for panel in panels(dashboard(name)):
            shown = {re.sub(r"(ratio_rate).*", r"\1", one) for t in panel["targets"] for one in metrics(t["expr"])}
            if shown & alert_metrics and not (path.stem == "version-mismatch" and panel["title"] in _NOT_THE_VERSION):
                links = [link["url"] for link in panel["links"]]
                assert f"${{runbooks}}/{path.stem}.md" in links, f"{name}: {panel['title']}"
                count += 1
    assert count, "no panel shows a metric of the alert"


@pytest.mark.parametrize("name", NAMES)
def test_every_metric_exists(name: str) -> None:
    document = dashboard(name)
    ours = declared()
    variables = [one["query"] for one in document["templating"]["list"] if one["type"] == "query"]
    queries = [re.sub(r"^label_values\((.*), \w+\)$", r"\1", query) for query in variables]
    queries += [entry["expr"] for entry in document["annotations"]["list"]]
    for query in queries:
        assert metrics(query) <= ours, query
        assert metrics(query), query
    for panel in panels(document):
        for target in panel["targets"]:
            unknown = {one for one in metrics(target["expr"]) - ours if not _OTHER_EXPORTERS.fullmatch(one)}
            assert not unknown, f"{panel['title']}: {unknown}"
            assert metrics(target["expr"]), panel["title"]


def test_metrics_without_a_selector_are_found() -> None:
    expr = 'sum by (a, b) (rate(one_total{c="two(three"}[5m])) / on (d) group_left (e) four + 1e3 * x:y:rate5m'
    expr += " or vector(0)"
    assert metrics(expr) == {"one_total", "four", "x:y:rate5m"}


def _without_uid(value: Any) -> Iterator[str]:
    """Iterate over all data sources in a document that are not the variable."""
    if isinstance(value, dict):
        source = value.get("datasource")
        if source is not None and source != {"type": "prometheus", "uid": "${datasource}"}:
            yield str(source)
        for part in value.values():
            yield from _without_uid(part)
    elif isinstance(value, list):
        for part in value:
            yield from _without_uid(part)


@pytest.mark.parametrize("name", NAMES)
def test_data_source_is_a_variable_with_a_default(name: str) -> None:
    document = dashboard(name)
    assert list(_without_uid(document)) == []
    (source,) = (one for one in document["templating"]["list"] if one["type"] == "datasource")
    assert (source["query"], source["current"]["value"], source.get("regex", "")) == ("prometheus", "default", "")
    for one in document["templating"]["list"]:
        assert one["type"] == "constant" or one["label"], one["name"]


@pytest.mark.parametrize("name", NAMES)
def test_dashboard_has_the_expected_variables_and_annotations(name: str) -> None:
    document = dashboard(name)
    variables = {variable["name"]: variable for variable in document["templating"]["list"]}
    assert list(variables) == [
        "datasource",
        "namespace",
        "release",
        *(["symbol"] if name != "service" else []),
        "runbooks",
    ]
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")
    marks = [entry["name"] for entry in document["annotations"]["list"]]
    assert marks == ["Promotions", "Failed promotions and rollbacks"]
    used = re.findall(r"\$\{?(\w+)", json.dumps(document))
    assert set(used) == {*variables, *(["__rate_interval"] if name == "service" else [])}


@pytest.mark.parametrize("name", NAMES)
def test_only_optional_panels_use_metrics_of_other_exporters(name: str) -> None:
    ours = declared()
    for panel in panels(dashboard(name)):
        optional = bool(_OPTIONAL.search(panel["title"]))
        for selector in [found for target in panel["targets"] for found in selectors(target["expr"])]:
            metric, labels = selector.split("{", 1)
            assert (metric in ours) != optional, f"{panel['title']}: {metric}"
            if not optional:
                assert labels.startswith(RELEASE_LABELS), f"{panel['title']}: {selector}"
            elif not metric.startswith("kube_cronjob"):
                assert labels == f"{PODS if 'pod' in labels else JOBS}}}", f"{panel['title']}: {selector}"


def test_promtool_accepts_every_query(tmp_path: Path) -> None:
    promtool = str(require_program("promtool"))
    found = [
        expr
        for name in NAMES
        for queries in (expressions, marks)
        for expr in queries(dashboard(name), "forecasts", "nextclose")
    ]
    assert len(found) > 60
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(found)]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run(
        [promtool, "check", "rules", "rules.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


# --- in the chart -----------------------------------------------------------------------------------------------------


def shipped(*values: str, release: str = "nextclose") -> list[Document]:
    return [
        d for d in render(*values, release=release) if d["kind"] == "ConfigMap" and "dashboard" in d["metadata"]["name"]
    ]


def _loaded(maps: list[Document]) -> Iterator[tuple[str, dict[str, Any]]]:
    for document in maps:
        for file, text in document["data"].items():
            yield file, json.loads(text)


def test_each_dashboard_is_a_config_map_with_the_label_of_grafana() -> None:
    found = shipped("--set=monitoring.dashboards.annotations.grafana_folder=forecasts")
    assert [d["metadata"]["name"] for d in found] == [f"nextclose-dashboard-{name}" for name in NAMES]
    for document in found:
        assert document["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert document["metadata"]["annotations"] == {"grafana_folder": "forecasts"}
    assert shipped("--set=monitoring.dashboards.enabled=false") == []


def test_dashboards_select_their_release_and_the_runbooks() -> None:
    for _, document in _loaded(shipped("--set=monitoring.runbooks=https://example.com/", release="one")):
        current = {one["name"]: one["current"]["value"] for one in document["templating"]["list"] if "current" in one}
        assert current.pop("datasource") == "default"
        assert current == {"namespace": "forecasts", "release": "one-nextclose", "runbooks": "https://example.com"}
        assert {one["query"] for one in document["templating"]["list"] if one["name"] == "runbooks"} == {
            "https://example.com"
        }


def test_two_releases_have_separate_dashboards() -> None:
    one, two = ([*_loaded(shipped(release=release))] for release in ("one", "two"))
    assert {file for file, _ in one}.isdisjoint(file for file, _ in two)
    for key in ("uid", "title"):
        assert len({document[key] for _, document in one}) == len(NAMES)
        assert {document[key] for _, document in one}.isdisjoint(document[key] for _, document in two)
    assert all(len(document["uid"]) <= 40 for _, document in one)


def test_chart_does_not_change_panels_and_annotations() -> None:
    for _, document in _loaded(shipped()):
        name = document["uid"].split("-")[1]
        assert [*panels(document)] == [*panels(dashboard(name))]
        assert document["annotations"] == dashboard(name)["annotations"]
