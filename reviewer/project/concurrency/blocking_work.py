"""What blocks the event loop: a call of a coroutine with the chain down to the library, and calls of one helper."""

from __future__ import annotations

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, dotted_name
from reviewer.project.concurrency.blocking_calls import BULK_FUNCTIONS, FILE
from reviewer.project.concurrency.blocking_names import blocking_name
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.model import CallSite

#: Calls that come to the same call of a library up to which each is reported.
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
