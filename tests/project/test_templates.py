"""Templates joined with the code that renders them."""

from __future__ import annotations

import pytest

from reviewer.project.evaluation.values import Unknown
from reviewer.project.in_memory import project
from reviewer.project.project import Project

FLASK = "from flask import Flask, render_template, current_app\napp = Flask(__name__)\n"
FASTAPI = (
    "from fastapi import FastAPI, Request\nfrom fastapi.templating import Jinja2Templates\n"
    'app = FastAPI()\ntemplates = Jinja2Templates(directory="templates")\n'
)
JINJA = "from jinja2 import Environment, FileSystemLoader, PackageLoader, ChoiceLoader, PrefixLoader\n"


def flask(view: str, **templates: str) -> Project:
    """A Flask application with some code and templates, `page="…"` for page.html."""
    return project({"app.py": FLASK + view, **{f"templates/{name}.html": text for name, text in templates.items()}})


def missing_variables(built: Project) -> list[str]:
    return [one.name for one in built.missing_template_variables]


def missing_templates(built: Project) -> list[str]:
    return [one.name for one in built.missing_templates]


def view(*lines: str) -> str:
    return "\n".join(["def view(request=None):", *(f"    {line}" for line in lines), ""])


# Contexts


@pytest.mark.parametrize(
    "lines",
    [
        ('return render_template("page.html", a=1, b=2)',),
        ('return render_template("page.html", **{"a": 1, "b": 2})',),
        ('return render_template("page.html", **dict(a=1, **{"b": 2}))',),
        ('context = {"a": 1}', 'context["b"] = 2', 'return render_template("page.html", **context)'),
        ("context = dict(a=1)", "context.update(b=2)", 'return render_template("page.html", **context)'),
        ('context = {"a": 1}', 'context |= {"b": 2}', 'return render_template("page.html", **context)'),
        ('context = {"a": 1} if request else {"b": 2}', 'return render_template("page.html", **context)'),
        ("def make():", '    return {"a": 1, "b": 2}', 'return render_template("page.html", **make())'),
        ('return current_app.jinja_env.get_template("page.html").render(a=1, b=2)',),
        ('return render_template(template_name_or_list="page.html", a=1, b=2)',),
    ],
)
def test_the_names_of_a_context_are_known(lines: tuple[str, ...]) -> None:
    (rendering,) = flask(view(*lines), page="").renderings

    assert rendering.names == ("page.html",)
    assert (set(rendering.context.names), rendering.context.is_complete) == ({"a", "b"}, True)


@pytest.mark.parametrize(
    "lines",
    [
        ('return render_template("page.html", **locals())',),
        ('return render_template("page.html", **request.args)',),
        ('context = {"a": 1}', "fill(context)", 'return render_template("page.html", **context)'),
        ('context = {"a": 1}', "context[request] = 2", 'return render_template("page.html", **context)'),
        ("context = load()", 'return render_template("page.html", **context)'),
    ],
)
def test_what_is_not_known_makes_a_context_incomplete(lines: tuple[str, ...]) -> None:
    (rendering,) = flask(view(*lines), page="").renderings

    assert not rendering.context.is_complete


@pytest.mark.parametrize(
    "call",
    [
        'TemplateResponse(request, "page.html", {"a": 1})',
        'TemplateResponse(request=request, name="page.html", context={"a": 1})',
        'TemplateResponse("page.html", {"request": request, "a": 1})',
        'TemplateResponse("page.html", context={"a": 1})',
        'TemplateResponse(name="page.html", request=request, context=dict(a=1))',
    ],
)
def test_both_signatures_of_a_template_response_are_read(call: str) -> None:
    built = project(
        {"main.py": FASTAPI + view(f"return templates.{call}"), "templates/page.html": "{{ a.b }}{{ c.d }}"}
    )

    (rendering,) = built.renderings
    assert rendering.names == ("page.html",)
    assert missing_variables(built) == ["c"]


def test_a_function_that_takes_name_and_variables_is_followed_to_its_callers() -> None:
    helper = (
        'def send(to, template, *, lang="en", **kwargs):\n'
        '    return render_template(f"{template}-{lang}.html", **kwargs)\n'
    )
    caller = (
        'def confirm():\n    send("me", "mail", user=1)\n\ndef goodbye():\n    send("me", template="mail", lang="de")\n'
    )
    built = flask(helper + caller, **{"mail-en": "{{ user.name }}", "mail-de": "{{ user.name }}"})

    assert [(one.names, set(one.context.names)) for one in built.renderings] == [
        (("mail-en.html",), {"user"}),
        (("mail-de.html",), set()),
    ]
    (missing,) = built.missing_template_variables
    assert (missing.name, missing.rendering.place.line) == ("user", 9)


