"""Which decorators and objects of libraries turn unknown callers of Flask away, by their names."""

from __future__ import annotations

import re

from reviewer.project.model import Answer
from reviewer.project.routes.authentication import SUGGESTIVE

#: Libraries whose decorators of suggestive name turn unknown callers away.
SECURITY_LIBRARIES = (
    "flask_login.",
    "flask_jwt_extended.",
    "flask_httpauth.",
    "flask_security.",
    "flask_principal.",
    "flask_jwt.",
    "flask_praetorian.",
    "flask_user.",
    "flask_oidc.",
    "flask_allows.",
    "flask_allows2.",
    "flask_simplelogin.",
    "flask_basicauth.",
    "flask_cognito.",
    "flask_discord.",
    "flask_authorize.",
    "authlib.",
    "apiflask.",
)
#: Decorators of Flask-AppBuilder that turn unknown callers away; `permission_name` and others only say for what.
BUILDER_DECORATORS = frozenset({"has_access", "has_access_api", "protect"})
NOT_AUTHENTICATION = ("flask_wtf.", "flask_limiter.", "flask_caching.", "flask_restx.", "flask_smorest.", "flasgger.")
LIBRARY_DECORATOR = re.compile(r"require|login|auth|access|protect|permission|role|token|fresh", re.IGNORECASE)


def library_answer(name: str) -> Answer:
    """Whether something of a library, by its dotted name, turns unknown callers away as a decorator."""
    name = name.removesuffix(".__call__")  # an object that is called: `require_oauth("profile")`
    last = name.rpartition(".")[2]
    if name.startswith(NOT_AUTHENTICATION):
        return Answer.NO
    if name.startswith("flask_appbuilder."):
        return Answer.YES if last in BUILDER_DECORATORS else Answer.NO
    if name.startswith(SECURITY_LIBRARIES) and LIBRARY_DECORATOR.search(last):
        return Answer.YES
    return Answer.UNKNOWN if SUGGESTIVE.search(last) else Answer.NO
