"""The dashboard of the jobs: the last refresh and its steps, promotions, state files."""

from typing import Any

from tools.grafana.dashboard_builder import dashboard
from tools.grafana.panels import DATE, PanelOptions, name_panel, stat_panel, timeseries_panel
from tools.grafana.queries import (
    JOBS,
    RELEASE_LABELS,
    SERVED_SINCE,
    Query,
    current_gauge,
    noon_ms,
    seconds_since,
    seconds_since_or_zero,
)

_HOUR = 3600
_SYMBOL = f'{RELEASE_LABELS},symbol=~"$symbol"'


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
        name_panel(
            PanelOptions("Result", "Result of the last refresh.", runbooks=("refresh-failed",)),
            [Query(current_gauge("nextclose_refresh_last_run_info", "result") + " == 1", "{{result}}")],
        ),
        stat_panel(
            PanelOptions(
                "Finished", "Time since the last refresh finished.", "s", ("refresh-missed",), 74 * _HOUR, 78 * _HOUR
            ),
            [Query(seconds_since("nextclose_refresh_last_run_timestamp_seconds"), "ago")],
        ),
        stat_panel(
            PanelOptions(
                "Last success",
                "Time since the last refresh that did not fail.",
                "s",
                ("refresh-failed",),
                74 * _HOUR,
                168 * _HOUR,
            ),
            [Query(seconds_since("nextclose_refresh_last_success_timestamp_seconds"), "ago")],
        ),
        stat_panel(
            PanelOptions("Duration", "Duration of the last refresh.", "s"),
            [Query(current_gauge("nextclose_refresh_last_run_seconds"), "seconds")],
        ),
        stat_panel(
            PanelOptions(
                "Prices until",
                "Date of the last close that the last refresh found, by symbol.",
                DATE,
                ("data-too-old",),
            ),
            [Query(noon_ms("nextclose_refresh_data_until_timestamp_seconds", "symbol", where=_SYMBOL), "{{symbol}}")],
            width=8,
        ),
    ]


def _steps() -> list[Any]:
    return [
        name_panel(
            PanelOptions("Results of steps", "Result of each step of the last refresh.", runbooks=("refresh-failed",)),
            [Query(current_gauge("nextclose_refresh_step_info", "step", "result"), "{{step}}: {{result}}")],
            width=12,
            height=8,
        ),
        timeseries_panel(
            PanelOptions("Duration of steps", "Duration of each step of the last refresh.", "s"),
            [Query(current_gauge("nextclose_refresh_step_seconds", "step"), "{{step}}")],
            width=12,
        ),
    ]


def _promotions() -> list[Any]:
    return [
        stat_panel(
            PanelOptions(
                "Promotions by outcome",
                "`restored`: a check failed, the previous version is served again; `failed`: the rollback failed too.",
                "short",
                ("promotion-failed", "promotion-not-restored", "promotion-rolled-back"),
            ),
            [Query(current_gauge("nextclose_promotions_total", "outcome"), "{{outcome}}")],
            width=8,
            height=8,
        ),
        stat_panel(
            PanelOptions(
                "Last promotion by outcome",
                "Time of the last promotion with each outcome.",
                "dateTimeAsIso",
                ("promotion-failed", "promotion-not-restored", "promotion-rolled-back"),
            ),
            [
                Query(
                    f"max by (outcome) (nextclose_promotion_last_timestamp_seconds{{{RELEASE_LABELS}}} > 0) * 1000",
                    "{{outcome}}",
                )
            ],
            width=8,
            height=8,
        ),
        stat_panel(
            PanelOptions("Served since", "Time at which the served version was promoted.", "dateTimeAsIso"),
            [SERVED_SINCE],
            width=4,
            height=8,
        ),
        stat_panel(
            PanelOptions(
                "Unfinished",
                "Time since the start of a promotion that has not finished; 0 if there is none.",
                "s",
                ("promotion-unfinished",),
                warn=600,
                alarm=3600,
            ),
            [Query(seconds_since_or_zero("nextclose_promotion_unfinished_since_timestamp_seconds"), "started ago")],
            width=4,
            height=8,
        ),
    ]


def _state_and_cluster() -> list[Any]:
    return [
        name_panel(
            PanelOptions(
                "State files", "Whether the state files of the jobs can be read.", runbooks=("state-unreadable",)
            ),
            [Query(current_gauge("nextclose_state_file", "file", "condition") + " == 1", "{{file}}: {{condition}}")],
            width=8,
            height=8,
        ),
        timeseries_panel(
            PanelOptions(
                "Failed pods of jobs",
                "Number of failed pods, by Job.",
                "short",
                ("refresh-failed",),
                alarm=1,
                needs="kube-state-metrics",
            ),
            [Query(f"max by (job_name) (kube_job_status_failed{{{JOBS}}})", "{{job_name}}")],
        ),
        stat_panel(
            PanelOptions(
                "Next refresh", "Time of the next scheduled refresh.", "dateTimeAsIso", needs="kube-state-metrics"
            ),
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
