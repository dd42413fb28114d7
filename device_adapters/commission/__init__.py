"""Commissioning: a treadmill shows, with nobody on it, what it does when it is told something."""
