"""Which settings a configuration stands for, what is wrong with it, and what the command line makes of them."""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_rules import CATALOGUE, make_catalogue, make_rule

from reviewer.config import (
    ConfigurationError,
    ConfigurationProblem,
    effective,
    json_schema,
    load_settings,
    settings_of,
    with_command_line,
)
from reviewer.config_file import ConfigurationFile
from reviewer.config_model import REFUSED_KEYS
from reviewer.config_problem import MAX_PROBLEMS, nearest
from reviewer.settings import ALL, PROVENANCE, PathOverride, Settings

SELECTABLE = {ALL, "auth", "sql", "api", *CATALOGUE}

EVERYTHING = """
preset = "strict"
profile = "fastapi"
select = ["auth", "sql-injection"]
extend-select = ["api"]
ignore = ["raw-sql"]
severity = { auth = "error", raw-sql = "info" }
exclude = ["generated/**", "!generated/kept.py"]
test-files = ["checks/**"]
source-roots = ["src", "backend/app"]
max-file-size = 2_000_000
baseline = "accepted.jsonl"
fail-on = "warning"
require-suppression-reason = true

[rules.missing-auth]
max-routes = 7
allowed = ["health"]

[[overrides]]
files = ["scripts/**"]
ignore = ["auth"]
severity = { all = "info" }
"""


