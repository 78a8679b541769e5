"""Evaluation of forecasts: measures, baselines, significance tests, the gate and the report."""
