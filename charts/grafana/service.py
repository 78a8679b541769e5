"""The service: who asks, what they get, how fast, by which version, on what processes."""

from typing import Any

from charts.grafana.frame import dashboard
from charts.grafana.panels import About, lines, names, number
from charts.grafana.queries import PODS, SELF, TRANSFORMER, Query, mean, now, quantile, rate


def service() -> dict[str, Any]:
    """The dashboard."""
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
        number(
            About("Ready pods", "Pods that can answer.", runbooks=("not-ready",), warn=1, alarm=0.5),
            [Query(f"sum(nextclose_ready{{{TRANSFORMER}}})", "pods")],
        ),
        number(
            About("Requests", "Requests answered, whatever came of them.", "reqps"),
            [Query(f"nextclose:requests:rate5m{{{SELF}}}", "requests")],
        ),
        number(
            About(
                "Answered without a fault",
                "Of the last three days.",
                "percentunit",
                ("availability-burn",),
                0.998,
                0.995,
            ),
            [Query(f"1 - nextclose:request_errors:ratio_rate3d{{{SELF}}}", "answered")],
        ),
        number(
            About("Answered in time", "Of the last three days.", "percentunit", ("latency-burn",), 0.995, 0.99),
            [Query(f"1 - nextclose:request_slow:ratio_rate3d{{{SELF}}}", "in time")],
        ),
        names(
            About("Version", "The version that requests are answered by.", runbooks=("version-mismatch",)),
            [Query(now("nextclose_model_info", "version"), "{{version}}")],
        ),
        names(
            About("Alerts", "Alerts of this release, pending ones too."),
            [Query(f"count by (alertname, alertstate) (ALERTS{{{SELF}}})", "{{alertname}} ({{alertstate}})")],
        ),
    ]


def _traffic() -> list[Any]:
    return [
        lines(
            About("Requests by status", "HTTP status; for gRPC the equivalent one.", "reqps", ("error-rate",)),
            [
                Query(
                    rate("nextclose_requests_total", "code", "reason", where=TRANSFORMER) + " > 0",
                    "{{code}} {{reason}}",
                )
            ],
        ),
        lines(
            About("Requests by protocol", "V2 over HTTP, V1, V2 over gRPC.", "reqps"),
            [Query(rate("nextclose_requests_total", "protocol", where=TRANSFORMER), "{{protocol}}")],
        ),
        lines(
            About("Windows and requests in flight", "Windows that come in a second; requests being answered now."),
            [
                Query(rate("nextclose_request_rows_sum"), "windows a second"),
                Query(f"sum by (role) (nextclose_requests_in_flight{{{SELF}}})", "in flight: {{role}}"),
            ],
        ),
    ]


def _latency() -> list[Any]:
    whole = "nextclose_request_duration_seconds"
    return [
        lines(
            About("Time of a request", "From its body's arrival to its answer.", "s", ("latency-burn",), alarm=0.5),
            [Query(quantile(level, whole, TRANSFORMER), f"p{level * 100:g}") for level in (0.5, 0.95, 0.99)],
        ),
        lines(
            About("Time of each step", "Mean of preprocess, predict (the call of the predictor) and postprocess.", "s"),
            [Query(mean("nextclose_step_duration_seconds", "step"), "{{step}}")],
        ),
        lines(
            About("Batches", "What goes together to the predictor and through its network, and how long that takes."),
            [
                Query(mean("nextclose_batch_rows", "role"), "rows, {{role}}"),
                Query(mean("nextclose_batch_requests", "role"), "requests, {{role}}"),
                Query(f"sum by (role) (nextclose_waiting_rows{{{SELF}}})", "rows that wait, {{role}}"),
                Query(quantile(0.99, "nextclose_predictor_compute_seconds") + " * 1000", "p99 of the network, in ms"),
            ],
        ),
    ]


def _objectives() -> list[Any]:
    windows = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
    return [
        lines(
            About(
                "Requests that failed",
                "Share of answers 5xx over the windows that alerts look at.",
                "percentunit",
                ("availability-burn", "error-rate"),
                warn=0.005,
                alarm=0.072,
            ),
            [Query(f"nextclose:request_errors:ratio_rate{window}{{{SELF}}}", window) for window in windows],
            width=12,
        ),
        lines(
            About(
                "Requests that were slow",
                "Share of requests that took longer than the objective allows.",
                "percentunit",
                ("latency-burn",),
                warn=0.01,
                alarm=0.144,
            ),
            [Query(f"nextclose:request_slow:ratio_rate{window}{{{SELF}}}", window) for window in windows],
            width=12,
        ),
    ]


def _versions() -> list[Any]:
    return [
        lines(
            About(
                "Pods by version",
                "Both roles; two versions only while pods are replaced.",
                "short",
                ("version-mismatch",),
            ),
            [
                Query(f"count by (version) (nextclose_model_info{{{SELF}}})", "transformer {{version}}"),
                Query(f"count by (version) (nextclose_predictor_model_info{{{SELF}}})", "predictor {{version}}"),
            ],
        ),
        lines(
            About(
                "Version mismatches", "Calls that met a predictor of another version.", "short", ("version-mismatch",)
            ),
            [Query(f"sum by (outcome) (increase(nextclose_version_mismatches_total{{{SELF}}}[5m]))", "{{outcome}}")],
        ),
        lines(
            About(
                "Loading", "Versions that could not be loaded, and traces after the start: none is expected.", alarm=1
            ),
            [
                Query(f"sum(increase(nextclose_predictor_load_failures_total{{{SELF}}}[1h]))", "failures"),
                Query(f"sum(nextclose_predictor_traces_total{{{SELF}}})", "traces"),
            ],
        ),
    ]


def _processes() -> list[Any]:
    return [
        lines(
            About("Memory", "Resident memory of our processes.", "bytes", ("memory-near-limit",)),
            [Query(f"process_resident_memory_bytes{{{SELF}}}", "{{component}} {{pod}}")],
        ),
        lines(
            About("CPU", "Seconds of CPU a second.", "short"),
            [Query(rate("process_cpu_seconds_total", "component", "pod"), "{{component}} {{pod}}")],
        ),
        lines(
            About("Open files", "Connections among them.", "short"),
            [Query(f"process_open_fds{{{SELF}}}", "{{component}} {{pod}}")],
        ),
        lines(
            About("Memory of the containers", "What the kernel's limit counts.", "bytes", needs="cAdvisor"),
            [Query(f"container_memory_working_set_bytes{{{PODS}}}", "{{pod}} {{container}}")],
        ),
        lines(
            About(
                "CPU held back", "Share of periods in which the limit held it back.", "percentunit", needs="cAdvisor"
            ),
            [
                Query(
                    f"{rate('container_cpu_cfs_throttled_periods_total', 'pod', where=PODS)}"
                    f" / {rate('container_cpu_cfs_periods_total', 'pod', where=PODS)}",
                    "{{pod}}",
                )
            ],
        ),
        lines(
            About("Restarts", "Of containers, in an hour.", "short", ("not-ready",), needs="kube-state-metrics"),
            [
                Query(
                    f"sum by (pod, container) (increase(kube_pod_container_status_restarts_total{{{PODS}}}[1h]))",
                    "{{pod}} {{container}}",
                )
            ],
        ),
    ]
