"""Evidence about errors: which ones routes answer with, which are documented, which have handlers."""

from __future__ import annotations

from collections import Counter

from reviewer.checklist.evidence.counts import Evidence, Measure, counted, modules_with, named_modules, number, share
from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import dotted_name
from reviewer.project.evaluation.values import ClassValue
from reviewer.project.project import Project

NO_ROUTES = "No routes were found."
HANDLER_NAMES = (
    *("exception_handler", "add_exception_handler", "exception_handlers"),
    *("errorhandler", "app_errorhandler", "register_error_handler"),
)
SHOWN_HANDLERS = 4


def documented_errors(project: Project) -> Evidence:
    """How many of the operations that answer with errors document each of them."""
    raising = right = unknown = 0
    for operation in project.operations:
        statuses = {error.status for error in project.route_errors.of(operation.route)}
        known = {status for status in statuses if isinstance(status, int) and status not in (422, 500)}
        if known:
            raising += 1
            unknown += operation.route.has_unknown_responses
            right += known <= operation.route.documented_statuses
    nouns = "operations that answer with errors of their own"
    nothing = "No operation answers with an error of its own."
    return share(right, raising, nouns, "document each of them|documents each of them", nothing, unknown)


def error_answers(project: Project) -> Evidence:
    """Which HTTP errors routes answer with, and which exceptions with a handler the project raises."""
    if not project.routes:
        return Evidence(NO_ROUTES, 0)
    found = Counter(
        status
        for route in project.routes
        for status in {error.status for error in project.route_errors.of(route)}
        if isinstance(status, int)
    )
    said = []
    if found:
        statuses = ", ".join(f"{status} ({times})" for status, times in sorted(found.items()))
        said.append(f"Routes answer with the errors {statuses}.")
    handled = sorted(_handled_classes(project))
    places = sum(_raises(module, handled) for module in project.modules if not module.is_test)
    if places:
        names = ", ".join(f"`{name}`" for name in handled[:SHOWN_HANDLERS])
        said.append(f"Exceptions that have a handler ({names}) are raised in {counted(places, 'place')}.")
    if not said:
        said.append("No route answers with an HTTP error of its own.")
    return Evidence(" ".join(said), len(project.routes), lacks=not (found or places))


def exception_handlers(project: Project) -> Evidence:
    """Which exception handlers are registered."""
    if not project.routes:
        return Evidence(NO_ROUTES, 0)
    handlers = {one.handled_name: one for one in project.exception_handlers.all}
    if handlers:
        more = len(handlers) - SHOWN_HANDLERS
        names = ", ".join(f"`{name}`" for name in sorted(handlers)[:SHOWN_HANDLERS])
        also = f" and {more} more" if more > 0 else ""
        return Evidence(f"Exception handlers are registered for {names}{also}.", len(project.routes))
    found = number(modules_with(project, *HANDLER_NAMES))
    text = f"Exception handlers are registered in {named_modules(found)}."
    return Evidence(text, len(project.routes), lacks=not found)


def _handled_classes(project: Project) -> set[str]:
    """The names of the project's own exceptions that a handler answers for."""
    return {one.handled_name for one in project.exception_handlers.all if isinstance(one.handled, ClassValue)}


def _raises(module: Module, names: list[str]) -> int:
    """How many statements of a module raise an exception of one of some names, made by a class method of it or not."""
    if not names or not module.mentions(*names):
        return 0
    return sum(
        isinstance(node, tree.Raise) and not set(names).isdisjoint(_raised_name(node).split("."))
        for statement in module.tree.body
        for node in tree.walk(statement)
    )


def _raised_name(statement: tree.Raise) -> str:
    raised = statement.exception
    return dotted_name(raised.function if isinstance(raised, tree.Call) else raised) or "" if raised is not None else ""


MEASURES: dict[str, Measure] = {
    "documented-errors": documented_errors,
    "error-answers": error_answers,
    "exception-handlers": exception_handlers,
}
