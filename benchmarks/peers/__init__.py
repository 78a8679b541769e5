"""Other model servers that do the same task, each in its own environment."""
