"""Records of sessions, out: a library that reads what the services have stored and writes files for people."""
