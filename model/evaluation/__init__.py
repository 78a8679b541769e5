"""Evaluation: measures, baselines, tests of significance, the gate, the report."""
