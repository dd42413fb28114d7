"""Commands for what is stored of the past: databases and dashboards, refused lines, an invented past."""
