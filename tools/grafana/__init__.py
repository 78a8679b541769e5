"""Source code of the chart's Grafana dashboards: `make dashboards` generates charts/nextclose/dashboards/."""
