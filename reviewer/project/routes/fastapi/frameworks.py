"""Whether an application is one of FastAPI or of Starlette, wherever it is mounted."""

from __future__ import annotations

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import Instance
from reviewer.project.routes.fastapi.registrations import FASTAPI_CLASSES, STARLETTE_CLASSES


def framework_of(evaluator: Evaluator, instance: Instance, around: str) -> str:
    """The framework that registers routes on an application, whatever serves it; for a router the one around it."""
    if evaluator.inherits(instance, *FASTAPI_CLASSES):
        return "fastapi"
    return "starlette" if evaluator.inherits(instance, *STARLETTE_CLASSES) else around
