"""The Flask linker: rules, prefixes, names, methods and views of applications, blueprints and extensions."""

from __future__ import annotations

import pytest

from reviewer.project.in_memory import project
from reviewer.project.model import Answer, Route
from reviewer.project.routes.flask.registrations import joined_rule, rule_parameters


def routes(source: str, **files: str) -> list[Route]:
    return list(project({"main.py": source, **{f"{name}.py": text for name, text in files.items()}}).routes)


def table(source: str, **files: str) -> list[str]:
    return [f"{route} {route.name}" for route in routes(source, **files)]


APP = "from flask import Flask, Blueprint\nfrom flask.views import MethodView, View\napp = Flask(__name__)\n"


def test_a_route_answers_get_unless_it_says_otherwise() -> None:
    assert table(APP + '@app.route("/user/<int:id>")\ndef user(id): ...\n') == ["GET /user/<int:id> user"]


def test_methods_are_those_given_and_head_goes_without_saying() -> None:
    source = APP + '@app.route("/x", methods=["post", "GET", "HEAD"])\ndef x(): ...\n@app.delete("/y")\ndef y(): ...\n'
    assert table(source) == ["POST /x x", "GET /x x", "DELETE /y y"]


def test_a_factory_that_imports_blueprints_inside_itself_is_executed() -> None:
    files = {
        "shop/__init__.py": """
from flask import Flask

def create_app(config_name):
    app = Flask(__name__)
    app.config.from_object(config_name)
    from .auth import auth as auth_blueprint
    app.register_blueprint(auth_blueprint, url_prefix="/auth")
    return app
""",
        "shop/auth/__init__.py": "from flask import Blueprint\nauth = Blueprint('auth', 'x')\nfrom . import views\n",
        "shop/auth/views.py": "from . import auth\n@auth.route('/login', methods=['GET', 'POST'])\ndef login(): ...\n",
    }
    linked = project(files)
    assert [str(route) for route in linked.routes] == ["GET /auth/login", "POST /auth/login"]
    route = linked.routes[0]
    assert (route.name, route.endpoint_name) == ("auth.login", "shop.auth.views:login")
    assert route.application.name == "shop:create_app"


def test_an_application_that_is_made_in_several_places_is_one() -> None:
    factory = APP.replace("app = Flask(__name__)\n", "") + (
        "def create_app():\n    app = Flask(__name__)\n    @app.route('/')\n    def index(): ...\n    return app\n"
    )
    made = "from main import create_app\napp = create_app()\n"
    assert table(factory, wsgi=made, worker=made) == ["GET / index"]


@pytest.mark.parametrize(
    ("outer", "registered", "path"),
    [
        ("", "", "/items/"),
        (", url_prefix='/api'", "", "/api/items/"),
        (", url_prefix='/api'", ", url_prefix='/v2'", "/v2/items/"),
        (", url_prefix='/api/'", "", "/api/items/"),
    ],
)
def test_the_prefix_of_the_registration_wins_over_that_of_the_blueprint(outer: str, registered: str, path: str) -> None:
    source = APP + f"bp = Blueprint('bp', __name__{outer})\n@bp.get('/items/')\ndef items(): ...\n"
    assert table(source + f"app.register_blueprint(bp{registered})\n") == [f"GET {path} bp.items"]


def test_nested_blueprints_join_prefixes_and_names() -> None:
    source = (
        APP
        + """
outer = Blueprint("outer", __name__, url_prefix="/outer")
inner = Blueprint("inner", __name__, url_prefix="/inner")

@inner.route("/x")
def x(): ...

@outer.route("/y")
def y(): ...

outer.register_blueprint(inner)
app.register_blueprint(outer)
app.register_blueprint(inner, name="again", url_prefix="/again")
"""
    )
    assert table(source) == ["GET /outer/y outer.y", "GET /outer/inner/x outer.inner.x", "GET /again/x again.x"]


def test_blueprints_of_a_loop_are_registered_under_their_prefixes() -> None:
    source = (
        APP
        + """
a = Blueprint("a", __name__)
b = Blueprint("b", __name__)

@a.get("/")
def list_a(): ...

@b.get("/")
def list_b(): ...

for prefix, bp in {"/a": a, "/b": b}.items():
    app.register_blueprint(bp, url_prefix=prefix)
"""
    )
    assert table(source) == ["GET /a/ a.list_a", "GET /b/ b.list_b"]


def test_a_prefix_that_is_not_known_is_marked_and_counted() -> None:
    source = APP + "import os\nbp = Blueprint('bp', __name__)\n@bp.get('/x')\ndef x(): ...\n"
    linked = project({"main.py": source + "app.register_blueprint(bp, url_prefix=os.environ['PREFIX'])\n"})
    assert [str(route) for route in linked.routes] == ["GET {?}/x"]
    assert linked.unknowns


