"""Reports renderings that do not pass a variable which their template needs."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import msgspec

from reviewer.api import Category, Finding, MissingVariable, Project, Related, Rule, Severity


class MissingTemplateVariableOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which variables count."""

    ignore: tuple[str, ...] = ()
    printed: bool = True


class MissingTemplateVariable(Rule):
    """Finds calls that render a Jinja2 template without a variable that it needs.

    ## What it reports
    A rendering (`render_template`, `TemplateResponse`, `get_template(…).render(…)`) whose template, one of its parents
    or one of its includes reads a variable that neither the call nor a context processor, a global, the framework or
    an extension gives. Reported are variables

    - without which rendering fails: `user.name`, `items[0]`, `total * 2`, a call, a form handed to a macro;
    - that are handed to a function;
    - that are only printed, looped over or passed on, if no rendering of that template passes them at all.

    A variable is optional where the template asks first: `{% if user %}`, `user is defined`, `user|default("you")`,
    `user and user.name`, a comparison. Blocks that a child replaces, and branches that the passed values rule out,
    need nothing. Where the template's name, the context (`**locals()`, a dictionary from elsewhere), a context
    processor or an extension is not known, nothing is reported.

    ## Why
    Jinja2 gives an undefined variable without a word: the page has a gap where the name should stand, or the request
    ends with `UndefinedError` and status 500. Neither the template nor the view shows it alone; it takes both.

    ## When to ignore it
    Where something that is not in the repository adds the variable, such as a plugin; name it with `ignore`.

    ## Options
    - `ignore`: names that are always there, with `*` for any characters.
    - `printed`: report variables whose absence only leaves a gap, too (true).
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Use Jinja2 to render HTML templates, passing data from Flask routes to the template context.",
        "Verify that Jinja2 templates are rendered correctly and are using the proper data.",
        "Use Jinja2 for rendering HTML templates, passing data from FastAPI routes to the template context.",
        "Maintain high code quality and security",
    )
    references = (
        "https://jinja.palletsprojects.com/en/stable/templates/#variables",
        "https://flask.palletsprojects.com/en/stable/templating/#context-processors",
        "https://fastapi.tiangolo.com/advanced/templates/",
    )
    Options = MissingTemplateVariableOptions
    bad = (
        {
            "blog/__init__.py": """
from flask import Flask, render_template

app = Flask(__name__)


@app.context_processor
def site():
    return {"site_name": "Blog"}


@app.get("/posts/<int:post_id>")
def show(post_id):
    post = {"id": post_id}
    return render_template("post.html", post=post)  # <- missing-template-variable


@app.get("/posts/<int:post_id>/edit")
def edit(post_id):
    return render_template("edit.html", post={"id": post_id}, author=None)
""",
            "blog/templates/base.html": """
<title>{{ site_name }}: {{ title|default("Posts") }}</title>
<nav>{{ request.path }} {% if user %}{{ user.name }}{% endif %}</nav>
{% block content %}{{ placeholder.text }}{% endblock %}
""",
            "blog/templates/post.html": """
{% extends "base.html" %}
{% block content %}{% include "_author.html" %}{{ post.id }}{% endblock %}
""",
            "blog/templates/edit.html": '{% extends "base.html" %}{% block content %}{{ post.id }}{% endblock %}\n',
            "blog/templates/_author.html": "<p>By {{ author.name }}</p>\n",
        },
        {
            "app/__init__.py": "",
            "app/pages.py": """
from fastapi import APIRouter, Request
from fastapi.templating import Jinja2Templates

router = APIRouter()
templates = Jinja2Templates(directory="app/templates")


@router.get("/orders")
def orders(request: Request):
    context = {"orders": []}
    context["page"] = 1
    return templates.TemplateResponse(request, "orders.html", context)  # <- missing-template-variable


@router.get("/orders/open")
def open_orders(request: Request):
    return templates.TemplateResponse("orders.html", {"request": request, "orders": [], "page": 1, "total": 0})
""",
            "app/templates/orders.html": """
{% for order in orders %}<a href="{{ url_for('order', id=order.id) }}">{{ order.id }}</a>{% endfor %}
Page {{ page }} of {{ total // 20 + 1 }}
""",
        },
        {
            "app.py": """
from flask import Flask, render_template

app = Flask(__name__)


def send_email(to, template, **kwargs):
    return to, render_template("mail/" + template + ".txt", **kwargs)


@app.post("/register")
def register():
    user = {"name": "Ada", "email": "ada@example.org"}
    send_email(user["email"], "confirm", user=user)  # <- missing-template-variable
    return "", 204
""",
            "templates/mail/confirm.txt": "Dear {{ user.name }}, open {{ confirmation_link }}\n",
        },
    )
    good = (
        {
            "blog/__init__.py": """
from flask import Flask, render_template
from flask_login import LoginManager

app = Flask(__name__)
login = LoginManager(app)
app.jinja_env.globals["version"] = "1.0"


@app.template_global()
def asset(path):
    return "/static/" + path


@app.get("/")
def index():
    return render_template("index.html", posts=[], next_url=None)


@app.get("/about")
def about():
    data = {"team": []}
    data.update(motto="Read more", **extra())
    return render_template("about.html", **data)


@app.get("/raw")
def raw():
    return render_template("raw.html", **locals())


def extra():
    return dict(address="Paris")
""",
            "blog/templates/base.html": """
{{ asset("site.css") }} {{ version }} {{ current_user.name }} {{ get_flashed_messages() }}
{% block content %}{% endblock %}
""",
            "blog/templates/index.html": """
{% extends "base.html" %}
{% from "_macros.html" import card %}
{% set heading = heading or "Posts" %}
{% block content %}
{{ heading.upper() }}
{% for post in posts %}{{ card(post) }}{{ loop.index }}{% else %}{{ empty_text|default("Nothing") }}{% endfor %}
{% if next_url %}{{ next_url.path }}{% endif %}
{{ previous.url if previous is defined else "" }}
{% endblock %}
""",
            "blog/templates/_macros.html": "{% macro card(post) %}{{ post.title }}{% endmacro %}\n",
            "blog/templates/about.html": "{{ team|length }} {{ motto.upper() }} {{ address.lower() }}\n",
            "blog/templates/raw.html": "{{ anything.at_all }}\n",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the variables that renderings leave out."""
        for missing in project.missing_template_variables:
            if any(fnmatchcase(missing.name, pattern) for pattern in self.options.ignore):
                continue
            if missing.fails or self.options.printed:
                yield self._finding(missing)

    def _finding(self, missing: MissingVariable) -> Finding:
        rendering = missing.rendering
        name = rendering.names[0] if isinstance(rendering.names, tuple) else ""
        effect = "rendering fails" if missing.fails else "it is undefined there"
        hint = f"Pass `{missing.name}`, or let the template ask for it with `{{% if {missing.name} %}}` or `default`."
        if missing.nearest is not None:
            hint = f"`{missing.nearest}` is passed: use the same name."
        return self.at(
            rendering.place,
            f"The template `{name}` needs `{missing.name}`, which is not passed: {effect}.",
            hint=hint,
            symbol=rendering.function.symbol if rendering.function is not None else "",
            related=(Related(missing.use_place, f"`{missing.name}` is used here"),),
        )
