"""Plots of what the panels of the Grafana dashboards ask for, on the data of a load run: `make dashboards-plots`."""
