"""What members may ask of their data, and how long it is kept (domain.md §6): over every store of a hub."""
