"""Types as text: what an annotation or a response model stands for, its aliases and type parameters replaced."""

from __future__ import annotations

from reviewer.project.evaluation.values import ClassValue, EnumMember, External, Subscripted, TypeUnion, Value

#: Names of `typing` for what the language has itself.
BUILTIN_NAMES = {
    "Dict": "dict",
    "FrozenSet": "frozenset",
    "List": "list",
    "NoneType": "None",
    "Set": "set",
    "Tuple": "tuple",
    "Type": "type",
}
DEPTH_LIMIT = 20
UNION = " | "


def annotation_text(value: Value, depth: int = 0) -> str | None:
    """The text of a type, None where a part of it is not known."""
    if depth > DEPTH_LIMIT:
        return None
    if value is None or value is ...:
        return "None" if value is None else "..."
    if isinstance(value, ClassValue):
        return value.name
    if isinstance(value, External):
        last = value.name.rpartition(".")[2]
        return BUILTIN_NAMES.get(last, last)
    if isinstance(value, str):
        return value
    if isinstance(value, TypeUnion):
        return _joined(value.members, UNION, depth)
    if isinstance(value, list):
        inner = _joined(tuple(value), ", ", depth)
        return None if inner is None else f"[{inner}]"
    return _generic_text(value, depth) if isinstance(value, Subscripted) else None


def _generic_text(value: Subscripted, depth: int) -> str | None:
    name = annotation_text(value.base, depth + 1)
    if isinstance(value.base, External):
        if name == "Annotated":
            return annotation_text(value.arguments[0], depth + 1) if value.arguments else None
        if name == "Union":
            return _joined(value.arguments, UNION, depth)
        if name == "Optional":
            return _joined((*value.arguments, None), UNION, depth)
        if name == "Literal":
            shown = [one.name if isinstance(one, EnumMember) else repr(one) for one in value.arguments]
            return f"Literal[{', '.join(shown)}]"
    if not _is_standard(value.base) and any(map(_is_union, value.arguments)):
        return None  # a generic model is named after its arguments as they are written
    arguments = _joined(value.arguments, ", ", depth)
    return None if name is None or arguments is None else f"{name}[{arguments}]"


def _is_standard(base: Value) -> bool:
    return isinstance(base, External) and base.name.partition(".")[0] in ("builtins", "collections", "typing")


def _is_union(value: Value) -> bool:
    if isinstance(value, Subscripted):
        is_named = isinstance(value.base, External) and value.base.name.rpartition(".")[2] in ("Union", "Optional")
        return is_named or any(map(_is_union, value.arguments))
    return isinstance(value, TypeUnion)


def _joined(members: tuple[Value, ...], separator: str, depth: int) -> str | None:
    texts = [annotation_text(one, depth + 1) for one in members]
    known = [one for one in texts if one is not None]
    if len(known) < len(texts):
        return None
    return separator.join(dict.fromkeys(known) if separator == UNION else known)
