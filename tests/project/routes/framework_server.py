"""A child process that imports small programs and tells which routes their application serves.

It runs in an environment that has FastAPI and Flask and nothing of the reviewer, on Python 3.10 or newer. The first line
it writes names the versions of the frameworks. Then each line it reads is a program as JSON (`files` by path, `app` as
`module:attribute`), and the line it answers holds the served rows, or the error that the program raised.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.metadata
import inspect
import json
import pathlib
import sys
import tempfile
import traceback
import typing
import warnings


def served(files, app):
    """The rows of the application of a program."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
        try:
            module, _, attribute = app.partition(":")
            application = getattr(importlib.import_module(module), attribute)
            if hasattr(application, "url_map"):
                return list(flask_rows(application))
            return list(fastapi_rows(application))
        finally:
            sys.path.remove(folder)
            for name in [name for name in sys.modules if name.partition(".")[0] == module.partition(".")[0]]:
                del sys.modules[name]


def unwrapped(function):
    while True:
        if isinstance(function, functools.partial):
            function = function.func
        elif inspect.ismethod(function):
            function = function.__func__
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        else:
            return function


def symbol(function):
    function = unwrapped(function)
    if not hasattr(function, "__qualname__"):
        function = type(function)
    return f"{function.__module__}:{function.__qualname__}"


# FastAPI and Starlette


def effective_routes(application):
    """The routes with what the includes around them add, for versions that keep it apart and those that copy."""
    from fastapi import routing

    if not hasattr(routing, "iter_route_contexts"):
        yield from ((route, route) for route in application.routes)
        return
    for one in routing.iter_route_contexts(list(application.routes)):
        context = getattr(one, "_route_context", None)
        if context is None:
            yield one.route, one.route
        elif getattr(context, "starlette_route", None) is not None:
            yield context.starlette_route, context.starlette_route
        else:
            yield context.original_route, context


def fastapi_rows(application, prefix=""):
    from fastapi.routing import APIRoute
    from starlette import routing

    for route, effective in effective_routes(application):
        if isinstance(route, routing.Mount):
            yield from fastapi_rows(route.app, prefix + route.path)
        elif isinstance(route, routing.WebSocketRoute):
            yield row(effective, prefix, "WEBSOCKET")
        elif isinstance(route, routing.Route) and route.endpoint.__module__ != "fastapi.applications":
            methods = set(effective.methods or ())
            if not isinstance(route, APIRoute) and "GET" in methods:
                methods.discard("HEAD")
            yield from (row(effective, prefix, method) for method in sorted(methods))


def row(route, prefix, method):
    dependencies = []
    if getattr(route, "dependant", None) is not None:
        flatten(route.dependant, dependencies)
    endpoint = unwrapped(route.endpoint)
    status = getattr(route, "status_code", None)
    return {
        "method": method,
        "path": prefix + route.path,
        "endpoint": symbol(route.endpoint),
        "name": route.name,
        "status_code": None if status is None else int(status),
        "response_model": type_text(getattr(route, "response_model", None)),
        "tags": [str(getattr(tag, "value", tag)) for tag in getattr(route, "tags", None) or ()],
        "summary": getattr(route, "summary", None),
        "deprecated": bool(getattr(route, "deprecated", None)),
        "include_in_schema": bool(getattr(route, "include_in_schema", True)),
        "documented": bool(route_text(route) or (inspect.isfunction(endpoint) and inspect.getdoc(endpoint))),
        "dependencies": list(dict.fromkeys(dependencies)),
        "responses": sorted(map(str, getattr(route, "responses", None) or ())),
    }


def route_text(route):
    """What is written about a route, where it is not the docstring of its endpoint or of the endpoint's class."""
    description = getattr(route, "description", None)
    is_own = description and description != inspect.cleandoc(route.endpoint.__doc__ or "")
    return getattr(route, "summary", None) or (description if is_own else None)


def flatten(dependant, names):
    for one in dependant.dependencies:
        call = unwrapped(one.call)
        names.append(getattr(call, "__name__", None) or type(call).__name__)
        flatten(one, names)


def type_text(value):
    if value is None or value is type(None):
        return None
    if isinstance(value, typing.ForwardRef):
        return value.__forward_arg__
    origin = typing.get_origin(value)
    if origin is None:
        return getattr(value, "__name__", str(value))
    if origin is typing.Union or origin.__name__ == "UnionType":
        return " | ".join(type_text(one) or "None" for one in typing.get_args(value))
    return f"{origin.__name__}[{', '.join(type_text(one) or 'None' for one in typing.get_args(value))}]"


# Flask


def flask_rows(application):
    for rule in application.url_map.iter_rules():
        view = application.view_functions.get(rule.endpoint)
        if view is None or rule.endpoint.rpartition(".")[2] == "static":
            continue
        methods = set(rule.methods or ())
        if getattr(rule, "provide_automatic_options", getattr(view, "provide_automatic_options", True)):
            methods.discard("OPTIONS")
        if "GET" in methods:
            methods.discard("HEAD")
        view_class = getattr(view, "view_class", None)
        for method in sorted(methods):
            answering = view
            if view_class is not None:
                answering = getattr(view_class, method.lower(), None) or view_class.dispatch_request
            yield {
                "method": method,
                "path": rule.rule,
                "endpoint": symbol(answering),
                "name": rule.endpoint,
                "documented": bool(unwrapped(answering).__doc__),
                "host": rule.subdomain or rule.host or "",
            }


def versions():
    found = {}
    for name in ("fastapi", "starlette", "flask", "werkzeug"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def main():
    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True
    answers, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps(versions()), file=answers, flush=True)
    for line in sys.stdin:
        program = json.loads(line)
        try:
            answer = {"rows": served(program["files"], program["app"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
