"""Which routes of Flask demand authentication: decorators, hooks and checks in views."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Authentication

HEAD = """
from functools import wraps
from flask import Flask, Blueprint, abort, g, redirect, request, session, url_for, jsonify
from flask_login import current_user, login_required
import flask_jwt_extended
app = Flask(__name__)
"""


def guard(source: str) -> Authentication:
    (route, *_) = project({"main.py": HEAD + source}).routes
    return route.authentication


def answer(source: str) -> str:
    return guard(source).answer.value


def decorated(body: str) -> str:
    lines = "\n".join(f"        {line}" for line in body.strip("\n").split("\n"))
    return f"""
def checked(view):
    @wraps(view)
    def wrapper(*args, **kwargs):
{lines}
    return wrapper

@app.route("/x")
@checked
def x(): ...
"""


def test_a_decorator_of_a_known_library_enforces() -> None:
    assert guard("@app.route('/x')\n@login_required\ndef x(): ...").names == ("login_required",)
    assert answer("@app.route('/x')\n@flask_jwt_extended.jwt_required()\ndef x(): ...") == "yes"


def test_an_optional_token_enforces_nothing() -> None:
    assert answer("@app.route('/x')\n@flask_jwt_extended.jwt_required(optional=True)\ndef x(): ...") == "no"
    assert answer("@app.route('/x')\n@flask_jwt_extended.jwt_required(True)\ndef x(): ...") == "no"


def test_a_token_whose_need_is_not_known_is_unknown() -> None:
    program = "from company.settings import OPEN\n@app.route('/x')\n@flask_jwt_extended.jwt_required(optional=OPEN)\n"
    assert answer(f"{program}def x(): ...") == "unknown"


@pytest.mark.parametrize("decorator", ["anonymous_user_required", "unauth_csrf()"])
def test_a_decorator_of_a_security_library_for_unknown_callers_enforces_nothing(decorator: str) -> None:
    program = "from flask_security import anonymous_user_required, unauth_csrf\n@app.route('/x')\n"
    assert answer(f"{program}@{decorator}\ndef x(): ...") == "no"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("", "yes"),
        ("optional=False", "yes"),
        ("optional=True", "no"),
        ("True", "no"),
        ("optional=app.debug", "unknown"),
    ],
)
def test_a_view_that_verifies_the_token_first_guards_itself(call: str, expected: str) -> None:
    program = "from flask_jwt_extended import verify_jwt_in_request\n@app.route('/x')\ndef x():\n"
    assert answer(f"{program}    verify_jwt_in_request({call})\n    return ''") == expected


def test_a_decorator_above_the_route_is_not_part_of_what_is_registered() -> None:
    assert answer("@login_required\n@app.route('/x')\ndef x(): ...") == "no"


@pytest.mark.parametrize(
    "body",
    [
        "if not current_user.is_authenticated:\n    abort(401)\nreturn view(*args, **kwargs)",
        "if g.user is None:\n    return redirect(url_for('auth.login'))\nreturn view(**kwargs)",
        "if 'user_id' not in session:\n    return jsonify(error='log in'), 401\nreturn view(*args, **kwargs)",
        "if current_user.is_admin():\n    return view(*args)\nelse:\n    if request.is_json:\n"
        "        abort(403)\n    return redirect(url_for('auth.login'))",
        "if not g.current_user.can('write'):\n    abort(403)\nreturn view(*args, **kwargs)",
    ],
)
def test_a_decorator_that_turns_every_unknown_caller_away_enforces(body: str) -> None:
    assert guard(decorated(body)).names == ("checked",)


@pytest.mark.parametrize(
    "body",
    [
        "return view(*args, **kwargs)",
        "result = view(*args, **kwargs)\nreturn result",
        "if current_user.is_authenticated and not current_user.confirmed:\n    abort(403)\nreturn view(*args)",
        "if request.args.get('page') is None:\n    abort(400)\nreturn view(*args, **kwargs)",
    ],
)
def test_a_decorator_that_lets_unknown_callers_pass_enforces_nothing(body: str) -> None:
    assert answer(decorated(body)) == "no"


def test_a_decorator_that_turns_some_away_is_unknown() -> None:
    body = "if settings.PRIVATE and not current_user.is_authenticated:\n    abort(401)\nreturn view(*args, **kwargs)"
    assert answer(decorated(body)) == "unknown"


def test_a_decorator_with_arguments_and_one_that_hands_on_are_followed() -> None:
    source = """
def permission_required(permission):
    def decorator(view):
        @wraps(view)
        def wrapper(*args, **kwargs):
            if not current_user.can(permission):
                abort(403)
            return view(*args, **kwargs)
        return wrapper
    return decorator

def admin_required(view):
    return permission_required("admin")(view)

"""
    assert guard(source + "@app.get('/x')\n@permission_required('w')\ndef x(): ...").names == ("permission_required",)
    assert guard(source + "@app.get('/x')\n@admin_required\ndef x(): ...").names == ("admin_required",)


def test_hooks_of_the_blueprint_and_of_the_application_guard_its_routes() -> None:
    source = """
