"""Routes that extensions add to Flask, one module a family: resources, exposed views, views by convention.

Another family is one more reader in the list: it finds its objects in `attach`, and gives what they add to an
application or blueprint as registrations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import Event, Instance
from reviewer.project.routes.flask.admin import AdminViews
from reviewer.project.routes.flask.appbuilder import BuilderViews
from reviewer.project.routes.flask.attachments import Attachments
from reviewer.project.routes.flask.classful import ClassfulViews
from reviewer.project.routes.flask.openapi_views import OpenApiViews
from reviewer.project.routes.flask.registrations import Registration
from reviewer.project.routes.flask.resources import Resources

#: Objects that blueprints are registered on in place of the application: Flask-Smorest's.
INCLUDING_CLASSES = ("flask_smorest.Api",)


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
            OpenApiViews(evaluator),
        )
        self._attachments = attachments

    def attach(self) -> None:
        """Finds the objects of extensions and what they are attached to."""
        self._attachments.find(INCLUDING_CLASSES)
        for family in self._families:
            family.attach()

    def inclusions(self, instance: Instance) -> Iterator[Event]:
        """The calls by which an extension registers blueprints on the application that it is attached to."""
        for extension in self._attachments.of(instance, INCLUDING_CLASSES):
            yield from (event for event in list(extension.events) if event.method == "register_blueprint")

    def registrations(self, instance: Instance) -> Iterator[Registration]:
        """What the extensions add to an application or blueprint."""
        for family in self._families:
            yield from family.registrations(instance)
