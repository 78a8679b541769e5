"""The jobs: what the last refresh came to, step by step, and what became of promotions."""

from typing import Any

from charts.grafana.frame import dashboard
from charts.grafana.panels import DATE, About, lines, names, number
from charts.grafana.queries import JOBS, SELF, Query, age, day, now, since

_HOUR = 3600
_SYMBOL = f'{SELF},symbol=~"$symbol"'


def jobs() -> dict[str, Any]:
    """The dashboard."""
    rows = {
        "Last refresh": _refresh(),
        "Steps": _steps(),
        "Promotions": _promotions(),
        "State and cluster": _cluster(),
    }
    told = "Refreshes, promotions and their state, as the transformer serves them from the volume."
    return dashboard("jobs", told, rows, symbols=True)


def _refresh() -> list[Any]:
    return [
        names(
            About("Result", "Of the last refresh.", runbooks=("refresh-failed",)),
            [Query(now("nextclose_refresh_last_run_info", "result") + " == 1", "{{result}}")],
        ),
        number(
            About("Ended", "How long ago.", "s", ("refresh-missed",), 74 * _HOUR, 78 * _HOUR),
            [Query(age("nextclose_refresh_last_run_timestamp_seconds"), "ago")],
        ),
        number(
            About("Last without failure", "How long ago.", "s", ("refresh-failed",), 74 * _HOUR, 168 * _HOUR),
            [Query(age("nextclose_refresh_last_success_timestamp_seconds"), "ago")],
        ),
        number(
            About("Took", "From its first step to its last.", "s"),
            [Query(now("nextclose_refresh_last_run_seconds"), "seconds")],
        ),
        number(
            About("Found prices until", "Date of the last close, by symbol.", DATE, ("data-too-old",)),
            [Query(day("nextclose_refresh_data_until_timestamp_seconds", "symbol", where=_SYMBOL), "{{symbol}}")],
            width=8,
        ),
    ]


def _steps() -> list[Any]:
    return [
        names(
            About("Results", "Of each step of the last refresh.", runbooks=("refresh-failed",)),
            [Query(now("nextclose_refresh_step_info", "step", "result"), "{{step}}: {{result}}")],
            width=12,
            height=8,
        ),
        lines(
            About("Seconds", "Of each step of the last refresh.", "s"),
            [Query(now("nextclose_refresh_step_seconds", "step"), "{{step}}")],
            width=12,
        ),
    ]


def _promotions() -> list[Any]:
    return [
        number(
            About(
                "By what became of them",
                "`restored`: a check failed, and what was served before is served; `failed`: going back failed too.",
                "short",
                ("promotion-failed", "promotion-not-restored", "promotion-rolled-back"),
            ),
            [Query(now("nextclose_promotions_total", "outcome"), "{{outcome}}")],
            width=8,
            height=8,
        ),
        number(
            About(
                "Last of each kind",
                "When a promotion last ended so.",
                "dateTimeAsIso",
                ("promotion-failed", "promotion-not-restored", "promotion-rolled-back"),
            ),
            [
                Query(
                    f"max by (outcome) (nextclose_promotion_last_timestamp_seconds{{{SELF}}} > 0) * 1000", "{{outcome}}"
                )
            ],
            width=8,
            height=8,
        ),
        number(
            About("Served since", "When the served version was promoted.", "dateTimeAsIso"),
            [Query(now("nextclose_promotion_served_since_timestamp_seconds", "version") + " * 1000", "{{version}}")],
            width=4,
            height=8,
        ),
        number(
            About(
                "Unfinished",
                "How long ago a promotion was begun that has not ended; 0 where there is none.",
                "s",
                ("promotion-unfinished",),
                warn=600,
                alarm=3600,
            ),
            [Query(since("nextclose_promotion_unfinished_since_timestamp_seconds"), "begun ago")],
            width=4,
            height=8,
        ),
    ]


def _cluster() -> list[Any]:
    return [
        names(
            About("Files of the state", "Whether they can be read and understood.", runbooks=("state-unreadable",)),
            [Query(now("nextclose_state_file", "file", "condition") + " == 1", "{{file}}: {{condition}}")],
            width=8,
            height=8,
        ),
        lines(
            About("Failed pods of jobs", "By Job.", "short", ("refresh-failed",), alarm=1, needs="kube-state-metrics"),
            [Query(f"max by (job_name) (kube_job_status_failed{{{JOBS}}})", "{{job_name}}")],
        ),
        number(
            About("Next refresh", "When the schedule starts it.", "dateTimeAsIso", needs="kube-state-metrics"),
            [
                Query(
                    'max by (cronjob) (kube_cronjob_next_schedule_time{namespace="$namespace",'
                    'cronjob="$release-refresh"}) * 1000',
                    "{{cronjob}}",
                )
            ],
            width=8,
            height=8,
        ),
    ]
