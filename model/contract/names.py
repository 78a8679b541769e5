"""Names on the wire: the model, its tensors, request and response parameters. Nothing else spells them out."""

MODEL_NAME = "nextclose"
SERVER_NAME = "nextclose"  # in the metadata of the server, whatever the model is called

# What clients send: one of the two.
CLOSE = "close"  # FP64 | FP32 [n, 60]: split-adjusted daily closes, oldest first, in price units
SYMBOL = "symbol"  # BYTES [n]: the window is taken from the price store

# What clients get.
FORECAST = "forecast"  # FP64 [n]: the median of the next close, in price units
QUANTILES = "quantiles"  # FP64 [n, 7]: the next close at `levels.LEVELS`, in price units
NAIVE = "naive"  # FP64 [n]: the last close ("tomorrow = today")
DATA_UNTIL = "data_until"  # BYTES [n]: ISO date of the window's last close (by symbol only)
TARGET_SESSION = "target_session"  # BYTES [n]: ISO date of the session that is forecast (by symbol only)
STALE = "stale"  # BOOL [n]: the stored closes are more than one session old (by symbol only)

OUTPUTS_BY_WINDOW = (FORECAST, QUANTILES, NAIVE)
OUTPUTS_BY_SYMBOL = (*OUTPUTS_BY_WINDOW, DATA_UNTIL, TARGET_SESSION, STALE)

# Request parameters.
ALLOW_JUMPS = "allow_jumps"  # bool: let a change by more than `window.MAX_JUMP` in a day pass

# Response parameters (only strings, booleans and integers pass gRPC).
LEVELS = "levels"  # the quantile levels, comma-joined
ARTEFACT = "artefact"  # digest of the version folder's manifest
SOURCE = "source"  # where the model's training prices came from

# Between transformer and predictor (and the SavedModel's serving signature).
FEATURES = "features"  # FP32 [n, 59, 3], standardised
RAW_QUANTILES = "quantiles"  # FP32 [n, 7], in units of sigma
SIGNATURE = "serving_default"

# The table that V1 answers and the columns of a user's CSV.
V1_INSTANCES = "instances"
V1_PREDICTIONS = "predictions"
