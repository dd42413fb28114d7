"""What every request passes: limits, names, language, time."""
