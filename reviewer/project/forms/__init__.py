"""Forms of Flask-WTF and their validation."""