def test_a_method_view_answers_what_it_defines_or_inherits() -> None:
    source = (
        APP
        + """
class Base(MethodView):
    def get(self, id):
        '''Gives one.'''

class Item(Base):
    def delete(self, id): ...

app.add_url_rule("/items/<id>", view_func=Item.as_view("item"))
"""
    )
    found = routes(source)
    assert [(route.method, route.name, route.endpoint_name, route.documented) for route in found] == [
        ("GET", "item", "main:Base.get", True),
        ("DELETE", "item", "main:Item.delete", False),
    ]


def test_a_view_answers_with_dispatch_request_by_its_methods() -> None:
    source = (
        APP
        + """
class Form(View):
    methods = ["GET", "POST"]
    def dispatch_request(self): ...

app.add_url_rule("/form", view_func=Form.as_view("form"))
"""
    )
    assert [(one.method, one.endpoint_name) for one in routes(source)] == [
        ("GET", "main:Form.dispatch_request"),
        ("POST", "main:Form.dispatch_request"),
    ]


def test_rules_of_a_table_and_named_endpoints_are_added() -> None:
    source = (
        APP
        + """
def a(): ...
def b(): ...
for rule, view in [("/a", a), ("/b", b)]:
    app.add_url_rule(rule, view_func=view)
app.add_url_rule("/c", endpoint="c")
app.add_url_rule("/d", endpoint="nobody")

@app.endpoint("c")
def c(): ...
"""
    )
    assert table(source) == ["GET /a a", "GET /b b", "GET /c c"]


def test_wrapped_views_keep_their_own_name_and_place() -> None:
    source = (
        APP
        + """
import functools

def logged(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        return view(*args, **kwargs)
    return wrapper

def index(): ...

app.add_url_rule("/", view_func=logged(index))
"""
    )
    assert [(one.name, one.endpoint_name) for one in routes(source)] == [("index", "main:index")]


def test_subclasses_of_flask_made_in_a_factory_are_found() -> None:
    source = "from flask import Flask\nclass Shop(Flask):\n    pass\n\ndef make():\n    app = Shop(__name__)\n"
    assert table(source + "    @app.get('/x')\n    def x(): ...\n    return app\n") == ["GET /x x"]


def test_blueprints_that_a_main_function_registers_count() -> None:
    source = APP + "def main():\n    from views import bp\n    app.register_blueprint(bp)\n    app.run()\n"
    views = "from flask import Blueprint\nbp = Blueprint('bp', __name__)\n@bp.get('/x')\ndef x(): ...\n"
    assert table(source, views=views) == ["GET /x bp.x"]


def test_resources_of_flask_restful_are_routes_of_the_blueprint_they_are_on() -> None:
    source = (
        APP
        + """
from flask_restful import Api, Resource
bp = Blueprint("api", __name__, url_prefix="/api")
api = Api(bp, prefix="/v1")

class TodoList(Resource):
    def get(self): ...
    def post(self): ...

api.add_resource(TodoList, "/todos", "/tasks")
app.register_blueprint(bp)
"""
    )
    assert table(source) == [
        "GET /api/v1/todos api.todolist",
        "POST /api/v1/todos api.todolist",
        "GET /api/v1/tasks api.todolist",
        "POST /api/v1/tasks api.todolist",
    ]


def test_namespaces_of_flask_restx_prefix_their_resources() -> None:
    source = (
        APP
        + """
from flask_restx import Api, Namespace, Resource
api = Api(app)
made = api.namespace("todos", path="/t")
added = Namespace("cats")

@made.route("/<int:id>")
class Todo(Resource):
    def get(self, id): ...

@added.route("/")
class CatList(Resource):
    def get(self): ...

api.add_namespace(added)
"""
    )
    assert table(source) == ["GET /t/<int:id> todos_todo", "GET /cats/ cats_cat_list"]


def test_a_registration_that_cannot_be_followed_leaves_blueprints_unknown() -> None:
    source = APP + "import plugins\nbp = Blueprint('bp', __name__)\n@bp.get('/x')\ndef x(): ...\n"
    source += "for one in open('list').read().split():\n    app.register_blueprint(one)\n"
    served = {router.kind: router.is_served for router in project({"main.py": source}).routers}
    assert served == {"application": Answer.YES, "blueprint": Answer.UNKNOWN}


def test_a_blueprint_that_nothing_registers_is_not_served() -> None:
    source = APP + "bp = Blueprint('bp', __name__)\n@bp.get('/x')\ndef x(): ...\n"
    assert [router.is_served for router in project({"main.py": source}).routers] == [Answer.YES, Answer.NO]


def test_a_blueprint_that_registers_itself_ends() -> None:
    source = APP + "bp = Blueprint('bp', __name__)\n@bp.get('/x')\ndef x(): ...\nbp.register_blueprint(bp)\n"
    assert table(source + "app.register_blueprint(bp)\n") == ["GET /x bp.x"]


