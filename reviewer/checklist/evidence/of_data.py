"""Evidence about what stands behind routes: database, schemas, tasks, Redis, templates, forms, layers, settings."""

from __future__ import annotations

from collections import Counter

from reviewer.checklist.evidence.counts import (
    Evidence,
    Measure,
    count,
    counted,
    modules_importing,
    modules_with,
    named_modules,
    number,
    share,
)
from reviewer.project.project import Project

NO_DATABASE = "No calls to a database were found."
ASYNC_CLIENTS = ("httpx", "aiohttp")
CLIENTS = (*ASYNC_CLIENTS, "requests", "urllib3")
ASYNC_DATABASES = (
    "AsyncSession",
    "async_sessionmaker",
    "create_async_engine",
    "asyncpg",
    "motor",
    "beanie",
    "tortoise",
)
ENGINES = ("create_engine", "create_async_engine")
HASHERS = ("passlib", "pwdlib", "bcrypt", "argon2", "flask_bcrypt")
TOKENS = ("jwt", "jose", "authlib", "joserfc", "flask_jwt_extended")
LOGGERS = ("logging", "loguru", "structlog")
BACKGROUND_NAMES = ("BackgroundTasks", "BackgroundTask", "arq", "dramatiq", "rq")
LAYERS = ("routes", "services", "repositories", "models", "schemas", "tasks")


def modules(project: Project) -> Evidence:
    """How much code there is."""
    return count(sum(not module.is_test for module in project.modules), "module", "There are no Python modules.")


def layers(project: Project) -> Evidence:
    """How many modules belong to the layers that are told apart."""
    found = Counter(project.layers.layer_of(module).name for module in project.modules if not module.is_test)
    named = [f"{name} {found[name]}" for name in LAYERS if found[name]]
    if not named:
        return Evidence("Names and contents of the modules tell no layers.", len(project.routes))
    return Evidence(f"Modules by layer: {', '.join(named)}.", sum(found.values()))


def schemas(project: Project) -> Evidence:
    """How many Pydantic models there are."""
    return count(len(project.schemas), "Pydantic model", "The project has no Pydantic models.")


def tables(project: Project) -> Evidence:
    """How many tables there are."""
    return count(len(project.tables), "table", "No tables were found.")


def migrations(project: Project) -> Evidence:
    """How many revisions of Alembic there are."""
    found = number(modules_with(project, "down_revision"))
    return Evidence(
        f"{counted(found, 'revision')} of Alembic." if found else "No revisions of Alembic were found.", found
    )


def queries(project: Project) -> Evidence:
    """From how many routes the database is reached."""
    if not project.routes:
        return Evidence(NO_DATABASE, 0)
    reaching = sum(any(True for _ in project.queries_reached_from(endpoint)) for endpoint in project.endpoint_functions)
    if not reaching:
        return Evidence(NO_DATABASE, 0)
    return Evidence(
        f"{counted(reaching, 'endpoint')} of {len(project.endpoint_functions)} reach the database.", reaching
    )


def async_database(project: Project) -> Evidence:
    """Where the database is used asynchronously."""
    names = ("sqlalchemy", "sqlmodel", "databases", *ASYNC_DATABASES)
    using = {module.path for module in modules_with(project, *names)}
    asynchronous = {module.path for module in modules_with(project, *ASYNC_DATABASES)}
    nothing = "The project uses no database library that is known."
    return share(len(asynchronous), len(using), "modules with a database library", "use it asynchronously", nothing)


def engines(project: Project) -> Evidence:
    """Where engines are made."""
    found = number(modules_with(project, *ENGINES))
    if not found:
        return Evidence("No module makes an engine of SQLAlchemy.", 0)
    return Evidence(f"Engines, which keep a pool, are made in {named_modules(found)}.", found)


def http_clients(project: Project) -> Evidence:
    """Which clients other services are called with."""
    using = {module.path for module in modules_importing(project, *CLIENTS)}
    asynchronous = {module.path for module in modules_importing(project, *ASYNC_CLIENTS)}
    nothing = "No module imports an HTTP client."
    return share(
        len(asynchronous), len(using), "modules with an HTTP client", "import one that can be awaited", nothing
    )


