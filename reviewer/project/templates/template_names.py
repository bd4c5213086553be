"""The names that every template of a project sees: of the frameworks, their extensions, globals and context processors.

One set for the whole project: a name that is set for one environment counts for all. What sets names that are not
known makes the answer incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import BoundMethod, External, FunctionValue, Value, alternatives
from reviewer.project.functions.calls import Calls
from reviewer.project.program import Program
from reviewer.project.templates.template_contexts import ContextReader
from reviewer.project.templates.template_environments import ENVIRONMENT_NAMES, TemplateEnvironment
from reviewer.project.templates.template_extensions import FLASK_NAMES, JINJA_NAMES, STARLETTE_NAMES, extension_names

PROCESSORS = frozenset({"context_processor", "app_context_processor"})
GLOBAL_DECORATORS = frozenset({"template_global", "app_template_global"})
GLOBAL_CALLS = frozenset({"add_template_global", "add_app_template_global"})
#: Names whose use changes what templates see in ways that are not followed.
UNKNOWN_NAMES = ("template_context_processors", "update_template_context", "inject_globals")


class TemplateNames:
    """Answers which names a template always sees in an environment."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls, contexts: ContextReader) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._contexts = contexts
        self._modules = [module for module in program.modules if not module.is_test]
        self._names: set[str] = set()
        self._is_complete = not any(module.mentions(*UNKNOWN_NAMES) for module in self._modules)
        self._is_flask_complete = not any(module.mentions(*ENVIRONMENT_NAMES) for module in self._modules)
        self._read_program()
        self._read_extensions()

    def of(self, environment: TemplateEnvironment) -> frozenset[str] | None:
        """The names, None where not all can be known."""
        if not self._is_complete or (environment.framework == "flask" and not self._is_flask_complete):
            return None
        framework = {"flask": FLASK_NAMES, "starlette": STARLETTE_NAMES}.get(environment.framework, frozenset())
        return frozenset(self._names) | framework | JINJA_NAMES

    def _read_extensions(self) -> None:
        for module in self._modules:
            for binding in module.index.imports:
                if binding.level or binding.full_module.partition(".")[0] == "flask":
                    continue
                if not isinstance(self._program.find(module.path, binding.full_module), External):
                    continue
                names = extension_names(binding.full_module)
                if names is None:
                    self._is_flask_complete = False
                else:
                    self._names |= names

    def _read_program(self) -> None:
        wanted = (*PROCESSORS, *GLOBAL_DECORATORS, *GLOBAL_CALLS, "context_processors", "globals")
        for module in self._modules:
            if module.mentions(*wanted):
                for node, scope in self._nodes_of(module):
                    self._read_node(node, scope)

    def _nodes_of(self, module: Module) -> Iterator[tuple[tree.Node, Scope]]:
        """All nodes of a module, each with the scope that it runs in."""
        for declaration in module.index.declarations:
            if declaration.kind == "module":
                scope: Scope = self._evaluator.scope_of(module)
                body = module.tree.body
            else:
                node = module.node_of(declaration)
                if declaration.kind == "class":
                    scope = self._evaluator.scope_of(module)
                else:
                    scope = self._evaluator.declared(self._calls.function_of(module, declaration))
                body = node.body
            for inner in tree.walk_scope(body):
                yield inner, scope

    def _read_node(self, node: tree.Node, scope: Scope) -> None:
        match node:
            case tree.Function(decorators=decorators) if decorators:
                for decorator in decorators:
                    self._read_decorator(decorator, node, scope)
            case tree.Call(function=tree.Attribute(value=tree.Attribute(name="globals"), name="update")):
                self._add(node, scope)
            case tree.Call(function=tree.Attribute(value=tree.Attribute(name="globals"), name="setdefault")):
                self._add_key(node.arguments[0] if node.arguments else None, scope)
            case tree.Call(function=tree.Attribute(name=name)) if name in PROCESSORS and node.arguments:
                self._add_processor(node.arguments[0], scope)
            case tree.Call(function=tree.Attribute(name=name)) if name in GLOBAL_CALLS:
                self._add_global(node, scope)
            case tree.Assign(targets=targets):
                for target in targets:
                    self._read_target(target, node.value, scope)
            case tree.AugmentedAssign(target=tree.Attribute(name="globals"), value=value):
                self._add_mapping(value, scope)
            case tree.Keyword(name="context_processors", value=value):
                self._add_processors(value, scope)
            case _:
                pass

    def _read_target(self, target: tree.Expression, value: tree.Expression, scope: Scope) -> None:
        match target:
            case tree.Subscript(value=tree.Attribute(name="globals"), index=index):
                self._add_key(index, scope)
            case tree.Attribute(name="globals"):
                self._add_mapping(value, scope)
            case _:
                pass

    def _read_decorator(self, decorator: tree.Expression, function: tree.Function, scope: Scope) -> None:
        called = decorator.function if isinstance(decorator, tree.Call) else decorator
        if not isinstance(called, tree.Attribute):
            return
        if called.name in PROCESSORS:
            self._add_returned(self._evaluator.define_function(function, scope))
        elif called.name in GLOBAL_DECORATORS:
            given = self._given_name(decorator, 0, scope) if isinstance(decorator, tree.Call) else None
            self._add_text(function.name if given is None else given)

    def _given_name(self, call: tree.Call, position: int, scope: Scope) -> Value:
        for keyword in call.keywords:
            if keyword.name == "name":
                return self._evaluator.evaluate(keyword.value, scope)
        return self._evaluator.evaluate(call.arguments[position], scope) if len(call.arguments) > position else None

    def _add_global(self, call: tree.Call, scope: Scope) -> None:
        """`app.add_template_global(function, name)`."""
        name = self._given_name(call, 1, scope)
        if name is None and call.arguments:
            value = self._evaluator.evaluate(call.arguments[0], scope)
            name = value.name.rpartition(".")[2] if isinstance(value, (FunctionValue, External)) else value
        self._add_text(name)

    def _add_key(self, node: tree.Expression | None, scope: Scope) -> None:
        self._add_text(None if node is None or isinstance(node, tree.Slice) else self._evaluator.evaluate(node, scope))

    def _add_text(self, value: Value) -> None:
        for one in alternatives(value):
            if isinstance(one, str):
                self._names.add(one)
            else:
                self._is_complete = False

    def _add(self, call: tree.Call, scope: Scope) -> None:
        """`globals.update(…)`."""
        context = self._contexts.arguments(call.arguments, call.keywords, scope)
        self._names |= set(context.names)
        self._is_complete = self._is_complete and context.is_complete

    def _add_mapping(self, node: tree.Expression, scope: Scope) -> None:
        context = self._contexts.mapping(node, scope)
        self._names |= set(context.names)
        self._is_complete = self._is_complete and context.is_complete

    def _add_processors(self, node: tree.Expression, scope: Scope) -> None:
        if isinstance(node, (tree.List, tree.Tuple)):
            for item in node.items:
                self._add_processor(item, scope)
        else:
            value = self._evaluator.evaluate(node, scope)
            if isinstance(value, (list, tuple)):
                for one in value:
                    self._add_returned(one)
            elif value is not None:
                self._is_complete = False

    def _add_processor(self, node: tree.Expression, scope: Scope) -> None:
        self._add_returned(self._evaluator.evaluate(node, scope))

    def _add_returned(self, value: Value) -> None:
        """The names of the mapping that a context processor returns."""
        function = value.function if isinstance(value, BoundMethod) else value
        if not isinstance(function, FunctionValue):
            self._is_complete = False
            return
        context = self._contexts.returned(function)
        self._names |= set(context.names)
        self._is_complete = self._is_complete and context.is_complete
