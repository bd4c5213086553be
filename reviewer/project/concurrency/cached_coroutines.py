"""Finds coroutine functions behind a cache that is made for plain functions."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import External, FunctionValue
from reviewer.project.functions.calls import Calls
from reviewer.project.program import Program

CACHES = frozenset(
    {
        "functools.lru_cache", "functools.cache", "functools.cached_property", "cachetools.cached",
        "cachetools.cachedmethod", "cachetools.func.lru_cache", "cachetools.func.ttl_cache",
    }
)  # fmt: skip
NAMES = ("lru_cache", "cache", "cached_property", "cached", "cachedmethod", "ttl_cache")


def cached_coroutines(program: Program, evaluator: Evaluator, calls: Calls) -> Iterator[tuple[FunctionValue, str]]:
    """The coroutine functions that such a cache decorates, with its name; tests left out."""
    for module in program.modules:
        if module.is_test or not module.mentions(*NAMES):
            continue
        for declaration in module.index.declarations:
            node = module.node_of(declaration) if declaration.is_async else None
            if not isinstance(node, tree.Function) or not node.decorators:
                continue
            function = calls.function_of(module, declaration)
            for decorator in node.decorators:
                called = decorator.function if isinstance(decorator, tree.Call) else decorator
                value = evaluator.evaluate(called, function.scope)
                if isinstance(value, External) and value.name in CACHES:
                    yield function, value.name
