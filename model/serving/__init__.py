"""The predictor: runtimes, batching and the V2 server."""
