"""The command line and the pipeline steps that it runs; the composition root of the project."""
