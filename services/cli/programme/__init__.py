"""Commands for programmes: list, check, draw."""
