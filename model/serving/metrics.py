"""Metrics of the predictor."""

from prometheus_client import Counter, Gauge, Histogram

from model.endpoint.metrics import SECONDS

BATCH_ROWS = Histogram(
    "nextclose_predictor_batch_rows",
    "Rows computed together.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096),
)
BATCH_REQUESTS = Histogram(
    "nextclose_predictor_batch_requests",
    "Requests computed together.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
COMPUTE_SECONDS = Histogram("nextclose_predictor_compute_seconds", "Time to compute a batch.", buckets=SECONDS)
WAITING_ROWS = Gauge("nextclose_predictor_waiting_rows", "Rows that wait to be computed.")
TRACES = Counter("nextclose_predictor_traces", "Traces of the network's function; none may come after the start.")
MODEL_INFO = Gauge(
    "nextclose_predictor_model_info", "1 for the version that is served.", ["version", "source", "state", "runtime"]
)
LOAD_FAILURES = Counter("nextclose_predictor_load_failures", "Versions that could not be loaded.")
