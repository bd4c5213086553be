"""Joins templates with the code that renders them: which are missing, and which variables nothing passes.

Takes renderings, environments and the texts of templates; gives what rules report. Unknown names, contexts, folders
and globals make no answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property

from reviewer.file_kinds import kind_of
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import Unknown
from reviewer.project.functions.calls import Calls
from reviewer.project.model import MissingTemplate, MissingVariable, Rendering, Router, Template
from reviewer.project.program import Program
from reviewer.project.templates.renderings import Renderings
from reviewer.project.templates.template_conditions import Known, is_reached
from reviewer.project.templates.template_content import FAILS, HANDED
from reviewer.project.templates.template_contexts import Context, ContextReader
from reviewer.project.templates.template_environments import TemplateEnvironment, TemplateEnvironments
from reviewer.project.templates.template_extensions import is_package_template
from reviewer.project.templates.template_names import TemplateNames
from reviewer.project.templates.template_needs import Need, NeedReader
from reviewer.rule import Place

#: Tags that name other templates, as a first look finds them: is the template worth parsing?
NAMING_TAG = re.compile(r"\{%[-+]?\s*(?:extends|include|import|from)\s+(?:(['\"])([^'\"\\\n]*)\1)?")
FOLDER_NAMES = frozenset({"templates", "template", "email-templates", "email_templates"})


class Templates:
    """All that is known of the templates of a project."""

    def __init__(
        self,
        program: Program,
        evaluator: Evaluator,
        calls: Calls,
        routers: Iterable[Router],
        paths: Iterable[str],
        read_text: Callable[[str], str | None],
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._calls = calls
        self._read_text = read_text
        self._paths = tuple(sorted(paths))
        self._contexts = ContextReader(evaluator)
        self.environments = TemplateEnvironments(program, evaluator, calls, routers, self._paths)
        self._files: dict[str, Template] = {}
        self._named: dict[int, dict[str, list[Template]]] = {}
        self._readers: dict[int, NeedReader] = {}

    @cached_property
    def all(self) -> tuple[Template, ...]:
        """The template files, by path, each under the name of the first environment that knows it."""
        if self._paths:
            for environment in self.environments.all:
                self.named(environment)
        return tuple(self._file(path, *_split(path)) for path in self._paths)

    @cached_property
    def renderings(self) -> tuple[Rendering, ...]:
        """The calls that render templates, tests left out."""
        found = Renderings(self._program, self._evaluator, self._calls, self._contexts, self.environments).find()
        return tuple(found)

    def named(self, environment: TemplateEnvironment) -> dict[str, list[Template]]:
        """The templates of an environment by name; several where folders have the same name."""
        found = self._named.get(id(environment))
        if found is None:
            found = self._named[id(environment)] = {}
            for prefix, folder in environment.folders:
                for path in self._paths:
                    if not folder or path.startswith(f"{folder}/"):
                        name = path[len(folder) + 1 :] if folder else path
                        found.setdefault(prefix + name, []).append(self._file(path, folder, name))
        return found

    def _file(self, path: str, folder: str, name: str) -> Template:
        template = self._files.get(path)
        if template is None:
            template = self._files[path] = Template(path, name, folder, self._read_text)
        return template

    def _candidates(self, name: str, environment: TemplateEnvironment) -> list[Template]:
        """The templates that a name may mean: those of the environment, else files anywhere that end so."""
        found = self.named(environment).get(name)
        if found is not None or not environment.has_unknown_folders:
            return found or []
        return [self._file(path, *_split(path)) for path in self._paths if f"/{path}".endswith(f"/{name}")]

    # Missing templates

    @cached_property
    def missing(self) -> tuple[MissingTemplate, ...]:
        """The templates that calls and tags name and no folder has, in order."""
        if not self._paths:
            return ()
        found = {(one.place, one.name): one for one in (*self._missing_in_calls(), *self._missing_in_tags())}
        return tuple(one for _, one in sorted(found.items()))

    def _missing_in_calls(self) -> Iterator[MissingTemplate]:
        for rendering in self.renderings:
            if rendering.environment is None or isinstance(rendering.names, Unknown):
                continue
            symbol = rendering.function.symbol if rendering.function is not None else ""
            if all(self._is_missing(name, rendering.environment) for name in rendering.names):
                yield self._missing(
                    rendering.names[-1], "rendered", rendering.name_place, symbol, [rendering.environment]
                )

    def _missing_in_tags(self) -> Iterator[MissingTemplate]:
        around: dict[str, tuple[Template, list[TemplateEnvironment]]] = {}
        for environment in self.environments.all:
            for templates in self.named(environment).values():
                for template in templates:
                    around.setdefault(template.path, (template, []))[1].append(environment)
        for template, environments in around.values():
            if all(one.has_unknown_folders or one.has_own_syntax for one in environments):
                continue
            if self._may_miss(template, environments):
                yield from self._missing_references(template, environments)

    def _may_miss(self, template: Template, environments: list[TemplateEnvironment]) -> bool:
        """Whether a look at the text finds a tag whose template may not exist, so that it is worth parsing."""
        return any(
            name is None or all(self._is_missing(name, one) for one in environments)
            for name in (match[2] for match in NAMING_TAG.finditer(template.text))
        )

    def _missing_references(
        self, template: Template, environments: list[TemplateEnvironment]
    ) -> Iterator[MissingTemplate]:
        for reference in template.content.references:
            if reference.names is None or reference.ignores_missing:
                continue
            missing = [name for name in reference.names if all(self._is_missing(name, one) for one in environments)]
            if missing and (not reference.is_list or len(missing) == len(reference.names)):
                name = missing[-1]
                place = _place_in(template, reference.line, re.escape(name))
                yield self._missing(name, reference.tag, place, template.path, environments)

    def _is_missing(self, name: str, environment: TemplateEnvironment) -> bool:
        """Whether no folder of an environment has a template; False where that cannot be known."""
        if environment.has_unknown_folders or not environment.folders:
            return False
        if is_package_template(name, self.environments.imported_packages):
            return False
        if name in self.named(environment) or not _is_listed(name, environment):
            return False
        return "\x00" not in name and not name.startswith(("/", "."))

    def _missing(
        self, name: str, source: str, place: Place, symbol: str, environments: list[TemplateEnvironment]
    ) -> MissingTemplate:
        known = sorted({one for environment in environments for one in self.named(environment)})
        return MissingTemplate(name, source, place, symbol, _nearest(name, known))

    # Missing variables

    @cached_property
    def _names(self) -> TemplateNames:
        return TemplateNames(self._program, self._evaluator, self._calls, self._contexts)

    @cached_property
    def missing_variables(self) -> tuple[MissingVariable, ...]:
        """The variables that renderings do not pass although their templates need them, in order."""
        found: list[MissingVariable] = []
        for rendering in self.renderings:
            found += self._missing_in(rendering)
        return tuple(found)

    def _template_of(self, rendering: Rendering) -> Template | None:
        """The template of a rendering, None where it is one of several or not known."""
        environment = rendering.environment
        if environment is None or isinstance(rendering.names, Unknown) or len(rendering.names) != 1:
            return None
        return self._only(rendering.names[0], environment)

    def _only(self, name: str, environment: TemplateEnvironment) -> Template | None:
        found = self.named(environment).get(name, [])
        return found[0] if len(found) == 1 else None

    def _needs_of(self, template: Template, environment: TemplateEnvironment) -> list[Need] | None:
        reader = self._readers.get(id(environment))
        if reader is None:
            reader = self._readers[id(environment)] = NeedReader(lambda name: self._only(name, environment))
        needs = reader.of(template)
        return needs.needs if needs.is_complete else None

    def _missing_in(self, rendering: Rendering) -> Iterator[MissingVariable]:
        environment, context = rendering.environment, rendering.context
        if environment is None or environment.has_own_syntax or not context.is_complete:
            return
        template = self._template_of(rendering)
        names = None if template is None else self._names.of(environment)
        if template is None or names is None:
            return
        seen: set[str] = set()
        for need in self._needs_of(template, environment) or ():
            if need.name in context.names or need.name in names or need.name in seen:
                continue
            missing = self._judge(need, rendering, names)
            if missing is not None:
                seen.add(need.name)
                yield missing

    def _judge(self, need: Need, rendering: Rendering, names: frozenset[str]) -> MissingVariable | None:
        reached = is_reached(need.guards, _lookup(rendering.context, names))
        if reached is False:
            return None
        undefined = rendering.environment.undefined if rendering.environment is not None else ""
        fails = undefined == "StrictUndefined" or (need.need == FAILS and undefined == "Undefined")
        is_never_passed = self._is_never_passed(need)
        is_surely_read = bool(reached) and need.is_certain
        if not is_never_passed and not (is_surely_read and (fails or need.need == HANDED)):
            return None
        place = _place_in(need.template, need.line, rf"\b{re.escape(need.name)}\b")
        nearest = _nearest(need.name, sorted(rendering.context.names))
        return MissingVariable(
            need.name, rendering, need.template, place, fails and is_surely_read, is_never_passed, nearest
        )

    def _is_never_passed(self, need: Need) -> bool:
        """Whether it is known that no rendering that reads a name in a template passes it."""
        if need.name in self._passed.get(need.template.path, _Everything()):
            return False
        return not any((need.template.path, need.name) in reader.given for reader in self._readers.values())

    @cached_property
    def _passed(self) -> dict[str, set[str] | _Everything]:
        """The names that renderings pass to each template, through parents and includes."""
        passed: dict[str, set[str] | _Everything] = {}
        for rendering in self.renderings:
            if isinstance(rendering.names, Unknown):
                return {}  # it may be any template
            template = self._template_of(rendering)
            is_known = template is not None and rendering.context.is_complete
            for path in self._read_in(rendering):
                known = passed.setdefault(path, set())
                if not is_known:
                    passed[path] = _Everything()
                elif isinstance(known, set):
                    known.update(rendering.context.names)
        return passed

    def _read_in(self, rendering: Rendering) -> set[str]:
        """The paths of the templates that a rendering may read, parents and includes too."""
        paths: set[str] = set()
        environments = self.environments.all if rendering.environment is None else (rendering.environment,)
        for environment in environments:
            for name in () if isinstance(rendering.names, Unknown) else rendering.names:
                for template in self._candidates(name, environment):
                    needs = self._needs_of(template, environment) or []
                    paths |= {template.path, *(need.template.path for need in needs)}
        return paths


class _Everything:
    """A set that has every name: what is passed is not known."""

    def __contains__(self, name: object) -> bool:
        return True


def _lookup(context: Context, names: frozenset[str]) -> Callable[[str], object]:
    def look(name: str) -> object:
        passed = context.names.get(name)
        if passed is not None:
            return passed.value if passed.is_literal else Known.DEFINED
        return Known.DEFINED if name in names else Known.UNDEFINED

    return look


def _is_listed(name: str, environment: TemplateEnvironment) -> bool:
    """Whether a file of such a name is among the templates that are read wherever it lies."""
    for prefix, folder in environment.folders:
        if name.startswith(prefix):
            below, slash, last = name[len(prefix) :].rpartition("/")
            inside = f"{folder}/{below}{slash}" if folder else below + slash
            if kind_of(inside.encode("utf-8", "replace"), last.encode("utf-8", "replace")) != "template":
                return False
    return True


def _nearest(name: str, known: list[str]) -> str | None:
    """The most similar of some names: the same file elsewhere, or one that is spelled nearly so."""
    if len(name) > 200 or len(known) > 2_000:
        return None
    last = name.rpartition("/")[2]
    same = [one for one in known if one.rpartition("/")[2] == last and one != name]
    if len(same) == 1 and "." in name:
        return same[0]
    close = get_close_matches(name, known, n=1, cutoff=0.75)
    return close[0] if close else None


def _place_in(template: Template, line: int, pattern: str) -> Place:
    """Where a text stands on a line of a template, or the line itself."""
    lines = re.split(r"\r\n|\r|\n", template.text)
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    found = re.search(pattern, text)
    start, end = found.span() if found else (len(text) - len(text.lstrip()), len(text.rstrip()))
    return Place(template.path, line, start, line, max(start, end))


def _split(path: str) -> tuple[str, str]:
    """Folder and name of a template that no environment knows: below the last folder that is called so."""
    parts = path.split("/")
    for number in range(len(parts) - 2, -1, -1):
        if parts[number] in FOLDER_NAMES:
            return "/".join(parts[: number + 1]), "/".join(parts[number + 1 :])
    return path.rpartition("/")[0], parts[-1]
