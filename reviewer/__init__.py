"""Code review and conventions linter for Python web applications."""

__version__ = "0.1.0"
