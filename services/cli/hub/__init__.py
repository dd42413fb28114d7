"""Commands for the gym's server: site, fleet, backups, alerts."""
