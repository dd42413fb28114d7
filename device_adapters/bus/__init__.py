"""The bus: one port, an MQTT 5 client behind it, and an in-memory twin for simulation."""
