"""Routes that extensions add to Flask: resources of Flask-RESTful and Flask-RESTX with their namespaces.

An extension's object is attached to an application or blueprint by its constructor or `init_app`; its resources become
registrations of that instance. Another extension is one more class table and one more reader here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.project.evaluation.builtin_calls import joined_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, Event, Instance, Unknown, Value, alternatives, argument_of
from reviewer.project.routes.flask_registrations import Registration, RegistrationReader, View, argument, argument_place
from reviewer.project.routes.path_text import known_text

API_CLASSES = (
    "flask_restful.Api",
    "flask_restx.Api",
    "flask_restx.api.Api",
    "flask_restplus.Api",
)


class ExtensionReader:
    """Knows which extension objects are attached to which applications and blueprints, and their resources."""

    def __init__(self, evaluator: Evaluator, reader: RegistrationReader) -> None:
        self._evaluator = evaluator
        self._reader = reader
        self._attached: dict[int, list[Instance]] = {}

    def attach(self) -> None:
        """Finds the extension objects and what they are attached to."""
        for api in self._instances(API_CLASSES):
            self._evaluator.initialise(api)
            targets = [self._constructor(api, 0, "app"), self._constructor(api, -1, "blueprint")]
            targets += [argument(event, 0, "app") for event in api.events if event.method == "init_app"]
            for target in targets:
                for one in alternatives(target):
                    if isinstance(one, Instance) and api not in self._attached.setdefault(id(one), []):
                        self._attached[id(one)].append(api)

    def registrations(self, instance: Instance) -> Iterator[Registration]:
        """What the extensions add to an application or blueprint."""
        for api in self._attached.get(id(instance), ()):
            prefix = self._constructor(api, 1 if self._evaluator.inherits(api, "flask_restful.Api") else -1, "prefix")
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
        given = self._constructor(namespace, 2, "path")
        if given is None:
            name = self._constructor(namespace, 0, "name")
            return f"/{name}" if isinstance(name, str) else Unknown("namespace without a known name")
        return given.rstrip("/") if isinstance(given, str) else given

    def _name(self, namespace: Instance) -> str:
        return known_text(self._constructor(namespace, 0, "name")) or ""

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

    def _instances(self, names: tuple[str, ...]) -> list[Instance]:
        found = [one for name in names for one in self._evaluator.instances.get(name, ())]
        return found + [one for one in self._evaluator.project_instances if self._evaluator.inherits(one, *names)]

    def _constructor(self, instance: Instance, position: int, name: str) -> Value:
        for event in instance.events:
            if event.method == "__init__":
                return argument_of(event.arguments, event.keywords, position, name)
        return instance.argument(position, name)


def _dashed(name: str) -> str:
    """`TodoList` as Flask-RESTX names its endpoint: `todo_list`."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()
