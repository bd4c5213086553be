"""Reports views that use what a form submits and never validate the form."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity

SUBMITTING_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class FormUsedWithoutValidation(Rule):
    """Finds views that use the data of a Flask-WTF form without validating the form.

    ## What it reports
    The first read of `form.field.data` or `form.data`, and calls of `form.populate_obj()`, where a function makes a
    Flask-WTF or WTForms form and no path to or from that read calls `validate_on_submit()` or `validate()`.

    Assigning to a field to show it (`form.name.data = user.name`), passing data to a template, reading a submit
    button, and testing a field in a condition are no use. A form that is given to another function may be validated
    there and is left alone, and so is a view that answers GET only, where a `FlaskForm` is never filled.

    ## Why
    Validators run when the form is validated and not before: without the call, `DataRequired`, `Length` and `Email`
    are decoration, the CSRF token is not compared, and whatever a client sends reaches the database.

    ## When to ignore it
    Where the data has been validated by other means that the view does not show.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 20
    checklist = (
        "Verify that Flask-WTF is used for form validation, and data is properly validated before processing.",
        "Ensure security throughout the application by validating user inputs and properly handling sensitive data.",
        "For form handling, use Flask-WTF for form validation and submission.",
        "Maintain high code quality and security",
    )
    references = (
        "https://flask-wtf.readthedocs.io/en/1.2.x/quickstart/#validating-forms",
        "https://wtforms.readthedocs.io/en/3.1.x/forms/#wtforms.form.Form.validate",
    )
    bad = (
        {
            "forms.py": """
from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField
from wtforms.validators import DataRequired, Length


class ProfileForm(FlaskForm):
    name = StringField("Name", validators=[DataRequired(), Length(max=64)])
    location = StringField("Location")
    submit = SubmitField("Save")
""",
            "app.py": """
from flask import Flask, redirect, render_template, request, url_for
from flask_login import current_user
from forms import ProfileForm

app = Flask(__name__)


@app.route("/profile", methods=["GET", "POST"])
def edit_profile():
    form = ProfileForm()
    if request.method == "POST":
        current_user.name = form.name.data  # <- form-used-without-validation
        current_user.location = form.location.data
        return redirect(url_for("edit_profile"))
    form.name.data = current_user.name
    return render_template("profile.html", form=form)
""",
        },
        """
from flask import Flask, redirect, request
from flask_wtf import FlaskForm
from wtforms import StringField

app = Flask(__name__)


class CommentForm(FlaskForm):
    body = StringField("Comment")


@app.post("/comments")
def add_comment():
    form = CommentForm(request.form)
    comment = Comment()
    form.populate_obj(comment)  # <- form-used-without-validation
    save(comment)
    return redirect("/")
""",
    )
    good = (
        """
from flask import Flask, redirect, render_template
from flask_wtf import FlaskForm
from wtforms import StringField

app = Flask(__name__)


class CommentForm(FlaskForm):
    body = StringField("Comment")


@app.route("/comments", methods=["GET", "POST"])
def add_comment():
    form = CommentForm()
    if form.validate_on_submit():
        save(form.body.data)
        return redirect("/")
    form.body.data = "Write something"
    return render_template("comment.html", form=form)


@app.post("/comments/<int:comment_id>")
def edit_comment(comment_id):
    form = CommentForm()
    if not form.validate():
        return form.errors, 422
    save(form.data)
    return redirect("/")


@app.post("/drafts")
def save_draft():
    form = CommentForm()
    store_if_valid(form)
    save(form.body.data)
    return redirect("/")


@app.get("/comments/new")
def new_comment():
    form = CommentForm()
    return {"body": form.body.data}
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for forms that are used without any validation."""
        methods: dict[int, set[str]] = {}
        for route in project.routes:
            methods.setdefault(id(route.endpoint), set()).add(route.method)
        for made, uses in project.unvalidated_form_uses():
            answered = methods.get(id(made.function))
            if answered is None or (made.needs_submission and answered.isdisjoint(SUBMITTING_METHODS)):
                continue  # not known to be a view, or never filled by its requests
            first, *others = uses
            message = f"`{made.function.name}` uses `{first.text}` of `{made.form.name}`, which it never validates."
            related = [Related(made.place, f"`{made.name}` is made here.")]
            related += [Related(use.place, f"`{use.text}` is used too.") for use in others]
            yield self.at(
                first.place,
                message,
                hint=f"Go on only `if {made.name}.validate_on_submit():`.",
                symbol=made.function.symbol,
                related=tuple(related),
            )
