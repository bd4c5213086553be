"""Routes that extensions of Flask add: exposed views, views by convention, hooks of plugins, configured prefixes."""

from __future__ import annotations

from reviewer.project.in_memory import project
from reviewer.project.model import Route


def routes(files: dict[str, str]) -> list[Route]:
    return list(project(files).routes)


def rows(source: str, **files: str) -> list[tuple[str, str, str]]:
    found = routes({"main.py": source, **{f"{name}.py": text for name, text in files.items()}})
    return [(str(route), route.name, route.endpoint_name) for route in found]


BUILDER = """
from flask import Flask
from flask_appbuilder import AppBuilder, BaseView, IndexView, ModelView, expose, has_access
from flask_appbuilder.api import BaseApi, ModelRestApi, expose as expose_route, protect
from flask_appbuilder.baseviews import expose_api
app = Flask(__name__)
appbuilder = AppBuilder(app, None)
"""


def test_exposed_methods_of_a_view_are_routes_under_its_name_or_base() -> None:
    source = (
        BUILDER
        + """
class Reports(BaseView):
    @expose("/list/")
    @has_access
    def all(self): ...

    @expose("<int:id>", methods=["POST"])
    def one(self, id): ...

    def helper(self): ...

class Charts(BaseView):
    route_base = "/c"
    @expose("/")
    @expose("/index/")
    def index(self): ...

appbuilder.add_view(Reports, "Reports", category="All")
appbuilder.add_view_no_menu(Charts())
"""
    )
    assert rows(source) == [
        ("GET /reports/list/", "Reports.all", "main:Reports.all"),
        ("POST /reports/<int:id>", "Reports.one", "main:Reports.one"),
        ("GET /c/index/", "Charts.index", "main:Charts.index"),
        ("GET /c/", "Charts.index", "main:Charts.index"),
    ]
    assert [route.authentication.names for route in routes({"main.py": source})[:1]] == [("has_access",)]


def test_apis_stand_under_version_and_resource() -> None:
    source = (
        BUILDER
        + """
class Items(ModelRestApi):
    resource_name = "Item"
    @expose_route("/<pk>/close", methods=("POST", "PUT"))
    @protect()
    def close(self, pk): ...

class Plain(BaseApi):
    version = "v2"
    @expose_route("/x")
    def x(self): ...

appbuilder.add_api(Items)
appbuilder.add_api(Plain)
"""
    )
    assert [row[0] for row in rows(source)] == [
        "POST /api/v1/item/<pk>/close",
        "PUT /api/v1/item/<pk>/close",
        "GET /api/v2/plain/x",
    ]


def test_exposed_methods_are_inherited_overridden_and_selected() -> None:
    source = (
        BUILDER
        + """
CRUD = {"list"}

class Mixin:
    @expose("/list/")
    def list(self): ...

    @expose("/extra/")
    def extra(self): ...

    @expose("/gone/")
    def gone(self): ...

    @expose_api(name="read", url="/api/read", methods=["GET"])
    def read(self): ...

class One(Mixin, ModelView):
    def gone(self): ...

class Two(Mixin, ModelView):
    include_route_methods = CRUD | {"extra"}

class Three(Mixin, ModelView):
    exclude_route_methods = {"list", "gone"}

for view in (One, Two, Three):
    appbuilder.add_view(view, view.__name__)
"""
    )
    assert [row[0] for row in rows(source)] == [
        "GET /one/extra/",
        "GET /one/list/",
        "GET /one/api/read",
        "GET /two/extra/",
        "GET /two/list/",
        "GET /three/extra/",
        "GET /three/api/read",
    ]


def test_a_builder_that_gets_its_application_later_and_the_index_are_followed() -> None:
    files = {
        "shop/extensions.py": "from flask_appbuilder import AppBuilder\nappbuilder = AppBuilder(update_perms=False)\n",
        "shop/app.py": """
from flask import Flask
from flask_appbuilder import IndexView, expose
from shop.extensions import appbuilder

class Home(IndexView):
    @expose("/")
    def index(self): ...

class Initializer:
    def __init__(self, app):
        self.shop_app = app

    def init_views(self):
        from shop.views import Orders
        appbuilder.add_view_no_menu(Orders)

    def init_app(self):
        appbuilder.indexview = Home
        appbuilder.init_app(self.shop_app, None)
        with self.shop_app.app_context():
            self.init_views()

def create_app():
    app = Flask(__name__)
    app.config.from_object("shop.config")
    app.config.get("INITIALIZER", Initializer)(app).init_app()
    return app
""",
        "shop/views.py": """
from flask_appbuilder import BaseView, expose
class Orders(BaseView):
    @expose("/<int:id>")
    def show(self, id): ...
""",
        "shop/config.py": "DEBUG = True\n",
    }
    found = routes(files)
    assert [str(one) for one in found] == ["GET /", "GET /orders/<int:id>"]
    assert found[0].application.name == "shop.app:create_app"