def test_arguments_that_are_spread_are_followed() -> None:
    helper = "def page(*args, **kwargs):\n    return render_template(*args, title=1, **kwargs)\n"
    (rendering,) = flask(helper + 'def view():\n    return page("page.html", a=1)\n', page="").renderings

    assert (rendering.names, set(rendering.context.names)) == (("page.html",), {"title", "a"})


def test_a_name_from_the_object_is_unknown_since_subclasses_replace_it() -> None:
    code = (
        "class View:\n    template = 'page.html'\n    def get(self):\n        return render_template(self.template)\n"
    )
    (rendering,) = flask(code, page="{{ a.b }}").renderings

    assert isinstance(rendering.names, Unknown)


def test_a_typed_dictionary_tells_its_keys() -> None:
    code = (
        "from typing import TypedDict\nclass Base(TypedDict):\n    user: str\n"
        "def view(request: Request, base: Base):\n"
        '    return templates.TemplateResponse(request, "page.html", {**base, "a": 1})\n'
    )
    built = project({"main.py": FASTAPI + code, "templates/page.html": "{{ user.name }}{{ a.b }}{{ c.d }}"})

    assert missing_variables(built) == ["c"]


# Needs of templates


@pytest.mark.parametrize(
    ("template", "missing"),
    [
        ("{{ x.y }}", ["x"]),
        ("{% if x %}{{ x.y }}{% endif %}", []),
        ("{{ x.y if x }}", []),
        ("{{ x and x.y }}", []),
        ("{% if a and x %}{{ x.y }}{% endif %}", []),
        ("{% if x is defined %}{{ x.y }}{% else %}{{ z.y }}{% endif %}", ["z"]),
        ("{% if not x %}none{% else %}{{ x.y }}{% endif %}", []),
        ("{% for i in x %}{{ i.y }}{{ z.y }}{% endfor %}", ["x"]),
        ("{% for i in a %}{{ z.y }}{% endfor %}", ["z"]),
        ("{% if mode == 'new' %}{{ x.y }}{% endif %}", []),
        ("{% if mode == 'edit' %}{{ x.y }}{% endif %}", ["x"]),
        ("{% macro m() %}{{ x.y }}{% endmacro %}", ["x"]),
        ("{{ request.path }}{{ g.user }}{{ config.NAME }}{{ session.id }}{{ range(3) }}{{ _('a') }}", []),
    ],
)
def test_conditions_decide_what_a_rendering_needs(template: str, missing: list[str]) -> None:
    built = flask(view('return render_template("page.html", a=[1], mode="edit")'), page=template)

    assert missing_variables(built) == missing


def test_a_use_that_may_not_be_reached_is_reported_only_if_nothing_passes_its_name() -> None:
    page = "{% if request.args %}{{ x.y }}{% endif %}"
    one = view('return render_template("page.html")')
    other = 'def other():\n    return render_template("page.html", x=1)\n'

    assert missing_variables(flask(one, page=page)) == ["x"]
    assert missing_variables(flask(one + other, page=page)) == []


def test_a_rendering_with_an_unknown_context_may_pass_anything() -> None:
    one = view('return render_template("page.html")')
    other = 'def other():\n    return render_template("page.html", **locals())\n'

    assert missing_variables(flask(one + other, page="{{ x }}")) == []
    assert missing_variables(flask(one + other, page="{{ x.y }}")) == ["x"]


def test_parents_blocks_and_includes_are_joined() -> None:
    built = flask(
        view('return render_template("child.html", a=1)'),
        child="{% extends 'base.html' %}{% set s = 1 %}{{ outside.x }}"
        "{% block b %}{{ super() }}{% include 'part.html' %}{% endblock %}",
        base="{{ title.x }}{{ s.x }}{% block b %}{{ inner.x }}{% endblock %}{% block c %}{{ kept.x }}{% endblock %}",
        part="{{ a.x }}{{ part.x }}",
    )

    assert missing_variables(built) == ["title", "inner", "part", "kept"]


def test_a_block_that_a_child_replaces_needs_nothing() -> None:
    built = flask(
        view('return render_template("child.html")'),
        child="{% extends 'base.html' %}{% block b %}text{% endblock %}",
        base="{% block b %}{{ x.y }}{% endblock %}",
    )

    assert missing_variables(built) == []


def test_an_include_sees_the_names_around_it() -> None:
    built = flask(
        view('return render_template("page.html", posts=load())'),
        page="{% for post in posts %}{% include 'post.html' %}{% endfor %}",
        post="{{ post.title }}{{ author.name }}",
    )

    assert missing_variables(built) == ["author"]


