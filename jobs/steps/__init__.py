"""The steps from prices to a version. Each reads what the one before it left, and can be run again."""
