"""The closed set of what is said to people: each key with its arguments and its English text. Data only."""