def test_a_name_that_one_include_binds_is_not_missed_for_another() -> None:
    built = flask(
        view('return render_template("a.html"), render_template("b.html")'),
        a="{% with x = 1 %}{% include 'part.html' %}{% endwith %}",
        b="{% include 'part.html' %}",
        part="{{ x }}",
    )

    assert missing_variables(built) == []


def test_an_argument_that_a_macro_needs_is_needed() -> None:
    built = flask(
        view('return render_template("page.html")')
        + 'def other():\n    return render_template("page.html", f=1, o=1)\n',
        page="{% import 'm.html' as m %}{{ m.field(f, o) }}",
        m="{% macro field(form, note) %}{{ form.name }}{{ note }}{% endmacro %}",
    )

    assert missing_variables(built) == ["f"]


def test_templates_that_include_each_other_end() -> None:
    built = flask(
        view('return render_template("a.html")'), a="{% include 'b.html' %}", b="{{ x.y }}{% include 'a.html' %}"
    )

    assert missing_variables(built) == ["x"]


def test_templates_that_extend_each_other_say_nothing() -> None:
    built = flask(
        view('return render_template("a.html")'), a="{% extends 'b.html' %}", b="{% extends 'a.html' %}{{ x.y }}"
    )

    assert missing_variables(built) == []


def test_includes_that_multiply_are_cut() -> None:
    pages = {f"p{number}": f"{{% include 'p{number + 1}.html' %}}" * 10 for number in range(8)}
    built = flask(view('return render_template("p0.html")'), p8="{{ x.y }}", **pages)

    assert missing_variables(built) in ([], ["x"])


def test_a_template_that_cannot_be_parsed_says_nothing() -> None:
    built = flask(view('return render_template("page.html")'), page="{% custom %}{{ x.y }}{% endcustom %}")

    assert missing_variables(built) == []
    assert built.templates[0].problem is not None


# Names that are always there


@pytest.mark.parametrize(
    "code",
    [
        "@app.context_processor\ndef names():\n    return {'x': 1}\n",
        "@app.context_processor\ndef names():\n    data = dict(x=1)\n    return data\n",
        "app.context_processor(lambda: dict(x=1))\n",
        "@app.template_global()\ndef x():\n    pass\n",
        "@app.template_global('x')\ndef other():\n    pass\n",
        "app.add_template_global(len, 'x')\n",
        "app.jinja_env.globals['x'] = 1\n",
        "app.jinja_env.globals.update(x=1)\n",
        "def init(app):\n    app.jinja_env.globals.update({'x': 1})\n",
        "@app.context_processor\ndef names():\n    return load()\n",
        "app.jinja_env.globals.update(load())\n",
        "for name in load():\n    app.jinja_env.globals[name] = 1\n",
        "import flask_something_new\n",
        "import flask_moment\nx = 1\napp.jinja_env.globals['x'] = flask_moment\n",
    ],
)
def test_names_of_processors_globals_and_unknown_sources_are_not_missed(code: str) -> None:
    built = flask(code + view('return render_template("page.html")'), page="{{ x.y }}")

    assert missing_variables(built) == []


def test_a_context_processor_of_jinja2_templates_adds_its_names() -> None:
    code = FASTAPI.replace('"templates")', '"templates", context_processors=[site])').replace(
        "app = ", "def site(request):\n    return {'x': 1}\napp = "
    )
    built = project(
        {
            "main.py": code + view('return templates.TemplateResponse(request, "page.html")'),
            "templates/page.html": "{{ x.y }}{{ z.y }}{{ request.url }}",
        }
    )

    assert missing_variables(built) == ["z"]


@pytest.mark.parametrize(
    ("page", "missing"),
    [("{{ current_user.id }}{{ csrf_token() }}{{ moment().calendar() }}", []), ("{{ users.id }}", ["users"])],
)
def test_known_extensions_add_their_names_only(page: str, missing: list[str]) -> None:
    code = "import flask_login, flask_wtf.csrf, flask_moment, flask_sqlalchemy\n"
    built = flask(code + view('return render_template("page.html")'), page=page)

    assert missing_variables(built) == missing


def test_undefined_values_that_may_be_chained_do_not_fail() -> None:
    code = JINJA + "from jinja2 import {0}\nenv = Environment(loader=FileSystemLoader('pages'), undefined={0})\n"
    one = 'def one():\n    return env.get_template("page.html").render()\n'
    other = 'def other():\n    return env.get_template("page.html").render(x=1, z=1)\n'

    def missing(kind: str) -> list[str]:
        return missing_variables(
            project({"a.py": code.format(kind) + one + other, "pages/page.html": "{{ x.y }}{{ z }}"})
        )

    assert missing("ChainableUndefined") == []
    assert missing("Undefined") == ["x"]
    assert missing("StrictUndefined") == ["x", "z"]


