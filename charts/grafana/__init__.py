"""The Grafana dashboards that the chart ships, made in code: `make dashboards` writes charts/nextclose/dashboards/."""
