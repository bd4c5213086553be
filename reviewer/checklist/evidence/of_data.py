"""Evidence about what stands behind routes: layers, schemas, tasks, Redis, templates, forms, logs."""

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
from reviewer.project.model import Answer
from reviewer.project.project import Project

ASYNC_CLIENTS = ("httpx", "aiohttp", "aioboto3", "aiobotocore", "aiodocker")
#: Libraries that call other services and cannot be awaited.
SYNC_CLIENTS = (
    "requests",
    "urllib3",
    "docker",
    "boto3",
    "botocore",
    "paramiko",
    "smtplib",
    "ftplib",
    "httplib2",
    "stripe",
)
CLIENTS = (*ASYNC_CLIENTS, *SYNC_CLIENTS)
SHOWN_CLIENTS = ("`httpx`", "`requests`", "`boto3`")
HASHERS = ("passlib", "pwdlib", "bcrypt", "argon2", "flask_bcrypt")
TOKENS = ("jwt", "jose", "authlib", "joserfc", "flask_jwt_extended")
LOGGERS = ("logging", "loguru", "structlog")
BACKGROUND_NAMES = ("BackgroundTasks", "BackgroundTask")
QUEUES = ("arq", "dramatiq", "rq", "taskiq", "huey")
LAYERS = ("routes", "services", "repositories", "models", "schemas", "tasks")


def modules(project: Project) -> Evidence:
    """How much code there is."""
    return count(sum(not module.is_test for module in project.modules), "module", "There are no Python modules.")


def layers(project: Project) -> Evidence:
    """How many modules belong to the layers that are told apart."""
    known = [project.layers.layer_of(module) for module in project.modules if not module.is_test]
    found = Counter(layer.name for layer in known if layer.answer is Answer.YES)
    named = [f"{name} {found[name]}" for name in LAYERS if found[name]]
    if not named:
        return Evidence("Names and contents of the modules tell no layers.", len(project.routes))
    return Evidence(f"Modules by layer: {', '.join(named)}.", sum(found.values()))


def schemas(project: Project) -> Evidence:
    """How many Pydantic models there are."""
    return count(len(project.schemas), "Pydantic model", "The project has no Pydantic models.")


def http_clients(project: Project) -> Evidence:
    """Which clients other services are called with."""
    using = {module.path for module in modules_importing(project, *CLIENTS)}
    asynchronous = {module.path for module in modules_importing(project, *ASYNC_CLIENTS)}
    nothing = f"No module imports a client of other services that is known, such as {', '.join(SHOWN_CLIENTS)}."
    nouns, do = (
        "modules with a client of other services",
        "import one that can be awaited|imports one that can be awaited",
    )
    return share(len(asynchronous), len(using), nouns, do, nothing)


def background_work(project: Project) -> Evidence:
    """What runs in the background."""
    using = {module.path for module in modules_with(project, *BACKGROUND_NAMES)}
    using |= {module.path for module in modules_importing(project, *QUEUES)}
    in_process = len(using)
    total = len(project.tasks) + in_process
    if not total:
        return Evidence("Nothing runs in the background.", 0)
    celery = f"{counted(len(project.tasks), 'Celery task')}; " if project.tasks else ""
    return Evidence(f"{celery}{'b' if celery else 'B'}ackground tasks in {named_modules(in_process)}.", total)


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
    return share(queued, len(calls), "calls of tasks", "leave the work to a worker|leaves the work to a worker", "")


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
    if found and not project.templates:
        return Evidence("There are no templates.", 0)
    known = [one for one in found if isinstance(one.names, tuple)]
    missing = {one.place for one in project.missing_templates if one.source == "rendered"}
    right = sum(one.name_place not in missing for one in known)
    do, nothing = "name a template that exists|names a template that exists", "Nothing renders a template."
    return share(right, len(found), "renderings", do, nothing, len(found) - len(known))


def forms(project: Project) -> Evidence:
    """How many forms there are, and how many functions use one without validation."""
    if not project.forms:
        return Evidence("The project has no forms of Flask-WTF or WTForms.", 0)
    unvalidated = number(project.unvalidated_form_uses())
    verb = "reads" if unvalidated == 1 else "read"
    also = f"; {counted(unvalidated, 'function')} {verb} one without validation" if unvalidated else ""
    return Evidence(f"{counted(len(project.forms), 'form')}{also}.", len(project.forms))


def logging(project: Project) -> Evidence:
    """How many modules log."""
    total = sum(not module.is_test for module in project.modules)
    right = number(modules_importing(project, *LOGGERS))
    if not total:
        return Evidence("There are no Python modules.", 0, 0)
    text = f"{right} of {total} modules {'imports' if right == 1 else 'import'} a logger."
    return Evidence(text, total, right, lacks=not right)


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
    "http-clients": http_clients,
    "background-work": background_work,
    "tasks": tasks,
    "task-calls": task_calls,
    "redis": redis,
    "templates": templates,
    "renderings": renderings,
    "forms": forms,
    "logging": logging,
    "password-hashing": password_hashing,
    "tokens": tokens,
}
