"""The Bluetooth rim: the only importers of bleak."""
