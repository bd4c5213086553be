"""Reads one Python file: from its bytes to the tree and index that the cache keeps, or to the reason why not.

Pure functions of the bytes (and of the running Python, as far as it words syntax errors). `read_content` is safe in any
process for texts up to `SAFE_LENGTH`; `read_newer_syntax` can crash or hang and belongs into a worker process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Union

import msgspec

from reviewer.decoding import decode
from reviewer.modules import ast_maker
from reviewer.modules.index import make_index
from reviewer.modules.module import StoredModule
from reviewer.modules.nesting import bracket_depth, longest_line
from reviewer.modules.normal_form import DEPTH_LIMIT, RECURSION_LIMIT, SourceTooDeep
from reviewer.modules.tree import Tree
from reviewer.reading import ProblemKind, Unreadable

#: Longest content, in bytes, that is read without a process of its own. On Python 3.10, a chain such as `a + a + …`
#: overflows a stack of 2 MB from 25,000 terms on, the usual 8 MB from 100,000; f-strings take quadratic time.
SAFE_LENGTH = 50_000

#: Lets `ast_maker` read `DEPTH_LIMIT` levels of up to five calls each; a higher limit overflows small stacks.
_AST_RECURSION_LIMIT = 4_000

#: What libcst may be given. None of the programs known to crash it, or to take it minutes, passes.
_LIBCST_MAX_LENGTH = 1_000_000
_LIBCST_MAX_LINE = 20_000
_LIBCST_MAX_BRACKETS = 60

#: How Python's message begins for programs of the past, which no newer syntax can explain.
_PYTHON_2 = "Missing parentheses in call to"

_encode = msgspec.msgpack.encode


class ReadProblem(msgspec.Struct, frozen=True, array_like=True):
    """Why a file has no tree: the kind of problem, a sentence; `line` from 1, or 0 for the whole file."""

    kind: ProblemKind
    message: str
    line: int = 0


class RefusedSyntax(ReadProblem, frozen=True, array_like=True):
    """A syntax error that may be newer syntax, in a text that `read_newer_syntax` may be given."""


def read_content(content: bytes) -> Union[StoredModule, ReadProblem]:
    """The tree and index of a Python file's bytes. Raises nothing but MemoryError."""
    try:
        return read_module(decode(content))
    except Unreadable as error:
        return ReadProblem(error.kind, error.reason, error.line)


def read_module(text: str) -> Union[StoredModule, ReadProblem]:
    """The tree and index of a program as the running Python reads it."""
    try:
        with _recursion_limit(_AST_RECURSION_LIMIT):
            return _stored(ast_maker.make_tree(text), text)
    except SourceTooDeep:
        return _too_deep()
    except SyntaxError as error:
        kind = RefusedSyntax if _may_be_newer(error, text) else ReadProblem
        return kind("syntax-error", f"Python refuses the program: {error.msg}.", max(error.lineno or 0, 0))
    except (ValueError, OverflowError, SystemError) as error:
        return ReadProblem("too-complex", f"Python's own parser fails on the program: {error}.")


def read_newer_syntax(content: bytes) -> Union[StoredModule, ReadProblem, None]:
    """The tree and index of a file that the running Python refuses, as libcst reads it; None if that refuses it too.

    Only for contents of which `read_content` said RefusedSyntax. Can crash or hang, so call it in a worker process.
    """
    from reviewer.modules import libcst_maker

    text = decode(content)
    try:
        with _recursion_limit(RECURSION_LIMIT):
            return _stored(libcst_maker.make_tree(text), text)
    except SourceTooDeep:
        return _too_deep()
    except SyntaxError:
        return None


def _stored(tree: Tree, text: str) -> StoredModule:
    index, names = make_index(tree)
    return StoredModule(_encode(tree), _encode(index), _encode(names), "reviewer:" in text)


def _too_deep() -> ReadProblem:
    # One sentence for every way to find out, since they differ between Pythons.
    return ReadProblem("too-deep", f"The program nests deeper than {DEPTH_LIMIT} levels.")


def _may_be_newer(error: SyntaxError, text: str) -> bool:
    if isinstance(error, IndentationError) or error.msg.startswith(_PYTHON_2):
        return False
    if len(text) > _LIBCST_MAX_LENGTH or longest_line(text) > _LIBCST_MAX_LINE:
        return False
    return bracket_depth(text) <= _LIBCST_MAX_BRACKETS


@contextmanager
def _recursion_limit(limit: int) -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, limit))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
