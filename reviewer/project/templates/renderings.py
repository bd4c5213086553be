"""Finds the calls that render templates, with the template's name and the names that are passed.

A function of the project that takes the name or the variables as parameters (`send_email(to, template, **kwargs)`) is
followed to its callers: the rendering is then theirs. What is not known of a call stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import DeclaredScope, Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    Unknown,
    Value,
    alternatives,
    place_of,
)
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import CallSite, Rendering
from reviewer.project.program import Program
from reviewer.project.templates.template_contexts import BoundScope, Context, ContextReader
from reviewer.project.templates.template_environments import TemplateEnvironment, TemplateEnvironments

FLASK_FUNCTIONS = frozenset({"render_template", "stream_template"})
LOADING_METHODS = frozenset({"get_template", "select_template", "get_or_select_template"})
RENDERING_METHODS = frozenset({"render", "render_async", "generate", "generate_async", "stream"})
#: How many functions a name is followed through, and to how many calls of one rendering.
FOLLOWING_DEPTH = 4
CALL_LIMIT = 200


class _Parts(msgspec.Struct, frozen=True, eq=False):
    """The arguments of a rendering call: the name's, and what makes the context."""

    environment: TemplateEnvironment | None
    framework: str
    name: tree.Expression | None
    mappings: tuple[tree.Expression, ...]
    keywords: tuple[tree.Keyword, ...]
    has_context: bool  # False where a template is only loaded here


class _View(msgspec.Struct, frozen=True, eq=False):
    """One way that a function is called: its scope then, and the outermost call with its function."""

    scope: DeclaredScope
    function: FunctionValue
    call: tree.Call | None = None


