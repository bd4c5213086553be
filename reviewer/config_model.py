"""The configuration as people write it: pydantic models, their messages, their JSON Schema.

Takes plain tables, gives `Settings` or every problem with them. Imported only when a configuration must be validated,
because pydantic takes as long to import as a small review takes altogether.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from reviewer.config_file import ConfigurationFile, KeyLines, KeyPath, shown_key
from reviewer.config_problem import MAX_PROBLEMS, ConfigurationError, ConfigurationProblem, nearest, shown
from reviewer.rule import Rule
from reviewer.rule_options import option_keys, read_options
from reviewer.settings import ALL, DEFAULT_TEST_PATTERNS, PathOverride, Settings, key_of

MAX_ITEMS = 1000
MAX_PATTERN_LENGTH = 500  # characters
MAX_FILE_SIZE = 50_000_000  # bytes

#: Keys that other tools have and this one refuses, because a file of the reviewed tree must not run or fetch anything.
REFUSED_KEYS = {
    **dict.fromkeys(
        ("pack", "packs", "rule-packs", "plugin", "plugins", "load-plugins", "local-plugins"),
        "is refused: rule packs are named on the command line or in the environment, never by a file of the tree",
    ),
    **dict.fromkeys(
        ("extend", "extends", "include", "inherit-from"),
        "is refused: settings come from one file, and no other file or address is read",
    ),
    **dict.fromkeys(
        ("python", "python-executable", "interpreter", "command", "commands", "init-hook", "script", "git"),
        "is refused: no file of the tree can name a program",
    ),
    **dict.fromkeys(
        ("cache", "cache-dir", "cache-folder", "output", "output-file"),
        "is refused: where files are written is said on the command line, never by a file of the tree",
    ),
}


class Names(msgspec.Struct, frozen=True):
    """The rules and families that a configuration may name."""

    rules: frozenset[str]
    families: frozenset[str]

    @classmethod
    def of(cls, known_rules: Mapping[str, type[Rule]]) -> Names:
        """The names of a catalogue."""
        return cls(frozenset(known_rules), frozenset(rule.family() for rule in known_rules.values()))

    @property
    def selectable(self) -> frozenset[str]:
        """What `select` and its like accept."""
        return self.rules | self.families | {ALL}


def _names(info: ValidationInfo) -> Names:
    assert isinstance(info.context, Names)
    return info.context


def _known(name: str, info: ValidationInfo) -> str:
    names = _names(info)
    if name not in names.selectable:
        raise PydanticCustomError("unknown_selectable", "is not a rule or family")
    return name


def _known_rule(name: str, info: ValidationInfo) -> str:
    names = _names(info)
    if name not in names.rules:
        raise PydanticCustomError("unknown_rule", "is not a rule")
    return name


def _path_in_tree(path: str) -> str:
    _require_inside(path)
    return path


def _pattern_in_tree(pattern: str) -> str:
    path = pattern.removeprefix("!")
    if pattern.startswith("#") or not path.strip():
        raise PydanticCustomError("pattern", "is empty or a comment, and covers nothing")
    name = path.strip("/")
    is_anchored = path.startswith("/") and name and "/" not in name
    _require_inside(path, hint=f"; `{shown(name)}/**` covers a folder at the top" if is_anchored else "")
    return pattern


def _require_inside(path: str, hint: str = "") -> None:
    """Refuses what could mean a place outside the reviewed tree, on any system."""
    if any(character in path for character in "\0\n\r"):
        raise PydanticCustomError("control_character", "holds a control character")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", path):
        raise PydanticCustomError("address", "is an address, not a path of the tree")
    if path.startswith(("/", "\\", "~")) or re.match("[A-Za-z]:", path):
        raise PydanticCustomError("absolute", "must be relative to the configuration file{hint}", {"hint": hint})
    if ".." in re.split(r"[/\\]", path):
        raise PydanticCustomError("outside", "must not lead out of the tree with `..`")


SeverityName = Literal["error", "warning", "info"]
Selectable = Annotated[str, AfterValidator(_known)]
RuleName = Annotated[str, AfterValidator(_known_rule)]
TreePath = Annotated[str, Field(min_length=1, max_length=MAX_PATTERN_LENGTH), AfterValidator(_path_in_tree)]
PathPattern = Annotated[str, Field(min_length=1, max_length=MAX_PATTERN_LENGTH), AfterValidator(_pattern_in_tree)]
Selection = Annotated[list[Selectable], Field(max_length=MAX_ITEMS)]
PathPatterns = Annotated[list[PathPattern], Field(max_length=MAX_ITEMS)]


PRESET_NAMES = ("recommended", "strict")
ProfileName = Literal["fastapi", "flask", "git-flow", "recommended", "strict"]


def _as_list(value: object) -> object:
    """One name as a list of one."""
    return [value] if isinstance(value, str) else value


ProfileNames = Annotated[list[ProfileName], Field(max_length=MAX_ITEMS), BeforeValidator(_as_list)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=key_of)


class OverrideTable(_Table):
    """Other rules for some files."""

    files: PathPatterns = Field(min_length=1, description="Gitignore-style patterns, relative to this file.")
    ignore: Selection = Field(default=[], description="Rules and families that report nothing in these files.")
    severity: dict[Selectable, SeverityName] = Field(default={}, description="Severities of findings in these files.")


class Configuration(_Table):
    """Settings of reviewer: `[tool.reviewer]` of a pyproject.toml, or the top level of a reviewer.toml."""

    preset: Literal["recommended", "strict"] = Field(
        default="recommended", description="The set of rules that is on where nothing else is said."
    )
    profile: ProfileNames = Field(
        default=[],
        description="What the project is made with, found if nothing is named; a preset may be among the names.",
    )
    select: Selection = Field(default=[], description="Rules and families that are on, instead of the preset's.")
    extend_select: Selection = Field(default=[], description="Rules and families that are on besides the preset's.")
    ignore: Selection = Field(default=[], description="Rules and families that are off.")
    severity: dict[Selectable, SeverityName] = Field(
        default={}, description="How bad the findings of a rule or family are, instead of the rule's own severity."
    )
    exclude: PathPatterns = Field(default=[], description="Gitignore-style patterns of files that are not read.")
    test_patterns: PathPatterns = Field(
        default=list(DEFAULT_TEST_PATTERNS), description="Gitignore-style patterns of the files that hold tests."
    )
    source_roots: list[TreePath] = Field(
        default=[],
        max_length=MAX_ITEMS,
        description="Folders that hold top-level packages; found from the layout if none are named.",
    )
    max_file_size: int = Field(
        default=1_000_000, ge=1, le=MAX_FILE_SIZE, description="Larger files are listed as unread, in bytes."
    )
    fail_on: SeverityName = Field(default="info", description="The least severity that makes the exit code 1.")
    require_suppression_reason: bool = Field(
        default=False, description="Whether a suppression comment must say why after `--`."
    )
    baseline: TreePath = Field(default="", description="File of accepted findings, relative to this file.")
    overrides: list[OverrideTable] = Field(default=[], max_length=MAX_ITEMS, description="Other rules for some files.")
    options: dict[RuleName, dict[str, Any]] = Field(default={}, description="Options by rule.")


def settings_from(file: ConfigurationFile, table: Mapping[str, Any], known_rules: Mapping[str, type[Rule]]) -> Settings:
    """The settings that the table of a file stands for; `set_by` names the fields that it sets.

    Raises ConfigurationError with every problem.
    """
    names = Names.of(known_rules)
    try:
        configuration = Configuration.model_validate(table, context=names)
    except ValidationError as error:
        details: list[ErrorDetails] = error.errors(include_url=False, include_context=True, include_input=True)
    else:
        details = []
    problems = [
        *_model_problems(details, names),
        *_profile_problems(table),
        *_option_problems(table.get("rules"), known_rules),
    ]
    if problems:
        lines = KeyLines(file)
        placed: list[ConfigurationProblem] = []
        for relative, message, suggestion in problems[:MAX_PROBLEMS]:
            path = (*file.base, *relative)
            place = lines.line_of(path)
            placed.append(ConfigurationProblem(file.name, shown_key(path), message, suggestion, place))
        left_out = max(len(details) - MAX_PROBLEMS, len(problems) - MAX_PROBLEMS, 0)
        raise ConfigurationError(sorted(placed, key=lambda problem: (problem.line, problem.key)), left_out)
    return _as_settings(configuration)


def _as_settings(configuration: Configuration) -> Settings:
    values: dict[str, Any] = {}
    for field in configuration.model_fields_set:
        value = getattr(configuration, field)
        values[field] = tuple(value) if isinstance(value, list) else value
    if configuration.overrides:
        values["overrides"] = tuple(
            PathOverride(tuple(table.files), tuple(table.ignore), dict(table.severity))
            for table in configuration.overrides
        )
    for name in PRESET_NAMES:
        if name in configuration.profile:
            values["preset"] = name
    if "profile" in values:
        values["profile"] = tuple(dict.fromkeys(name for name in configuration.profile if name not in PRESET_NAMES))
    return Settings(**values, set_by=dict.fromkeys(sorted(values), ""))


_Problem = tuple[KeyPath, str, str]


def _model_problems(details: list[ErrorDetails], names: Names) -> Iterator[_Problem]:
    for detail in details[:MAX_PROBLEMS]:
        # The key of a dictionary that is itself wrong is followed by a mark of pydantic's own.
        path = tuple(step for step in detail["loc"] if step != "[key]")
        message, suggestion = _explained(detail, path, names)
        yield path, message, suggestion


def _explained(detail: ErrorDetails, path: KeyPath, names: Names) -> tuple[str, str]:
    """What an error of pydantic means for the reader, and what was probably meant."""
    kind = detail["type"]
    given = detail.get("input")
    context = detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind in ("unknown_selectable", "unknown_rule"):
        candidates = names.rules if kind == "unknown_rule" else names.selectable
        return f"names `{shown(given)}`, which {detail['msg']}", nearest(str(given), candidates)
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        expected = ", ".join(f"`{choice}`" for choice in choices)
        return f"must be one of {expected}, not {_quoted(given)}", nearest(str(given)[:200], choices)
    if kind == "missing":
        return "is missing", ""
    if kind in _LENGTHS:
        return _LENGTHS[kind](context), ""
    explain = _EXPLANATIONS.get(kind)
    if explain is not None:
        return explain(context) + f", not {_quoted(given)}", ""
    return _sentence(detail["msg"]), ""


_EXPLANATIONS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "string_type": lambda _: "must be text",
    "list_type": lambda _: "must be a list",
    "bool_type": lambda _: "must be true or false",
    "int_type": lambda _: "must be a whole number",
    "dict_type": lambda _: "must be a table",
    "model_type": lambda _: "must be a table",
    "greater_than_equal": lambda context: f"must be at least {context['ge']:,}",
    "less_than_equal": lambda context: f"must be at most {context['le']:,}",
}
_LENGTHS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "too_long": lambda context: f"must have at most {context['max_length']:,} entries",
    "too_short": lambda _: "must not be empty",
    "string_too_long": lambda context: f"must have at most {context['max_length']:,} characters",
    "string_too_short": lambda _: "must not be empty",
}


def _unknown_key(path: KeyPath) -> tuple[str, str]:
    key = str(path[-1])
    refusal = REFUSED_KEYS.get(key.lower().replace("_", "-"))
    if refusal:
        return refusal, ""
    if path == ("tool",):
        return "is not a setting: in this file settings stand at the top level, not in `[tool.reviewer]`", ""
    model = OverrideTable if path[0] == "overrides" and len(path) > 1 else Configuration
    return "is not a setting", nearest(key, (key_of(field) for field in model.model_fields))


def _quoted(value: object) -> str:
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return f"`{shown(value)}`" if isinstance(value, str) else shown(value)


def _sentence(message: str) -> str:
    return message[:1].lower() + message[1:]


def _profile_problems(table: Mapping[str, Any]) -> Iterator[_Problem]:
    """Two presets, where one holds the other."""
    named = _as_list(table.get("profile", []))
    presets = (
        {name for name in (*named, table.get("preset")) if name in PRESET_NAMES} if isinstance(named, list) else ()
    )
    if len(presets) > 1:
        yield ("profile",), "names a preset besides another one, which holds it or is held by it", ""


def _option_problems(tables: object, known_rules: Mapping[str, type[Rule]]) -> Iterator[_Problem]:
    """What is wrong with options of known rules; anything else is the model's business."""
    if not isinstance(tables, dict):
        return
    for name, raw in tables.items():
        rule = known_rules.get(name)
        if rule is not None and isinstance(raw, dict):
            for problem in read_options(rule, raw)[1]:
                yield ("rules", name, *([problem.key] if problem.key else [])), problem.message, problem.suggestion


