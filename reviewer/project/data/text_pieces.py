"""The pieces of which texts are made, as `reviewer.project.data.text_flow` follows them. Frozen data."""

from __future__ import annotations

import msgspec

from reviewer.modules import tree
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.model import CallSite

#: Most alternatives of a text, and most pieces of one, that are looked at.
ALTERNATIVE_LIMIT = 16
PIECE_LIMIT = 80
#: Calls that are followed one into the other.
CALL_LIMIT = 4

SAFE = "safe"
REQUEST = "request"
PARAMETER = "parameter"
UNKNOWN = "unknown"
RANK = {SAFE: 0, UNKNOWN: 1, PARAMETER: 2, REQUEST: 3}


class Piece(msgspec.Struct, frozen=True):
    """A piece of a text: known (`text`), or a value of some origin."""

    text: str | None
    origin: str = SAFE
    name: str = ""  # what a value comes from, as a reader knows it
    node: tree.Expression | None = None  # the interpolated expression
    function: FunctionValue | None = None  # in whose body the piece stands
    chain: tuple[CallSite, ...] = ()  # calls from the body that gives the piece to the one that uses it


Text = tuple[Piece, ...]
#: Stands for a harmless value of unknown spelling.
HARMLESS = Piece("x")


class Context(msgspec.Struct, frozen=True):
    """A function body in which expressions are read, and what is known of how it is called."""

    function: FunctionValue
    arguments: dict[str, tuple[tree.Expression, Context]] | None = None  # None: not by one known call
    chain: tuple[CallSite, ...] = ()
    is_request_fed: bool = False  # a dependency: requests fill its parameters
    loops: dict[str, tuple[tree.Expression, Context]] = msgspec.field(
        default_factory=dict
    )  # variables of comprehensions
    checked: frozenset[object] = frozenset()  # expressions that passed a check on the way
    depth: int = 0


def joined(parts: list[list[Text]]) -> list[Text]:
    """All texts that parts in a row can give, as many as are looked at."""
    found: list[Text] = [()]
    for part in parts:
        found = [(*before, *after)[:PIECE_LIMIT] for before in found for after in part][:ALTERNATIVE_LIMIT]
    return found
