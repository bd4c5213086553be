"""Paths and other texts of routes from values: what is known of them, `{?}` for what is not, status codes, lists."""

from __future__ import annotations

from http import HTTPStatus

from reviewer.project.evaluation.builtin_calls import PartlyKnownText, plain_value
from reviewer.project.evaluation.values import Choice, External, Instance, InstanceAttribute, Unknown, Value
from reviewer.project.model import UNKNOWN_PART


def path_text(value: Value) -> tuple[str, tuple[Unknown, ...]]:
    """The text of a path, and what is not known of it."""
    value = plain_value(value)
    if isinstance(value, str):
        return value, ()
    if value is None:
        return "", ()
    if isinstance(value, PartlyKnownText):
        text = "".join(piece if isinstance(piece, str) else UNKNOWN_PART for piece in value)
        return text, tuple(piece for piece in value if isinstance(piece, Unknown))
    if isinstance(value, Unknown):
        return UNKNOWN_PART, (value,)
    if isinstance(value, Choice):
        return UNKNOWN_PART, (Unknown("one of several paths"),)
    return UNKNOWN_PART, (Unknown("path that is not text"),)


def known_text(value: Value) -> str | None:
    """The text of a value, None where it is not wholly known."""
    value = plain_value(value)
    if isinstance(value, External):  # `http.HTTPMethod.GET`
        owner, _, name = value.name.removesuffix(".value").rpartition(".")
        return name if owner.rpartition(".")[2] == "HTTPMethod" else None
    return value if isinstance(value, str) else None


def known_texts(value: Value) -> tuple[str, ...] | Unknown:
    """The texts of a list value; nothing for None."""
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        texts = [known_text(one) for one in value]
        if all(text is not None for text in texts):
            return tuple(text for text in texts if text is not None)
    return value if isinstance(value, Unknown) else Unknown("list of texts that is not known")


def status_of(value: Value) -> int | Unknown | None:
    """The HTTP status that a value stands for: a number, `status.HTTP_404_NOT_FOUND`, `HTTPStatus.NOT_FOUND`."""
    value = plain_value(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and value.isdigit():
        return int(value)
    name = ""
    if isinstance(value, External):
        name = value.name
    elif isinstance(value, InstanceAttribute) and isinstance(value.instance.type, External):
        name = f"{value.instance.type.name}.{value.name}"
    elif isinstance(value, Instance) and isinstance(value.type, External) and value.type.name.endswith("HTTPStatus"):
        return status_of(value.arguments[0]) if value.arguments else Unknown("status")
    parts = name.removesuffix(".value").split(".")
    if len(parts) > 1 and parts[-2] == "HTTPStatus" and parts[-1] in HTTPStatus.__members__:
        return int(HTTPStatus[parts[-1]])
    pieces = parts[-1].split("_")
    if len(pieces) > 1 and pieces[0] in ("HTTP", "WS") and pieces[1].isdigit():
        return int(pieces[1])
    return value if isinstance(value, Unknown) else Unknown("status that is not known")
