"""Panels with a title, a unit, legends, thresholds, and links to the runbooks of the alerts that look at the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from grafana_foundation_sdk.builders import common, stat, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import dashboard as made
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

from charts.grafana.queries import Query

SOURCE: Final = made.DataSourceRef(type_val="prometheus", uid="${datasource}")
DATE: Final = "time:YYYY-MM-DD"
OPTIONAL: Final = " (optional: {})"
_OPTIONAL_TEXT: Final = " Shown where the Prometheus also scrapes {}; the service itself does not need that."

Builder = TypeVar("Builder", stat.Panel, timeseries.Panel)


@dataclass(frozen=True, slots=True)
class About:
    """What every panel says of itself.

    Attributes:
        title, description: in words. unit: one of Grafana's. runbooks: names of alerts' symptoms.
        warn, alarm: values from which it is yellow and red; smaller ones are the worse where `alarm` < `warn`.
        needs: what it needs beside this project's own metrics; marks it as optional.
        empty: what a present value says where there is none.
    """

    title: str
    description: str
    unit: str = "short"
    runbooks: tuple[str, ...] = ()
    warn: float | None = None
    alarm: float | None = None
    needs: str | None = None
    empty: str = "none yet"


def lines(about: About, queries: Sequence[Query], *, width: int = 8, height: int = 8) -> timeseries.Panel:
    """Series over time."""
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


def number(about: About, queries: Sequence[Query], *, width: int = 4, height: int = 4) -> stat.Panel:
    """The present value: over a range, what ended within it would be shown beside what is there now."""
    return (
        _described(stat.Panel(), about, [_target(query).instant() for query in queries], width, height)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.VALUE)
        .no_value(about.empty)
    )


def names(about: About, queries: Sequence[Query], *, width: int = 4, height: int = 4) -> stat.Panel:
    """What series are called: what an info metric says now."""
    return number(about, queries, width=width, height=height).text_mode(BigValueTextMode.NAME)


def _target(query: Query) -> Dataquery:
    return Dataquery().expr(query.expr).legend_format(query.legend).datasource(SOURCE)


def _described(panel: Builder, about: About, targets: Sequence[Dataquery], width: int, height: int) -> Builder:
    optional = OPTIONAL.format(about.needs) if about.needs else ""
    told = about.description + (_OPTIONAL_TEXT.format(about.needs) if about.needs else "")
    described = (
        panel.title(about.title + optional)
        .description(told)
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


def _thresholds(about: About) -> build.ThresholdsConfig:
    marks = [(about.warn, "yellow"), (about.alarm, "red")]
    steps = sorted((value, colour) for value, colour in marks if value is not None)
    # Where less is worse the colours come the other way round.
    falling = about.warn is not None and about.alarm is not None and about.alarm < about.warn
    colours = ["red", "yellow", "green"] if falling else ["green", *(colour for _, colour in steps)]
    values = [None, *(value for value, _ in steps)]
    return build.ThresholdsConfig().steps(
        [made.Threshold(value=value, color=colour) for value, colour in zip(values, colours, strict=True)]
    )


def _runbook(symptom: str) -> build.DashboardLink:
    return (
        build.DashboardLink(f"Runbook: {symptom}")
        .type(made.DashboardLinkType.LINK)
        .url(f"${{runbooks}}/{symptom}.md")
        .target_blank(True)
    )
