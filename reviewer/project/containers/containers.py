"""Links containers: images of Dockerfiles, services of Compose files, and the development servers that they start.

Says of each file what it is for, by its name and its neighbours: development, production, or not known. Files are
read as data; entry point scripts are not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from posixpath import normpath

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import called_name
from reviewer.project.containers.dockerfile import Dockerfile, Instruction, Stage, read_dockerfile
from reviewer.project.containers.server_commands import debug_variable, development_server
from reviewer.project.containers.yaml_tree import YamlNode, read_yaml
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import Instance
from reviewer.project.program import Program
from reviewer.rule import Place

DEVELOPMENT_WORDS = frozenset(
    {
        "dev", "devel", "develop", "development", "local", "devcontainer", "override", "test", "tests", "testing",
        "ci", "e2e", "cypress", "debug", "debugger", "demo", "example", "examples", "sample", "playground",
        "sandbox", "preview", "mock",
    }
)  # fmt: skip
PRODUCTION_WORDS = frozenset(
    {
        "prod", "production", "deploy", "deployed", "release", "live", "staging", "prd", "stg", "swarm",
    }
)  # fmt: skip
PRODUCTION_FOLDERS = frozenset({"prod", "production"})
WORDS = re.compile(r"[^a-z0-9]+")


class Service(msgspec.Struct, frozen=True, eq=False):
    """A service of a Compose file."""

    name: str
    path: str
    node: YamlNode
    dockerfile: str | None  # the path of the Dockerfile that it builds
    target: str | None  # the stage that it builds
    profiles: tuple[str, ...]

    @property
    def has_command(self) -> bool:
        """Whether it says itself what runs."""
        return self.node.get("command") is not None or self.node.get("entrypoint") is not None


class DevelopmentServer(msgspec.Struct, frozen=True, eq=False):
    """A development server, or Flask's debugger, in what is built or run for production."""

    place: Place
    what: str  # `uvicorn --reload`, `FLASK_DEBUG=1`
    is_variable: bool
    where: str  # "image" or "service `web`"
    symbol: str


