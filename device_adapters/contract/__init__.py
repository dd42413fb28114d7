"""The contract: every topic, every message, and the one table that ties them. Pure."""
