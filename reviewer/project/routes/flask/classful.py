"""Views of Flask-Classful: a route for each method of a class, by its name, its parameters or `@route`.

Source: flask_classful's `FlaskView.register` and `build_rule`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.project.evaluation.builtin_calls import joined_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    ClassValue,
    Event,
    External,
    FunctionValue,
    Instance,
    Value,
    alternatives,
    decorator_names,
)
from reviewer.project.routes.argument_places import argument_place
from reviewer.project.routes.flask.exposed import class_setting, view_class
from reviewer.project.routes.flask.registrations import (
    Registration,
    RegistrationReader,
    View,
    argument,
    given_methods,
)
from reviewer.project.routes.path_text import known_text, known_texts, path_text

REGISTERING = ("flask_classful.FlaskView.register", "flask_classy.FlaskView.register")
ROUTE_DECORATORS = ("flask_classful.route", "flask_classy.route")
METHOD_DECORATOR = "flask_classful.method"
SPECIAL_METHODS = {
    "get": ["GET"],
    "put": ["PUT"],
    "patch": ["PATCH"],
    "post": ["POST"],
    "delete": ["DELETE"],
    "index": ["GET"],
}
CONVERTERS = {"builtins.str": "string", "builtins.int": "int", "builtins.float": "float", "uuid.UUID": "uuid"}


class ClassfulViews:
    """Reads the registrations of views by convention."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._reader = RegistrationReader(evaluator)
        self._registered: dict[int, list[Instance]] = {}

    def attach(self) -> None:
        """Finds the calls of `View.register(app)`."""
        for name in REGISTERING:
            for call in self._evaluator.instances.get(name, ()):
                for one in alternatives(call.argument(0, "app")):
                    if isinstance(one, Instance):
                        self._registered.setdefault(id(one), []).append(call)

    def registrations(self, instance: Instance) -> Iterator[Registration]:
        """What the views that are registered on an application or blueprint add to it."""
        for call in self._registered.get(id(instance), ()):
            owner = call.type.owner if isinstance(call.type, External) else None
            view = view_class(owner)
            if view is not None and call.module is not None and call.node is not None:
                yield from _ViewRules(self._evaluator, self._reader, view, instance, call).registrations()