class MemoryCache:
    """Keeps values, and counts what is asked of it."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, bytes], bytes] = {}

    def get_many(self, kind: str, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        return {key: self.values[kind, key] for key in keys if (kind, key) in self.values}

    def put_many(self, kind: str, items: Mapping[bytes, bytes]) -> None:
        self.values.update({(kind, key): value for key, value in items.items()})


def settings_from(text: str, cache: MemoryCache | None = None) -> Settings:
    """The settings of a reviewer.toml with that text."""
    file = ConfigurationFile(Path(), "reviewer.toml", text.encode("utf-8", "surrogatepass"), is_project_file=False)
    settings = settings_of(file, CATALOGUE, cache)
    assert settings is not None
    return settings


def outcome(
    content: bytes, cache: MemoryCache | None = None, *, is_project_file: bool = False
) -> Settings | ConfigurationError | None:
    """What a file of these bytes gives, an error too."""
    try:
        return settings_of(ConfigurationFile(Path(), "file.toml", content, is_project_file), CATALOGUE, cache)
    except ConfigurationError as error:
        return error


def problems_of(text: str) -> tuple[ConfigurationProblem, ...]:
    """Everything that is wrong with a reviewer.toml of that text."""
    with pytest.raises(ConfigurationError) as caught:
        settings_from(text)
    return caught.value.problems


def problem_of(text: str) -> ConfigurationProblem:
    """The one thing that is wrong with it."""
    [problem] = problems_of(text)
    return problem


# Values ---------------------------------------------------------------------------------------------------------------


def test_without_configuration_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings(tmp_path, CATALOGUE) == Settings()


def test_every_key_reaches_its_setting() -> None:
    settings = settings_from(EVERYTHING)

    assert settings == Settings(
        preset="strict",
        select=("auth", "sql-injection"),
        extend_select=("api",),
        ignore=("raw-sql",),
        severity={"auth": "error", "raw-sql": "info"},
        options={"missing-auth": {"max-routes": 7, "allowed": ["health"]}},
        overrides=(PathOverride(("scripts/**",), ("auth",), {"all": "info"}),),
        exclude=("generated/**", "!generated/kept.py"),
        test_patterns=("checks/**",),
        source_roots=("src", "backend/app"),
        max_file_size=2_000_000,
        baseline="accepted.jsonl",
        fail_on="warning",
        require_suppression_reason=True,
        profile=("fastapi",),
        origin=("reviewer.toml",),
        set_by=settings.set_by,
    )


def test_every_setting_can_be_configured_and_says_which_file_set_it() -> None:
    settings = settings_from(EVERYTHING)

    fields = {field for field in Settings.__struct_fields__ if field not in PROVENANCE}
    assert settings.set_by == dict.fromkeys(fields, "reviewer.toml")


def test_an_empty_file_sets_nothing_but_is_the_origin() -> None:
    assert settings_from("# later\n") == Settings(origin=("reviewer.toml",))


def test_effective_settings_name_key_value_and_origin() -> None:
    settings = with_command_line(settings_from('ignore = ["sql"]\ntest-files = ["t/**"]'), CATALOGUE, fail_on="error")

    values = {value.key: (value.value, value.origin) for value in effective(settings)}
    assert values["ignore"] == (("sql",), "reviewer.toml")
    assert values["test-files"] == (("t/**",), "reviewer.toml")
    assert values["fail-on"] == ("error", "command line")
    assert values["max-file-size"] == (1_000_000, "default")
    assert values["rules"] == ({}, "default")
    assert len(values) == len(Settings.__struct_fields__) - len(PROVENANCE)


def test_a_profile_is_one_name_or_several_and_may_hold_a_preset() -> None:
    assert settings_from('profile = "flask"').profile == ("flask",)
    settings = settings_from('profile = ["fastapi", "strict", "git-flow"]')
    assert (settings.profile, settings.preset) == (("fastapi", "git-flow"), "strict")
    assert settings_from('profile = "strict"\npreset = "strict"').profile == ()


def test_profiles_of_the_command_line_replace_those_of_the_file() -> None:
    settings = with_command_line(
        settings_from('profile = ["fastapi", "strict"]'), CATALOGUE, profile=["flask", "git-flow"]
    )

    assert (settings.profile, settings.preset) == (("flask", "git-flow"), "strict")
    assert settings.set_by == {"preset": "reviewer.toml", "profile": "command line"}
    strict = with_command_line(Settings(), CATALOGUE, profile=["fastapi", "strict"])
    assert (strict.profile, strict.preset) == (("fastapi",), "strict")
    with pytest.raises(ConfigurationError, match="two presets"):
        with_command_line(Settings(), CATALOGUE, preset="recommended", profile=["strict"])
    with pytest.raises(ConfigurationError, match="fastapi"):
        with_command_line(Settings(), CATALOGUE, profile=["fastpi"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('profile = "fastpi"', "must be one of"),
        ('profile = ["recommended", "strict"]', "names a preset besides another one"),
        ('profile = "strict"\npreset = "recommended"', "names a preset besides another one"),
        ("profile = 3", "must be a list"),
        ("profile = [[]]", "must be one of"),
    ],
)
def test_a_profile_that_is_none_is_refused(text: str, message: str) -> None:
    problem = problem_of(text)

    assert message in problem.message
    assert (problem.line, problem.key.partition("[")[0]) == (1, "profile")


# What is wrong --------------------------------------------------------------------------------------------------------


def test_all_problems_are_reported_together_in_the_order_of_lines() -> None:
    problems = problems_of(
        'selct = ["auth"]\n'
        'ignore = ["sql", "mising-auth"]\n'
        'fail-on = "warn"\n'
        "[rules.missing-auth]\n"
        "max-route = 1\n"
        'max-routes = "many"\n'
        "[[overrides]]\n"
        'files = ["a"]\n'
        "[[overrides]]\n"
        'files = ["b"]\n'
        'severity = { sq = "info" }\n'
    )

    assert [(problem.line, problem.key, problem.suggestion) for problem in problems] == [
        (1, "selct", "select"),
        (2, "ignore[1]", "missing-auth"),
        (3, "fail-on", "warning"),
        (5, "rules.missing-auth.max-route", "max-routes"),
        (6, "rules.missing-auth.max-routes", ""),
        (11, "overrides[1].severity.sq", "sql"),
    ]


def test_a_problem_reads_as_one_line_with_its_place() -> None:
    assert str(problem_of('\nignore = ["sqll"]')) == (
        "reviewer.toml:2: `ignore[0]` names `sqll`, which is not a rule or family; did you mean `sql`?"
    )


def test_the_key_path_of_a_pyproject_starts_at_its_top() -> None:
    content = b'[project]\nname = "x"\n\n[tool.reviewer]\npreset = "Strict"\n'
    file = ConfigurationFile(Path(), "pyproject.toml", content, is_project_file=True)

    with pytest.raises(ConfigurationError) as caught:
        settings_of(file, CATALOGUE)

    assert str(caught.value) == (
        "pyproject.toml:5: `tool.reviewer.preset` must be one of `recommended`, `strict`, not `Strict`; "
        "did you mean `strict`?"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('ignore = "sql"', "must be a list, not `sql`"),
        ("ignore = [1]", "must be text, not 1"),
        ('max-file-size = "1"', "must be a whole number, not `1`"),
        ("max-file-size = 1.5", "must be a whole number, not 1.5"),
        ("max-file-size = 0", "must be at least 1, not 0"),
        ("max-file-size = 9_000_000_000", "must be at most 50,000,000, not 9000000000"),
        ("require-suppression-reason = 1", "must be true or false, not 1"),
        ("severity = 1", "must be a table, not 1"),
        ("overrides = [1]", "must be a table, not 1"),
        ("rules = { missing-auth = 1 }", "must be a table, not 1"),
        ("rules = { missing-auth = { max-routes = 1.5 } }", "must be a whole number, not a number"),
        ("rules = { missing-auth = { limits = { a = 's' } } }", "must be a whole number, not text (at `[...]`)"),
        ("rules = { missing-auth = { max-routes = -1 } }", "is not valid: max-routes is negative"),
        ("rules = { missing-auth = { max_routes = 1 } }", "is not an option of the rule"),
        ("rules = { sql-injection = { anything = 1 } }", "is not an option: the rule has none like it"),
        ("[[overrides]]\nignore = ['sql']", "is missing"),
        ("[[overrides]]\nfiles = []", "must not be empty"),
        (f"ignore = [{'1,' * 1001}]", "must have at most 1,000 entries"),
        (f"exclude = ['{'x' * 501}']", "must have at most 500 characters"),
        ("preset = 1979-05-27", "must be one of `recommended`, `strict`, not datetime.date(1979, 5, 27)"),
        ("[tool.reviewer]", "is not a setting: in this file settings stand at the top level, not in `[tool.reviewer]`"),
    ],
)
def test_a_wrong_value_is_explained_in_words(text: str, message: str) -> None:
    assert problem_of(text).message == message


@pytest.mark.parametrize(
    "path",
    ["..", "../other", "a/../../b", "/etc", "~/x", "~root", "C:/x", "c:x", "\\\\host\\x", "..\\x", "file:///x", "a\nb"],
)
@pytest.mark.parametrize(
    "template", ["exclude = [%s]", "test-files = [%s]", "source-roots = [%s]", "overrides = [{files = [%s]}]"]
)
def test_no_path_leads_out_of_the_tree(template: str, path: str) -> None:
    assert len(problems_of(template % json.dumps(path))) == 1


@pytest.mark.parametrize("pattern", ["!../x", "!/etc/**", "# comment", "!", " ", ""])
def test_a_pattern_must_cover_something_in_the_tree(pattern: str) -> None:
    assert problem_of(f"exclude = [{json.dumps(pattern)}]").key == "exclude[0]"


@pytest.mark.parametrize("pattern", ["**/x..y/*.py", "a...b", "!kept.py", "build/", "[a-z]*.py", "a b"])
def test_ordinary_patterns_are_accepted(pattern: str) -> None:
    assert settings_from(f"exclude = [{json.dumps(pattern)}]").exclude == (pattern,)


@pytest.mark.parametrize("key", sorted(REFUSED_KEYS))
@pytest.mark.parametrize("value", ['"x"', '["x.py"]', "true", "{ a = 1 }"])
def test_a_key_that_would_run_or_fetch_or_write_something_is_refused(key: str, value: str) -> None:
    problem = problem_of(f"{key} = {value}")

    assert "is refused" in problem.message
    assert problem.suggestion == ""


def test_names_from_the_file_are_shown_short_and_without_control_characters() -> None:
    problem = problem_of('"\\u001b[31m\\n::error::' + "x" * 1000 + '" = 1')

    assert problem.key.startswith("\\x1b[31m\\n::error::xxx")
    assert len(str(problem)) < 300
    assert str(problem).isprintable()


def test_thousands_of_problems_are_counted_and_not_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings_from("\n".join(f"key{number} = 1" for number in range(5000)))

    assert len(caught.value.problems) == MAX_PROBLEMS
    assert caught.value.left_out == 5000 - MAX_PROBLEMS
    assert str(caught.value).endswith("4,950 more problems are not shown.")


@given(st.text(min_size=1).filter(lambda name: name not in SELECTABLE))
def test_an_unknown_name_always_gets_the_nearest_suggestion(name: str) -> None:
    problem = problem_of(f"ignore = [{as_toml(name)}]")

    assert problem.suggestion == nearest(name, SELECTABLE)
    assert problem.suggestion in SELECTABLE


@given(st.sampled_from(sorted(CATALOGUE)), st.data())
def test_a_name_with_one_wrong_letter_is_recognised(name: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(name) - 1))
    wrong = name[:position] + "z" + name[position + 1 :]

    best = max(difflib.SequenceMatcher(None, known, wrong).ratio() for known in CATALOGUE)
    assert difflib.SequenceMatcher(None, nearest(wrong, CATALOGUE), wrong).ratio() == best


TOML_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text()
    | st.sampled_from(sorted(SELECTABLE)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text() | st.sampled_from(["files", "ignore"]), inner, max_size=3)
    ),
    max_leaves=8,
).filter(lambda value: value is not None)
KEYS = st.text(min_size=1) | st.sampled_from([value.key for value in effective(Settings())])


def as_toml(value: Any) -> str:
    """A value as TOML text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_toml(key)} = {as_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(inner) for inner in value if inner is not None) + "]"
    if isinstance(value, str):
        return json.dumps(value.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)


