"""Objects that are made of fields: dataclasses, named tuples, Pydantic models, namespaces.

Says which fields a class declares, what an object holds in them, and which items a named tuple has.
Source: https://docs.python.org/3/library/dataclasses.html, https://docs.python.org/3/library/collections.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reviewer.modules import tree
from reviewer.modules.source_text import dotted_name
from reviewer.project.evaluation.iteration import items_of
from reviewer.project.evaluation.limits import SIZE_LIMIT
from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import (
    BoundMethod,
    ClassValue,
    EnumMember,
    External,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    argument_of,
    decorator_names,
)

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator

Handler = Callable[["Evaluator", tuple[Value, ...], dict[str, Value], Scope], Value]

#: The object that `collections.namedtuple(…)` gives: it holds the name and the fields of the class it stands for.
NAMED_TUPLE_CLASS = "collections.namedtuple"
NAMED_TUPLE_BASES = ("typing.NamedTuple", "typing_extensions.NamedTuple")
TYPED_DICTIONARY_BASES = ("typing.TypedDict", "typing_extensions.TypedDict")
#: What runs after the constructor that is made of the fields.
POST_CONSTRUCTORS = ("__post_init__", "__attrs_post_init__", "model_post_init")
NAMESPACES = frozenset({"types.SimpleNamespace", "argparse.Namespace"})
#: Decorators, by last name, and base classes that make a constructor of the fields, positions included.
RECORD_DECORATORS = frozenset({"dataclass", "define", "frozen", "mutable", "attrs", "attributes", "s", "struct"})
RECORD_BASES = (*NAMED_TUPLE_BASES, "msgspec.Struct")


def field_names(evaluator: Evaluator, value: ClassValue) -> tuple[str, ...]:
    """The fields of a class in the order of its constructor, inherited ones first."""
    names: dict[str, None] = {}
    for one in reversed(evaluator.ancestors(value)):
        if isinstance(one, Instance):
            names.update(dict.fromkeys(_named_fields(one)))
        elif isinstance(one, ClassValue):
            for statement in one.node.body:
                match statement:
                    case tree.AnnotatedAssign(target=tree.Name(id=name), annotation=annotation):
                        if not _is_class_variable(annotation):
                            names.setdefault(name)
                    case _:
                        pass
    return tuple(names)


def _is_class_variable(annotation: tree.Expression) -> bool:
    base = annotation.value if isinstance(annotation, tree.Subscript) else annotation
    return (dotted_name(base) or "").rpartition(".")[2] == "ClassVar"


def _named_fields(value: Instance) -> tuple[str, ...]:
    if isinstance(value.type, External) and value.type.name == NAMED_TUPLE_CLASS and len(value.arguments) == 2:
        return tuple(value.arguments[1])
    return ()


def bind_fields(evaluator: Evaluator, instance: Instance) -> None:
    """Gives an object without a constructor of its own what its class is called with."""
    owner = instance.type
    if isinstance(owner, ClassValue) and instance.arguments and _takes_positions(evaluator, owner):
        instance.attributes.update(zip(field_names(evaluator, owner), instance.arguments, strict=False))
    instance.attributes.update(instance.keywords)


def _takes_positions(evaluator: Evaluator, value: ClassValue) -> bool:
    if evaluator.inherits(value, *RECORD_BASES):
        return True
    for one in evaluator.ancestors(value):
        if isinstance(one, Instance) and _named_fields(one):
            return True
        if isinstance(one, ClassValue):
            for decorator in one.node.decorators:
                called = decorator.function if isinstance(decorator, tree.Call) else decorator
                if (dotted_name(called) or "").rpartition(".")[2] in RECORD_DECORATORS:
                    return True
    return False


def _named_tuple_class(_: Evaluator, arguments: tuple[Value, ...], keywords: dict[str, Value], __: Scope) -> Value:
    """What `namedtuple("Name", "one two")` and `NamedTuple("Name", [("one", type)])` give."""
    name = argument_of(arguments, keywords, 0, "typename")
    fields = argument_of(arguments, keywords, 1, "field_names")
    if isinstance(fields, str):
        fields = fields.replace(",", " ").split()
    if not isinstance(fields, (list, tuple)):
        return Unknown("named tuple with unknown fields")
    names = [one[0] if isinstance(one, tuple) and one else one for one in fields]
    if not isinstance(name, str) or not all(isinstance(one, str) for one in names):
        return Unknown("named tuple with unknown fields")
    defaults = keywords.get("defaults")
    return Instance(
        External(NAMED_TUPLE_CLASS),
        (name, tuple(names)),
        {"defaults": tuple(defaults)} if isinstance(defaults, (list, tuple)) else {},
    )


def named_tuple(made_by: Instance, arguments: tuple[Value, ...], keywords: dict[str, Value]) -> Instance:
    """An object of a class that `collections.namedtuple` made."""
    names = _named_fields(made_by)
    defaults = made_by.keywords.get("defaults", ())
    values = dict(zip(names[len(names) - len(defaults) :], defaults, strict=False))
    values.update(zip(names, arguments, strict=False))
    values.update({name: value for name, value in keywords.items() if name in names})
    items = tuple(values.get(name, Unknown(f"no value for {name}")) for name in names)
    return Instance(
        External(f"{NAMED_TUPLE_CLASS}.{made_by.arguments[0]}"), items, attributes=dict(zip(names, items, strict=False))
    )


def items_of_record(evaluator: Evaluator, value: Instance) -> list[Value] | None:
    """The items of a named tuple, None for another object."""
    if isinstance(value.type, External):
        return list(value.arguments) if value.type.name.startswith(f"{NAMED_TUPLE_CLASS}.") else None
    is_named_tuple = evaluator.inherits(value, *NAMED_TUPLE_BASES) or any(
        isinstance(one, Instance) and _named_fields(one) for one in evaluator.ancestors(value.type)
    )
    if not is_named_tuple or value.is_typed_only:
        return None
    return [evaluator.member(value, name) for name in field_names(evaluator, value.type)]


def items_of_object(evaluator: Evaluator, value: Instance) -> list[Value] | None:
    """What a loop over an object goes through: the items of a named tuple, or what its own `__iter__` gives."""
    record = items_of_record(evaluator, value)
    if record is not None or not isinstance(value.type, ClassValue) or value.is_typed_only or not evaluator.executing:
        return record
    found = evaluator.find_in_class(value.type, "__iter__")
    if found is None or not isinstance(found[1], FunctionValue):
        return None
    result = evaluator.apply(BoundMethod(found[1], value), (), {}, None, evaluator.scope_of(value.type.module))
    return list(result) if isinstance(result, (list, tuple)) and len(result) <= SIZE_LIMIT else None


def enum_members(evaluator: Evaluator, value: ClassValue) -> dict[Value, Value]:
    """`__members__` of an enumeration class: its members by name."""
    members = evaluator.enumeration_members(value) or []
    return {one.name: one for one in members if isinstance(one, EnumMember)}


def member_of_enum_member(evaluator: Evaluator, member: EnumMember, name: str) -> Value:
    """An attribute of a member of an enumeration: of its class, or what the constructor of the class sets."""
    found = evaluator.find_in_class(member.owner, name)
    if found is not None and isinstance(found[1], FunctionValue):
        names = decorator_names(found[1])
        bound = found[1] if "staticmethod" in names else BoundMethod(found[1], member)
        if not any("property" in one for one in names):
            return bound
        return evaluator.apply(bound, (), {}, None, evaluator.scope_of(member.owner.module))
    constructor = evaluator.find_in_class(member.owner, "__init__")
    if constructor is not None and isinstance(constructor[1], FunctionValue):
        arguments = member.value if isinstance(member.value, tuple) else (member.value,)
        made = Instance(member.owner, arguments, is_initialised=True)
        evaluator.call_function(constructor[1], (made, *arguments), {})
        return made.attributes.get(name, Unknown(f"{member.owner.name} has no attribute {name}"))
    return evaluator.member(member.value, name)


def _iterator(evaluator: Evaluator, arguments: tuple[Value, ...], _: dict[str, Value], __: Scope) -> Value:
    """`iter(value)`: the list of the items."""
    value = arguments[0] if len(arguments) == 1 else None
    items = items_of_object(evaluator, value) if isinstance(value, Instance) else items_of(value)
    return Unknown("iterator over something unknown") if items is None else items


RECORD_HANDLERS: dict[str, Handler] = {
    "collections.namedtuple": _named_tuple_class,
    "typing.NamedTuple": _named_tuple_class,
    "builtins.iter": _iterator,
}
