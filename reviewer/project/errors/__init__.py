"""Errors of a web application: where they are made, raised, caught, answered and forgotten."""
