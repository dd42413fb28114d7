"""Guests: who trains without being a member."""

from device_adapters.safety.limits import Level

GUEST_LEVEL = Level.NOVICE
"""Nobody knows what a guest has practised, so a guest is a novice."""
