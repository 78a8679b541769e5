"""The dashboard of the service: requests, latency, objectives, versions and processes."""

from typing import Any, Final

from tools.grafana.dashboard_builder import dashboard
from tools.grafana.panels import PanelOptions, name_panel, stat_panel, timeseries_panel
from tools.grafana.queries import PODS, RELEASE_LABELS, TRANSFORMER, Query, current_gauge, mean, quantile, rate

_LEVELS: Final = (0.5, 0.95, 0.99)
_WINDOWS: Final = {
    "5m": "over 5 minutes",
    "30m": "over 30 minutes",
    "1h": "over an hour",
    "2h": "over 2 hours",
    "6h": "over 6 hours",
    "1d": "over a day",
    "3d": "over 3 days",
}


def service() -> dict[str, Any]:
    """Build the dashboard."""
    rows = {
        "Now": _now(),
        "Traffic": _traffic(),
        "Latency": _latency(),
        "Objectives": _objectives(),
        "Versions": _versions(),
        "Processes": _processes(),
    }
    return dashboard("service", "Requests, latency, objectives, versions and processes of a release.", rows)


def _now() -> list[Any]:
    return [
        stat_panel(
            PanelOptions("Ready pods", "Pods that are ready.", runbooks=("not-ready",), warn=1, alarm=0.5),
            [Query(f"sum(nextclose_ready{{{TRANSFORMER}}}) or vector(0)", "pods")],
        ),
        stat_panel(
            PanelOptions("Requests", "Answered requests per second, with any status.", "reqps"),
            [Query(f"nextclose:requests:rate5m{{{RELEASE_LABELS}}}", "requests")],
        ),
        stat_panel(
            PanelOptions(
                "Availability",
                "Share of requests of the last three days that were not answered with 5xx.",
                "percentunit",
                ("availability-burn", "error-rate"),
                0.998,
                0.995,
            ),
            [Query(f"1 - nextclose:request_errors:ratio_rate3d{{{RELEASE_LABELS}}}", "answered")],
        ),
        stat_panel(
            PanelOptions(
                "Answered in time",
                "Share of requests of the last three days within the latency objective.",
                "percentunit",
                ("latency-burn",),
                0.995,
                0.99,
            ),
            [Query(f"1 - nextclose:request_slow:ratio_rate3d{{{RELEASE_LABELS}}}", "in time")],
        ),
        name_panel(
            PanelOptions("Version", "Served version.", runbooks=("version-mismatch",)),
            [Query(current_gauge("nextclose_model_info", "version"), "{{version}}")],
        ),
        name_panel(
            PanelOptions("Alerts", "Firing and pending alerts of this release.", alarm=1, empty="none"),
            [Query(f"count by (alertname, alertstate) (ALERTS{{{RELEASE_LABELS}}})", "{{alertname}} ({{alertstate}})")],
        ),
    ]


def _traffic() -> list[Any]:
    return [
        timeseries_panel(
            PanelOptions(
                "Requests by status", "HTTP status, or the equivalent of a gRPC status.", "reqps", ("error-rate",)
            ),
            [
                Query(
                    rate("nextclose_requests_total", "code", "reason", where=TRANSFORMER) + " > 0",
                    "{{code}} {{reason}}",
                )
            ],
            width=12,
        ),
        timeseries_panel(
            PanelOptions("Requests by protocol", "V2 over HTTP, V1, and V2 over gRPC.", "reqps"),
            [Query(rate("nextclose_requests_total", "protocol", where=TRANSFORMER), "{{protocol}}")],
            width=12,
        ),
        timeseries_panel(
            PanelOptions("Windows", "Windows to forecast from; a request may contain many.", "suffix: windows/s"),
            [Query(rate("nextclose_request_rows_sum"), "windows")],
            width=12,
        ),
        timeseries_panel(
            PanelOptions("In flight and queued", "Requests in progress, and rows queued for the next batch."),
            [
                Query(
                    f"sum by (role) (nextclose_requests_in_flight{{{RELEASE_LABELS}}})", "requests in flight, {{role}}"
                ),
                Query(f"sum by (role) (nextclose_waiting_rows{{{RELEASE_LABELS}}})", "queued rows, {{role}}"),
            ],
            width=12,
        ),
    ]


def _latency() -> list[Any]:
    duration = "nextclose_request_duration_seconds"
    return [
        timeseries_panel(
            PanelOptions(
                "Request latency", "Time from the arrival of the body to the answer.", "s", ("latency-burn",), alarm=0.5
            ),
            [Query(quantile(level, duration, TRANSFORMER), f"p{level * 100:g}") for level in _LEVELS],
            width=12,
        ),
        timeseries_panel(
            PanelOptions("Latency by step", "Mean of preprocess, predict (the predictor call) and postprocess.", "s"),
            [Query(mean("nextclose_step_duration_seconds", "step"), "{{step}}")],
            width=12,
        ),
        timeseries_panel(
            PanelOptions(
                "Batches",
                "Mean size of the transformer's calls of the predictor and of the predictor's network batches.",
            ),
            [
                Query(mean("nextclose_batch_rows", "role"), "rows per batch, {{role}}"),
                Query(mean("nextclose_batch_requests", "role"), "requests per batch, {{role}}"),
            ],
            width=12,
        ),
        timeseries_panel(
            PanelOptions("Network time", "Time that the predictor's network takes for a batch.", "s"),
            [Query(quantile(level, "nextclose_predictor_compute_seconds"), f"p{level * 100:g}") for level in _LEVELS],
            width=12,
        ),
    ]


