"""Device adapters: treadmills and straps on one side, messages on the other. Knows nothing of services."""
