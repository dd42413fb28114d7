"""What needs somebody reaches their phone: a service of its own, so that no other waits for a provider's server."""
