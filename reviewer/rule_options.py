"""Turns the options of one rule, as a configuration file writes them, into the rule's frozen `Options`.

Shared by the validation of configuration files and by the selection of rules, which must agree.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from reviewer.config_problem import MAX_PROBLEMS, nearest, shown
from reviewer.rule import Rule

_PLACE = re.compile(r" - at `(?:key in )?\$(?:\.[\w-]+)?(.*)`$")
_UNKNOWN_FIELD = re.compile(r"^Object contains unknown field `(.*)`")
_TYPE_NAME = re.compile(r"`(\w+)`")
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}


class OptionProblem(msgspec.Struct, frozen=True):
    """What is wrong with one option: its key (nothing if it is about several), a message, the nearest valid key."""

    key: str
    message: str
    suggestion: str = ""


def option_keys(rule: type[Rule]) -> dict[str, str]:
    """The key of each option in a configuration file, and what its struct calls it."""
    return {field.replace("_", "-"): field for field in rule.Options.__struct_encode_fields__}


def read_options(rule: type[Rule], raw: Mapping[str, Any]) -> tuple[msgspec.Struct | None, list[OptionProblem]]:
    """The options of a rule, or everything that is wrong with them."""
    keys = option_keys(rule)
    unknown = [key for key in raw if key not in keys]
    # To find the nearest name takes time, so only those get it that will be shown.
    problems = [_unknown_key(key, keys if number < MAX_PROBLEMS else ()) for number, key in enumerate(unknown)]
    given = {keys[key]: value for key, value in raw.items() if key in keys}
    for key, field in keys.items():
        if field in given:
            # One at a time, since conversion stops at the first error. Every option has a default.
            _, message = _converted(rule, {field: given[field]})
            if message:
                problems.append(OptionProblem(key, message))
    if problems:
        return None, problems
    options, message = _converted(rule, given)
    return options, [OptionProblem("", message)] if message else []


def _unknown_key(key: str, valid_keys: Collection[str]) -> OptionProblem:
    if not valid_keys:
        return OptionProblem(key, "is not an option: the rule has none like it")
    return OptionProblem(key, "is not an option of the rule", nearest(key, valid_keys))


def _converted(rule: type[Rule], values: Mapping[str, Any]) -> tuple[msgspec.Struct | None, str]:
    """The options, or what is wrong with the values."""
    try:
        return msgspec.convert(values, rule.Options, strict=True), ""
    except (msgspec.ValidationError, ValueError, TypeError, OverflowError, RecursionError) as error:
        return None, _message(error)


def _message(error: Exception) -> str:
    text = str(error)
    place = _PLACE.search(text)
    inner = place[1] if place else ""
    text = text[: place.start()] if place else text
    unknown = _UNKNOWN_FIELD.match(text)
    if unknown:
        text = f"has the unknown key `{shown(unknown[1])}`"
    elif text.startswith("Expected "):
        expected, _, given = text.removeprefix("Expected ").partition(", got ")
        text = f"must be {_in_words(expected)}" + (f", not {_in_words(given)}" if given else "")
    else:
        text = "is not valid: " + shown(text.rstrip("."))
    return f"{text} (at `{shown(inner)}`)" if inner else text


def _in_words(types: str) -> str:
    """The name of a type, or of several, as people who write configuration call it."""
    return _TYPE_NAME.sub(lambda found: _WORDS.get(found[1], found[0]), types)
