"""Dockerfiles and Compose files, and the servers that they start."""
