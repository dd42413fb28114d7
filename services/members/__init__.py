"""Members: who trains, what they may do next, and why. A library; names are kept here and nowhere else."""