def test_views_of_flask_admin_stand_under_the_administration() -> None:
    source = """
from flask import Flask
from flask_admin import Admin, AdminIndexView, BaseView, expose
from flask_admin.contrib.sqla import ModelView
app = Flask(__name__)
class User: ...
class Home(AdminIndexView):
    @expose("/")
    def index(self): ...
class Stats(BaseView):
    @expose("/", methods=("GET", "POST"))
    def index(self): ...
class UserAdmin(ModelView):
    @expose("/ban/<id>", methods=["POST"])
    def ban(self, id): ...
admin = Admin(app, name="x", index_view=Home(url="/manage"))
admin.add_view(Stats(name="Stats", endpoint="numbers"))
admin.add_views(UserAdmin(User, None), UserAdmin(User, None, endpoint="more", url="/m"))
"""
    assert rows(source) == [
        ("GET /manage/", "admin.index", "main:Home.index"),
        ("GET /manage/numbers/", "numbers.index", "main:Stats.index"),
        ("POST /manage/numbers/", "numbers.index", "main:Stats.index"),
        ("POST /manage/user/ban/<id>", "user.ban", "main:UserAdmin.ban"),
        ("POST /m/ban/<id>", "more.ban", "main:UserAdmin.ban"),
    ]


def test_an_administration_may_be_attached_later_and_elsewhere() -> None:
    source = """
from flask import Flask
from flask_admin import Admin, BaseView, expose
admin = Admin(url="/")
class Own(BaseView):
    @expose("/x")
    def x(self): ...
admin.add_view(Own())
def create_app():
    app = Flask(__name__)
    admin.init_app(app)
    return app
"""
    assert [row[0] for row in rows(source)] == ["GET /own/x"]


def test_methods_of_classful_views_are_routes_by_name_and_parameters() -> None:
    source = """
from flask import Flask
from flask_classful import FlaskView, route, method
app = Flask(__name__)

class QuoteListView(FlaskView):
    def index(self): ...
    def get(self, id: int): ...
    def post(self): ...
    def random_one(self, kind, page=1): ...
    @method("POST")
    def send(self): ...
    @route("/again/<x>", methods=["PUT"])
    @route("/other")
    def special(self, x=None): ...
    def before_request(self, name): ...
    def _hidden(self): ...

class Bare(FlaskView):
    route_base = "/"
    route_prefix = "/v1"
    trailing_slash = False
    def index(self): ...
    def get(self, id): ...

QuoteListView.register(app)
Bare.register(app)
"""
    assert [row[:2] for row in rows(source)] == [
        ("GET /quote-list/<int:id>/", "QuoteListView:get"),
        ("GET /quote-list/", "QuoteListView:index"),
        ("POST /quote-list/", "QuoteListView:post"),
        ("GET /quote-list/random_one/<kind>/", "QuoteListView:random_one"),
        ("POST /quote-list/send/", "QuoteListView:send"),
        ("GET /quote-list/other", "QuoteListView:special_0"),
        ("PUT /quote-list/again/<x>", "QuoteListView:special_1"),
        ("GET /v1/<id>", "Bare:get"),
        ("GET /v1", "Bare:index"),
    ]


def test_hooks_of_plugins_are_called_where_the_project_implements_them() -> None:
    files = {
        "forum/plugins.py": """
import pluggy
hookimpl = pluggy.HookimplMarker("forum")
class Manager(pluggy.PluginManager):
    def __init__(self, name):
        super().__init__(name)
manager = Manager("forum")
""",
        "forum/views.py": """
from flask import Blueprint
from forum.plugins import hookimpl
class Unmarked: ...
def forum_more(app): ...
@hookimpl(tryfirst=True)
def forum_blueprints(app):
    forum = Blueprint("forum", __name__)
    forum.add_url_rule("/topics", view_func=topics)
    app.register_blueprint(forum, url_prefix=app.config["FORUM_PREFIX"])
def topics(): ...
""",
        "forum/app.py": """
from flask import Flask
from forum.plugins import manager
def create_app(config=None):
    app = Flask(__name__)
    app.config.from_object("forum.defaults.Defaults")
    app.config.from_object(config)
    manager.hook.forum_blueprints(app=app, other=1)
    manager.hook.forum_more(app=app)
    return app
""",
        "forum/defaults.py": "class Base:\n    FORUM_PREFIX = '/forum'\nclass Defaults(Base):\n    DEBUG = True\n",
    }
    found = routes(files)
    assert [(str(one), one.name) for one in found] == [("GET /forum/topics", "forum.topics")]


