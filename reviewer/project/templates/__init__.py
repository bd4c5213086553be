"""Jinja2 templates joined with the code that renders them."""
