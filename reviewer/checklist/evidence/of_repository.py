"""Evidence from tests and containers."""

from __future__ import annotations

import msgspec

from reviewer.checklist.evidence.counts import Evidence, Measure, counted, modules_with, named_modules, number, share
from reviewer.modules import tree
from reviewer.modules.index import Declaration
from reviewer.modules.module import Module
from reviewer.modules.source_text import dotted_name
from reviewer.project.project import Project

NO_TESTS = "There are no tests in the reviewed folder."
STAND_INS = ("fakeredis", "mock", "MagicMock", "AsyncMock", "patch", "monkeypatch", "mocker")


def tests(project: Project) -> Evidence:
    """How many tests there are."""
    total = sum(map(_test_count, project.modules))
    if not total:
        return Evidence(NO_TESTS, 0)
    found = named_modules(sum(map(bool, map(_test_count, project.modules))))
    fixtures = number(modules_with(project, "fixture", "yield_fixture", tests=True))
    return Evidence(f"{counted(total, 'test')} in {found}; fixtures in {named_modules(fixtures)}.", total)


def tested_routes(project: Project) -> Evidence:
    """How many routes a test requests."""
    total = len(project.routes)
    if not total:
        return Evidence("No routes were found.", 0)
    if not any(map(_test_count, project.modules)):
        return Evidence(NO_TESTS, 0, 0)
    tested = project.tested_routes
    right = sum(tested.is_tested(route) for route in project.routes)
    doubt = "" if tested.are_known else "Which routes the tests request is not known."
    return msgspec.structs.replace(
        share(right, total, "routes", "are requested by a test|is requested by a test", ""), doubt=doubt
    )


def tested_tasks(project: Project) -> Evidence:
    """How many tasks a test names."""
    if not project.tasks:
        return Evidence("The project has no Celery tasks.", 0)
    if not any(map(_test_count, project.modules)):
        return Evidence(NO_TESTS, 0)
    right = sum(any(module.mentions(task.function.name) for module in _tests(project)) for task in project.tasks)
    return share(right, len(project.tasks), "Celery tasks", "are named in a test|is named in a test", "")


def tested_schemas(project: Project) -> Evidence:
    """How many Pydantic models a test names."""
    if project.schemas and not any(map(_test_count, project.modules)):
        return Evidence(NO_TESTS, 0)
    right = sum(any(module.mentions(schema.name) for module in _tests(project)) for schema in project.schemas)
    nothing = "The project has no Pydantic models."
    return share(right, len(project.schemas), "Pydantic models", "are named in a test|is named in a test", nothing)


def redis_stand_ins(project: Project) -> Evidence:
    """Whether tests replace the Redis client."""
    if not any(module.mentions("redis", "aioredis") for module in project.modules if not module.is_test):
        return Evidence("No module imports a Redis client.", 0)
    found = {one.path for one in modules_with(project, "fakeredis", tests=True)}
    found |= {one.path for one in modules_with(project, *STAND_INS, tests=True) if one.contains("redis")}
    text = f"A stand-in for Redis is made in {named_modules(len(found))} of the tests."
    return Evidence(text, len(project.modules), lacks=not found)


def containers(project: Project) -> Evidence:
    """How many images and services there are."""
    images = number(project.files_of_kind("dockerfile"))
    services = len(project.containers.services)
    if not images and not services:
        return Evidence("There are no Dockerfiles and Compose files.", 0)
    text = f"{counted(images, 'Dockerfile')}, {counted(services, 'service')} of Compose."
    return Evidence(text, images + services, lacks=not services)


def _tests(project: Project) -> list[Module]:
    return [module for module in project.modules if module.is_test]


def _test_count(module: Module) -> int:
    """How many tests pytest collects in a module: functions, and methods of test classes, that are no fixtures."""
    stem = module.path.rpartition("/")[2].removesuffix(".py")
    is_collected = stem.startswith("test") or stem.endswith(("_test", "_tests"))
    if not (module.is_test and is_collected):
        return 0
    return sum(one.kind == "function" and _is_test(module, one) for one in module.index.declarations)


def _is_test(module: Module, declaration: Declaration) -> bool:
    if not declaration.qualname.rpartition(".")[2].startswith("test"):
        return False
    around = module.index.declarations[declaration.owner]
    if around.kind == "function":
        return False
    node = module.node_of(declaration) if module.mentions("fixture", "yield_fixture") else None
    decorators = node.decorators if isinstance(node, tree.Function) else ()
    return not any("fixture" in (dotted_name(_undecorated(one)) or "") for one in decorators)


def _undecorated(decorator: tree.Expression) -> tree.Expression:
    return decorator.function if isinstance(decorator, tree.Call) else decorator


MEASURES: dict[str, Measure] = {
    "tests": tests,
    "tested-routes": tested_routes,
    "tested-tasks": tested_tasks,
    "tested-schemas": tested_schemas,
    "redis-stand-ins": redis_stand_ins,
    "containers": containers,
}
