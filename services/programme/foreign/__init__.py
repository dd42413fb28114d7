"""Workouts written for other programs, read into the programme format. Pure."""
