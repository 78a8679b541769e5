"""The model: how old it and its prices are, how the gate decides, whether closes fall where it says."""

from typing import Any

from charts.grafana.frame import dashboard
from charts.grafana.panels import DATE, About, lines, names, number
from charts.grafana.queries import SELF, Query, age, day, now, since

_DAY = 86400
# No refresh for long, and so no new model: each alert looks at its age.
_OLD = ("model-too-old", "refresh-missed")
_SYMBOL = f'{SELF},symbol=~"$symbol"'


def model() -> dict[str, Any]:
    """The dashboard."""
    rows = {"Served": _served(), "Prices": _prices(), "Forecasts against closes": _closes(), "Gate": _gate()}
    return dashboard("model", "Age, prices, coverage and gate of the served model.", rows, symbols=True)


def _served() -> list[Any]:
    return [
        names(
            About("Version", "The version that is served.", runbooks=("version-mismatch",)),
            [Query(now("nextclose_model_info", "version"), "{{version}}")],
            width=6,
        ),
        number(
            About("Served since", "When it was promoted.", "dateTimeAsIso"),
            [Query(now("nextclose_promotion_served_since_timestamp_seconds", "version") + " * 1000", "{{version}}")],
            width=6,
        ),
        number(
            About("Age of the model", "Since it was made.", "s", _OLD, 30 * _DAY, 45 * _DAY),
            [Query(age("nextclose_model_created_timestamp_seconds"), "age")],
        ),
        names(
            About("State", "`trained`, or `untrained` where nothing trained has passed the gate yet."),
            [Query(now("nextclose_model_info", "state"), "{{state}}")],
        ),
        names(
            About("Source of its prices", "`packaged` is an index that stands in where no source could be reached."),
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
                "Sessions that have ended and are not stored; one is usual until the evening.",
                "short",
                ("data-too-old", "refresh-missed"),
                warn=1,
                alarm=2,
            ),
            [Query(now("nextclose_data_sessions_behind", "symbol", where=_SYMBOL), "{{symbol}}")],
        ),
        lines(
            About("Age of the model over time", "Falls with every promotion.", "s", _OLD, alarm=45 * _DAY),
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
                "Share of the new closes of 14 days that the model did not expect; one in ten is usual.",
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
            About("Closes judged", "In 14 days, of all symbols.", "short", ("out-of-band",)),
            [Query(total, "closes")],
            width=6,
            height=8,
        ),
        lines(
            About(
                "Closes",
                "New ones in an hour, by whether they fell into the 90 % interval that was served for them.",
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
            About("Last decision", "Candidate and decision.", runbooks=("gate-rejecting",)),
            [Query(now("nextclose_refresh_last_gate_info", "version", "decision"), "{{decision}}: {{version}}")],
            width=8,
            height=8,
        ),
        number(
            About("Decided", "How long ago.", "s"),
            [Query(age("nextclose_refresh_last_gate_timestamp_seconds"), "ago")],
            width=4,
            height=8,
        ),
        number(
            About(
                "Refused for",
                "Since the first of the candidates refused in a row; 0 where the last one passed.",
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
                "Refused in a row", "Candidates since one last passed.", "short", ("gate-rejecting",), warn=2, alarm=4
            ),
            [Query(now("nextclose_refresh_refused_in_a_row"), "refused")],
        ),
    ]
