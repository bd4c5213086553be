"""Makes the typed tree with libcst: for programs whose syntax is newer than the running Python.

Takes decoded text, gives the same `Tree` as the usual maker where both can. Slower than it, and libcst can crash the
process on hostile programs: whoever calls this has checked size and nesting and does it in a worker.
"""

from __future__ import annotations

import warnings

import libcst as cst

from reviewer.modules import tree
from reviewer.modules.libcst_positions import Positions
from reviewer.modules.libcst_statements import statements
from reviewer.modules.normal_form import SourceTooDeep, one_newline


def make_tree(source: str) -> tree.Tree:
    """The typed tree of a program.

    Raises SyntaxError where libcst does not accept the program, SourceTooDeep where it nests too deep.
    """
    source = one_newline(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = _parsed(source)
            return tree.Tree(statements(module.body, Positions(module, source)))
    except KeyError as error:
        raise SyntaxError(f"syntax that is not known yet: {error.args[0].__name__}") from error
    except (RecursionError, MemoryError) as error:
        raise SourceTooDeep("nested too deeply") from error


def _parsed(source: str) -> cst.Module:
    try:
        return cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        message = "invalid syntax" if ": expected " in error.message else error.message
        raise SyntaxError(message, (None, error.raw_line, error.raw_column + 1, None)) from error
    except (RecursionError, MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        # Its own validation raises several kinds of errors, and a panic of its native part is not an `Exception`.
        raise SyntaxError(f"libcst cannot read this program: {error}") from error
