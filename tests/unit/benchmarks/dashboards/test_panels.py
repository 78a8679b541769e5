"""Panels and queries are read from a dashboard's JSON."""

from pathlib import Path

import pytest

from benchmarks.dashboards.__main__ import VALUES
from benchmarks.dashboards.panels import DashboardError, Query, read_dashboard, replace_variables

FOLDER = Path(__file__).parents[4] / "charts" / "nextclose" / "dashboards"


def test_variables_are_replaced_with_and_without_braces() -> None:
    text = 'rate(a{namespace="$namespace",pod=~"$release-predictor-.+",b="${symbol}"}[$__rate_interval])'
    values = {"namespace": "n", "release": "r", "symbol": ".*", "__rate_interval": "20s"}
    assert replace_variables(text, values) == 'rate(a{namespace="n",pod=~"r-predictor-.+",b=".*"}[20s])'


def test_variable_without_a_value_is_reported() -> None:
    with pytest.raises(DashboardError, match=r"expected one of the variables \['namespace'\], got \$release"):
        replace_variables('a{b="$release"}', {"namespace": "n"})


def test_legend_is_filled_with_labels() -> None:
    query = Query("a", "{{code}} {{ reason }}")
    assert query.name({"code": "200", "reason": "ok"}) == "200 ok"
    assert query.name({"code": "200"}) == "200 "
    assert Query("a", "p99").name({"code": "200"}) == "p99"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_dashboards_of_the_chart_can_be_read(path: Path) -> None:
    dashboard = read_dashboard(path, VALUES)
    assert {panel.kind for panel in dashboard.panels} == {"row", "stat", "timeseries"}
    for panel in dashboard.panels:
        assert panel.title
        if panel.kind == "row":
            continue
        assert panel.thresholds[0][0] == float("-inf")
        assert panel.queries
        assert all("$" not in query.expr for query in panel.queries)
    assert [name for name, _, _ in dashboard.marks] == ["Promotions", "Failed promotions and rollbacks"]
    assert all("$" not in query.expr for _, _, query in dashboard.marks)