def schema_of(known_rules: Mapping[str, type[Rule]]) -> dict[str, Any]:
    """The JSON Schema of a configuration, with the names and options of the known rules."""
    schema = Configuration.model_json_schema(by_alias=True)
    names = Names.of(known_rules)
    definitions: dict[str, Any] = schema.setdefault("$defs", {})
    definitions["Selectable"] = {"type": "string", "enum": sorted(names.selectable)}
    for table in (schema, definitions["OverrideTable"]):
        for key, value in table["properties"].items():
            value.pop("title", None)
            if key in ("select", "extend-select", "ignore"):
                value["items"] = {"$ref": "#/$defs/Selectable"}
            elif key == "profile":
                several = {part: value.pop(part) for part in ("type", "items", "maxItems")}
                value["anyOf"] = [several["items"], several]
            elif key == "severity":
                value["propertyNames"] = {"$ref": "#/$defs/Selectable"}
    options: dict[str, Any] = {}
    for name in sorted(known_rules):
        rule = known_rules[name]
        options[name] = _options_schema(rule, definitions)
    schema["properties"]["rules"] = {
        "type": "object",
        "description": "Options by rule.",
        "additionalProperties": False,
        "properties": options,
    }
    return {**schema, "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "reviewer"}


def _options_schema(rule: type[Rule], definitions: dict[str, Any]) -> dict[str, Any]:
    # Rules may call their options alike, so each has its own space of definitions.
    prefix = f"#/$defs/{rule.name()}."
    try:
        _, components = msgspec.json.schema_components([rule.Options], ref_template=prefix + "{name}")
    except TypeError:  # a type of a pack's own, that JSON Schema has no word for
        return {"type": "object", "description": rule.summary()}
    own: dict[str, Any] = components.pop(rule.Options.__name__)
    definitions.update({f"{rule.name()}.{name}": component for name, component in components.items()})
    keys = {field: key for key, field in option_keys(rule).items()}
    own["properties"] = {keys[field]: value for field, value in own.get("properties", {}).items()}
    own["description"] = rule.summary()
    own.pop("title", None)
    return own