@given(st.dictionaries(KEYS, TOML_VALUES, max_size=5))
def test_any_document_gives_settings_or_a_configuration_error(document: dict[str, Any]) -> None:
    text = "\n".join(f"{as_toml(key)} = {as_toml(value)}" for key, value in document.items())
    cache = MemoryCache()

    result = outcome(text.encode(), cache)

    if isinstance(result, ConfigurationError):
        assert result.problems
        assert all(str(problem).isprintable() for problem in result.problems)
        assert cache.values == {}
    else:
        assert outcome(text.encode(), cache) == result


@given(st.text() | st.binary())
def test_any_bytes_give_settings_or_a_configuration_error(content: str | bytes) -> None:
    result = outcome(content if isinstance(content, bytes) else content.encode(), is_project_file=True)

    assert result is None or (isinstance(result, ConfigurationError) and len(result.problems) == 1)


# The command line -----------------------------------------------------------------------------------------------------


def test_values_of_the_command_line_win() -> None:
    settings = with_command_line(
        settings_from(EVERYTHING),
        CATALOGUE,
        preset="recommended",
        fail_on="error",
        max_file_size=5,
        require_suppression_reason=False,
        exclude=["more/**"],
    )

    assert settings.preset == "recommended"
    assert settings.fail_on == "error"
    assert settings.max_file_size == 5
    assert settings.require_suppression_reason is False
    assert settings.exclude == ("generated/**", "!generated/kept.py", "more/**")
    assert settings.set_by["exclude"] == settings.set_by["preset"] == "command line"
    assert settings.set_by["ignore"] == "reviewer.toml"


