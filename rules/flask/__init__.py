"""Rules about Flask and Flask-WTF."""
