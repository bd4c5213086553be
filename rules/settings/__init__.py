"""Rules for settings and secrets: where configuration comes from."""