def _objectives() -> list[Any]:
    return [
        timeseries_panel(
            PanelOptions(
                "Failed requests",
                "Share of requests answered with 5xx, over the windows of the alerts.",
                "percentunit",
                ("availability-burn", "error-rate"),
                warn=0.005,
                alarm=0.072,
            ),
            [
                Query(f"nextclose:request_errors:ratio_rate{key}{{{RELEASE_LABELS}}}", legend)
                for key, legend in _WINDOWS.items()
            ],
            width=12,
        ),
        timeseries_panel(
            PanelOptions(
                "Slow requests",
                "Share of requests that took longer than the latency objective, over the windows of the alerts.",
                "percentunit",
                ("latency-burn",),
                warn=0.01,
                alarm=0.144,
            ),
            [
                Query(f"nextclose:request_slow:ratio_rate{key}{{{RELEASE_LABELS}}}", legend)
                for key, legend in _WINDOWS.items()
            ],
            width=12,
        ),
    ]


def _versions() -> list[Any]:
    return [
        timeseries_panel(
            PanelOptions(
                "Pods by version",
                "Pods of both roles; two versions are normal only during a rollout.",
                "short",
                ("version-mismatch",),
            ),
            [
                Query(f"count by (version) (nextclose_model_info{{{RELEASE_LABELS}}})", "transformer {{version}}"),
                Query(
                    f"count by (version) (nextclose_predictor_model_info{{{RELEASE_LABELS}}})", "predictor {{version}}"
                ),
            ],
        ),
        timeseries_panel(
            PanelOptions(
                "Version mismatches",
                "Calls that reached a predictor with another version.",
                "short",
                ("version-mismatch",),
            ),
            [
                Query(
                    f"sum by (outcome) (increase(nextclose_version_mismatches_total{{{RELEASE_LABELS}}}[5m]))",
                    "{{outcome}}",
                )
            ],
        ),
        timeseries_panel(
            PanelOptions(
                "Loading",
                "Failures to load a version in the last hour: none is expected. Traces of the network: "
                "a few whenever a version is loaded, none otherwise.",
            ),
            [
                Query(f"sum(increase(nextclose_predictor_load_failures_total{{{RELEASE_LABELS}}}[1h]))", "failures"),
                Query(f"sum(nextclose_predictor_traces_total{{{RELEASE_LABELS}}})", "traces"),
            ],
        ),
    ]


def _processes() -> list[Any]:
    return [
        timeseries_panel(
            PanelOptions("Memory", "Resident memory of the processes.", "bytes", ("memory-near-limit",)),
            [Query(f"process_resident_memory_bytes{{{RELEASE_LABELS}}}", "{{component}} {{pod}}")],
        ),
        timeseries_panel(
            PanelOptions("CPU", "CPU cores in use.", "suffix: cores"),
            [Query(rate("process_cpu_seconds_total", "component", "pod"), "{{component}} {{pod}}")],
        ),
        timeseries_panel(
            PanelOptions("Open files", "Open file descriptors, including connections.", "short"),
            [Query(f"process_open_fds{{{RELEASE_LABELS}}}", "{{component}} {{pod}}")],
        ),
        timeseries_panel(
            PanelOptions(
                "Container memory", "Memory that counts towards the container's limit.", "bytes", needs="cAdvisor"
            ),
            [Query(f"container_memory_working_set_bytes{{{PODS}}}", "{{pod}} {{container}}")],
        ),
        timeseries_panel(
            PanelOptions(
                "CPU throttling",
                "Share of scheduling periods in which the CPU limit throttled the container.",
                "percentunit",
                needs="cAdvisor",
            ),
            [
                Query(
                    f"{rate('container_cpu_cfs_throttled_periods_total', 'pod', where=PODS)}"
                    f" / {rate('container_cpu_cfs_periods_total', 'pod', where=PODS)}",
                    "{{pod}}",
                )
            ],
        ),
        timeseries_panel(
            PanelOptions(
                "Restarts", "Container restarts in the last hour.", "short", ("not-ready",), needs="kube-state-metrics"
            ),
            [
                Query(
                    f"sum by (pod, container) (increase(kube_pod_container_status_restarts_total{{{PODS}}}[1h]))",
                    "{{pod}} {{container}}",
                )
            ],
        ),
    ]
