"""Uses of a web framework's names in a module: where it raises HTTP errors, reads the request, makes responses.

Takes modules and dotted names, gives imports with their uses. What runs as a part of the framework by its very nature
is left out: dependencies, decorators, middleware, handlers of errors, and classes that extend the framework's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import dotted_name
from reviewer.project.evaluation.values import BoundMethod, ClassValue, FunctionValue, place_of
from reviewer.project.layers.layer_imports import is_type_checking
from reviewer.project.model import Dependency, Route
from reviewer.rule import Place

#: Packages of which a module that uses a web framework imports one.
FRAMEWORKS = ("fastapi", "starlette", "flask", "werkzeug", "flask_restful", "flask_restx", "quart")
#: Calls and names in a signature that make a function a dependency.
DEPENDENCY_MAKERS = frozenset({"Depends", "Security", "Header", "Cookie", "Query", "Path", "Body", "Form"})
#: Decorators of functions that the framework itself calls.
FRAMEWORK_DECORATORS = frozenset(
    {
        "wraps", "exception_handler", "errorhandler", "app_errorhandler", "middleware", "before_request", "user_loader",
        "after_request", "before_app_request", "teardown_request", "teardown_appcontext", "context_processor",
        "app_context_processor", "request_loader", "unauthorized_handler", "route", "get", "post", "put", "patch",
        "delete", "verify_password", "verify_token", "token_in_blocklist_loader",
    }
)  # fmt: skip
#: Last names of the framework's classes that are extended to run inside it.
FRAMEWORK_BASES = frozenset(
    {
        "Resource", "MethodView", "View", "BaseHTTPMiddleware", "APIRoute", "APIRouter", "HTTPBearer", "HTTPBasic",
        "SecurityBase", "OAuth2PasswordBearer", "APIKeyHeader", "AuthenticationBackend", "BaseView", "ModelView",
        "Request", "Response", "JSONResponse",
    }
)  # fmt: skip


class FrameworkUse(msgspec.Struct, frozen=True, eq=False):
    """A place where a module uses an imported name of a framework."""

    is_raised: bool  # whether it makes or raises an error
    function: str  # the function around it, empty at the top level
    place: Place


class FrameworkImport(msgspec.Struct, frozen=True, eq=False):
    """A name of a framework that a module imports, with its uses."""

    module: Module
    name: str  # dotted, as imported: `fastapi.HTTPException`
    place: Place
    uses: tuple[FrameworkUse, ...]


class FrameworkUses:
    """Answers what a module uses a web framework for."""

    def __init__(self, modules: Iterable[Module], routes: Iterable[Route]) -> None:
        self._modules = modules
        self._routes = routes

    def modules(self) -> Iterator[Module]:
        """The modules that import anything of a web framework, tests left out."""
        return (one for one in self._modules if not one.is_test and imports_framework(one))

    def of(self, module: Module, names: Collection[str]) -> Iterator[FrameworkImport]:
        """The imports of some dotted names (`package.*` for all of a module) that a module uses, in source order."""
        if not imports_framework(module):
            return
        imported = {local: found for local, found in _imports(module) if _is_named(found[0], names)}
        modules = dict(_imported_modules(module))
        if not imported and not modules:
            return
        uses: dict[str, list[FrameworkUse]] = {}
        for node, is_raised, function in _reads(module, self._dependency_nodes):
            dotted = dotted_name(node) or ""
            name = imported[dotted][0] if dotted in imported else ""
            if not name:
                first, _, rest = dotted.partition(".")
                name = f"{modules[first][0]}.{rest}" if rest and first in modules else ""
                if not _is_named(name, names):
                    continue
                imported.setdefault(dotted, (name, modules[first][1]))
            uses.setdefault(name, []).append(FrameworkUse(is_raised, function, place_of(module, node)))
        for name, node in dict(imported.values()).items():
            if name in uses:
                yield FrameworkImport(module, name, place_of(module, node), tuple(uses[name]))

    @cached_property
    def _dependency_nodes(self) -> frozenset[int]:
        """Identities of the functions and classes that routes depend on."""
        found: set[int] = set()
        pending: list[Dependency] = [one for route in self._routes for one in route.all_dependencies]
        for dependency in pending:
            value = dependency.callable
            if isinstance(value, BoundMethod):
                value = value.function
            if isinstance(value, (FunctionValue, ClassValue)):
                found.add(id(value.node))
        return frozenset(found)


def imports_framework(module: Module) -> bool:
    """Whether a module imports anything of a web framework; asks the index only."""
    return any(binding.full_module.partition(".")[0] in FRAMEWORKS for binding in module.index.imports)


def _is_named(name: str, names: Collection[str]) -> bool:
    return name in names or f"{name.rpartition('.')[0]}.*" in names


def _import_statements(module: Module) -> Iterator[tree.Import | tree.ImportFrom]:
    """The import statements of a module that run, those in functions too."""
    pending: list[tree.Node] = list(reversed(module.tree.body))
    while pending:
        node = pending.pop()
        if isinstance(node, (tree.Import, tree.ImportFrom)):
            yield node
        elif isinstance(node, tree.If) and is_type_checking(node.test):
            pending.extend(reversed(node.otherwise))
        else:
            for field in ("body", "otherwise", "final", "handlers", "cases"):
                below = getattr(node, field, ())
                if isinstance(below, tuple):
                    pending.extend(reversed(below))


def _imports(module: Module) -> Iterator[tuple[str, tuple[str, tree.Node]]]:
    """The local names that `from framework import name` binds, with dotted name and node."""
    for statement in _import_statements(module):
        if not isinstance(statement, tree.ImportFrom) or statement.level:
            continue
        if statement.module.partition(".")[0] in FRAMEWORKS:
            for one in statement.names:
                yield one.alias or one.name, (f"{statement.module}.{one.name}", one)


def _imported_modules(module: Module) -> Iterator[tuple[str, tuple[str, tree.Node]]]:
    """The local names that `import framework` binds."""
    for statement in _import_statements(module):
        if isinstance(statement, tree.Import):
            for one in statement.names:
                if one.name.partition(".")[0] in FRAMEWORKS and (one.alias or "." not in one.name):
                    yield one.alias or one.name, (one.name, one)


def _reads(module: Module, dependencies: frozenset[int]) -> Iterator[tuple[tree.Node, bool, str]]:
    """Names and chains of attributes that a module reads, whether they are raised, and the function around."""
    pending: list[tuple[tree.Node, bool, str, frozenset[str]]] = [
        (one, False, "", frozenset()) for one in reversed(module.tree.body)
    ]
    while pending:
        node, is_raised, function, hidden = pending.pop()
        if isinstance(node, (tree.Name, tree.Attribute)):
            first = (dotted_name(node) or "").partition(".")[0]
            if first and first not in hidden:
                # `request.headers` reads `request`, `flask.request.headers` reads `flask.request`.
                yield from ((one, is_raised, function) for one in _prefixes(node))
            if first:
                continue
        if isinstance(node, tree.Function):
            if _is_part_of_framework(node, dependencies):
                continue
            hidden = hidden | _own_names(node)
            function = f"{function}.{node.name}" if function else node.name
        elif isinstance(node, tree.Class):
            if id(node) in dependencies or _extends_framework(node):
                continue
            function = f"{function}.{node.name}" if function else node.name
        raised = is_raised or isinstance(node, tree.Raise)
        for child in reversed(list(_read_children(node))):
            pending.append((child, raised, function, hidden))


def _read_children(node: tree.Node) -> Iterator[tree.Node]:
    """The nodes below one, without errors that are caught or tested for, and types of what may be left out."""
    for child in tree.children(node):
        if isinstance(node, tree.Parameter) and child is node.annotation and _may_be_none(child):
            continue
        if isinstance(node, tree.ExceptHandler) and child is node.exception:
            continue
        if isinstance(node, tree.Call) and child in node.arguments[1:] and _tests_type(node):
            continue
        yield child


def _tests_type(call: tree.Call) -> bool:
    return dotted_name(call.function) in ("isinstance", "issubclass")


def _may_be_none(annotation: tree.Node) -> bool:
    if isinstance(annotation, tree.Subscript):
        return _last_name(annotation.value) == "Optional"
    return any(isinstance(one, tree.Constant) and one.value == "None" for one in tree.walk(annotation))


def _prefixes(node: tree.Node) -> Iterator[tree.Node]:
    while isinstance(node, tree.Attribute):
        yield node
        node = node.value
    yield node


def _own_names(function: tree.Function) -> frozenset[str]:
    """The names that a function binds itself: its parameters and what it assigns, imports left out."""
    found = {one.name for one in function.parameters}
    for node in tree.walk_scope(function.body):
        if isinstance(node, (tree.Assign, tree.For)):
            targets = node.targets if isinstance(node, tree.Assign) else (node.target,)
            found.update(one.id for one in targets if isinstance(one, tree.Name))
    return frozenset(found)


def _is_part_of_framework(function: tree.Function, dependencies: frozenset[int]) -> bool:
    """Whether a function is a dependency, decorator, middleware or handler, so that it runs in requests only."""
    if id(function) in dependencies or any(_last_name(one) in FRAMEWORK_DECORATORS for one in function.decorators):
        return True
    names = {one.name for one in function.parameters}
    if "call_next" in names or ("request" in names and not names.isdisjoint(("exc", "exception", "error", "err"))):
        return True
    for parameter in function.parameters:
        for part in (parameter.annotation, parameter.default):
            if part is not None and any(
                isinstance(one, tree.Call) and _last_name(one) in DEPENDENCY_MAKERS for one in tree.walk(part)
            ):
                return True
    return any(
        isinstance(one, tree.Function) and any(_last_name(each) == "wraps" for each in one.decorators)
        for one in tree.walk_scope(function.body)
    )


def _extends_framework(node: tree.Class) -> bool:
    return any(_last_name(base) in FRAMEWORK_BASES for base in node.bases)


def _last_name(node: tree.Node) -> str:
    called = node.function if isinstance(node, tree.Call) else node
    return called.name if isinstance(called, tree.Attribute) else getattr(called, "id", "")
