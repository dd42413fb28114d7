"""What a unit says is delivered, sooner or later: at once from memory, after an outage from disk, each once."""

from device_adapters.outbox.outbox import Outbox

__all__ = ["Outbox"]
