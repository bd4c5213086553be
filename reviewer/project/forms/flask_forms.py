"""Forms of Flask-WTF and WTForms: their classes with fields and validators, and the objects that functions make.

Takes the program and the evaluator; gives classes and, for one function, its forms. What is read before validation is
the matter of `form_validation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from reviewer.modules import tree
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.scopes import ClassScope
from reviewer.project.evaluation.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    alternatives,
    place_of,
)
from reviewer.project.functions.calls import Calls
from reviewer.project.program import Program
from reviewer.project.routes.application_modules import subclass_names
from reviewer.rule import Place

FLASK_FORM_CLASSES = ("flask_wtf.FlaskForm", "flask_wtf.Form", "flask_wtf.form.FlaskForm", "flask_security.forms.Form")
PLAIN_FORM_CLASSES = ("wtforms.Form", "wtforms.form.Form", "wtforms.BaseForm", "wtforms.form.BaseForm")
FORM_CLASSES = FLASK_FORM_CLASSES + PLAIN_FORM_CLASSES
FIELD_MODULES = ("wtforms", "flask_wtf", "flask_pagedown", "flask_ckeditor", "flask_admin.form")
SUBMIT_FIELD = "SubmitField"


class FormField(msgspec.Struct, frozen=True, eq=False):
    """A field of a form."""

    name: str
    type_name: str  # last name of its class: `StringField`
    validators: tuple[str, ...] | Unknown  # names of the validators given to it: `DataRequired`, `Email`
    owner: ClassValue  # the class that declares it
    place: Place


class Form(msgspec.Struct, frozen=True, eq=False):
    """A form class with the fields that it inherits."""

    value: ClassValue
    fields: tuple[FormField, ...]
    is_flask_form: bool  # fills itself from the request when it is submitted
    place: Place

    @property
    def name(self) -> str:
        """The class name."""
        return self.value.name

    def field(self, name: str) -> FormField | None:
        """The field of a name."""
        return next((one for one in self.fields if one.name == name), None)


class FormObject(msgspec.Struct, frozen=True, eq=False):
    """A form that a function makes and binds to a local name."""

    form: Form
    name: str  # the local name
    function: FunctionValue
    node: tree.Call  # that makes it
    takes_request: bool  # whether its data can come from a request at all
    needs_submission: bool  # filled by a submitting request (POST, PUT, PATCH, DELETE) only
    place: Place


class Forms:
    """Answers which classes are forms and which functions make objects of them. Results are kept."""

    def __init__(self, program: Program, evaluator: Evaluator, calls: Calls) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._forms: dict[int, Form | None] = {}

    @cached_property
    def all(self) -> tuple[Form, ...]:
        """All form classes of the project, those of tests left out."""
        return tuple(form for value in self._classes() if (form := self.of(value)) is not None)

    def _classes(self) -> Iterator[ClassValue]:
        if not any(module.mentions("FlaskForm", "wtforms", "flask_wtf") for module in self._program.modules):
            return
        names = subclass_names(self._program, {name.rpartition(".")[2] for name in FORM_CLASSES})
        for module in self._program.modules:
            if module.is_test or not module.mentions(*names):
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "class":
                    yield self._calls.class_of(module, declaration)

    def of(self, value: Value) -> Form | None:
        """The form that a class is, None where it is none."""
        if not isinstance(value, ClassValue):
            return None
        if id(value) not in self._forms:
            self._forms[id(value)] = self._form(value) if self._evaluator.inherits(value, *FORM_CLASSES) else None
        return self._forms[id(value)]

    def _form(self, value: ClassValue) -> Form:
        fields: dict[str, FormField] = {}
        for one in reversed(self._evaluator.ancestors(value)):
            if isinstance(one, ClassValue):
                fields.update((field.name, field) for field in self._own_fields(one))
        return Form(value, tuple(fields.values()), self._evaluator.inherits(value, *FLASK_FORM_CLASSES), value.place)

    def _own_fields(self, value: ClassValue) -> Iterator[FormField]:
        self._evaluator.run_class(value)
        scope = ClassScope(value, self._evaluator)
        for statement in value.node.body:
            if isinstance(statement, tree.Assign) and isinstance(statement.targets[0], tree.Name):
                name = statement.targets[0].id
                field = scope.own(name)
                if isinstance(field, Instance) and self._is_field(field):
                    place = place_of(value.module, statement)
                    yield FormField(name, _type_name(field), _validators(field), value, place)

    def _is_field(self, value: Instance) -> bool:
        return any(name.startswith(FIELD_MODULES) for name in self._evaluator.external_names(value))

    def objects(self) -> Iterator[FormObject]:
        """The forms that functions make, tests left out, each bound once to a local name."""
        names = {form.name for form in self.all}
        if not names:
            return
        for function in self._calls.functions(*sorted(names)):
            if not function.module.is_test:
                yield from self._objects_of(function)

    def _objects_of(self, function: FunctionValue) -> Iterator[FormObject]:
        scope = self._evaluator.declared(function)
        for name, bindings in scope.bindings.items():
            if len(bindings) != 1 or bindings[0][0] != "value" or not isinstance(bindings[0][1], tree.Call):
                continue
            node = bindings[0][1]
            made = self._evaluator.evaluate(node, scope)
            form = self.of(made.type) if isinstance(made, Instance) and not made.is_typed_only else None
            if form is not None and isinstance(made, Instance):
                given = made.argument(0, "formdata", ...)
                is_own = given is not ... or made.has_unknown_keywords
                takes_request = given is not None and (form.is_flask_form or is_own)
                place = place_of(function.module, node)
                yield FormObject(form, name, function, node, takes_request, not is_own, place)


def _type_name(value: Instance) -> str:
    return value.type.name.rpartition(".")[2] if isinstance(value.type, External) else value.type.name


def _validators(field: Instance) -> tuple[str, ...] | Unknown:
    """The names of a field's validators: second argument, or by name."""
    given = field.argument(1, "validators")
    if given is None:
        return ()
    if not isinstance(given, (list, tuple)):
        return Unknown("validators that are not known", field.place)
    names = []
    for validator in given:
        for one in alternatives(validator):
            if isinstance(one, Instance):
                names.append(_type_name(one))
            elif isinstance(one, (FunctionValue, ClassValue)):
                names.append(one.name)
            elif isinstance(one, External):
                names.append(one.name.rpartition(".")[2])
            else:
                return Unknown("validators that are not known", field.place)
    return tuple(names)
