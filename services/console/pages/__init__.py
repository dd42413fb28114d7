"""The console's addresses: pages, the live feed, what staff can do."""
