"""Rules for tests: what they cover and how they are written."""
