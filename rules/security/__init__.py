"""Security: what a client may not be able to do."""
