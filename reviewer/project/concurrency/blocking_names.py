"""What blocks among the values that calls call: the kind of a blocking call, and what it is named."""

from __future__ import annotations

from reviewer.project.concurrency.blocking_calls import blocking_kind
from reviewer.project.evaluation.values import External, InstanceAttribute, Value, alternatives


def kind_of(callee: Value) -> str | None:
    """The kind of blocking call that calling a library's function is, None where it is none or not known."""
    return next((kind for one in alternatives(callee) if (kind := blocking_kind(*_dotted(one))) is not None), None)


def blocking_name(callee: Value) -> str:
    """The dotted name of a library's function or method, of several that of one that blocks; empty: not known."""
    names = [_dotted(one) for one in alternatives(callee)]
    return next((name for name, owner in names if blocking_kind(name, owner)), names[0][0] if names else "")


def _dotted(callee: Value) -> tuple[str, str]:
    """The dotted name of a library's function or method, and that of the object whose method it is."""
    if isinstance(callee, External):
        return callee.name, ""
    if isinstance(callee, InstanceAttribute) and isinstance(callee.instance.type, External):
        owner = callee.instance.type.name
        return f"{owner}.{callee.name}", owner
    return "", ""
