"""Consents of members."""

TEXT_VERSION = "1"
"""Which text on consent staff show: the page and the command line keep it with each consent that they take."""
