"""The conversation with one device, as pure machines: control point, liveness."""
