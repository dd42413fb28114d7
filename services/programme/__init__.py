"""Programmes: the plan of a session. Pure."""
