"""Rules for the project's layout, containers and packaging."""
