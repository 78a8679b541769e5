"""The predictor: runtimes, batching and its V2 server."""
