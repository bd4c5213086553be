"""Routes that extensions add to Flask, one module a family: resources, exposed views, views by convention.

Another family is one more reader in the list: it finds its objects in `attach`, and gives what they add to an
application or blueprint as registrations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import Instance
from reviewer.project.routes.flask_admin import AdminViews
from reviewer.project.routes.flask_appbuilder import BuilderViews
from reviewer.project.routes.flask_attachments import Attachments
from reviewer.project.routes.flask_classful import ClassfulViews
from reviewer.project.routes.flask_registrations import Registration
from reviewer.project.routes.flask_resources import Resources


class ExtensionFamily(Protocol):
    """What one extension, or several alike, add to applications and blueprints."""

    def attach(self) -> None:
        """Finds the objects of the extension and what they are attached to."""

    def registrations(self, instance: Instance) -> Iterator[Registration]:
        """What they add to an application or blueprint."""


class Extensions:
    """What all extensions that are known add to applications and blueprints."""

    def __init__(self, evaluator: Evaluator) -> None:
        attachments = Attachments(evaluator)
        self._families: tuple[ExtensionFamily, ...] = (
            Resources(evaluator, attachments),
            BuilderViews(evaluator, attachments),
            AdminViews(evaluator, attachments),
            ClassfulViews(evaluator),
        )

    def attach(self) -> None:
        """Finds the objects of extensions and what they are attached to."""
        for family in self._families:
            family.attach()

    def registrations(self, instance: Instance) -> Iterator[Registration]:
        """What the extensions add to an application or blueprint."""
        for family in self._families:
            yield from family.registrations(instance)
