"""A fuzzer for a running pair of transformer and predictor: `python -m tests.fuzz --help`."""
