"""What blocks the event loop: a call of a coroutine with the chain down to the library, and such calls gathered.

Calls are one mistake where a reader would mend them at once: those of one library in one coroutine, and in many
coroutines of a module.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.concurrency.blocking_calls import BULK_FUNCTIONS, FILE
from reviewer.project.concurrency.blocking_names import blocking_name
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.model import CallSite

#: Calls that come to the same call of a library, and coroutines of a module, up to which each is reported.
SAME_LIMIT = 6


class BlockingCall(msgspec.Struct, frozen=True, eq=False):
    """A call in the body of a coroutine function that keeps the event loop waiting."""

    function: FunctionValue  # the coroutine function
    site: CallSite  # the call in its body
    chain: tuple[CallSite, ...]  # the calls from what it calls down to the library, that one last; empty: it is it
    kind: str  # as in `blocking_calls`

    @property
    def library_call(self) -> CallSite:
        """The call of the library that blocks."""
        return self.chain[-1] if self.chain else self.site

    @property
    def library_name(self) -> str:
        """What blocks, as a reader knows it: `requests.get`, `open`, `session.execute`."""
        called = dotted_name(self.library_call.node.function)
        name = blocking_name(self.library_call.callee).removeprefix("builtins.")
        return called if called and (not name or len(name.split(".")) > 3) else name or "a call"

    @property
    def is_bulk(self) -> bool:
        """Whether it reads or writes a file of any size itself: an upload, an image, an archive, a folder."""
        if self.kind != FILE or self.chain:
            return False
        name = blocking_name(self.site.callee)
        if name in BULK_FUNCTIONS:
            return True
        mode = self.site.node.arguments[1] if len(self.site.node.arguments) > 1 else None
        mode = next((one.value for one in self.site.node.keywords if one.name == "mode"), mode)
        return name in ("builtins.open", "io.open") and isinstance(mode, tree.Text) and "b" in mode.value

    @property
    def called_name(self) -> str:
        """What the coroutine calls, as written there."""
        return called_name(self.site.node) or "a function"

    @property
    def way(self) -> str:
        """What is called, and what that comes to: "`verify()`, which comes to `bcrypt.checkpw`"."""
        return (
            f"`{self.called_name}()`, which comes to `{self.library_name}`" if self.chain else f"`{self.library_name}`"
        )


class BlockingWork(msgspec.Struct, frozen=True, eq=False):
    """Blocking calls that are one mistake: a call, or many that come to the same call of a library."""

    calls: tuple[BlockingCall, ...]

    @property
    def first(self) -> BlockingCall:
        """The first of them in the program."""
        return self.calls[0]


def gathered(works: Iterable[BlockingWork]) -> list[BlockingWork]:
    """Joins what calls the same library in one coroutine, and what does so in many coroutines of a module."""
    by_function: dict[tuple[int, str, str], list[BlockingWork]] = {}
    for work in sorted(works, key=lambda one: one.first.site.place):
        first = work.first
        key = (id(first.function if len(work.calls) == 1 and first.kind != FILE else work), first.kind, _library(first))
        by_function.setdefault(key, []).append(work)
    by_module: dict[tuple[str, str, str, bool], list[BlockingWork]] = {}
    for alike in by_function.values():
        work, first = _joined(alike), alike[0].first
        key_of_module = (first.site.place.path, first.kind, _library(first), first.is_bulk)
        by_module.setdefault(key_of_module, []).append(work)
    groups = by_module.values()
    return [work for alike in groups for work in ([_joined(alike)] if len(alike) > SAME_LIMIT else alike)]


def _joined(works: list[BlockingWork]) -> BlockingWork:
    return works[0] if len(works) == 1 else BlockingWork(tuple(call for work in works for call in work.calls))


def _library(call: BlockingCall) -> str:
    """The library that blocks, empty where it is not known."""
    return blocking_name(call.library_call.callee).partition(".")[0]
