"""Forms of Flask-WTF: their fields, and which uses of their data no validation guards."""

from __future__ import annotations

import pytest

from reviewer.project.evaluation.values import Unknown
from reviewer.project.in_memory import project

FORMS = """
from flask_wtf import FlaskForm
from wtforms import Form, StringField, SubmitField
from wtforms.validators import DataRequired, Length

MORE = make_validators()

class Base(FlaskForm):
    name = StringField("Name", [DataRequired(), Length(max=64)])
    submit = SubmitField()

class Profile(Base):
    city = StringField("City", validators=MORE)
    limit = 3

class Search(Form):
    q = StringField()

class Checked(FlaskForm):
    name = StringField()
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.validate()
"""


def uses(body: str, name: str = "view") -> list[str]:
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    source = f"from flask import render_template, request\nfrom forms import *\ndef {name}():\n{lines}\n"
    linked = project({"forms.py": FORMS, "views.py": source})
    return [use.text for _, found in linked.unvalidated_form_uses() for use in found]


def test_fields_are_inherited_with_their_validators() -> None:
    forms = {form.name: form for form in project({"forms.py": FORMS}).forms}
    assert list(forms) == ["Base", "Profile", "Search", "Checked"]
    profile = forms["Profile"]
    assert [field.name for field in profile.fields] == ["name", "submit", "city"]
    assert profile.fields[0].validators == ("DataRequired", "Length")
    assert isinstance(profile.fields[2].validators, Unknown)
    assert [form.is_flask_form for form in forms.values()] == [True, True, False, True]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("form = Profile()\nuser.name = form.name.data", ["form.name.data"]),
        ("form = Profile()\nsave(form.data)", ["form.data"]),
        ("form = Profile()\nform.populate_obj(user)", ["form.populate_obj(user)"]),
        ("form = Profile()\nif request.method == 'POST':\n    save(form.name.data)", ["form.name.data"]),
        ("form = Profile()\nif x:\n    form.validate()\nelse:\n    save(form.name.data)", ["form.name.data"]),
        ("form = Search(request.args)\nreturn find(form.q.data)", ["form.q.data"]),
        ("form = Profile()\nfor one in form.name.data:\n    save(one)", ["form.name.data"]),
    ],
)
def test_data_that_is_used_without_validation_is_found(body: str, expected: list[str]) -> None:
    assert uses(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "form = Profile()\nif form.validate_on_submit():\n    save(form.name.data)",
        "form = Profile()\nif not form.validate():\n    return form.errors\nsave(form.name.data)",
        "form = Profile()\nif request.method == 'POST' and form.validate():\n    save(form.name.data)",
        "form = Profile()\nname = form.name.data\nif form.validate_on_submit():\n    save(name)",
        "form = Profile()\ntry:\n    form.validate()\nfinally:\n    save(form.name.data)",
        "form = Profile()\nform.name.data = user.name\nreturn render_template('x.html', form=form)",
        "form = Profile()\nreturn render_template('x.html', name=form.name.data)",
        "form = Profile()\nif form.submit.data:\n    pass",
        "form = Profile()\nvalid = check(form)\nsave(form.name.data)",
        "form = Profile()\nform.ensure_valid()\nsave(form.name.data)",
        "form = Profile(None)\nsave(form.name.data)",
        "form = Search()\nsave(form.q.data)",
        "form = Checked()\nsave(form.name.data)",
        "form = Profile()\nsave(form.limit.data)",
        "form = Profile()\nform = Base()\nsave(form.name.data)",
    ],
)
def test_data_that_is_validated_or_only_shown_is_not(body: str) -> None:
    assert uses(body) == []
