"""Rules for Redis: how clients are made and used."""
