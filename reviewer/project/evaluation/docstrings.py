"""Docstrings of functions and classes of the project."""

from __future__ import annotations

from reviewer.modules import tree
from reviewer.project.evaluation.values import ClassValue, FunctionValue


def docstring_of(value: FunctionValue | ClassValue) -> str | None:
    """The docstring of a function or class: written in it, or assigned to its `__doc__`."""
    if isinstance(value, FunctionValue) and isinstance(value.documentation, str):
        return value.documentation or None
    body = value.node.body
    if isinstance(body, tuple) and body:
        first = body[0]
        if isinstance(first, tree.ExpressionStatement) and isinstance(first.value, tree.Text):
            return first.value.value or None
    return None
