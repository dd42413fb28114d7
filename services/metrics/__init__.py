"""Telemetry and events into a time-series store."""
