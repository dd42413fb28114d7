"""Commands for who may sign in, at the console and at the REST API."""
