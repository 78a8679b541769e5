"""Names in requests and responses: the model, its tensors and parameters. All other modules import them from here."""

MODEL_NAME = "nextclose"
SERVER_NAME = "nextclose"  # in the server metadata; independent of the name of the model

# Inputs; a request has one of them.
CLOSE = "close"  # FP64 | FP32 [n, 60]: split-adjusted daily closes, oldest first, in price units
SYMBOL = "symbol"  # BYTES [n]: the window is taken from the price store

# Outputs.
FORECAST = "forecast"  # FP64 [n]: the median of the next close, in price units
QUANTILES = "quantiles"  # FP64 [n, 7]: the next close at `levels.LEVELS`, in price units
NAIVE = "naive"  # FP64 [n]: the last close ("tomorrow = today")
DATA_UNTIL = "data_until"  # BYTES [n]: ISO date of the window's last close (for requests by symbol)
TARGET_SESSION = "target_session"  # BYTES [n]: ISO date of the session that is forecast (for requests by symbol)
STALE = "stale"  # BOOL [n]: the stored closes are more than one session old (for requests by symbol)

OUTPUTS_BY_WINDOW = (FORECAST, QUANTILES, NAIVE)
OUTPUTS_BY_SYMBOL = (*OUTPUTS_BY_WINDOW, DATA_UNTIL, TARGET_SESSION, STALE)

# Request parameters.
ALLOW_JUMPS = "allow_jumps"  # bool: accept changes by more than a factor of `window.MAX_JUMP` in a day

# Response parameters (gRPC permits only strings, booleans and integers).
LEVELS = "levels"  # quantile levels, separated by commas
ARTEFACT = "artefact"  # digest of the manifest
SOURCE = "source"  # source of the prices that the version was trained on

# Between transformer and predictor (and the SavedModel's serving signature).
FEATURES = "features"  # FP32 [n, 59, 3], standardised
RAW_QUANTILES = "quantiles"  # FP32 [n, 7], in units of sigma
SIGNATURE = "serving_default"

# Fields of V1 requests and responses.
V1_INSTANCES = "instances"
V1_PREDICTIONS = "predictions"