bp = Blueprint("bp", __name__)

@{hook}
def check():
    if g.user is None:
        return redirect(url_for("auth.login"))

@bp.get("/x")
def x(): ...

app.register_blueprint(bp)
"""
    for hook in ("bp.before_request", "app.before_request", "bp.before_app_request"):
        assert guard(source.format(hook=hook)).names == ("check",)


def test_a_hook_with_a_login_decorator_guards() -> None:
    assert guard("@app.before_request\n@login_required\ndef check(): ...\n@app.get('/x')\ndef x(): ...").names == (
        "login_required",
    )


def test_a_hook_with_exceptions_guards_the_others_and_one_without_identity_none() -> None:
    view = "\n@app.get('/x')\ndef x(): ...\n"
    excepted = "@app.before_request\ndef check():\n    if request.endpoint == 'login':\n        return\n"
    excepted += "    if g.user is None:\n        abort(401)\n"
    assert answer(excepted + view) == "yes"
    assert answer(excepted + view.replace("def x", "def login")) == "no"
    assert answer(excepted.replace("request.endpoint == 'login'", "is_open(request)") + view) == "unknown"
    closed = "@app.before_request\ndef check():\n    if settings.CLOSED:\n        return 'closed', 403\n"
    assert answer(closed + view) == "no"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if not current_user.is_admin:\n    abort(403)\nreturn 1", "yes"),
        ("if current_user.is_authenticated:\n    return 1\nabort(401)", "yes"),
        ("if request.args and not current_user.is_admin:\n    abort(403)\nreturn 1", "unknown"),
        ("token = request.args['token']\nif not valid(token):\n    abort(401)\nreturn 1", "unknown"),
    ],
)
def test_a_view_that_turns_every_unknown_caller_away_guards_itself(body: str, expected: str) -> None:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    assert answer(f"@app.get('/x')\ndef x():\n{lines}") == expected


def test_a_login_view_that_redirects_to_itself_is_open() -> None:
    source = "@app.post('/login')\ndef login():\n    if not check(request.form):\n"
    source += "        return redirect(url_for('login'))\n"
    assert answer(source + "    return redirect('/')") == "no"


def test_decorators_of_class_based_views_and_their_methods_count() -> None:
    source = """
from flask.views import MethodView

class Item(MethodView):
    decorators = [login_required]
    def get(self): ...

app.add_url_rule("/x", view_func=Item.as_view("item"))
"""
    assert answer(source) == "yes"
    assert answer(source.replace("    decorators = [login_required]\n    def", "    @login_required\n    def")) == "yes"
    assert answer(source.replace("    decorators = [login_required]\n", "")) == "no"


PUBLIC_HOOK = """
PUBLIC = {"login", "shop.index"}
@app.before_request
def check():
    if %s:
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("login"))

shop = Blueprint("shop", __name__, url_prefix="/shop")
@shop.get("/")
def index(): ...
@shop.post("/<int:id>")
def buy(id): ...
@app.get("/login")
def login(): ...
app.register_blueprint(shop)
"""


@pytest.mark.parametrize(
    ("test", "guarded"),
    [
        ("request.endpoint in PUBLIC", ["no", "yes", "no"]),
        ("request.path.startswith('/login')", ["yes", "unknown", "no"]),
        ("request.method == 'GET'", ["no", "yes", "no"]),
        ("request.blueprint != 'shop'", ["yes", "yes", "no"]),
        ("request.path.split('/')[1] == 'shop' or request.endpoint == 'login'", ["no", "unknown", "no"]),
        ("is_public(request.endpoint)", ["unknown", "unknown", "unknown"]),
    ],
)
def test_a_hook_that_asks_for_the_route_guards_the_routes_it_does_not_let_through(
    test: str, guarded: list[str]
) -> None:
    found = project({"main.py": HEAD + PUBLIC_HOOK % test}).routes
    assert {str(one): one.authentication.answer.value for one in found} == dict(
        zip(["GET /shop/", "POST /shop/<int:id>", "GET /login"], guarded, strict=True)
    )


def test_a_preprocessor_of_addresses_may_guard() -> None:
    source = """
bp = Blueprint("bp", __name__)
@bp.url_value_preprocessor
def load(endpoint, values):
    if not current_user.is_authenticated:
        abort(403)
@bp.get("/x")
def x(): ...
app.register_blueprint(bp)
"""
    assert guard(source).names == ("load",)


def test_a_refusal_that_does_not_ask_for_the_caller_is_no_guard() -> None:
    source = """
@app.before_request
def check():
    if is_importing():
        return "wait", 403
    if current_user.is_authenticated:
        count(current_user)
