"""The dashboard of the jobs: the last refresh and its steps, promotions, state files."""

from typing import Any

from charts.grafana.frame import dashboard
from charts.grafana.panels import DATE, About, lines, names, number
from charts.grafana.queries import JOBS, SELF, Query, age, day, now, since

_HOUR = 3600
_SYMBOL = f'{SELF},symbol=~"$symbol"'


def jobs() -> dict[str, Any]:
    """Build the dashboard."""
    rows = {
        "Last refresh": _refresh(),
        "Steps": _steps(),
        "Promotions": _promotions(),
        "State and cluster": _state_and_cluster(),
    }
    description = "Refreshes, promotions and state files of the jobs, as the transformer exports them."
    return dashboard("jobs", description, rows, symbols=True)


def _refresh() -> list[Any]:
    return [
        names(
            About("Result", "Result of the last refresh.", runbooks=("refresh-failed",)),
            [Query(now("nextclose_refresh_last_run_info", "result") + " == 1", "{{result}}")],
        ),
        number(
            About(
                "Finished", "Time since the last refresh finished.", "s", ("refresh-missed",), 74 * _HOUR, 78 * _HOUR
            ),
            [Query(age("nextclose_refresh_last_run_timestamp_seconds"), "ago")],
        ),
        number(
            About(
                "Last success",
                "Time since the last refresh that did not fail.",
                "s",
                ("refresh-failed",),
                74 * _HOUR,
                168 * _HOUR,
            ),
            [Query(age("nextclose_refresh_last_success_timestamp_seconds"), "ago")],
        ),
        number(
            About("Duration", "Duration of the last refresh.", "s"),
            [Query(now("nextclose_refresh_last_run_seconds"), "seconds")],
        ),
        number(
            About(
                "Prices until",
                "Date of the last close that the last refresh found, by symbol.",
                DATE,
                ("data-too-old",),
            ),
            [Query(day("nextclose_refresh_data_until_timestamp_seconds", "symbol", where=_SYMBOL), "{{symbol}}")],
            width=8,
        ),
    ]


def _steps() -> list[Any]:
    return [
        names(
            About("Results of steps", "Result of each step of the last refresh.", runbooks=("refresh-failed",)),
            [Query(now("nextclose_refresh_step_info", "step", "result"), "{{step}}: {{result}}")],
            width=12,
            height=8,
        ),
        lines(
            About("Duration of steps", "Duration of each step of the last refresh.", "s"),
            [Query(now("nextclose_refresh_step_seconds", "step"), "{{step}}")],
            width=12,
        ),
    ]


def _promotions() -> list[Any]:
    return [
        number(
            About(
                "Promotions by outcome",
                "`restored`: a check failed, the previous version is served again; `failed`: the rollback failed too.",
                "short",
                ("promotion-failed", "promotion-not-restored", "promotion-rolled-back"),
            ),
            [Query(now("nextclose_promotions_total", "outcome"), "{{outcome}}")],
            width=8,
            height=8,
        ),
        number(
            About(
                "Last promotion by outcome",
                "Time of the last promotion with each outcome.",
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
            About("Served since", "Time at which the served version was promoted.", "dateTimeAsIso"),
            [Query(now("nextclose_promotion_served_since_timestamp_seconds", "version") + " * 1000", "{{version}}")],
            width=4,
            height=8,
        ),
        number(
            About(
                "Unfinished",
                "Time since the start of a promotion that has not finished; 0 if there is none.",
                "s",
                ("promotion-unfinished",),
                warn=600,
                alarm=3600,
            ),
            [Query(since("nextclose_promotion_unfinished_since_timestamp_seconds"), "started ago")],
            width=4,
            height=8,
        ),
    ]


def _state_and_cluster() -> list[Any]:
    return [
        names(
            About("State files", "Whether the state files of the jobs can be read.", runbooks=("state-unreadable",)),
            [Query(now("nextclose_state_file", "file", "condition") + " == 1", "{{file}}: {{condition}}")],
            width=8,
            height=8,
        ),
        lines(
            About(
                "Failed pods of jobs",
                "Number of failed pods, by Job.",
                "short",
                ("refresh-failed",),
                alarm=1,
                needs="kube-state-metrics",
            ),
            [Query(f"max by (job_name) (kube_job_status_failed{{{JOBS}}})", "{{job_name}}")],
        ),
        number(
            About("Next refresh", "Time of the next scheduled refresh.", "dateTimeAsIso", needs="kube-state-metrics"),
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
