"""Metrics of the predictor."""

from prometheus_client import Counter, Gauge, Histogram

from model.endpoint.server_metrics import SECONDS

COMPUTE_SECONDS = Histogram("nextclose_predictor_compute_seconds", "Time to compute a batch.", buckets=SECONDS)
TRACES = Counter(
    "nextclose_predictor_traces",
    "Traces of the network's function. They occur only while a version is loaded.",
)
MODEL_INFO = Gauge(
    "nextclose_predictor_model_info", "1 for the version that is served.", ["version", "source", "state", "runtime"]
)
LOAD_FAILURES = Counter("nextclose_predictor_load_failures", "Versions that could not be loaded.")
