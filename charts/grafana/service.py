"""The service: who asks, what they get, how fast, by which version, on what processes."""

from typing import Any, Final

from charts.grafana.frame import dashboard
from charts.grafana.panels import About, lines, names, number
from charts.grafana.queries import PODS, SELF, TRANSFORMER, Query, mean, now, quantile, rate

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
            [Query(f"sum(nextclose_ready{{{TRANSFORMER}}}) or vector(0)", "pods")],
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
                ("availability-burn", "error-rate"),
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
            About("Alerts", "Alerts of this release, pending ones too.", alarm=1, empty="none"),
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
            width=12,
        ),
        lines(
            About("Requests by protocol", "V2 over HTTP, V1, V2 over gRPC.", "reqps"),
            [Query(rate("nextclose_requests_total", "protocol", where=TRANSFORMER), "{{protocol}}")],
            width=12,
        ),
        lines(
            About("Windows", "Forecasts that are asked for: a request may hold many windows.", "suffix: windows/s"),
            [Query(rate("nextclose_request_rows_sum"), "windows")],
            width=12,
        ),
        lines(
            About("In flight and waiting", "Requests being answered now, and rows that wait for the batch before."),
            [
                Query(f"sum by (role) (nextclose_requests_in_flight{{{SELF}}})", "requests in flight, {{role}}"),
                Query(f"sum by (role) (nextclose_waiting_rows{{{SELF}}})", "rows that wait, {{role}}"),
            ],
            width=12,
        ),
    ]


def _latency() -> list[Any]:
    whole = "nextclose_request_duration_seconds"
    return [
        lines(
            About("Time of a request", "From its body's arrival to its answer.", "s", ("latency-burn",), alarm=0.5),
            [Query(quantile(level, whole, TRANSFORMER), f"p{level * 100:g}") for level in _LEVELS],
            width=12,
        ),
        lines(
            About("Time of each step", "Mean of preprocess, predict (the call of the predictor) and postprocess.", "s"),
            [Query(mean("nextclose_step_duration_seconds", "step"), "{{step}}")],
            width=12,
        ),
        lines(
            About("Batches", "What goes together to the predictor (transformer) and through its network (predictor)."),
            [
                Query(mean("nextclose_batch_rows", "role"), "rows in a batch, {{role}}"),
                Query(mean("nextclose_batch_requests", "role"), "requests in a batch, {{role}}"),
            ],
            width=12,
        ),
        lines(
            About("Time of the network", "What a batch takes in the predictor.", "s"),
            [Query(quantile(level, "nextclose_predictor_compute_seconds"), f"p{level * 100:g}") for level in _LEVELS],
            width=12,
        ),
    ]


def _objectives() -> list[Any]:
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
            [Query(f"nextclose:request_errors:ratio_rate{key}{{{SELF}}}", told) for key, told in _WINDOWS.items()],
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
            [Query(f"nextclose:request_slow:ratio_rate{key}{{{SELF}}}", told) for key, told in _WINDOWS.items()],
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
                "Loading",
                "Versions that could not be loaded in an hour: none is expected. Traces of the network: "
                "some with every version that is loaded, none between.",
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
            About("CPU", "Cores in use, that is seconds of CPU a second.", "suffix: cores"),
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
