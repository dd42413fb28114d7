"""Commands for the members store: members, what was kept of them, who looked at it."""
