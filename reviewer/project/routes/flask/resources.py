"""Resources of Flask-RESTful and Flask-RESTX with their namespaces, as registrations of where their API is attached."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.project.evaluation.builtin_calls import joined_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, Event, Instance, Unknown, Value, alternatives
from reviewer.project.routes.argument_places import argument_place
from reviewer.project.routes.flask.attachments import Attachments
from reviewer.project.routes.flask.registrations import (
    Registration,
    View,
    argument,
    constructor_argument,
)
from reviewer.project.routes.path_text import known_text

API_CLASSES = (
    "flask_restful.Api",
    "flask_restx.Api",
    "flask_restx.api.Api",
    "flask_restplus.Api",
)


class Resources:
    """Reads the resources of APIs."""

    def __init__(self, evaluator: Evaluator, attachments: Attachments) -> None:
        self._evaluator = evaluator
        self._attachments = attachments

    def attach(self) -> None:
        """Finds the APIs and what they are attached to."""
        self._attachments.find(API_CLASSES, ("app", "blueprint"))

    def registrations(self, instance: Instance) -> Iterator[Registration]:
        """What the APIs of an application or blueprint add to it."""
        for api in self._attachments.of(instance, API_CLASSES):
            is_restful = self._evaluator.inherits(api, "flask_restful.Api")
            prefix = constructor_argument(api, 1 if is_restful else -1, "prefix")
            yield from self._resources(api, prefix, "")
            for namespace, path in self._namespaces(api):
                yield from self._resources(namespace, joined_text([prefix or "", path], None), self._name(namespace))

    def _namespaces(self, api: Instance) -> Iterator[tuple[Instance, Value]]:
        """The namespaces of an API, each with its path."""
        for event in api.events:
            if event.method == "add_namespace":
                for one in alternatives(argument(event, 0, "ns")):
                    if isinstance(one, Instance):
                        given = argument(event, 1, "path")
                        yield one, self._path(one) if given is None else given
            elif event.method == "namespace" and isinstance(event.result, Instance):
                yield event.result, self._path(event.result)

    def _path(self, namespace: Instance) -> Value:
        given = constructor_argument(namespace, 2, "path")
        if given is None:
            name = constructor_argument(namespace, 0, "name")
            return f"/{name}" if isinstance(name, str) else Unknown("namespace without a known name")
        return given.rstrip("/") if isinstance(given, str) else given

    def _name(self, namespace: Instance) -> str:
        return known_text(constructor_argument(namespace, 0, "name")) or ""

    def _resources(self, holder: Instance, prefix: Value, namespace: str) -> Iterator[Registration]:
        for event in list(holder.events):
            if event.method == "add_resource":
                resource, first = argument(event, 0, "resource"), 1
            elif event.method in ("resource", "route") and event.decorated is not None:
                resource, first = event.decorated, 0
            else:
                continue
            yield self._registration(event, resource, first, prefix, namespace)

    def _registration(self, event: Event, resource: Value, first: int, prefix: Value, namespace: str) -> Registration:
        rules = tuple(
            (joined_text([prefix or "", event.arguments[number]], event.place), argument_place(event, number, ""))
            for number in range(first, len(event.arguments))
        )
        if isinstance(resource, ClassValue):
            is_restful = self._evaluator.inherits(resource, "flask_restful.Resource")
            name = resource.name.lower() if is_restful else _dashed(resource.name)
            view = View(None, resource, resource.symbol, f"{namespace}_{name}" if namespace else name)
        else:
            view = View()
        return Registration(event, rules, view, known_text(event.keywords.get("endpoint")), None, {})


def _dashed(name: str) -> str:
    """`TodoList` as Flask-RESTX names its endpoint: `todo_list`."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()
