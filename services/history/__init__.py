"""What sessions did, read from whichever store has the measurements, and what it says of a member's progress."""
