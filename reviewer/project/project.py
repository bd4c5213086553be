"""The project: all modules linked, as the rules ask it. Each part is linked when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from reviewer.git import GitState
from reviewer.modules.module import Module
from reviewer.project.application_modules import run_application_modules
from reviewer.project.authentication import AuthenticationJudge
from reviewer.project.calls import Calls
from reviewer.project.errors import Errors
from reviewer.project.evaluation import Evaluator
from reviewer.project.fastapi import FastAPILinker
from reviewer.project.fastapi_dependencies import DependencyReader
from reviewer.project.following import is_followed
from reviewer.project.linked_framework import LinkedFramework
from reviewer.project.model import Application, Route, Router
from reviewer.project.program import Program
from reviewer.project.values import Unknown

class Project:
    """Everything that is known of the reviewed repository. Rules only ask, and change nothing."""

    def __init__(
        self,
        modules: Sequence[Module],
        source_roots: Sequence[str],
        git: GitState,
        read_text: Callable[[str], str | None],
        other_files: Mapping[str, str],
    ) -> None:
        self.program = Program(modules, source_roots)
        self.evaluator = Evaluator(self.program, is_followed)
        self.calls = Calls(self.program, self.evaluator)
        self.git = git
        #: Files besides Python by path, with their kind ("template", "dockerfile", "compose", …).
        self.other_files = dict(other_files)
        self._read_text = read_text

    @property
    def modules(self) -> tuple[Module, ...]:
        """All Python modules, by path."""
        return self.program.modules

    def text_of(self, path: str) -> str | None:
        """The text of a file that is not Python, None where it cannot be read."""
        return self._read_text(path)

    def files_of_kind(self, kind: str) -> Iterator[str]:
        """The paths of the other files of a kind, sorted."""
        return (path for path, one in sorted(self.other_files.items()) if one == kind)

    @cached_property
    def applications(self) -> tuple[Application, ...]:
        """All web applications of the repository, tests left out."""
        return tuple(one for linked in self._linked_frameworks for one in linked.applications)

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """All routes that the applications serve, in the order of registration."""
        return tuple(one for linked in self._linked_frameworks for one in linked.routes)

    @cached_property
    def routers(self) -> tuple[Router, ...]:
        """All applications, routers and blueprints, tests left out."""
        return tuple(one for linked in self._linked_frameworks for one in linked.routers)

    @cached_property
    def errors(self) -> Errors:
        """Which HTTP errors functions raise."""
        return Errors(self.program, self.evaluator, self.calls)

    @cached_property
    def authentication_judge(self) -> AuthenticationJudge:
        """Which callables enforce authentication."""
        return AuthenticationJudge(self.evaluator, self.calls, self.errors)

    @cached_property
    def dependency_reader(self) -> DependencyReader:
        """FastAPI's dependencies and parameters of callables."""
        return DependencyReader(self.evaluator, self.authentication_judge)

    @cached_property
    def _linked_frameworks(self) -> tuple[LinkedFramework, ...]:
        run_application_modules(self.program, self.evaluator)
        fastapi = FastAPILinker(
            self.program, self.evaluator, self.calls, self.authentication_judge, self.dependency_reader
        )
        return (fastapi.link(),)

    @cached_property
    def unknowns(self) -> tuple[Unknown, ...]:
        """What could not be known of routes and applications."""
        return tuple(one for linked in self._linked_frameworks for one in linked.unknowns)