class Renderings:
    """Makes the renderings of a program; those of tests are left out."""

    def __init__(
        self,
        program: Program,
        evaluator: Evaluator,
        calls: Calls,
        contexts: ContextReader,
        environments: TemplateEnvironments,
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._contexts = contexts
        self._environments = environments

    def find(self) -> list[Rendering]:
        """All renderings in the order of the modules."""
        found: list[Rendering] = []
        for module in self._program.modules:
            if module.is_test:
                continue
            names = self._names_in(module)
            if not names:
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "function" and not names.isdisjoint(declaration.calls):
                    found += self._in_function(self._calls.function_of(module, declaration), names)
        return found

    def _names_in(self, module: Module) -> set[str]:
        """The names by which a module may call what renders."""
        names: set[str] = set()
        if module.mentions(*FLASK_FUNCTIONS):
            names |= FLASK_FUNCTIONS
            names |= {one.local for one in module.index.imports if one.name in FLASK_FUNCTIONS}
        if module.mentions("TemplateResponse"):
            names.add("TemplateResponse")
        if module.mentions(*LOADING_METHODS):
            names |= LOADING_METHODS
        return names

    def _in_function(self, function: FunctionValue, names: set[str]) -> Iterator[Rendering]:
        loaded = self._loaded_and_rendered(function) if not names.isdisjoint(LOADING_METHODS) else {}
        for site in self._calls.named(function, *names):
            parts = self._parts(site, loaded)
            if parts is not None:
                yield from self._renderings(site, parts)

    # Calls

    def _parts(self, site: CallSite, loaded: dict[tuple[int, int], tree.Call]) -> _Parts | None:
        for callee in alternatives(site.callee):
            if isinstance(callee, External):
                top, last = callee.name.partition(".")[0], callee.name.rpartition(".")[2]
                if top in ("flask", "quart") and last in FLASK_FUNCTIONS:
                    return self._flask_call(site.node)
                if top in ("flask", "quart") and last in LOADING_METHODS and ".jinja_env." in callee.name:
                    return self._loading_call(site.node, self._environments.flask, "flask", loaded)
            if isinstance(callee, InstanceAttribute):
                scope = self._evaluator.declared(site.caller)
                found = self._method_call(callee, site.node, scope, loaded)
                if found is not None:
                    return found
        return self._unknown_call(site)

    def _unknown_call(self, site: CallSite) -> _Parts | None:
        """A call that may render, by its name alone."""
        called = site.node.function
        name = called.name if isinstance(called, tree.Attribute) else getattr(called, "id", "")
        if name == "TemplateResponse" and isinstance(site.callee, (Unknown, InstanceAttribute)):
            return self._template_response(site.node, None, self._evaluator.declared(site.caller))
        if name in FLASK_FUNCTIONS and isinstance(site.callee, Unknown):
            return self._flask_call(site.node, is_known=False)
        return None

    def _flask_call(self, call: tree.Call, *, is_known: bool = True) -> _Parts:
        keywords = tuple(one for one in call.keywords if one.name != "template_name_or_list")
        given = next((one.value for one in call.keywords if one.name == "template_name_or_list"), None)
        name = call.arguments[0] if call.arguments else given
        return _Parts(self._environments.flask if is_known else None, "flask", name, (), keywords, True)

    def _method_call(
        self, callee: InstanceAttribute, call: tree.Call, scope: Scope, loaded: dict[tuple[int, int], tree.Call]
    ) -> _Parts | None:
        method = callee.name.rpartition(".")[2]
        environment = self._environments.of(callee.instance)
        framework = environment.framework if environment is not None else ""
        if method == "TemplateResponse" and environment is not None:
            return self._template_response(call, environment, scope)
        if method in LOADING_METHODS and environment is not None:
            is_flask = environment.framework == "flask" and "jinja_env" not in callee.name
            return None if is_flask else self._loading_call(call, environment, framework, loaded)
        return None

    def _template_response(self, call: tree.Call, environment: TemplateEnvironment | None, scope: Scope) -> _Parts:
        """`TemplateResponse(request, name, context)`, or with the older order `TemplateResponse(name, context)`."""
        keywords = {one.name: one.value for one in call.keywords if one.name is not None}
        positional = list(call.arguments)
        is_older = bool(positional) and self._is_text(positional[0], scope)
        is_older = is_older or ("name" not in keywords and len(positional) == 1 and "request" not in keywords)
        is_older = is_older or (len(positional) > 1 and isinstance(positional[1], tree.Dictionary))
        order = ("name", "context") if is_older else ("request", "name", "context")
        given = dict(zip(order, positional, strict=False))
        given.update({key: value for key, value in keywords.items() if key in order or key in ("name", "context")})
        context = (given["context"],) if "context" in given else ()
        is_spread = any(isinstance(one, tree.Starred) for one in positional) or any(
            one.name is None for one in call.keywords
        )
        spread = tuple(one for one in call.keywords if one.name is None) if is_spread else ()
        return _Parts(environment, "starlette", given.get("name"), context, spread, not is_spread)

    def _is_text(self, node: tree.Expression, scope: Scope) -> bool:
        if isinstance(node, (tree.Text, tree.FormattedText)):
            return True
        value = self._evaluator.evaluate(node, scope)
        return isinstance(value, str) or self._evaluator.inherits(value, "builtins.str")

    def _loading_call(
        self,
        call: tree.Call,
        environment: TemplateEnvironment | None,
        framework: str,
        loaded: dict[tuple[int, int], tree.Call],
    ) -> _Parts:
        name = call.arguments[0] if call.arguments else None
        if name is None:
            wanted = ("name", "names", "template_name_or_list")
            name = next((one.value for one in call.keywords if one.name in wanted), None)
        rendering = loaded.get((call.line, call.column))
        if rendering is None:
            return _Parts(environment, framework, name, (), (), False)
        return _Parts(environment, framework, name, rendering.arguments, rendering.keywords, True)

    def _loaded_and_rendered(self, function: FunctionValue) -> dict[tuple[int, int], tree.Call]:
        """The `render` call of each `get_template` call whose result is rendered once in the same function."""
        found: dict[tuple[int, int], list[tree.Call]] = {}
        for site in self._calls.named(function, *RENDERING_METHODS):
            for callee in alternatives(site.callee):
                if not isinstance(callee, InstanceAttribute):
                    continue
                node = callee.instance.node
                if isinstance(node, tree.Call):
                    found.setdefault((node.line, node.column), []).append(site.node)
        return {position: calls[0] for position, calls in found.items() if len(calls) == 1}

    # Renderings

    def _renderings(self, site: CallSite, parts: _Parts) -> Iterator[Rendering]:
        spread = (one.value for one in parts.keywords if one.name is None)
        nodes = [one for one in (parts.name, *parts.mappings, *spread) if one is not None]
        for number, view in enumerate(self._views(site.caller, nodes, 0)):
            if number >= CALL_LIMIT:
                return
            yield self._rendering(site, parts, view)

    def _rendering(self, site: CallSite, parts: _Parts, view: _View) -> Rendering:
        node, scope = _unspread(parts.name, view.scope)
        value = Unknown("no name is given") if node is None else self._evaluator.evaluate(node, scope)
        if node is not None and _depends_on_object(node):
            value = Unknown("a name that subclasses may replace")
        call = site.node if view.call is None else view.call
        place = place_of(view.function.module, call)
        is_own = node is not None and scope.module is view.function.module and _is_inside(node, call)
        name_place = place_of(scope.module, node) if is_own and node is not None else place
        context = Context(is_complete=False)
        if parts.has_context:
            context = self._contexts.arguments(parts.mappings, parts.keywords, view.scope)
        return Rendering(
            names=_names(value),
            is_list=isinstance(value, (list, tuple)),
            context=context,
            framework=parts.framework,
            environment=parts.environment,
            function=view.function,
            place=place,
            name_place=name_place,
        )

    def _views(self, function: FunctionValue, nodes: Iterable[tree.Expression], depth: int) -> Iterator[_View]:
        """The ways a function is called, as far as the expressions depend on its parameters; else itself alone."""
        own = self._evaluator.declared(function)
        wanted = _parameters_of(nodes, own)
        if not wanted or depth >= FOLLOWING_DEPTH:
            yield _View(own, function)
            return
        is_called = False
        for site in self._sites(function):
            is_called = True
            skips = _skipped(site, function)
            for view in self._views(site.caller, _given(site.node, function, wanted, skips), depth + 1):
                bound = BoundScope(function, self._evaluator, site.node, view.scope, skips)
                yield _View(bound, view.function, view.call or site.node)
        if not is_called:
            yield _View(own, function)

    def _sites(self, function: FunctionValue) -> Iterator[CallSite]:
        """The calls of a function in functions of the project, tests left out."""
        name = function.name
        for module, declaration in self._calls.declarations_calling(name):
            if declaration.kind == "function" and not module.is_test:
                for site in self._calls.named(self._calls.function_of(module, declaration), name):
                    if any(one is function for one in targets(site.callee)):
                        yield site


def _unspread(node: tree.Expression | None, scope: DeclaredScope) -> tuple[tree.Expression | None, Scope]:
    """The first argument of `*args` as the call of the function gave it, or the expression itself."""
    if isinstance(node, tree.Starred):
        if isinstance(scope, BoundScope) and scope.spread[0]:
            return scope.spread[0][0], scope.around
        return None, scope
    return node, scope


def _names(value: Value) -> tuple[str, ...] | Unknown:
    values = value if isinstance(value, (list, tuple)) and value.__class__ in (list, tuple) else [value]
    names = [one for one in values if isinstance(one, str)]
    if len(names) < len(values) or not names:
        return value if isinstance(value, Unknown) else Unknown("a template name that is not known")
    return tuple(names)


def _depends_on_object(node: tree.Expression) -> bool:
    """Whether a name is read from `self` or `cls`."""
    return any(isinstance(one, tree.Name) and one.id in ("self", "cls") for one in tree.walk(node))


def _is_inside(node: tree.Node, around: tree.Node) -> bool:
    return (around.line, around.column) <= (node.line, node.column) and (node.end_line, node.end_column) <= (
        around.end_line,
        around.end_column,
    )


def _parameters_of(nodes: Iterable[tree.Expression], scope: DeclaredScope) -> set[str]:
    """The parameters that some expressions depend on as names of templates or mappings, through local names."""
    found: set[str] = set()
    seen: set[str] = set()
    pending = [name for node in nodes for name in _deciding_names(node)]
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        for kind, source in scope.bindings.get(name, ()):
            if kind == "parameter":
                found.add(name)
            elif kind == "value":
                pending += _deciding_names(source)
    return found - {"self", "cls"}


def _deciding_names(node: tree.Expression) -> list[str]:
    """The names on which a template's name or the keys of a mapping depend; values in a mapping are no matter."""
    if isinstance(node, tree.Starred):
        node = node.value
    if isinstance(node, tree.Dictionary):
        return [
            name
            for key, value in zip(node.keys, node.values, strict=True)
            for name in _deciding_names(value if key is None else key)
        ]
    if isinstance(node, tree.Call) and isinstance(node.function, tree.Name) and node.function.id == "dict":
        spread = [one.value for one in node.keywords if one.name is None]
        return [name for one in (*node.arguments, *spread) for name in _deciding_names(one)]
    return [one.id for one in tree.walk(node) if isinstance(one, tree.Name)]


def _given(call: tree.Call, function: FunctionValue, wanted: set[str], skips: int) -> list[tree.Expression]:
    """The arguments of a call that decide what the wanted parameters of a function are."""
    given: list[tree.Expression] = [one.value for one in call.keywords if one.name is None or one.name in wanted]
    for number, parameter in enumerate(function.node.parameters[skips:]):
        if parameter.kind == "variadic" and parameter.name in wanted:
            given += call.arguments[number : number + 1]
        elif parameter.name in wanted and number < len(call.arguments):
            given.append(call.arguments[number])
    return given


def _skipped(site: CallSite, function: FunctionValue) -> int:
    """How many parameters the called object fills."""
    for one in alternatives(site.callee):
        if isinstance(one, (BoundMethod, ClassValue, Instance)) and any(found is function for found in targets(one)):
            return 1
    return 0