class _ViewRules:
    """The rules of one class as one call registers it."""

    def __init__(
        self, evaluator: Evaluator, reader: RegistrationReader, view: ClassValue, receiver: Instance, call: Instance
    ) -> None:
        assert call.module is not None
        assert call.node is not None
        self._evaluator = evaluator
        self._view = view
        self._call = call
        self._event = Event(receiver, "register", call.arguments, call.keywords, call.module, call.node)
        self._decorators = reader.class_decorators(view)

    def registrations(self) -> Iterator[Registration]:
        names = {
            name
            for one in self._evaluator.ancestors(self._view)
            if isinstance(one, ClassValue)
            for name in self._run(one).attributes
        }
        excluded = known_texts(class_setting(self._evaluator, self._view, "excluded_methods"))
        for name in sorted(names):
            if name.startswith(("_", "before_", "after_")) or (isinstance(excluded, tuple) and name in excluded):
                continue
            found = self._evaluator.find_in_class(self._view, name)
            if found is None or not isinstance(found[1], FunctionValue):
                continue
            if not {"classmethod", "property"} & set(decorator_names(found[1])):
                yield from self._method(name, found[1])

    def _run(self, value: ClassValue) -> ClassValue:
        self._evaluator.run_class(value)
        return value

    def _method(self, name: str, function: FunctionValue) -> Iterator[Registration]:
        routes = [one for one in reversed(function.decorators) if _made_by(one, *ROUTE_DECORATORS)]
        for number, route in enumerate(routes):
            suffix = f"_{number}" if len(routes) > 1 else ""
            event = self._event
            if route.module is not None and route.node is not None:
                event = Event(event.receiver, "route", route.arguments, route.keywords, route.module, route.node)
            rule = self._rule(argument(event, 0, "rule"), None)
            methods = given_methods(route.keywords.get("methods"))
            endpoint = known_text(route.keywords.get("endpoint")) or f"{self._view.name}:{name}{suffix}"
            yield self._registration(event, rule, function, endpoint, methods or ("GET",), route.keywords)
        if routes:
            return
        special = class_setting(self._evaluator, self._view, "special_methods")
        special = special if isinstance(special, dict) else SPECIAL_METHODS
        if name in special:
            rule, methods = self._slashed(self._rule("/", function)), given_methods(special[name])
        else:
            dashed = name.replace("_", "-") if self._option("method_dashified") is True else name
            rule, methods = self._slashed(self._rule(f"/{dashed}/", function)), self._own_methods(function)
        yield self._registration(
            self._event, rule, function, f"{self._view.name}:{name}", methods or ("GET",), self._call.keywords
        )

    def _own_methods(self, function: FunctionValue) -> Value:
        named = [one.argument(0, "method") for one in function.decorators if _made_by(one, METHOD_DECORATOR)]
        return given_methods(
            list(reversed(named)) or class_setting(self._evaluator, self._view, "default_methods") or ["GET"]
        )

    def _registration(
        self,
        event: Event,
        rule: Value,
        function: FunctionValue,
        endpoint: str,
        methods: Value,
        keywords: dict[str, Value],
    ) -> Registration:
        own = tuple(one for one in function.decorators if not _made_by(one, *ROUTE_DECORATORS, METHOD_DECORATOR))
        view = View(function, None, function.symbol, endpoint, (*self._decorators, *own))
        subdomain = {name: value for name, value in keywords.items() if name == "subdomain"}
        return Registration(event, ((rule, argument_place(event, 0, "rule")),), view, endpoint, methods, subdomain)

    def _option(self, name: str) -> Value:
        given = self._call.keywords.get(name)
        return class_setting(self._evaluator, self._view, name) if given is None else given

    def _base(self) -> Value:
        given = self._call.argument(1, "route_base")
        if given is None:
            given = class_setting(self._evaluator, self._view, "route_base")
        if given is None:
            name = self._view.name
            given = _dashed(name[:-4] if name.endswith("View") else name)
        return given.strip("/") if isinstance(given, str) else given

    def _rule(self, rule: Value, function: FunctionValue | None) -> Value:
        pieces: list[Value] = []
        for part in (self._option("route_prefix"), self._base(), rule, *self._parameters(function)):
            if part is not None and part != "":
                pieces += ["/", part]
        text, unknowns = path_text(joined_text(pieces, self._call.place))
        text = re.sub(r"/+", "/", text)
        return joined_text([*text.partition("{?}")[:1], unknowns[0]], None) if unknowns else text

    def _slashed(self, rule: Value) -> Value:
        wanted = self._option("trailing_slash")
        if not isinstance(rule, str) or rule == "/":
            return rule
        if wanted is False:
            return rule.rstrip("/")
        return rule if rule.endswith("/") else f"{rule}/"

    def _parameters(self, function: FunctionValue | None) -> Iterator[str]:
        """The variable parts for the parameters of a method that have no default."""
        if function is None or not isinstance(function.node, tree.Function):
            return
        ignored = known_texts(class_setting(self._evaluator, self._view, "base_args"))
        for parameter in function.node.parameters[1:]:
            if parameter.kind.startswith("variadic") or parameter.kind == "keyword-only":
                continue
            if parameter.default is not None or (isinstance(ignored, tuple) and parameter.name in ignored):
                continue
            annotation = parameter.annotation
            kind = None if annotation is None else self._evaluator.evaluate(annotation, function.scope)
            converter = CONVERTERS.get(kind.name) if isinstance(kind, External) else None
            yield f"<{converter}:{parameter.name}>" if converter else f"<{parameter.name}>"


def _made_by(decorator: Value, *names: str) -> bool:
    return isinstance(decorator, Instance) and isinstance(decorator.type, External) and decorator.type.name in names


def _dashed(name: str) -> str:
    """`QuoteList` as the library names its base: `quote-list`."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1-\2", name)).lower()
