"""Rules of the family `pydantic`."""
