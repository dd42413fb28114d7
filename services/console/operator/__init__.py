"""The operator's page: is every machine and service as it should be, and what is to be done. Pure."""
