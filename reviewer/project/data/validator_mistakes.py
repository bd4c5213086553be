"""What validators do wrong: results that are not the value, parameters that are not what they are taken for.

Takes one validator, gives the places in its body. How Pydantic calls validators:
https://docs.pydantic.dev/latest/concepts/validators/.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, source_text
from reviewer.project.data.columns import allows_none
from reviewer.project.data.schema_fields import plain_type
from reviewer.project.data.validators import Validator, returned_values
from reviewer.project.evaluation.values import ClassValue, External, Value, place_of
from reviewer.project.model import Answer
from reviewer.rule import Place

#: Calls that answer a question.
TRUTH_CALLS = frozenset({"all", "any", "bool", "isinstance", "callable", "hasattr", "issubclass"})
#: What a dictionary has and the information that Pydantic 2 hands to validators has not.
DICTIONARY_METHODS = frozenset({"get", "items", "keys", "values", "pop", "setdefault", "update"})


#: Calls that ask what something is.
TYPE_QUESTIONS = frozenset({"isinstance", "hasattr", "getattr", "type"})


class Mistake(msgspec.Struct, frozen=True):
    """A mistake of a validator: where, what is wrong, how to mend it."""

    place: Place
    what: str  # follows the validator's name: "gives the class back"
    hint: str


def wrong_results(validator: Validator) -> Iterator[Mistake]:
    """The results of a validator that cannot be what is meant: one for each kind of mistake."""
    yield from _rebound_values(validator)
    yield from _truth_values(validator)
    yield from _other_parameters(validator)


def _rebound_values(validator: Validator) -> Iterator[Mistake]:
    """Loops that use the value's own name for their items, where the name is returned after the loop."""
    value = validator.value_parameter
    module = validator.function.module
    for loop in tree.walk_scope(validator.node.body):
        if not isinstance(loop, tree.For) or not any(
            isinstance(one, tree.Name) and one.id == value for one in tree.walk(loop.target)
        ):
            continue
        is_returned = any(
            _is_name(one, value) and (one.line, one.column) > (loop.end_line, loop.end_column)
            for one in returned_values(validator.node)
        )
        if is_returned and not _is_bound_after(validator.node, value, loop):
            header = Place(module.path, loop.line, loop.column, loop.iterable.end_line, loop.iterable.end_column)
            yield Mistake(
                header,
                f"uses `{value}` for the items of a loop and returns it: the last item replaces the value",
                "Give the items of the loop another name.",
            )
            return


def _is_bound_after(node: tree.Function, name: str, loop: tree.For) -> bool:
    return any(
        isinstance(one, (tree.Assign, tree.AnnotatedAssign))
        and one.line > loop.end_line
        and any(_is_name(target, name) for target in getattr(one, "targets", (getattr(one, "target", None),)))
        for one in tree.walk_scope(node.body)
    )


def _truth_values(validator: Validator) -> Iterator[Mistake]:
    """`return True` and results of comparisons, where no field of the validator holds a truth value."""
    if not _holds_no_truth_value(validator):
        return
    for one in returned_values(validator.node):
        if _is_truth_value(one):
            subject = "the value" if validator.kind == "field" else "the model"
            yield Mistake(
                place_of(validator.function.module, one),
                f"returns `{source_text(one)}`, which takes the place of {subject}",
                "Raise `ValueError` where the check fails, and return "
                + ("the value." if validator.kind == "field" else "what was checked."),
            )
            return


def _is_truth_value(node: tree.Expression) -> bool:
    if isinstance(node, tree.Constant):
        return node.value in ("True", "False")
    if isinstance(node, tree.UnaryOperation):
        return node.operator == "not"
    if isinstance(node, tree.Comparison):
        return True
    return isinstance(node, tree.Call) and isinstance(node.function, tree.Name) and called_name(node) in TRUTH_CALLS


def _holds_no_truth_value(validator: Validator) -> bool:
    """Whether the fields are known, and none of them can hold a truth value."""
    if validator.kind == "model":
        return validator.mode in ("after", "before", "wrap")
    fields = [validator.schema.field(name) for name in validator.fields]
    if not fields or any(field is None for field in fields):
        return False
    return all(field is not None and _is_no_truth_type(field.type) for field in fields)


def _is_no_truth_type(value: Value) -> bool:
    plain = plain_type(value)
    if isinstance(plain, ClassValue):
        return True
    named = getattr(plain, "base", plain)
    return isinstance(named, External) and named.name.rpartition(".")[2] not in (
        "bool", "StrictBool", "Any", "object", "Literal", "Union", "Json", "JsonValue", "TypeVar",
    )  # fmt: skip


def _other_parameters(validator: Validator) -> Iterator[Mistake]:
    """The class, or the values of the other fields, instead of the value."""
    names = [one.name for one in validator.node.parameters]
    for one in returned_values(validator.node):
        if not isinstance(one, tree.Name) or validator.is_static or not names:
            continue
        if one.id == names[0] == "cls" and not validator.takes_object:
            yield Mistake(
                place_of(validator.function.module, one), "returns the class and not the value", "Return the value."
            )
            return
        if validator.kind == "field" and len(names) > 2 and one.id == names[2] and one.id in ("values", "info"):
            yield Mistake(
                place_of(validator.function.module, one),
                f"returns `{one.id}` and not the value of the field",
                "Return the value of the field.",
            )
            return


