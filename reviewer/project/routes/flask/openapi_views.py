"""Class views of flask-openapi3: `@view.route("/x")` on a class, registered by `app.register_api_view(view)`.

Source: `flask_openapi3.view.APIView`.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, FunctionValue, Instance, Value, alternatives
from reviewer.project.routes.argument_places import argument_place
from reviewer.project.routes.flask.registrations import (
    Registration,
    View,
    argument,
    constructor_argument,
    joined_value,
)

VIEW_CLASSES = ("flask_openapi3.APIView", "flask_openapi3.view.APIView")
REGISTERING = "register_api_view"
METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace", "connect")


class OpenApiViews:
    """Reads the class views that applications register."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def attach(self) -> None:
        """Nothing: the application names its views."""

    def registrations(self, instance: Instance) -> Iterator[Registration]:
        """What the views that an application registers add to it."""
        for event in list(instance.events):
            if event.method == REGISTERING:
                for view in alternatives(argument(event, 0, "api_view")):
                    if isinstance(view, Instance) and self._evaluator.inherits(view, *VIEW_CLASSES):
                        yield from self._view(view, argument(event, 1, "url_prefix"))

    def _view(self, view: Instance, given: Value) -> Iterator[Registration]:
        prefix = constructor_argument(view, 0, "url_prefix") if given is None else given
        for event in list(view.events):
            if event.method == "route" and isinstance(event.decorated, ClassValue):
                path = argument(event, 0, "rule")
                rule = path if prefix is None else joined_value(prefix, path)
                for method in METHODS:
                    found = self._evaluator.find_in_class(event.decorated, method)
                    if found is not None and isinstance(found[1], FunctionValue):
                        function = found[1]
                        name = f"{event.decorated.name}.{method}"
                        yield Registration(
                            event,
                            ((rule, argument_place(event, 0, "rule")),),
                            View(function, None, function.symbol, name, function.decorators),
                            name,
                            (method.upper(),),
                        )
