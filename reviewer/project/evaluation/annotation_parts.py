"""Parts of annotations: the plain type in them, the members of a union, and what `Annotated` adds."""

from __future__ import annotations

from reviewer.project.evaluation.values import External, Subscripted, TypeUnion, Unknown, Value


def annotation_metadata(annotated: Value) -> tuple[Value, ...]:
    """The metadata of an `Annotated[…]`, nested ones too, the innermost first."""
    if isinstance(annotated, Subscripted) and isinstance(annotated.base, External):
        if annotated.base.name.rpartition(".")[2] == "Annotated" and annotated.arguments:
            return (*annotation_metadata(annotated.arguments[0]), *annotated.arguments[1:])
        if annotated.base.name.rpartition(".")[2] == "Optional" and annotated.arguments:
            return annotation_metadata(annotated.arguments[0])
    if isinstance(annotated, TypeUnion):
        return tuple(one for member in annotated.members for one in annotation_metadata(member))
    return ()


def plain_type(annotated: Value) -> Value:
    """The type in an annotation without `Annotated`, `Optional` and generic arguments."""
    if isinstance(annotated, Subscripted):
        name = annotated.base.name.rpartition(".")[2] if isinstance(annotated.base, External) else ""
        if name in ("Annotated", "Optional", "Final", "ClassVar") and annotated.arguments:
            return plain_type(annotated.arguments[0])
        if name == "Union":
            return plain_type(TypeUnion(annotated.arguments))
        return annotated.base
    if isinstance(annotated, TypeUnion):
        members = [one for one in annotated.members if one is not None]
        return plain_type(members[0]) if len(members) == 1 else Unknown("union of types")
    return annotated


def union_members(annotated: TypeUnion) -> tuple[Value, ...]:
    """The types of a union without None."""
    return tuple(one for one in annotated.members if one is not None and one != External("builtins.None"))
