"""Commands for sessions and their belts: start, watch, stop, export."""
