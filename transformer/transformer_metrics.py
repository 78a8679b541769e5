"""Metrics of the transformer. The label `symbol` has the symbols of the price store, so its cardinality is bounded."""

from prometheus_client import Counter, Gauge, Histogram

from model.endpoint.server_metrics import SECONDS

STEP_SECONDS = Histogram(
    "nextclose_step_duration_seconds",
    "Time of a step: preprocess, predict (wait for the batch and call of the predictor), postprocess.",
    ["step"],
    buckets=SECONDS,
)
REQUEST_ROWS = Histogram(
    "nextclose_request_rows", "Windows in one request.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384)
)
MODEL_INFO = Gauge(
    "nextclose_model_info", "1 for the version that is served.", ["version", "source", "state", "symbols"]
)
MODEL_CREATED = Gauge("nextclose_model_created_timestamp_seconds", "When the served version was exported.")
DATA_UNTIL = Gauge(
    "nextclose_data_until_timestamp_seconds",
    "Midnight (UTC) of the date of the last stored close.",
    ["symbol", "source"],
)
SESSIONS_BEHIND = Gauge("nextclose_data_sessions_behind", "Finished sessions without a stored close.", ["symbol"])
VERSION_MISMATCHES = Counter(
    "nextclose_version_mismatches", "Calls that reached a predictor with another version, by outcome.", ["outcome"]
)
BAND_CLOSES = Counter(
    "nextclose_band_closes",
    "New closes in the price store, inside or outside the 90 % interval that the served model forecast.",
    ["result"],
)

# Created at start: `increase` does not count the first event of a series that is created by that event.
for _outcome in ("recovered", "refused"):
    VERSION_MISMATCHES.labels(_outcome)
for _result in ("inside", "outside"):
    BAND_CLOSES.labels(_result)