def test_parameters_of_the_rule_are_path_parameters() -> None:
    source = APP + "@app.get('/<int:id>/<path:rest>')\ndef x(id, rest, page=1): ...\n"
    assert [(one.name, one.kind) for one in routes(source)[0].parameters] == [("id", "path"), ("rest", "path")]


@pytest.mark.parametrize(
    ("prefix", "rule", "joined"),
    [(None, "/x", "/x"), ("/a", "/x", "/a/x"), ("/a/", "/x", "/a/x"), ("/a", "", "/a"), ("/a", "/", "/a/")],
)
def test_prefix_and_rule_meet_at_one_slash(prefix: str | None, rule: str, joined: str) -> None:
    assert joined_rule(prefix, rule) == joined


def test_converters_are_read_from_rules() -> None:
    rule = "/<lang>/<int(min=1):id>/<any(a, b):kind>"
    assert list(rule_parameters(rule)) == [("string", "lang"), ("int", "id"), ("any", "kind")]


def test_rules_in_the_url_map_are_served_where_their_endpoint_has_a_view() -> None:
    source = (
        APP
        + """
from werkzeug.routing import EndpointPrefix, Rule, Subdomain, Submount
app.url_map.add(Rule("/a", endpoint="a", methods=["POST"]))
app.url_map.add(Submount("/sub", [Rule("/b", endpoint="b"), EndpointPrefix("c.", [Rule("/<int:id>", endpoint="d")])]))
app.url_map.add(Rule("/nothing", endpoint="nothing"))
def later(): ...
@app.endpoint("a")
def a(): ...
app.view_functions["b"] = later
app.view_functions["c.d"] = later
"""
    )
    assert table(source) == ["POST /a a", "GET /sub/b b", "GET /sub/<int:id> c.d"]


def test_what_a_blueprint_records_is_added_when_it_is_registered() -> None:
    source = (
        APP
        + """
bp = Blueprint("bp", __name__, url_prefix="/bp")
def view(): ...
@bp.record_once
def on_load(state):
    state.app.add_url_rule("/direct", view_func=view)
app.register_blueprint(bp)
other = Blueprint("other", __name__)
other.record(lambda state: state.app.add_url_rule("/never", view_func=view))
"""
    )
    assert table(source) == ["GET /direct view"]


def test_methods_that_a_subclass_overrides_register_what_they_say() -> None:
    source = (
        APP
        + """
class Versioned(Blueprint):
    def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
        super().add_url_rule("/v1" + rule, endpoint, view_func, **options)

class Counted(Flask):
    def route(self, rule, **options):
        return super().route("/counted" + rule, **options)

bp = Versioned("bp", __name__)
@bp.route("/a", methods=["PUT"])
def a(): ...
@bp.post("/b")
def b(): ...
app.register_blueprint(bp)
other = Counted(__name__)
@other.get("/c")
def c(): ...
"""
    )
    assert table(source) == ["PUT /v1/a bp.a", "POST /v1/b bp.b", "GET /counted/c c"]


def test_an_application_class_may_register_in_its_constructor() -> None:
    source = (
        APP
        + """
bp = Blueprint("bp", __name__)
@bp.get("/x")
def x(): ...
class Shop(Flask):
    def __init__(self, name, prefix="/shop"):
        super().__init__(name)
        self.prefix = prefix
        self.add_blueprints()
    def add_blueprints(self):
        self.register_blueprint(bp, url_prefix=self.prefix)
        self.add_url_rule("/{}/{name}/<int:id>".format("o", name="r"), view_func=x)
shop = Shop(__name__)
"""
    )
    assert table(source) == ["GET /shop/x bp.x", "GET /o/r/<int:id> x"]


def test_an_extension_may_add_routes_to_the_application_it_gets() -> None:
    source = (
        APP
        + """
class Health:
    def __init__(self, app=None, path="/health"):
        self.path = path
        if app is not None:
            self.init_app(app)
    def init_app(self, app):
        app.add_url_rule(self.path, "health", self.check)
    def check(self):
        "Says that it lives."
first = Health(app)
later = Health(path="/later")
later.init_app(app)
"""
    )
    found = routes(source)
    assert [(str(one), one.endpoint_name, one.documented) for one in found] == [
        ("GET /health", "main:Health.check", True),
        ("GET /later", "main:Health.check", True),
    ]


def test_a_function_that_completes_an_application_and_is_called_twice_adds_its_routes_once() -> None:
    source = (
        APP
        + """
bp = Blueprint("bp", __name__)
@bp.get("/x")
def x(): ...
def complete(settings=None):
    app.register_blueprint(bp)
    return app
first = complete()
"""
    )
    assert table(source, manage="from main import complete\nagain = complete('test')\n") == ["GET /x bp.x"]
