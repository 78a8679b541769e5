"""Plots of the Grafana dashboards' queries on the data of a load run: `make dashboards-plots`."""
