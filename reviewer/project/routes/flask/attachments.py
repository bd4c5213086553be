"""Which objects of extensions are attached to which applications and blueprints: by their constructor or `init_app`."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import Instance, Value, alternatives
from reviewer.project.routes.flask.registrations import argument, constructor_argument


class Attachments:
    """Finds the objects of extensions, and what they are attached to."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._attached: dict[int, list[Instance]] = {}

    def find(self, classes: tuple[str, ...], parameters: tuple[str, ...] = ("app",)) -> None:
        """Finds the objects of some classes; `parameters` of their constructor take what they are attached to.

        The first of them is the first positional parameter too, as it is of `init_app`.
        """
        for extension in self.instances(classes):
            self._evaluator.initialise(extension)
            targets = [
                constructor_argument(extension, 0 if number == 0 else -1, name)
                for number, name in enumerate(parameters)
            ]
            targets += [argument(event, 0, "app") for event in extension.events if event.method == "init_app"]
            self._attach(extension, targets)

    def _attach(self, extension: Instance, targets: list[Value]) -> None:
        for target in targets:
            for one in alternatives(target):
                if isinstance(one, Instance) and extension not in self._attached.setdefault(id(one), []):
                    self._attached[id(one)].append(extension)

    def of(self, instance: Instance, classes: tuple[str, ...]) -> Iterator[Instance]:
        """The objects of some classes that are attached to an application or blueprint."""
        for extension in self._attached.get(id(instance), ()):
            if self._evaluator.inherits(extension, *classes):
                yield extension

    def instances(self, classes: tuple[str, ...]) -> list[Instance]:
        """All objects of some library classes and of the project's classes that inherit from them."""
        found = [one for name in classes for one in self._evaluator.instances.get(name, ())]
        return found + [one for one in self._evaluator.project_instances if self._evaluator.inherits(one, *classes)]
