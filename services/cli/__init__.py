"""The backstride command."""
