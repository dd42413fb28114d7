"""The REST API under /api/v1, for booking systems and other programs."""
