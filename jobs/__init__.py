"""The command line and the steps that it runs: the composition root of the project."""
