"""What a gym's database and Grafana are set up with: dashboards as code, and a plausible history to see them by."""