def wrong_parameters(validator: Validator, major: int | None) -> Iterator[Mistake]:
    """Parameters of a validator that Pydantic does not fill as the body expects."""
    if validator.version == 2:
        yield from _information_as_dictionary(validator)
        yield from _object_as_dictionary(validator)
    if validator.kind == "field" and not validator.value_parameter and not _is_variadic(validator):
        hint = "Take the class and the value: `def check(cls, value)`."
        yield Mistake(validator.place, "has no parameter for the value", hint)
    yield from _order_of_decorators(validator)
    if major == 2 or validator.version == 2:
        yield from _object_before_it_exists(validator)


def _information_as_dictionary(validator: Validator) -> Iterator[Mistake]:
    """`values["name"]` and `values.get("name")` on the `ValidationInfo` of Pydantic 2."""
    position = {"after": 2, "before": 2, "plain": 2, "wrap": 3}.get(validator.mode, 0)
    position -= validator.is_static or validator.is_plain_function
    parameters = validator.node.parameters
    if validator.kind != "field" or position <= 0 or len(parameters) <= position:
        return
    parameter = parameters[position]
    if parameter.kind not in ("positional-only", "positional-or-keyword"):
        return
    use = next(_dictionary_uses(validator.node.body, parameter.name), None)
    if use is not None:
        yield Mistake(
            place_of(validator.function.module, use),
            f"treats `{parameter.name}` as a dictionary, but Pydantic 2 hands over a `ValidationInfo`",
            f"Read `{parameter.name}.data` for the fields that were validated before.",
        )


def _object_as_dictionary(validator: Validator) -> Iterator[Mistake]:
    """`values["name"]` in a validator that gets the object that was made."""
    if validator.kind != "model" or validator.mode != "after":
        return
    position = 1 if "classmethod" in validator.decorators else 0
    if len(validator.node.parameters) <= position:
        return
    name = validator.node.parameters[position].name
    use = next(_dictionary_uses(validator.node.body, name), None)
    has_items = any(
        isinstance(one, tree.Function) and one.name in ("__getitem__", *DICTIONARY_METHODS)
        for one in validator.schema.value.node.body
    )
    is_plain = not validator.schema.has_unknown_bases and len(validator.schema.value.node.bases) == 1
    if use is not None and is_plain and not has_items and isinstance(use, tree.Subscript):
        yield Mistake(
            place_of(validator.function.module, use),
            f'treats `{name}` as a dictionary, but with `mode="after"` it is the object that was made',
            'Read attributes of `self`, or validate with `mode="before"`.',
        )


def _dictionary_uses(body: tuple[tree.Statement, ...], name: str) -> Iterator[tree.Node]:
    """Where a name is used as a dictionary, unless it is bound anew or its type is asked for."""
    nodes = list(tree.walk_scope(body))
    for node in nodes:
        is_bound = isinstance(node, tree.Assign) and any(_is_name(one, name) for one in node.targets)
        asked = node.arguments if isinstance(node, tree.Call) and called_name(node) in TYPE_QUESTIONS else ()
        if is_bound or any(_is_name(one, name) for one in asked):
            return
    for node in nodes:
        if isinstance(node, tree.Subscript) and _is_name(node.value, name):
            yield node
        elif isinstance(node, tree.Call) and isinstance(node.function, tree.Attribute):
            if node.function.name in DICTIONARY_METHODS and _is_name(node.function.value, name):
                yield node
        elif (
            isinstance(node, tree.Comparison)
            and set(node.operators) <= {"in", "not in"}
            and any(_is_name(one, name) for one in node.comparators)
        ):
            yield node


def _order_of_decorators(validator: Validator) -> Iterator[Mistake]:
    """`@classmethod` above the validator's decorator, so that Pydantic does not see it."""
    names = validator.decorators
    marker = next(one for one in names if one not in ("classmethod", "staticmethod"))
    for outer in ("classmethod", "staticmethod"):
        if outer in names and names.index(outer) < names.index(marker):
            yield Mistake(
                validator.place,
                f"has `@{outer}` above `@{marker}`, so Pydantic never calls it",
                f"Put `@{marker}(…)` above `@{outer}`.",
            )


def _object_before_it_exists(validator: Validator) -> Iterator[Mistake]:
    """A first parameter `self` where there is no object yet."""
    parameters = validator.node.parameters
    is_plain = not {"classmethod", "staticmethod"}.intersection(validator.decorators)
    has_object = validator.kind == "model" and validator.mode in ("after", "")
    if parameters and parameters[0].name == "self" and is_plain and not has_object:
        yield Mistake(
            validator.place,
            "takes `self`, but there is no object yet when it is called",
            "Make it a class method that takes `cls`.",
        )


def _is_variadic(validator: Validator) -> bool:
    return any(one.kind == "variadic" for one in validator.node.parameters)


def _is_name(node: object, name: str) -> bool:
    return isinstance(node, tree.Name) and node.id == name


def may_be_none(validator: Validator) -> bool:
    """Whether a field of the validator may be None for all that is known."""
    fields = [validator.schema.field(name) for name in validator.fields]
    return not fields or any(field is None or allows_none(field.type) is not Answer.NO for field in fields)
