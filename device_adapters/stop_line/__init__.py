"""A contact in a treadmill's own stop circuit, held closed by a process of its own while the unit's gate is healthy."""