class Containers:
    """Answers what the containers of a project start."""

    def __init__(
        self,
        program: Program,
        evaluator: Evaluator,
        dockerfiles: Iterable[str],
        compose_files: Iterable[str],
        text_of: Callable[[str], str | None],
    ) -> None:
        self._program = program
        self._evaluator = evaluator
        self._dockerfile_paths = tuple(dockerfiles)
        self._compose_paths = tuple(compose_files)
        self._text_of = text_of
        self._services: dict[str, tuple[Service, ...]] = {}

    @cached_property
    def dockerfiles(self) -> tuple[Dockerfile, ...]:
        """All Dockerfiles that can be read."""
        texts = ((path, self._text_of(path)) for path in self._dockerfile_paths)
        read = [read_dockerfile(text, path) for path, text in texts if text is not None]
        return tuple(one for one in read if one is not None)

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """The services of all Compose files that can be read."""
        return tuple(service for path in self._compose_paths for service in self.services_of(path))

    def services_of(self, path: str) -> tuple[Service, ...]:
        """The services of a Compose file; none where it cannot be read."""
        found = self._services.get(path)
        if found is None:
            text = self._text_of(path)
            root = read_yaml(text, path) if text is not None else None
            services = root.get("services") if root is not None else None
            nodes = services.pairs() if services is not None else ()
            found = tuple(_service(name, node, path) for name, node in nodes if node.kind == "mapping")
            self._services[path] = found
        return found

    @cached_property
    def development_servers(self) -> tuple[DevelopmentServer, ...]:
        """Development servers in images and services that are for production as far as their files say."""
        found = [one for dockerfile in self.dockerfiles for one in self._in_image(dockerfile)]
        found += (one for service in self._production_services for one in self._in_service(service))
        return tuple(found)

    # What files are for

    @cached_property
    def _production_services(self) -> tuple[Service, ...]:
        return tuple(
            service
            for path in self._compose_paths
            if self._is_production_compose(path)
            for service in self.services_of(path)
            if not (service.profiles and all(_is_development(one) for one in service.profiles))
            and not _is_development(service.name)
        )

    def _is_production_compose(self, path: str) -> bool:
        """Whether a Compose file is for production: by its name, or because development has an override beside it."""
        folder, _, name = path.rpartition("/")
        if _is_development(path):
            return False
        if not PRODUCTION_WORDS.isdisjoint(_words(name)) or not PRODUCTION_FOLDERS.isdisjoint(_words(folder)):
            return True
        stem = name.rpartition(".")[0]
        others = (one.rpartition("/") for one in self._compose_paths)
        return any(beside == folder and other.startswith(f"{stem}.override.") for beside, _, other in others)

    def _production_stages(self, dockerfile: Dockerfile) -> tuple[Stage, ...]:
        """The stages of a Dockerfile that production builds and whose command it runs; none where that is not known."""
        folder, _, name = dockerfile.path.rpartition("/")
        if _is_development(dockerfile.path):
            return ()
        if PRODUCTION_WORDS.isdisjoint(_words(name)) and self._has_production_sibling(folder):
            return ()
        built = [one for one in self._production_services if one.dockerfile == dockerfile.path]
        targets = [one.target for one in built if not one.has_command]
        if built:
            return tuple(
                stage
                for target in dict.fromkeys(targets)
                if (stage := dockerfile.stages[-1] if target is None else dockerfile.named(target)) is not None
            )
        last = dockerfile.stages[-1]
        if not _is_development(last.name):
            return (last,)
        return tuple(one for one in dockerfile.stages if not PRODUCTION_WORDS.isdisjoint(_words(one.name)))[-1:]

    def _has_production_sibling(self, folder: str) -> bool:
        others = (one.rpartition("/") for one in self._dockerfile_paths)
        return any(beside == folder and not PRODUCTION_WORDS.isdisjoint(_words(name)) for beside, _, name in others)

    # What they start

    def _in_image(self, dockerfile: Dockerfile) -> Iterator[DevelopmentServer]:
        seen: set[Instruction] = set()
        for stage in self._production_stages(dockerfile):
            for name, (value, instruction) in dockerfile.environment(stage).items():
                if debug_variable(name, value) and instruction not in seen:
                    seen.add(instruction)
                    symbol = f"{dockerfile.path}:{name}"
                    yield DevelopmentServer(instruction.place, f"{name}={value}", True, "image", symbol)
            entry, command = dockerfile.last(stage, "ENTRYPOINT"), dockerfile.last(stage, "CMD")
            found = self._judged(_joined(entry, command), dockerfile.path)
            shown = command or entry
            if found is not None and shown is not None and shown not in seen:
                seen.add(shown)
                yield DevelopmentServer(shown.place, found, False, "image", f"{dockerfile.path}:{stage.name}")

    def _in_service(self, service: Service) -> Iterator[DevelopmentServer]:
        symbol = f"{service.path}:{service.name}"
        where = f"service `{service.name}`"
        for key in ("entrypoint", "command"):
            node = service.node.get(key)
            if node is not None:
                words = tuple(one.text for one in node.items) if node.kind == "sequence" else node.text
                found = self._judged(words, service.path)
                if found is not None:
                    yield DevelopmentServer(_first_line(node), found, False, where, symbol)
        for name, value, place in _environment(service.node.get("environment")):
            if debug_variable(name, value):
                yield DevelopmentServer(place, f"{name}={value}", True, where, f"{symbol}:{name}")

    def _judged(self, command: tuple[str, ...] | str, path: str) -> str | None:
        return development_server(command, lambda name, is_module: self._judge_script(name, is_module, path))

    def _judge_script(self, name: str, is_module: bool, path: str) -> str | None:
        """The development server that a Python file or module of the project starts when it is run."""
        names = [f"{name.replace('.', '/')}.py", f"{name.replace('.', '/')}/__main__.py"] if is_module else [name]
        for one in names:
            module = self._module_at(one, path.rpartition("/")[0])
            if module is not None:
                started = self._started_by(module)
                return None if started is None else f"{started} in {module.path}"
        return None

    def _module_at(self, name: str, folder: str) -> Module | None:
        """The only module that a path in an image may be: its longest end that is the end of a module's path."""
        parts = [one for one in normpath(name).split("/") if one not in ("", ".", "..")]
        for start in range(len(parts)):
            end = "/".join(parts[start:])
            found = [one for one in self._program.modules if one.path == end or one.path.endswith(f"/{end}")]
            near = [one for one in found if one.path.startswith(f"{folder}/" if folder else "")]
            exact = [one for one in near if one.path == (f"{folder}/{end}" if folder else end)]
            for candidates in (exact, near, found):
                if len(candidates) == 1:
                    return candidates[0]
            if found:
                return None
        return None

    def _started_by(self, module: Module) -> str | None:
        scope = self._evaluator.scope_of(module)
        for call in _calls_when_run(module):
            if called_name(call) != "run" or not isinstance(call.function, tree.Attribute):
                continue
            flags = {one.name for one in call.keywords if one.name and _is_true(one.value)}
            owner = call.function.value
            if isinstance(owner, tree.Name) and owner.id == "uvicorn":
                if "reload" in flags:
                    return "uvicorn.run(reload=True)"
                continue
            value = self._evaluator.evaluate(owner, scope)
            if isinstance(value, Instance) and self._evaluator.inherits(value, "flask.Flask", "flask.app.Flask"):
                return "app.run(debug=True)" if "debug" in flags else "app.run()"
        return None


