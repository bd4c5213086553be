"""Database access: queries, sessions and migrations."""
