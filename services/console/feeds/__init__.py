"""What open pages are told, and what is heard of the bus for it."""
