"""Parts that all dashboards share: variables, annotations of promotions, links to the other dashboards."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from tools.grafana.panels import SOURCE, Builder
from tools.grafana.queries import RELEASE_LABELS

TAG: Final = "nextclose"
RUNBOOKS: Final = "docs/runbooks"  # the chart replaces it by `monitoring.runbooks` of the values
Rows = Mapping[str, Sequence[Any]]

# Name, colour, query and title. The value of a query is a time in milliseconds, at which Grafana draws the annotation.
_ANNOTATIONS: Final = (
    (
        "Promotions",
        "green",
        f"max by (version) (nextclose_promotion_served_since_timestamp_seconds{{{RELEASE_LABELS}}} > 0) * 1000",
        "serving {{version}}",
    ),
    (
        "Failed promotions and rollbacks",
        "red",
        "max by (outcome) (nextclose_promotion_last_timestamp_seconds"
        f'{{{RELEASE_LABELS},outcome=~"restored|failed|rolled_back"}} > 0) * 1000',
        "{{outcome}}",
    ),
)


def dashboard(name: str, description: str, rows: Rows, *, symbols: bool = False) -> dict[str, Any]:
    """Build a dashboard in Grafana's JSON model.

    Args:
        name: Name after the prefix "nextclose: ".
        description: Description for users.
        rows: Row title -> panels.
        symbols: Whether the panels use the variable `symbol`.
    """
    builder = (
        build.Dashboard(f"nextclose: {name}")
        .uid(f"nextclose-{name}")
        .description(description)
        .tags([TAG])
        .time("now-24h", "now")
        .refresh("1m")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .variables(_variables(symbols=symbols))
        .link(
            build.DashboardLink("nextclose")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        )
    )
    count = 0
    for title, panels in rows.items():
        count += 1
        builder = builder.with_row(build.Row(title).id(count))
        for panel in panels:
            count += 1
            builder = builder.with_panel(_with_id(panel, count))
    document: dict[str, Any] = json.loads(json.dumps(builder.build(), cls=JSONEncoder))
    # The SDK cannot express annotations from a Prometheus query.
    document["annotations"] = {"list": [_annotation(*annotation) for annotation in _ANNOTATIONS]}
    return document


def _with_id(panel: Builder, number: int) -> Builder:
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
        # Selects the default data source by any name; if it is not a Prometheus, Grafana selects the first Prometheus.
        build.DatasourceVariable("datasource")
        .label("Data source")
        .type("prometheus")
        .current(models.VariableOption(text="default", value="default", selected=True)),
        _labels("namespace", "Namespace", "label_values(nextclose_ready, namespace)"),
        _labels("release", "Release", 'label_values(nextclose_ready{namespace="$namespace"}, inferenceservice)'),
    ]
    if symbols:
        query = f"label_values(nextclose_data_sessions_behind{{{RELEASE_LABELS}}}, symbol)"
        variables.append(_labels("symbol", "Symbol", query).multi(True).include_all(True).all_value(".*"))
    return [*variables, build.ConstantVariable("runbooks").value(RUNBOOKS)]


def _labels(name: str, label: str, query: str) -> build.QueryVariable:
    return (
        build.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )
