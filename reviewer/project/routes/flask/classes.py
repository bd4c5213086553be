"""The classes of Flask and its family that routes are registered on, and what the evaluator knows of them.

Source: `flask.sansio.scaffold.Scaffold` and its subclasses.
"""

from __future__ import annotations

from reviewer.project.evaluation.library_classes import Forwarding, LibraryClass
from reviewer.project.evaluation.values import Unknown

#: Packages of which one is imported where an application of Flask is made.
PACKAGES = ("flask", "apiflask", "flask_openapi3")
APPLICATION_CLASSES = (
    "flask.Flask",
    "flask.app.Flask",
    "apiflask.APIFlask",
    "apiflask.app.APIFlask",
    "flask_openapi3.OpenAPI",
    "flask_openapi3.openapi.OpenAPI",
)
BLUEPRINT_CLASSES = (
    "flask.Blueprint",
    "flask.blueprints.Blueprint",
    "apiflask.APIBlueprint",
    "apiflask.blueprint.APIBlueprint",
    "flask_smorest.Blueprint",
    "flask_smorest.blueprint.Blueprint",
    "flask_openapi3.APIBlueprint",
    "flask_openapi3.blueprint.APIBlueprint",
)
SHORT_METHODS = ("get", "post", "put", "patch", "delete")
_FORWARDINGS = {
    **{name: Forwarding("route", {"methods": [name.upper()]}) for name in SHORT_METHODS},
    "route": Forwarding("add_url_rule", is_decorator=True, function_keyword="view_func"),
}
_NOT_GIVEN = Unknown("argument that is not given")
LIBRARY_CLASSES = (
    LibraryClass(
        APPLICATION_CLASSES,
        {"view_functions": {}, "extensions": {}, "import_name": _NOT_GIVEN},
        {"import_name": 0},
        forwardings=_FORWARDINGS,
    ),
    LibraryClass(
        BLUEPRINT_CLASSES,
        {"name": _NOT_GIVEN, "import_name": _NOT_GIVEN, "url_prefix": None, "subdomain": None},
        {"name": 0, "import_name": 1},
        forwardings=_FORWARDINGS,
    ),
)
