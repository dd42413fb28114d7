"""Treadmills on a serial line: the only place that opens ports."""