def configured(setup: str) -> list[str]:
    source = f"""
from flask import Flask, Blueprint, current_app
import os
bp = Blueprint("bp", __name__)
@bp.get("/x")
def x(): ...
class Settings:
    PREFIX = "/object"
app = Flask(__name__)
{setup}
app.register_blueprint(bp, url_prefix=app.config["PREFIX"])
"""
    return [str(one) for one in routes({"main.py": source, "settings.py": "PREFIX = '/module'\n"})]


def test_a_prefix_comes_from_what_the_program_configures() -> None:
    assert configured("app.config.from_object(Settings)") == ["GET /object/x"]
    assert configured("app.config.from_object(Settings())") == ["GET /object/x"]
    assert configured("app.config.from_object('settings')") == ["GET /module/x"]
    assert configured("app.config['PREFIX'] = '/item'") == ["GET /item/x"]
    assert configured("app.config.update(PREFIX='/update')") == ["GET /update/x"]
    assert configured("app.config.from_mapping({'PREFIX': '/mapping'})") == ["GET /mapping/x"]
    assert configured("app.config.setdefault('PREFIX', '/default')") == ["GET /default/x"]
    assert configured("app.config.from_object(Settings)\napp.config['PREFIX'] = '/later'") == ["GET /later/x"]
    assert configured("app.config.from_object('settings')\napp.config.from_envvar('MORE')") == ["GET /module/x"]


def test_a_prefix_that_nothing_configures_is_not_known() -> None:
    assert configured("app.config.from_envvar('SETTINGS')") == ["GET {?}/x"]
    assert configured("app.config['PREFIX'] = os.environ['PREFIX']") == ["GET {?}/x"]


def test_what_depends_on_the_configuration_is_marked_so() -> None:
    source = """
from flask import Flask
app = Flask(__name__)
app.config["TESTING"] = False
if app.config["TESTING"]:
    @app.get("/test")
    def test(): ...
"""
    (route,) = routes({"main.py": source})
    assert route.conditions == ("app.config['TESTING']",)


def test_rules_are_added_inside_context_managers_of_the_project() -> None:
    source = """
from contextlib import contextmanager
from flask import Flask, Blueprint

class Prefixing(Blueprint):
    def __init__(self, *args, **kwargs):
        self.__prefix = None
        super().__init__(*args, **kwargs)

    def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
        super().add_url_rule(rule, endpoint, view_func, **options)
        if self.__prefix:
            super().add_url_rule(self.__prefix + rule, endpoint, view_func, **options)

    @contextmanager
    def prefixed(self, prefix):
        self.__prefix = prefix
        try:
            yield self
        finally:
            self.__prefix = None

def view(): ...
bp = Prefixing("bp", __name__)
with bp.prefixed("/<id>") as inner:
    inner.add_url_rule("/a", "a", view)
bp.add_url_rule("/b", "b", view)
app = Flask(__name__)
app.register_blueprint(bp)
"""
    assert [row[0] for row in rows(source)] == ["GET /a", "GET /<id>/a", "GET /b"]


def test_current_app_is_the_application_whose_context_is_entered() -> None:
    source = """
from flask import Flask, current_app
from werkzeug.local import LocalProxy
proxy = LocalProxy(lambda: current_app)
def add():
    @current_app.route("/a")
    def a(): ...
    @proxy.route("/b")
    def b(): ...
def create_app():
    app = Flask(__name__)
    with app.app_context():
        add()
        import views
    return app
"""
    views = "from flask import current_app\n@current_app.post('/c')\ndef c(): ...\n"
    assert sorted(row[0] for row in rows(source, views=views)) == ["GET /a", "GET /b", "POST /c"]


def test_flask_smorest_registers_blueprints_and_classes_on_its_api() -> None:
    source = """
from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint
blp = Blueprint("pets", "pets", url_prefix="/pets")

@blp.route("/")
class Pets(MethodView):
    @blp.response(200)
    def get(self): ...
    @blp.arguments(dict)
    @blp.response(201)
    def post(self, data): ...

@blp.route("/<int:id>", methods=["DELETE"])
@blp.response(204)
def remove(id): ...

def create_app():
    app = Flask(__name__)
    api = Api()
    api.init_app(app)
    api.register_blueprint(blp, url_prefix="/v2/pets")
    return app
"""
    assert rows(source) == [
        ("GET /v2/pets/", "pets.Pets", "main:Pets.get"),
        ("POST /v2/pets/", "pets.Pets", "main:Pets.post"),
        ("DELETE /v2/pets/<int:id>", "pets.remove", "main:remove"),
    ]
    served = {router.kind: router.is_served.value for router in project({"main.py": source}).routers}
    assert served == {"application": "yes", "blueprint": "yes"}


