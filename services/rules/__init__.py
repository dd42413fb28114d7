"""Rules that more than one service keeps: numbers with their sources, no store, no bus. Each lives here once."""
