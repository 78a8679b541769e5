"""The V2 face of the service: checks, windows by symbol, scaling, the call, the inverse."""
