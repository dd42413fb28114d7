"""What is kept of an incident: one signed file with its evidence, that shows whether it or the journal was changed."""