def test_an_environment_with_other_delimiters_is_not_read() -> None:
    code = JINJA + "env = Environment(loader=FileSystemLoader('pages'), variable_start_string='<<')\n"
    built = project(
        {
            "a.py": code + 'def one():\n    return env.get_template("page.html").render()\n',
            "pages/page.html": "{{ x.y }}",
        }
    )

    assert missing_variables(built) == []


# Missing templates


def test_the_nearest_name_is_given() -> None:
    built = flask(view('return render_template("pgae.html")'), page="")

    assert [(one.name, one.nearest) for one in built.missing_templates] == [("pgae.html", "page.html")]


@pytest.mark.parametrize(
    "line",
    [
        'return render_template(request.args["page"])',
        'return render_template(["special.html", "page.html"])',
        'return render_template("security/login.html")',
        'return render_template("style.css")',
        'return render_template("/etc/page.html")',
        'return app.jinja_env.from_string("x")',
    ],
)
def test_names_that_may_exist_are_not_missed(line: str) -> None:
    assert missing_templates(flask("import flask_security\n" + view(line), page="")) == []


@pytest.mark.parametrize(
    "code",
    [
        "app.jinja_loader = load()\n",
        "from flask_themes2 import Themes\n",
        "import flask_something_new\n",
        "other = Flask('elsewhere')\n",
        "import os\nother = Flask(__name__, template_folder=os.environ['X'])\n",
        "other = Flask(__name__, template_folder='dist')\n",
    ],
)
def test_folders_that_are_not_known_make_no_finding(code: str) -> None:
    assert missing_templates(flask(code + view('return render_template("none.html")'), page="")) == []


def test_the_folders_of_blueprints_count() -> None:
    built = project(
        {
            "shop/__init__.py": "from flask import Flask\nfrom shop.admin.views import bp\n"
            "app = Flask(__name__)\napp.register_blueprint(bp)\n",
            "shop/admin/__init__.py": "",
            "shop/admin/views.py": "from flask import Blueprint, render_template\n"
            'bp = Blueprint("admin", __name__, template_folder="pages")\n'
            'def view():\n    return render_template("a.html"), render_template("b.html"), render_template("c.html")\n',
            "shop/templates/a.html": "",
            "shop/admin/pages/b.html": "",
        }
    )

    assert missing_templates(built) == ["c.html"]


@pytest.mark.parametrize(
    "loader",
    [
        'FileSystemLoader("app/pages")',
        'FileSystemLoader(["nothing-here", "app/pages"][number():])',
        "FileSystemLoader([FOLDER])",
        'PackageLoader("app", "pages")',
        'ChoiceLoader([FileSystemLoader(FOLDER), PackageLoader("app", "pages")])',
        'PrefixLoader({"mail": FileSystemLoader(FOLDER)})',
    ],
)
def test_loaders_of_jinja2_are_read(loader: str) -> None:
    prefix = "mail/" if loader.startswith("Prefix") else ""
    code = (
        JINJA + "from pathlib import Path\nFOLDER = Path(__file__).parent / 'pages'\n"
        f"env = Environment(loader={loader})\n"
        f'def good():\n    return env.get_template("{prefix}page.html").render()\n'
        f'def bad():\n    return env.get_template("{prefix}pag.html").render()\n'
    )
    built = project({"app/__init__.py": "", "app/mail.py": code, "app/pages/page.html": ""})

    expected = [] if "number()" in loader else [f"{prefix}pag.html"]
    assert missing_templates(built) == expected


def test_tags_are_judged_in_the_environments_that_have_their_template() -> None:
    built = flask(
        view('return render_template("page.html")'),
        page="{# {% include 'comment.html' %} #}{% extends 'base.html' %}{% include 'gone.html' ignore missing %}"
        "{% include ['gone.html', 'base.html'] %}{% from 'macros.html' import m %}",
        base="",
    )

    (missing,) = built.missing_templates
    assert (missing.name, missing.source, missing.place.path) == ("macros.html", "import", "templates/page.html")


def test_test_files_render_nothing() -> None:
    built = project(
        {"app.py": FLASK, "tests/test_app.py": FLASK + view('return render_template("x.html")'), "templates/a.html": ""}
    )

    assert (built.renderings, missing_templates(built)) == ((), [])


def test_a_project_without_templates_asks_nothing() -> None:
    built = project({"app.py": FLASK + view('return render_template("x.html")')})

    assert (missing_templates(built), missing_variables(built), built.templates) == ([], [], ())
