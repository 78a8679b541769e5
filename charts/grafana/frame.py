"""What all dashboards have: variables, annotations at promotions, links to each other."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as made

from charts.grafana.panels import SOURCE, Builder
from charts.grafana.queries import SELF

TAG: Final = "nextclose"
RUNBOOKS: Final = "docs/runbooks"  # the chart puts the address of its values in this place
Rows = Mapping[str, Sequence[Any]]

# Of each the value is a time: Grafana puts the mark there.
_MARKS: Final = (
    (
        "Promotions",
        "green",
        f"max by (version) (nextclose_promotion_served_since_timestamp_seconds{{{SELF}}} > 0) * 1000",
        "serving {{version}}",
    ),
    (
        "Failed promotions and rollbacks",
        "red",
        "max by (outcome) (nextclose_promotion_last_timestamp_seconds"
        f'{{{SELF},outcome=~"restored|failed|rolled_back"}} > 0) * 1000',
        "{{outcome}}",
    ),
)


def dashboard(name: str, description: str, rows: Rows, *, symbols: bool = False) -> dict[str, Any]:
    """A dashboard as Grafana reads it.

    Args:
        name: after "nextclose: ".
        description: in words.
        rows: panels by the title of their row.
        symbols: whether panels use the variable `symbol`.
    """
    made_of = (
        build.Dashboard(f"nextclose: {name}")
        .uid(f"nextclose-{name}")
        .description(description)
        .tags([TAG])
        .time("now-24h", "now")
        .refresh("1m")
        .timezone("browser")
        .tooltip(made.DashboardCursorSync.CROSSHAIR)
        .variables(_variables(symbols=symbols))
        .link(
            build.DashboardLink("nextclose")
            .type(made.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        )
    )
    count = 0
    for title, panels in rows.items():
        count += 1
        made_of = made_of.with_row(build.Row(title).id(count))
        for panel in panels:
            count += 1
            made_of = made_of.with_panel(_numbered(panel, count))
    document: dict[str, Any] = json.loads(json.dumps(made_of.build(), cls=JSONEncoder))
    # The SDK has no words for annotations of a Prometheus.
    document["annotations"] = {"list": [_annotation(*mark) for mark in _MARKS]}
    return document


def _numbered(panel: Builder, number: int) -> Builder:
    return panel.id(number)


def _annotation(name: str, colour: str, expr: str, title: str) -> dict[str, Any]:
    return {
        "name": name,
        "datasource": SOURCE.to_json(),
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "expr": expr,
        "step": "1m",
        "titleFormat": title,
        "useValueForTime": True,
    }


def _variables(*, symbols: bool) -> list[Any]:
    variables: list[Any] = [
        # Whatever the default is called; where it is no Prometheus, Grafana takes the first that is one.
        build.DatasourceVariable("datasource")
        .label("Data source")
        .type("prometheus")
        .current(made.VariableOption(text="default", value="default", selected=True)),
        _labels("namespace", "Namespace", "label_values(nextclose_ready, namespace)"),
        _labels("release", "Release", 'label_values(nextclose_ready{namespace="$namespace"}, inferenceservice)'),
    ]
    if symbols:
        of = f"label_values(nextclose_data_sessions_behind{{{SELF}}}, symbol)"
        variables.append(_labels("symbol", "Symbol", of).multi(True).include_all(True).all_value(".*"))
    return [*variables, build.ConstantVariable("runbooks").value(RUNBOOKS)]


def _labels(name: str, label: str, query: str) -> build.QueryVariable:
    return (
        build.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(made.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(made.VariableSort.ALPHABETICAL_ASC)
    )
