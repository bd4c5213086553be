"""Files whose code nobody runs in production: documentation, examples, scripts that somebody starts by hand."""

from __future__ import annotations

import re

from reviewer.modules import tree
from reviewer.modules.module import Module

TEXT_FOLDERS = frozenset(
    {"docs", "doc", "docs_src", "examples", "example", "samples", "sample", "tutorial", "tutorials", "snippets",
     "cookbook", "notebooks", "demo", "demos"}
)  # fmt: skip
SCRIPT_FOLDERS = frozenset({"scripts", "script", "tools", "bench", "benches", "benchmark", "benchmarks", "bin", "ci"})
#: Words of paths of what fills a database for a demonstration, or helps tests.
TRYING = re.compile(r"(?:^|[/_])(?:fake|seeds?|demo|mocks?|sample|tester|testing|tests?|fixtures?|dummy)(?=[/_.])")


def is_example(path: str) -> bool:
    """Whether a file shows how something is done, or makes up data."""
    lower = path.lower()
    return not TEXT_FOLDERS.isdisjoint(lower.split("/")[:-1]) or TRYING.search(lower) is not None


def is_script(path: str) -> bool:
    """Whether a file stands among programs that somebody starts by hand."""
    return not SCRIPT_FOLDERS.isdisjoint(path.lower().split("/")[:-1])


def is_in_main_block(module: Module, line: int) -> bool:
    """Whether a line runs only where the file is started by hand: below `if __name__ == "__main__":`."""
    for node in module.tree.body:
        if isinstance(node, tree.If) and node.line <= line <= node.end_line:
            return any(isinstance(one, tree.Name) and one.id == "__name__" for one in tree.walk(node.test))
    return False
