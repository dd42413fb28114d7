"""Services: processes that meet only on the bus."""
