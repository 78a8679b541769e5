"""The dashboard of the model: age of the model and its prices, coverage of its intervals, gate decisions."""

from typing import Any

from tools.grafana.dashboard_builder import dashboard
from tools.grafana.panels import DATE, PanelOptions, name_panel, stat_panel, timeseries_panel
from tools.grafana.queries import (
    RELEASE_LABELS,
    SERVED_SINCE,
    Query,
    current_gauge,
    noon_ms,
    seconds_since,
    seconds_since_or_zero,
)

_DAY = 86400
# Alerts about the age of the model: without refreshes there is no new model either.
_AGE_RUNBOOKS = ("model-too-old", "refresh-missed")
_SYMBOL = f'{RELEASE_LABELS},symbol=~"$symbol"'


def model() -> dict[str, Any]:
    """Build the dashboard."""
    rows = {"Served": _served(), "Prices": _prices(), "Forecasts and closes": _closes(), "Gate": _gate()}
    return dashboard(
        "model", "Age, prices and interval coverage of the served version, and gate decisions.", rows, symbols=True
    )


def _served() -> list[Any]:
    return [
        name_panel(
            PanelOptions("Version", "Served version.", runbooks=("version-mismatch",)),
            [Query(current_gauge("nextclose_model_info", "version"), "{{version}}")],
            width=6,
        ),
        stat_panel(
            PanelOptions("Served since", "Time at which the served version was promoted.", "dateTimeAsIso"),
            [SERVED_SINCE],
            width=6,
        ),
        stat_panel(
            PanelOptions(
                "Age of the model",
                "Time since the served version was exported.",
                "s",
                _AGE_RUNBOOKS,
                30 * _DAY,
                45 * _DAY,
            ),
            [Query(seconds_since("nextclose_model_created_timestamp_seconds"), "age")],
        ),
        name_panel(
            PanelOptions("State", "`trained`, or `untrained` if no trained version has passed the gate yet."),
            [Query(current_gauge("nextclose_model_info", "state"), "{{state}}")],
        ),
        name_panel(
            PanelOptions(
                "Source of prices", "`packaged` is a packaged index, used if no source of prices was reachable."
            ),
            [Query(current_gauge("nextclose_model_info", "source", "symbols"), "{{source}}: {{symbols}}")],
        ),
    ]


def _prices() -> list[Any]:
    return [
        stat_panel(
            PanelOptions("Last close", "Date of the last stored close, by symbol.", DATE, ("data-too-old",)),
            [Query(noon_ms("nextclose_data_until_timestamp_seconds", "symbol", where=_SYMBOL), "{{symbol}}")],
            width=8,
            height=8,
        ),
        timeseries_panel(
            PanelOptions(
                "Sessions without a close",
                "Sessions that have ended and whose close is not stored; one is normal until the evening.",
                "short",
                ("data-too-old", "refresh-missed"),
                warn=1,
                alarm=2,
            ),
            [Query(current_gauge("nextclose_data_sessions_behind", "symbol", where=_SYMBOL), "{{symbol}}")],
        ),
        timeseries_panel(
            PanelOptions(
                "Age of the model over time", "Drops with every promotion.", "s", _AGE_RUNBOOKS, alarm=45 * _DAY
            ),
            [Query(seconds_since("nextclose_model_created_timestamp_seconds"), "age")],
        ),
    ]


def _closes() -> list[Any]:
    hourly = "nextclose:band_closes:increase1h"
    total = f"sum(sum_over_time({hourly}{{{RELEASE_LABELS}}}[14d:1h]))"
    outside = f'sum(sum_over_time({hourly}{{{RELEASE_LABELS},result="outside"}}[14d:1h]))'
    return [
        stat_panel(
            PanelOptions(
                "Outside the 90 % interval",
                "Share of the new closes of the last 14 days that are outside the interval; 10 % are expected.",
                "percentunit",
                ("out-of-band",),
                warn=0.25,
                alarm=0.4,
            ),
            [Query(f"{outside} / {total}", "outside")],
            width=6,
            height=8,
        ),
        stat_panel(
            PanelOptions(
                "Evaluated closes", "New closes of all symbols in the last 14 days.", "short", ("out-of-band",)
            ),
            [Query(total, "closes")],
            width=6,
            height=8,
        ),
        timeseries_panel(
            PanelOptions(
                "Closes",
                "New closes per hour, inside and outside the 90 % interval that was served for them.",
                "short",
                ("out-of-band",),
            ),
            [Query(f"{hourly}{{{RELEASE_LABELS}}}", "{{result}}")],
            width=12,
        ),
    ]


def _gate() -> list[Any]:
    return [
        name_panel(
            PanelOptions("Last decision", "Last gate decision and its candidate.", runbooks=("gate-rejecting",)),
            [
                Query(
                    current_gauge("nextclose_refresh_last_gate_info", "version", "decision"),
                    "{{decision}}: {{version}}",
                )
            ],
            width=8,
            height=8,
        ),
        stat_panel(
            PanelOptions("Decided", "Time since the last gate decision.", "s"),
            [Query(seconds_since("nextclose_refresh_last_gate_timestamp_seconds"), "ago")],
            width=4,
            height=8,
        ),
        stat_panel(
            PanelOptions(
                "Refused for",
                "Time since the first of the consecutively refused candidates; 0 if the last candidate passed.",
                "s",
                ("gate-rejecting",),
                7 * _DAY,
                14 * _DAY,
            ),
            [Query(seconds_since_or_zero("nextclose_refresh_refused_since_timestamp_seconds"), "for")],
            height=8,
        ),
        timeseries_panel(
            PanelOptions(
                "Refused in a row",
                "Candidates refused since the last one that passed.",
                "short",
                ("gate-rejecting",),
                warn=2,
                alarm=4,
            ),
            [Query(current_gauge("nextclose_refresh_refused_in_a_row"), "refused")],
        ),
    ]
