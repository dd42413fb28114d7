"""One file for whoever helps: what a machine runs, its settings, log and faults, without secrets and people."""