def _calls_when_run(module: Module) -> Iterator[tree.Call]:
    """The calls of a module's top level, its main guard included, and of its functions that are called there."""
    functions = {one.name: one for one in module.tree.body if isinstance(one, tree.Function)}
    pending: list[tuple[tree.Statement, ...]] = [module.tree.body]
    while pending:
        for node in tree.walk_scope(pending.pop()):
            if isinstance(node, tree.Call):
                yield node
                called = functions.pop(node.function.id, None) if isinstance(node.function, tree.Name) else None
                if called is not None:
                    pending.append(called.body)


def _is_true(node: tree.Expression) -> bool:
    return isinstance(node, tree.Constant) and node.value == "True"


def _words(text: str) -> frozenset[str]:
    return frozenset(WORDS.split(text.lower()))


def _is_development(text: str) -> bool:
    return not DEVELOPMENT_WORDS.isdisjoint(_words(text))


def _service(name: str, node: YamlNode, path: str) -> Service:
    build = node.get("build")
    dockerfile = target = None
    if build is not None:
        context = build.text if build.kind == "scalar" else _text(build.get("context")) or "."
        named = (_text(build.get("dockerfile")) if build.kind == "mapping" else None) or "Dockerfile"
        target = _text(build.get("target")) if build.kind == "mapping" else None
        dockerfile = normpath("/".join(one for one in (path.rpartition("/")[0], context, named) if one))
    profiles = node.get("profiles")
    return Service(name, path, node, dockerfile, target, tuple(one.text for one in profiles.items) if profiles else ())


def _text(node: YamlNode | None) -> str | None:
    return node.text if node is not None and node.kind == "scalar" and node.text else None


def _environment(node: YamlNode | None) -> Iterator[tuple[str, str, Place]]:
    if node is None:
        return
    for name, given in node.pairs():
        yield name, given.text, given.place
    for item in node.items:
        name, separator, value = item.text.partition("=")
        if separator:
            yield name, value, item.place


def _first_line(node: YamlNode) -> Place:
    """The place of a command; of a list, its first item, so that the line is the one a reader looks for."""
    return node.items[0].place if node.items else node.place


def _joined(entry: Instruction | None, command: Instruction | None) -> tuple[str, ...] | str:
    """What an image runs: an entry point in exec form gets the command's words, one in shell form runs alone."""
    if entry is None:
        return () if command is None else command.words or command.value
    words = entry.words
    if words is None:
        return entry.value
    return (*words, *((command.words or ()) if command is not None else ()))
