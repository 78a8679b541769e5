"""Panels with title, unit, legend, thresholds and links to the runbooks of the related alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from grafana_foundation_sdk.builders import common, stat, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
)

from tools.grafana.queries import Query

SOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
DATE: Final = "time:YYYY-MM-DD"
OPTIONAL: Final = " (optional: {})"
_OPTIONAL_TEXT: Final = " Needs a Prometheus that also scrapes {}; the service itself does not need it."

Builder = TypeVar("Builder", stat.Panel, timeseries.Panel)


@dataclass(frozen=True, slots=True)
class PanelOptions:
    """Properties that all kinds of panels have.

    Attributes:
        title: Title of the panel.
        description: Description for users, as full sentences.
        unit: Unit in Grafana's notation.
        runbooks: Names of the runbooks of related alerts.
        warn: Value from which the panel is yellow.
        alarm: Value from which the panel is red; if it is below `warn`, low values are bad.
        needs: Exporter that the panel needs in addition to this project's own metrics; marks the panel as optional.
        empty: Text of a `stat_panel` panel without data.
    """

    title: str
    description: str
    unit: str = "short"
    runbooks: tuple[str, ...] = ()
    warn: float | None = None
    alarm: float | None = None
    needs: str | None = None
    empty: str = "none yet"


def timeseries_panel(
    about: PanelOptions, queries: Sequence[Query], *, width: int = 8, height: int = 8
) -> timeseries.Panel:
    """Build a panel of series over time.

    Args:
        about: Properties of the panel.
        queries: Queries of the series.
        width: Width in columns of Grafana's grid of 24.
        height: Height in rows of the grid.
    """
    panel = (
        _described(timeseries.Panel(), about, [_target(query).range() for query in queries], width, height)
        .fill_opacity(8)
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.TABLE)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs(["lastNotNull", "max"])
        )
    )
    if about.warn is not None or about.alarm is not None:
        panel = panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
    return panel


def stat_panel(about: PanelOptions, queries: Sequence[Query], *, width: int = 4, height: int = 4) -> stat.Panel:
    """Build a panel of current values; the arguments are those of `timeseries_panel`."""
    # Instant queries, because range queries would also return series that have ended.
    return (
        _described(stat.Panel(), about, [_target(query).instant() for query in queries], width, height)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.VALUE)
        .no_value(about.empty)
    )


def name_panel(about: PanelOptions, queries: Sequence[Query], *, width: int = 4, height: int = 4) -> stat.Panel:
    """Build a panel of the names of the current series, for info metrics; arguments as for `timeseries_panel`."""
    return stat_panel(about, queries, width=width, height=height).text_mode(BigValueTextMode.NAME)


def _target(query: Query) -> Dataquery:
    return Dataquery().expr(query.expr).legend_format(query.legend).datasource(SOURCE)


def _described(panel: Builder, about: PanelOptions, targets: Sequence[Dataquery], width: int, height: int) -> Builder:
    optional = OPTIONAL.format(about.needs) if about.needs else ""
    description = about.description + (_OPTIONAL_TEXT.format(about.needs) if about.needs else "")
    described = (
        panel.title(about.title + optional)
        .description(description)
        .unit(about.unit)
        .datasource(SOURCE)
        .thresholds(_thresholds(about))
        .links([_runbook(symptom) for symptom in about.runbooks])
        .span(width)
        .height(height)
    )
    for ref, target in zip("ABCDEFGH", targets, strict=False):
        described = described.with_target(target.ref_id(ref))
    return described


def _thresholds(about: PanelOptions) -> build.ThresholdsConfig:
    marks = [(about.warn, "yellow"), (about.alarm, "red")]
    steps = sorted((value, colour) for value, colour in marks if value is not None)
    # If low values are bad, the order of the colours is reversed.
    low_is_bad = about.warn is not None and about.alarm is not None and about.alarm < about.warn
    colours = ["red", "yellow", "green"] if low_is_bad else ["green", *(colour for _, colour in steps)]
    values = [None, *(value for value, _ in steps)]
    return build.ThresholdsConfig().steps(
        [models.Threshold(value=value, color=colour) for value, colour in zip(values, colours, strict=True)]
    )


def _runbook(symptom: str) -> build.DashboardLink:
    return (
        build.DashboardLink(f"Runbook: {symptom}")
        .type(models.DashboardLinkType.LINK)
        .url(f"${{runbooks}}/{symptom}.md")
        .target_blank(True)
    )
