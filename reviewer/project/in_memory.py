"""Projects made of texts, for tests of linkers and rules and for examples: `project({"app.py": "…"})`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import msgspec

from reviewer.conventions.branch_name import branch_name_options
from reviewer.file_kinds import kind_of
from reviewer.git import GitState
from reviewer.git_history import History
from reviewer.modules.ast_maker import make_tree
from reviewer.modules.index import make_index
from reviewer.modules.module import StoredModule
from reviewer.modules.normal_form import RECURSION_LIMIT
from reviewer.project.program import found_source_roots, make_modules
from reviewer.project.project import Project
from reviewer.project.written_history import LOG_FILE, WrittenGraph
from reviewer.settings import Settings, is_test_file

#: Pseudo-files that stand for the state of the repository.
BRANCH_FILE = ".git/HEAD"
MESSAGE_FILE = ".git/COMMIT_EDITMSG"


def project(files: Mapping[str, str], settings: Settings | None = None) -> Project:
    """The linked project of some files by path.

    `.git/HEAD` and `.git/COMMIT_EDITMSG` give branch and message; `.git/log` gives a history, in the form that
    `written_history` describes, and with it the branch and the message of its HEAD.
    """
    settings = settings or Settings()
    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION_LIMIT))
    sources = {path: text for path, text in files.items() if path.endswith(".py")}
    roots = found_source_roots(sources, settings.source_roots)
    tests = frozenset(path for path in sources if is_test_file(path, settings))
    stored = ((path, _stored(text)) for path, text in sources.items())
    kinds = ((path, _kind(path)) for path in files if path not in sources and not path.startswith(".git/"))
    others = {path: kind for path, kind in kinds if kind is not None}
    graph = WrittenGraph(files[LOG_FILE]) if LOG_FILE in files else None
    state = _git_state(files, graph)
    history = History(lambda: graph or WrittenGraph(""), state, branch_names=branch_name_options(settings.options))
    return Project(make_modules(stored, roots, tests), roots, state, files.get, others, lambda: history)


def _stored(text: str) -> StoredModule:
    tree = make_tree(text)
    encode = msgspec.msgpack.encode
    index, names = make_index(tree)
    return StoredModule(encode(tree), encode(index), encode(names), "reviewer:" in text)


def _kind(path: str) -> str | None:
    folder, slash, name = path.rpartition("/")
    return kind_of((folder + slash).encode(), name.encode())


def _git_state(files: Mapping[str, str], graph: WrittenGraph | None) -> GitState:
    head = files.get(BRANCH_FILE, "")
    branch = head.strip().removeprefix("ref: refs/heads/") if head.startswith("ref: ") else None
    message = files.get(MESSAGE_FILE)
    if graph is None or graph.head is None:
        return GitState(branch=branch, head="0" * 40 if message is not None else None, message=message)
    last = graph.log(graph.head, limit=1)[0]
    remote_main = graph.references().get("refs/remotes/origin/main")
    return GitState(
        branch=branch or graph.branch,
        head=graph.head,
        message=last.message if message is None else message,
        author=last.author,
        is_merge=last.is_merge,
        default_branch="main" if remote_main else None,
    )
