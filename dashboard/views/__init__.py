"""The pages: forecast, track record, operations."""
