"""Random requests against a running pair of transformer and predictor: `python -m tests.fuzz --help`."""