def test_apiflask_and_openapi3_blueprints_and_views_are_followed() -> None:
    apiflask = """
from apiflask import APIBlueprint, APIFlask
from apiflask.views import MethodView
app = APIFlask(__name__)
bp = APIBlueprint("pets", __name__, tag="Pets", url_prefix="/pets")
@bp.get("/<int:id>")
@bp.output(dict)
@bp.doc(summary="x")
def one(id): ...
class Pet(MethodView):
    @app.input(dict)
    def put(self, id, json_data): ...
app.add_url_rule("/p/<id>", view_func=Pet.as_view("pet"))
@app.route("/again")
class Again(MethodView):
    def get(self): ...
app.register_blueprint(bp)
"""
    assert sorted(row[:2] for row in rows(apiflask)) == [
        ("GET /again", "Again"),
        ("GET /pets/<int:id>", "pets.one"),
        ("PUT /p/<id>", "pet"),
    ]
    openapi = """
from flask_openapi3 import APIBlueprint, APIView, OpenAPI, Tag
app = OpenAPI(__name__)
api = APIBlueprint("api", __name__, url_prefix="/api")
view = APIView(url_prefix="/v")
@app.get("/book/<int:bid>", tags=[Tag(name="book")])
def book(path): ...
@api.post("/book")
def create(body): ...
@view.route("/x")
class X:
    @view.doc(summary="x")
    def get(self): ...
    def delete(self): ...
app.register_api(api)
app.register_api_view(view)
"""
    assert [row[0] for row in rows(openapi)] == [
        "GET /book/<int:bid>",
        "POST /api/book",
        "GET /v/x",
        "DELETE /v/x",
    ]


def test_blueprints_of_listed_modules_are_registered() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/app.py": """
import os
from importlib import import_module
from flask import Blueprint, Flask
from flask.helpers import get_root_path

def discover():
    root = get_root_path("shop")
    names = set()
    for folder, _folders, files in os.walk(root):
        for name in files:
            parts = ["shop", *os.path.relpath(folder, root).replace(os.sep, ".").split("."), name[:-3]]
            if parts[-1] == "blueprint":
                names.add(".".join(parts))
    for name in sorted(names):
        module = import_module(name)
        for one in dir(module):
            value = getattr(module, one)
            if isinstance(value, Blueprint):
                yield value

def create_app():
    app = Flask(__name__)
    for blueprint in discover():
        app.register_blueprint(blueprint, url_prefix=f"/{blueprint.name}{blueprint.url_prefix}")
    return app
""",
        "shop/cart/__init__.py": "",
        "shop/cart/blueprint.py": """
from flask import Blueprint
bp = Blueprint("cart", __name__, url_prefix="/c")
@bp.get("/x")
def x(): ...
""",
        "shop/cart/views.py": "from flask import Blueprint\nbp = Blueprint('no', __name__)\n",
    }
    assert [str(one) for one in routes(files)] == ["GET /cart/c/x"]


def test_a_blueprint_with_a_setup_state_of_its_own_registers_through_it() -> None:
    source = """
from contextlib import contextmanager
from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

class State(BlueprintSetupState):
    @contextmanager
    def unprefixed(self):
        prefix = self.url_prefix
        self.url_prefix = None
        try:
            yield
        finally:
            self.url_prefix = prefix

    def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
        if rule.startswith("!"):
            with self.unprefixed():
                super().add_url_rule(rule[1:], endpoint, view_func, **options)
        else:
            super().add_url_rule(rule, endpoint, view_func, **options)

class Own(Blueprint):
    def make_setup_state(self, app, options, first_registration=False):
        return State(self, app, options, first_registration)

bp = Own("bp", __name__, url_prefix="/bp")
@bp.post("!/top")
def top(): ...
@bp.route("/below")
def below(): ...
app = Flask(__name__)
app.register_blueprint(bp)
"""
    assert [row[:2] for row in rows(source)] == [("POST /top", "bp.top"), ("GET /bp/below", "bp.below")]


def test_docstrings_that_views_inherit_or_are_given_count() -> None:
    source = """
from flask import Flask
from flask.views import MethodView
app = Flask(__name__)
class Base(MethodView):
    def get(self):
        "Shows it."
class Derived(Base):
    def get(self): ...
    def post(self): ...
class Handler:
    "Handles it."
def view_of(handler):
    def view(): ...
    view.__doc__ = handler.__doc__
    return view
app.add_url_rule("/a", view_func=Derived.as_view("a"))
app.add_url_rule("/b", "b", view_of(Handler))
"""
    assert [(str(one), one.documented) for one in routes({"main.py": source})] == [
        ("GET /a", True),
        ("POST /a", False),
        ("GET /b", True),
    ]
