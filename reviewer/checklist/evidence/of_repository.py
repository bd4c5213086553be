"""Evidence from tests, containers and git."""

from __future__ import annotations

from reviewer.checklist.evidence.counts import Evidence, Measure, counted, modules_with, named_modules, number, share
from reviewer.conventions.branch_name import BranchKind, classify_branch
from reviewer.modules.module import Module
from reviewer.project.project import Project

NO_TESTS = "There are no tests in the reviewed folder."
NO_REPOSITORY = "The reviewed folder belongs to no git repository."
STAND_INS = ("fakeredis", "mock", "MagicMock", "AsyncMock", "patch", "monkeypatch", "mocker")


def tests(project: Project) -> Evidence:
    """How many tests there are."""
    total = sum(map(_test_count, project.modules))
    if not total:
        return Evidence(NO_TESTS, 0, doubt=NO_TESTS)
    return Evidence(
        f"{counted(total, 'test')} in {named_modules(sum(map(bool, map(_test_count, project.modules))))}.", total
    )


def tested_routes(project: Project) -> Evidence:
    """How many routes a test requests."""
    total = len(project.routes)
    if not total:
        return Evidence("No routes were found.", 0)
    if not any(map(_test_count, project.modules)):
        return Evidence(f"0 of {total} routes are requested by a test.", total, 0, doubt=NO_TESTS)
    tested = project.tested_routes
    right = sum(tested.is_tested(route) for route in project.routes)
    doubt = "" if tested.are_known else "Which routes the tests request is not known."
    text = f"{right} of {total} routes are requested by a test."
    return Evidence(text, total, right, doubt=doubt)


def tested_tasks(project: Project) -> Evidence:
    """How many tasks a test names."""
    right = sum(any(module.mentions(task.function.name) for module in _tests(project)) for task in project.tasks)
    nothing = "The project has no Celery tasks."
    return share(right, len(project.tasks), "tasks", "are named in a test", nothing)


def tested_schemas(project: Project) -> Evidence:
    """How many Pydantic models a test names."""
    right = sum(any(module.mentions(schema.name) for module in _tests(project)) for schema in project.schemas)
    nothing = "The project has no Pydantic models."
    return share(right, len(project.schemas), "Pydantic models", "are named in a test", nothing)


def redis_stand_ins(project: Project) -> Evidence:
    """Whether tests replace the Redis client."""
    if not any(module.mentions("redis", "aioredis") for module in project.modules if not module.is_test):
        return Evidence("No module imports a Redis client.", 0)
    found = {one.path for one in modules_with(project, "fakeredis", tests=True)}
    found |= {one.path for one in modules_with(project, *STAND_INS, tests=True) if one.contains("redis")}
    return Evidence(f"A stand-in for Redis is made in {named_modules(len(found))} of the tests.", len(project.modules))


def containers(project: Project) -> Evidence:
    """How many images and services there are."""
    images = number(project.files_of_kind("dockerfile"))
    services = len(project.containers.services)
    if not images and not services:
        return Evidence("There are no Dockerfiles and Compose files.", 0)
    return Evidence(f"{counted(images, 'Dockerfile')}, {counted(services, 'service')} of Compose.", images + services)


def branch(project: Project) -> Evidence:
    """Which branch is checked out."""
    name = project.git.branch
    if project.git.head is None and not name:
        return Evidence(NO_REPOSITORY, 0)
    if not name:
        return Evidence("No branch is checked out.", 0)
    kind = "a long-lived branch" if classify_branch(name) is BranchKind.PROTECTED else "a branch for some work"
    return Evidence(f"The branch is `{name}`, {kind}.", 1)


def work(project: Project) -> Evidence:
    """How many commits the work at hand has."""
    history = project.history
    if project.git.head is None:
        return Evidence(NO_REPOSITORY, 0)
    if history.work is None:
        return Evidence("No work that is apart from the long-lived branches.", 0, doubt=history.problem)
    base = f" since `{history.base.name}`" if history.base is not None else ""
    return Evidence(f"{counted(len(history.work.commits), 'commit')}{base}.", max(1, len(history.work.commits)))


def commits(project: Project) -> Evidence:
    """Which commits are judged: those of the work at hand, else the last one."""
    if project.git.head is None:
        return Evidence(NO_REPOSITORY, 0)
    found = project.history.work
    if found is None or not found.commits:
        return Evidence("The last commit.", 1)
    return Evidence(f"{counted(len(found.commits), 'commit')} of this branch.", len(found.commits))


def _tests(project: Project) -> list[Module]:
    return [module for module in project.modules if module.is_test]


def _test_count(module: Module) -> int:
    if not module.is_test:
        return 0
    return sum(
        one.kind == "function" and one.qualname.rpartition(".")[2].startswith("test")
        for one in module.index.declarations
    )


MEASURES: dict[str, Measure] = {
    "tests": tests,
    "tested-routes": tested_routes,
    "tested-tasks": tested_tasks,
    "tested-schemas": tested_schemas,
    "redis-stand-ins": redis_stand_ins,
    "containers": containers,
    "branch": branch,
    "work": work,
    "commits": commits,
}
