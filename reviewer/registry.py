"""Finds rules: the built-in pack always, and the installed packs that the person at the command line names.

Takes names of packs, gives a catalogue of rule classes, checked. A rule that cannot be used costs itself and is
reported; nothing is ever loaded because a file of a reviewed tree says so.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType

import msgspec

from reviewer.config_problem import nearest
from reviewer.rule import Category, Confidence, NoOptions, Preset, Rule, Severity
from reviewer.settings import ALL

BUILT_IN_PACK = "builtin"
BUILT_IN_PACKAGE = "reviewer.rules"
ENTRY_POINT_GROUP = "reviewer.rules"
PACKS_VARIABLE = "REVIEWER_PACKS"

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class PackError(Exception):
    """A pack, or one rule of it, that cannot be used: the pack, what is wrong, the file and line if they are known."""

    def __init__(self, pack: str, message: str, file: str = "", line: int = 0) -> None:
        super().__init__(pack, message, file, line)
        self.pack = pack
        self.message = message
        self.file = file
        self.line = line

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return f"{place}{self.message} (rule pack {self.pack})"


class Catalogue(Mapping[str, type[Rule]]):
    """Rule classes by name, in the order of names; `errors` says what could not be loaded."""

    def __init__(
        self, rules: Mapping[str, type[Rule]], errors: Sequence[PackError] = (), packs: Mapping[str, str] | None = None
    ) -> None:
        self._rules = {name: rules[name] for name in sorted(rules)}
        self._packs = dict(packs or {})
        self.errors = tuple(errors)
        families: dict[str, list[str]] = {}
        for name, rule in self._rules.items():
            families.setdefault(rule.family(), []).append(name)
        #: The names of the rules of each family.
        self.families: Mapping[str, tuple[str, ...]] = {name: tuple(families[name]) for name in sorted(families)}

    def __getitem__(self, name: str) -> type[Rule]:
        return self._rules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def pack_of(self, name: str) -> str:
        """The pack that a rule comes from."""
        return self._packs.get(name, BUILT_IN_PACK)


class _RuleFile(msgspec.Struct, frozen=True):
    module: str
    path: str


def load_catalogue(packs: Sequence[str] = ()) -> Catalogue:
    """The built-in rules, and those of the packs named here or in the environment variable REVIEWER_PACKS.

    Raises nothing: whoever runs the review reports `errors` and ends with exit code 2.
    """
    loading = _Loading()
    loading.add_package(BUILT_IN_PACK, BUILT_IN_PACKAGE)
    wanted = dict.fromkeys([*packs, *packs_of_environment()])
    wanted.pop(BUILT_IN_PACK, None)
    if wanted:
        installed = _installed_packs()
        for pack in wanted:
            if pack in installed:
                loading.add_package(pack, installed[pack])
            else:
                meant = nearest(pack, installed)
                hint = f"; did you mean `{meant}`?" if meant else ": no packs are installed."
                loading.errors.append(PackError(pack, f"No such pack is installed{hint}"))
    return Catalogue(loading.rules, loading.errors, loading.packs)


def packs_of_environment() -> list[str]:
    """The packs that REVIEWER_PACKS names, separated by commas or spaces."""
    return re.findall(r"[^,\s]+", os.environ.get(PACKS_VARIABLE, ""))


class _Loading:
    """What has been loaded so far, so that names stay unique across packs."""

    def __init__(self) -> None:
        self.rules: dict[str, type[Rule]] = {}
        self.packs: dict[str, str] = {}
        self.errors: list[PackError] = []

    def add_package(self, pack: str, package: str) -> None:
        """Adds the rules of an importable package."""
        try:
            module = _imported(pack, package)
            folders = list(getattr(module, "__path__", ()))
            if not folders:
                raise PackError(pack, f"`{package}` is not a package: rules stand in files, one each", _file_of(module))
            files = [file for folder in folders for file in _rule_files(pack, package, folder)]
        except PackError as error:
            self.errors.append(error)
            return
        for file in files:
            try:
                self._add_rule(pack, file)
            except PackError as error:
                self.errors.append(error)

    def _add_rule(self, pack: str, file: _RuleFile) -> None:
        module = _imported(pack, file.module, file.path)
        found = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == file.module
        ]
        if len(set(found)) != 1:
            names = ", ".join(value.__name__ for value in dict.fromkeys(found))
            message = (
                f"A rule file defines one rule, this one {len(set(found))}: {names}"
                if found
                else ("A rule file defines one class derived from Rule, this one none")
            )
            raise PackError(pack, message, file.path, _line_of(found[1]) if found else 1)
        rule = found[0]
        message = _defect_of(rule)
        other = self.rules.get(rule.name())
        if not message and other is not None:
            message = f"The name `{rule.name()}` is taken by {other.__module__}"
        if message:
            raise PackError(pack, f"{rule.__name__}: {message}", file.path, _line_of(rule))
        self.rules[rule.name()] = rule
        self.packs[rule.name()] = pack


def _imported(pack: str, name: str, path: str = "") -> ModuleType:
    """A module. Raises PackError, whatever happens on its import."""
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit) and error.__class__ is not SystemExit:
            raise  # a signal that arrived meanwhile
        file, line = _place_of(error, path)
        message = f"`{name}` cannot be imported: {type(error).__name__}: {error}".replace("\n", " ")
        raise PackError(pack, message, file, line) from error


def _rule_files(pack: str, package: str, folder: str) -> list[_RuleFile]:
    """The files of rules in a pack's folder and in its families' folders, in the order of their names."""
    files: list[_RuleFile] = []
    try:
        entries = _visible_entries(folder)
        for entry in entries:
            if entry.name.endswith(".py"):
                files.append(_RuleFile(f"{package}.{entry.name[:-3]}", entry.path))
            elif entry.name.isidentifier() and entry.is_dir():
                family = f"{package}.{entry.name}"
                inner = (each for each in _visible_entries(entry.path) if each.name.endswith(".py"))
                files.extend(_RuleFile(f"{family}.{each.name[:-3]}", each.path) for each in inner)
    except OSError as error:
        raise PackError(pack, f"The folder cannot be read: {error.strerror}", folder) from error
    return files


def _visible_entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted((entry for entry in entries if entry.name[0] not in "._"), key=lambda entry: entry.name)


def _installed_packs() -> dict[str, str]:
    """The package of each installed pack.

    The working folder is left out, where `python -m` would find distributions that the reviewed tree pretends to have.
    """
    from importlib.metadata import distributions

    here = os.path.realpath(os.curdir)
    places = [place for place in sys.path if place and os.path.realpath(place) != here]
    packs: dict[str, str] = {}
    for distribution in distributions(path=places):
        for entry in distribution.entry_points:
            if entry.group == ENTRY_POINT_GROUP and entry.name != BUILT_IN_PACK:
                packs.setdefault(entry.name, entry.value.partition(":")[0].strip())
    return packs


# The checks of one rule -----------------------------------------------------------------------------------------------


def _defect_of(rule: type[Rule]) -> str:
    """What makes a rule unusable; empty if nothing does."""
    missing = [name for name in ("category", "severity", "bad", "good") if not hasattr(rule, name)]
    if missing:
        return f"`{missing[0]}` is missing"
    for name, kind in _TYPES.items():
        value = getattr(rule, name)
        if not isinstance(value, kind):
            return f"`{name}` must be {_one_of(kind)}, not {value!r}"
    if not rule.checklist and not rule.practice:
        return "`checklist` is missing, or `practice` where no bullet asks for the rule"
    if not _NAME.fullmatch(rule.name()) or rule.name() in (ALL, rule.family()):
        return f"the file's name makes `{rule.name()}`, which is no name for a rule"
    if rule.family() == ALL:
        return f"the family cannot be called `{ALL}`"
    if not (rule.cwe is None or isinstance(rule.cwe, int)):
        return f"`cwe` must be a number, not {rule.cwe!r}"
    if not rule.__doc__:
        return "the docstring is missing, which is the rule's page"
    if rule.check is Rule.check:
        return "`check` is missing"
    return "" if rule.Options is NoOptions else _defect_of_options(rule.Options)


_TYPES: dict[str, type] = {
    "category": Category,
    "severity": Severity,
    "confidence": Confidence,
    "preset": Preset,
    "checklist": tuple,
    "practice": str,
    "references": tuple,
    "since": str,
}


def _one_of(kind: type) -> str:
    return f"a {kind.__name__}"


def _defect_of_options(options: type[msgspec.Struct]) -> str:
    if not (isinstance(options, type) and issubclass(options, msgspec.Struct)):
        return "`Options` must be a msgspec.Struct"
    if not (options.__struct_config__.frozen and options.__struct_config__.forbid_unknown_fields):
        return "`Options` must be declared with frozen=True, forbid_unknown_fields=True"
    try:
        options()
    except (TypeError, ValueError) as error:
        return f"each field of `Options` must have a default: {error}"
    return ""


def _file_of(module: ModuleType) -> str:
    return getattr(module, "__file__", None) or ""


def _line_of(rule: type) -> int:
    import inspect

    try:
        return inspect.getsourcelines(rule)[1]
    except (OSError, TypeError):
        return 1


def _place_of(error: BaseException, path: str) -> tuple[str, int]:
    """Where an import failed: the line of the file that was imported, else the last line that ran."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 0
    place = (path, 0)
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == path:
            place = (path, trace.tb_lineno)
        trace = trace.tb_next
    return place
