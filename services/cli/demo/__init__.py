"""`backstride demo`: a whole virtual gym, its processes and what it did."""