def test_nothing_given_changes_nothing() -> None:
    settings = settings_from(EVERYTHING)

    assert with_command_line(settings, CATALOGUE) == settings


def test_select_of_the_command_line_starts_anew() -> None:
    settings = with_command_line(settings_from(EVERYTHING), CATALOGUE, select=["raw-sql"])

    assert (settings.select, settings.extend_select, settings.ignore) == (("raw-sql",), (), ())


def test_ignore_and_extend_select_add_to_the_file_and_win_over_it() -> None:
    file = settings_from('extend-select = ["raw-sql"]\nignore = ["auth", "verb-in-path"]')

    settings = with_command_line(file, CATALOGUE, extend_select=["auth"], ignore=["sql"])

    assert settings.extend_select == ("raw-sql", "auth")
    assert settings.ignore == ("verb-in-path", "sql")


def test_wrong_values_of_the_command_line_are_reported_together() -> None:
    with pytest.raises(ConfigurationError) as caught:
        with_command_line(Settings(), CATALOGUE, select=["sqll", "auth"], ignore=["x"], preset="stric", max_file_size=0)

    assert [(problem.key, problem.suggestion) for problem in caught.value.problems] == [
        ("--select", "sql"),
        ("--ignore", nearest("x", SELECTABLE)),
        ("--preset", "strict"),
        ("--max-file-size", ""),
    ]


NAMES = st.lists(st.sampled_from(sorted(SELECTABLE)), max_size=4)


@given(NAMES, NAMES, NAMES, NAMES, NAMES, NAMES, st.sampled_from([None, "strict"]), st.sampled_from([None, "error"]))
def test_merging_the_same_command_line_twice_changes_nothing_more(
    file_select: list[str],
    file_extend: list[str],
    file_ignore: list[str],
    select: list[str],
    extend_select: list[str],
    ignore: list[str],
    preset: str | None,
    fail_on: str | None,
) -> None:
    settings = Settings(select=tuple(file_select), extend_select=tuple(file_extend), ignore=tuple(file_ignore))
    given_values: dict[str, Any] = {
        "select": select,
        "extend_select": extend_select,
        "ignore": ignore,
        "preset": preset,
        "fail_on": fail_on,
        "exclude": ["a/**"],
    }

    once = with_command_line(settings, CATALOGUE, **given_values)

    assert with_command_line(once, CATALOGUE, **given_values) == once


# The cache ------------------------------------------------------------------------------------------------------------


