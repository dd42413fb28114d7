"""Fitness Machine Service (FTMS v1.0.1), one module per characteristic."""
