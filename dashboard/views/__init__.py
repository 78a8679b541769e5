"""The pages: forecast, track record and operations."""