def test_cached_settings_equal_those_read_from_the_file() -> None:
    cache = MemoryCache()

    assert settings_from(EVERYTHING, cache) == settings_from(EVERYTHING, cache) == settings_from(EVERYTHING)
    assert len(cache.values) == 1


def test_a_warm_cache_needs_neither_pydantic_nor_a_toml_parser(tmp_path: Path) -> None:
    (tmp_path / "reviewer.toml").write_text('ignore = ["auth"]')
    program = (
        "import sys; from pathlib import Path; from made_rules import CATALOGUE; from test_config import MemoryCache\n"
        "from reviewer.config import load_settings\n"
        "cache = MemoryCache(); root = Path(sys.argv[1]); first = load_settings(root, CATALOGUE, cache=cache)\n"
        "for name in [name for name in sys.modules if name.partition('.')[0] in ('pydantic', 'tomllib', 'tomli')]:\n"
        "    del sys.modules[name]\n"
        "assert load_settings(root, CATALOGUE, cache=cache) == first\n"
        "assert not {'pydantic', 'tomllib', 'tomli'} & set(sys.modules), 'imported'\n"
    )

    finished = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        check=False,
    )

    assert (finished.returncode, finished.stderr) == (0, "")


def test_without_a_file_pydantic_is_not_imported(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from reviewer.config import load_settings\n"
        "load_settings(Path(sys.argv[1]), {})\n"
        "assert not {'pydantic', 'tomllib', 'tomli', 'difflib', 'hashlib'} & set(sys.modules)"
    )

    finished = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert (finished.returncode, finished.stderr) == (0, "")


def test_another_catalogue_does_not_get_the_cached_settings() -> None:
    cache = MemoryCache()
    file = ConfigurationFile(Path(), "reviewer.toml", b'ignore = ["auth"]', is_project_file=False)
    assert settings_of(file, CATALOGUE, cache) is not None

    with pytest.raises(ConfigurationError):
        settings_of(file, make_catalogue(make_rule("other", "family")), cache)


def test_that_a_file_has_nothing_for_us_is_cached_too() -> None:
    cache = MemoryCache()
    file = ConfigurationFile(Path(), "pyproject.toml", b"[tool.ruff]\n", is_project_file=True)

    assert settings_of(file, CATALOGUE, cache) is settings_of(file, CATALOGUE, cache) is None
    assert len(cache.values) == 1


@pytest.mark.parametrize("garbage", [b"", b"\x00", b"\xc1", b"\x93\x01\x02\x03", b"\x81\xa8settings\x81\xa6select\x05"])
def test_a_broken_cache_entry_is_made_anew(garbage: bytes) -> None:
    cache = MemoryCache()
    settings = settings_from(EVERYTHING, cache)
    cache.values = dict.fromkeys(cache.values, garbage)

    assert settings_from(EVERYTHING, cache) == settings
    assert settings_from(EVERYTHING, cache) == settings


# The schema -----------------------------------------------------------------------------------------------------------


def test_the_json_schema_accepts_what_is_valid_and_names_rules_and_their_options() -> None:
    schema = json_schema(CATALOGUE)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    def is_valid(**document: Any) -> bool:
        return bool(validator.is_valid(document))

    assert is_valid(preset="strict", rules={"missing-auth": {"max-routes": 1, "limits": {"a": 1}}})
    assert is_valid(overrides=[{"files": ["a"], "severity": {"auth": "info"}}])
    assert not is_valid(ignore=["mising-auth"])
    assert not is_valid(severity={"nothing": "info"})
    assert not is_valid(overrides=[{"files": ["a"], "ignore": ["nothing"]}])
    assert not is_valid(rules={"nothing": {}})
    assert not is_valid(rules={"missing-auth": {"max_routes": 1}})
    assert not is_valid(rules={"missing-auth": {"max-routes": "x"}})
    assert not is_valid(unknown=1)


def test_the_json_schema_describes_every_key() -> None:
    properties = json_schema(CATALOGUE)["properties"]

    assert set(properties) == {value.key for value in effective(Settings())}
    assert [key for key, value in properties.items() if not value.get("description", "").endswith(".")] == []


def test_the_defaults_of_the_schema_are_those_of_the_settings() -> None:
    properties = json_schema(CATALOGUE)["properties"]

    for value in effective(Settings()):
        if value.key != "rules":
            plain = list(value.value) if isinstance(value.value, tuple) else value.value
            assert (value.key, properties[value.key]["default"]) == (value.key, plain)
