"""Build-time programs: they generate files of the repository and are not installed."""
