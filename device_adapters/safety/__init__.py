"""The safety core: limits, envelope, lease, hazards. Pure functions over integers; time is an argument."""
