"""The session service: engine (pure) and its shell."""
