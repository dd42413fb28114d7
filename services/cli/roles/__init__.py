"""Processes that systemd, the demo and the console start."""
