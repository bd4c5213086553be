"""Whether a view of Flask has a docstring: its own, one it was given, or that of the method it overrides.

Source: `inspect.getdoc`, which tools that describe an application ask.
"""

from __future__ import annotations

from reviewer.project.evaluation.docstrings import docstring_of
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, FunctionValue


def is_documented(evaluator: Evaluator, view: FunctionValue | ClassValue | None) -> bool:
    """Whether a view has a docstring."""
    if view is None:
        return False
    if docstring_of(view):
        return True
    if not isinstance(view, FunctionValue) or view.owner is None:
        return False
    for one in evaluator.ancestors(view.owner):
        if isinstance(one, ClassValue):
            found = evaluator.find_in_class(one, view.name)
            if found is not None and isinstance(found[1], FunctionValue) and docstring_of(found[1]):
                return True
    return False
