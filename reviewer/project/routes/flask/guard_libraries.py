"""Which decorators and objects of libraries turn unknown callers of Flask away, by their names."""

from __future__ import annotations

import re

from reviewer.project.evaluation.values import Value
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
#: Decorators of these libraries that demand no known caller, or that nobody is known.
NOT_DEMANDING = re.compile(r"anonymous|optional|unauth_csrf", re.IGNORECASE)
#: Functions that refuse a request without a valid token when they are called.
VERIFYING = "verify_jwt_in_request"
VERIFYING_NAMES = tuple(f"flask_jwt_extended.{module}{VERIFYING}" for module in ("", "view_decorators."))
#: Decorators and functions whose first argument is `optional`.
FIRST_OPTIONAL = (
    *VERIFYING_NAMES,
    "flask_jwt_extended.jwt_required",
    "flask_jwt_extended.view_decorators.jwt_required",
)
NOT_AUTHENTICATION = ("flask_wtf.", "flask_limiter.", "flask_caching.", "flask_restx.", "flask_smorest.", "flasgger.")
LIBRARY_DECORATOR = re.compile(r"require|login|auth|access|protect|permission|role|token|fresh", re.IGNORECASE)


def optional_answer(optional: Value) -> Answer:
    """Whether a guard turns unknown callers away, by the value of its argument `optional`."""
    if isinstance(optional, bool):
        return Answer.NO if optional else Answer.YES
    return Answer.UNKNOWN


def library_answer(name: str) -> Answer:
    """Whether something of a library, by its dotted name, turns unknown callers away as a decorator."""
    name = name.removesuffix(".__call__")  # an object that is called: `require_oauth("profile")`
    last = name.rpartition(".")[2]
    if name.startswith(NOT_AUTHENTICATION) or (name.startswith(SECURITY_LIBRARIES) and NOT_DEMANDING.search(last)):
        return Answer.NO
    if name.startswith("flask_appbuilder."):
        return Answer.YES if last in BUILDER_DECORATORS else Answer.NO
    if name.startswith(SECURITY_LIBRARIES) and LIBRARY_DECORATOR.search(last):
        return Answer.YES
    return Answer.UNKNOWN if SUGGESTIVE.search(last) else Answer.NO