def background_work(project: Project) -> Evidence:
    """What runs in the background."""
    in_process = number(modules_with(project, *BACKGROUND_NAMES))
    total = len(project.tasks) + in_process
    if not total:
        return Evidence("Nothing runs in the background.", 0)
    return Evidence(
        f"{counted(len(project.tasks), 'Celery task')}; background tasks in {named_modules(in_process)}.", total
    )


def tasks(project: Project) -> Evidence:
    """How many Celery tasks there are."""
    return count(len(project.tasks), "Celery task", "The project has no Celery tasks.")


def task_calls(project: Project) -> Evidence:
    """How many calls of tasks queue them."""
    if not project.tasks:
        return Evidence("The project has no Celery tasks.", 0)
    calls = [call for call in project.task_calls if call.kind in ("queue", "direct", "apply")]
    if not calls:
        return tasks(project)
    queued = sum(call.kind == "queue" for call in calls)
    return share(queued, len(calls), "calls of tasks", "leave the work to a worker", "")


def redis(project: Project) -> Evidence:
    """Where Redis is used."""
    found = number(modules_importing(project, "redis", "aioredis", "valkey", "fastapi_cache", "flask_redis"))
    if not found:
        return Evidence("No module imports a Redis client.", 0)
    return Evidence(f"Redis is used in {named_modules(found)}.", found)


def templates(project: Project) -> Evidence:
    """How many templates there are."""
    return count(len(project.templates), "template", "There are no templates.")


def renderings(project: Project) -> Evidence:
    """How many renderings name a template that exists."""
    found = project.renderings
    known = [one for one in found if isinstance(one.names, tuple)]
    missing = {one.place for one in project.missing_templates if one.source == "rendered"}
    right = sum(one.name_place not in missing for one in known)
    nothing = "Nothing renders a template."
    return share(right, len(found), "renderings", "name a template that exists", nothing, len(found) - len(known))


def forms(project: Project) -> Evidence:
    """How many forms there are, and how many functions use one without validation."""
    if not project.forms:
        return Evidence("The project has no forms of Flask-WTF or WTForms.", 0)
    unvalidated = number(project.unvalidated_form_uses())
    also = f"; {counted(unvalidated, 'function')} read one without validation" if unvalidated else ""
    return Evidence(f"{counted(len(project.forms), 'form')}{also}.", len(project.forms))


def settings(project: Project) -> Evidence:
    """How many settings there are, and how the environment comes in."""
    found = len(project.settings_values)
    reading = number(modules_with(project, "BaseSettings", "environ", "getenv"))
    if not found and not reading:
        return Evidence("No settings were found.", 0)
    return Evidence(
        f"{counted(found, 'setting')} with a value in the source; the environment is read in {named_modules(reading)}.",
        found + reading,
    )


def logging(project: Project) -> Evidence:
    """How many modules log."""
    total = sum(not module.is_test for module in project.modules)
    right = number(modules_importing(project, *LOGGERS))
    return share(right, total, "modules", "import a logger", "There are no Python modules.")


def password_hashing(project: Project) -> Evidence:
    """Where passwords are hashed."""
    found = number(modules_importing(project, *HASHERS)) + number(modules_with(project, "generate_password_hash"))
    if not found:
        return Evidence("No library that hashes passwords is imported.", 0)
    return Evidence(f"A library that hashes passwords is used in {named_modules(found)}.", found)


def tokens(project: Project) -> Evidence:
    """Where JSON web tokens are made or read."""
    found = number(modules_importing(project, *TOKENS))
    if not found:
        return Evidence("No library for JSON web tokens is imported.", 0)
    return Evidence(f"A library for JSON web tokens is used in {named_modules(found)}.", found)


MEASURES: dict[str, Measure] = {
    "modules": modules,
    "layers": layers,
    "schemas": schemas,
    "tables": tables,
    "migrations": migrations,
    "queries": queries,
    "async-database": async_database,
    "engines": engines,
    "http-clients": http_clients,
    "background-work": background_work,
    "tasks": tasks,
    "task-calls": task_calls,
    "redis": redis,
    "templates": templates,
    "renderings": renderings,
    "forms": forms,
    "settings": settings,
    "logging": logging,
    "password-hashing": password_hashing,
    "tokens": tokens,
}
