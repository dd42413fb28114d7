"""What goes on now, from the bus to the pages that are open."""
