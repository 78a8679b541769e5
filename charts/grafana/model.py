"""The dashboard of the model: age of the model and its prices, coverage of its intervals, gate decisions."""

from typing import Any

from charts.grafana.frame import dashboard
from charts.grafana.panels import DATE, About, lines, names, number
from charts.grafana.queries import SELF, Query, age, day, now, since

_DAY = 86400
# Alerts about the age of the model: without refreshes there is no new model either.
_AGE_RUNBOOKS = ("model-too-old", "refresh-missed")
_SYMBOL = f'{SELF},symbol=~"$symbol"'


def model() -> dict[str, Any]:
    """Build the dashboard."""
    rows = {"Served": _served(), "Prices": _prices(), "Forecasts and closes": _closes(), "Gate": _gate()}
    return dashboard(
        "model", "Age, prices and interval coverage of the served version, and gate decisions.", rows, symbols=True
    )


def _served() -> list[Any]:
    return [
        names(
            About("Version", "Served version.", runbooks=("version-mismatch",)),
            [Query(now("nextclose_model_info", "version"), "{{version}}")],
            width=6,
        ),
        number(
            About("Served since", "Time at which the served version was promoted.", "dateTimeAsIso"),
            [Query(now("nextclose_promotion_served_since_timestamp_seconds", "version") + " * 1000", "{{version}}")],
            width=6,
        ),
        number(
            About(
                "Age of the model",
                "Time since the served version was exported.",
                "s",
                _AGE_RUNBOOKS,
                30 * _DAY,
                45 * _DAY,
            ),
            [Query(age("nextclose_model_created_timestamp_seconds"), "age")],
        ),
        names(
            About("State", "`trained`, or `untrained` if no trained version has passed the gate yet."),
            [Query(now("nextclose_model_info", "state"), "{{state}}")],
        ),
        names(
            About("Source of prices", "`packaged` is a packaged index, used if no source of prices was reachable."),
            [Query(now("nextclose_model_info", "source", "symbols"), "{{source}}: {{symbols}}")],
        ),
    ]


def _prices() -> list[Any]:
    return [
        number(
            About("Last close", "Date of the last stored close, by symbol.", DATE, ("data-too-old",)),
            [Query(day("nextclose_data_until_timestamp_seconds", "symbol", where=_SYMBOL), "{{symbol}}")],
            width=8,
            height=8,
        ),
        lines(
            About(
                "Sessions without a close",
                "Sessions that have ended and whose close is not stored; one is normal until the evening.",
                "short",
                ("data-too-old", "refresh-missed"),
                warn=1,
                alarm=2,
            ),
            [Query(now("nextclose_data_sessions_behind", "symbol", where=_SYMBOL), "{{symbol}}")],
        ),
        lines(
            About("Age of the model over time", "Drops with every promotion.", "s", _AGE_RUNBOOKS, alarm=45 * _DAY),
            [Query(age("nextclose_model_created_timestamp_seconds"), "age")],
        ),
    ]


def _closes() -> list[Any]:
    hourly = "nextclose:band_closes:increase1h"
    total = f"sum(sum_over_time({hourly}{{{SELF}}}[14d:1h]))"
    outside = f'sum(sum_over_time({hourly}{{{SELF},result="outside"}}[14d:1h]))'
    return [
        number(
            About(
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
        number(
            About("Evaluated closes", "New closes of all symbols in the last 14 days.", "short", ("out-of-band",)),
            [Query(total, "closes")],
            width=6,
            height=8,
        ),
        lines(
            About(
                "Closes",
                "New closes per hour, inside and outside the 90 % interval that was served for them.",
                "short",
                ("out-of-band",),
            ),
            [Query(f"{hourly}{{{SELF}}}", "{{result}}")],
            width=12,
        ),
    ]


def _gate() -> list[Any]:
    return [
        names(
            About("Last decision", "Last gate decision and its candidate.", runbooks=("gate-rejecting",)),
            [Query(now("nextclose_refresh_last_gate_info", "version", "decision"), "{{decision}}: {{version}}")],
            width=8,
            height=8,
        ),
        number(
            About("Decided", "Time since the last gate decision.", "s"),
            [Query(age("nextclose_refresh_last_gate_timestamp_seconds"), "ago")],
            width=4,
            height=8,
        ),
        number(
            About(
                "Refused for",
                "Time since the first of the consecutively refused candidates; 0 if the last candidate passed.",
                "s",
                ("gate-rejecting",),
                7 * _DAY,
                14 * _DAY,
            ),
            [Query(since("nextclose_refresh_refused_since_timestamp_seconds"), "for")],
            height=8,
        ),
        lines(
            About(
                "Refused in a row",
                "Candidates refused since the last one that passed.",
                "short",
                ("gate-rejecting",),
                warn=2,
                alarm=4,
            ),
            [Query(now("nextclose_refresh_refused_in_a_row"), "refused")],
        ),
    ]
