"""The transformer: checks requests, finds windows by symbol, scales them, calls the predictor, and scales back."""