@app.get("/x")
def x(): ...
"""
    assert answer(source) == "no"
    view = "@app.get('/x')\ndef x():\n    if current_user.is_authenticated:\n        return redirect('/')\n"
    assert answer(view + "    if form():\n        return redirect(url_for('login'))\n    return 1\n") == "no"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("try:\n    verify(request.headers['Authorization'])\nexcept Bad:\n    return 'no', 401\nreturn view()", "yes"),
        ("try:\n    user = require_user(token)\nexcept Bad:\n    abort(401)\nreturn view(user)", "yes"),
        ("try:\n    return view()\nexcept Bad:\n    return 'no', 403", "no"),
        ("try:\n    user = users.get(token)\nexcept Bad:\n    abort(401)\nreturn view(user)", "unknown"),
        ("if trusted(request):\n    return view()\nreturn login_required(view)()", "unknown"),
        ("user = load(request)\nif user:\n    return view()\nreturn login_required(view)()", "yes"),
    ],
)
def test_checks_that_raise_and_decorators_that_are_applied_inside_guard(body: str, expected: str) -> None:
    assert answer(decorated(body)) == expected


def test_what_is_asked_for_beside_the_caller_does_not_weaken_a_refusal() -> None:
    body = "if current_user.is_authenticated:\n    return view()\nelse:\n    if request.is_json:\n        abort(403)\n"
    assert answer(decorated(body + "    return redirect(url_for('login'))")) == "yes"
    assert answer(decorated("if is_open():\n    return view()\n" + body + "    return 1")) == "unknown"


def test_a_decorator_of_the_project_that_may_guard_leaves_what_applies_it_unknown() -> None:
    source = """
def own(view):
    @wraps(view)
    def decorated(*args):
        if app.config.get("LOGIN_DISABLED"):
            pass
        elif not current_user.is_authenticated:
            abort(401)
        return view(*args)
    return decorated

"""
    assert answer(source + decorated("return own(view)(*args, **kwargs)")) == "unknown"


def test_a_function_that_gets_the_view_to_call_it_may_guard() -> None:
    source = """
def enter(*, is_authorized, func, args):
    if is_authorized:
        return func(*args)
    return redirect(url_for("login"))

def access(callback):
    def decorator(view):
        @wraps(view)
        def decorated(*args):
            return enter(is_authorized=callback(), func=view, args=args)
        return decorated
    return decorator

@app.get("/x")
@access(lambda: True)
def x(): ...
"""
    assert guard(source).names == ("access",)


def test_a_class_based_view_may_guard_before_it_dispatches() -> None:
    source = """
from flask.views import MethodView
class Guarded(MethodView):
    def dispatch_request(self, *args, **kwargs):
        if not current_user.is_authenticated:
            abort(401)
        return super().dispatch_request(*args, **kwargs)
class Item(Guarded):
    def get(self): ...
app.add_url_rule("/x", view_func=Item.as_view("item"))
"""
    assert answer(source) == "yes"
    assert answer(source.replace("class Item(Guarded)", "class Item(MethodView)")) == "no"


def test_a_view_of_an_administration_guards_by_saying_who_may_enter() -> None:
    source = """
from flask_admin import Admin, BaseView, expose
class Private(BaseView):
    def is_accessible(self):
        return current_user.is_authenticated and current_user.is_admin
    @expose("/")
    def index(self): ...
admin = Admin(app)
admin.add_view(Private())
"""
    assert guard(source).names == ("is_accessible",)
    assert answer(source.replace("current_user.is_authenticated and current_user.is_admin", "True")) == "no"


def test_objects_of_libraries_guard_when_they_are_called() -> None:
    source = """
from authlib.integrations.flask_oauth2 import ResourceProtector
from flask_httpauth import HTTPTokenAuth
require = ResourceProtector()
auth = HTTPTokenAuth()
@app.get("/x")
@require("profile")
def x(): ...
"""
    assert answer(source) == "yes"
    assert answer(source.replace('require("profile")', "auth.login_required")) == "yes"
    assert answer(source.replace('require("profile")', "auth.login_required(optional=True)")) == "no"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("SeeOther(url_for('auth.login'))", "yes"),
        ("RequestRedirect('/login')", "yes"),
        ("SeeOther(url_for('shop.index'))", "no"),
        ("Teapot(url_for('auth.login'))", "no"),
    ],
)
def test_a_hook_that_raises_a_redirect_to_where_one_logs_in_guards(error: str, expected: str) -> None:
    source = f"""
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
class SeeOther(HTTPException):
    code = 303
class Teapot(HTTPException):
    code = 418

@app.before_request
def check():
    if "user_id" not in session:
        raise {error}

@app.route("/x")
def x(): ...
"""
    assert answer(source) == expected


@pytest.mark.parametrize(
    "body",
    [
        "    return login_required(view) if app.debug else view",
        "    if app.debug:\n        return view\n    return login_required(view)",
    ],
)
def test_a_decorator_that_applies_another_on_a_condition_is_unknown(body: str) -> None:
    assert answer(f"def chosen(view):\n{body}\n@app.route('/x')\n@chosen\ndef x(): ...") == "unknown"
