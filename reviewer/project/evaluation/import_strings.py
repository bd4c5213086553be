"""Objects that a string names: `"shop.views:index"`, `"shop.config.Production"`, as `import_string` finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.project.evaluation.scopes import Scope
from reviewer.project.evaluation.values import External, ModuleValue, NamespaceValue, Unknown, Value

if TYPE_CHECKING:
    from reviewer.project.evaluation.evaluator import Evaluator


def imported_by_string(evaluator: Evaluator, name: Value, scope: Scope) -> Value:
    """What a dotted name stands for, with or without a colon before the object; its module is executed."""
    if not isinstance(name, str) or not name:
        return Unknown("import of a name that is not known")
    parts = name.replace(":", ".").split(".")
    for count in range(len(parts), 0, -1):
        found = evaluator.program.find(scope.module.path, ".".join(parts[:count]))
        if isinstance(found, (ModuleValue, NamespaceValue)):
            if isinstance(found, ModuleValue) and evaluator.is_followed(found.module):
                evaluator.run_module(evaluator.scope_of(found.module))
            value: Value = found
            for part in parts[count:]:
                value = evaluator.member(value, part)
            return value
    return External(".".join(parts))
