"""Who asks, and what they may do: accounts, sign-ins, tokens, the table of permissions."""
