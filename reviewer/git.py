"""What the working repository says: branch, HEAD and its message, read without running anything of that repository.

Takes a folder, gives frozen data. HEAD and the refs are read as plain files; objects come from hardened git plumbing,
because git alone knows packs, alternates and who owns a repository.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from reviewer.git_plumbing import OUTPUT_LIMIT, GitError, explain_error, run_plumbing
from reviewer.pipeline import Pipeline, find_pipeline, is_committing

COMMIT_LIMIT = 1_000_000  # bytes of a commit object; a larger one is no message for people
SMALL_FILE_LIMIT = 64_000  # bytes of HEAD, of a loose ref, of a `.git` file
PACKED_REFS_LIMIT = 64_000_000  # bytes
SYMBOLIC_REF_LIMIT = 5  # steps, as in git itself

BRANCH_PREFIX = "refs/heads/"
REMOTE_PREFIX = "refs/remotes/origin/"
#: What HEAD says where the refs are kept in a table that only git can read.
REF_OF_TABLES = BRANCH_PREFIX + ".invalid"
LIKELY_DEFAULT_BRANCHES = ("main", "master", "trunk")

_OBJECT_NAME = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_IMPOSSIBLE_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|[/.]$")
_TEXT_ENCODING = re.compile(
    r"utf-?8|(?:us-)?ascii|latin-?1|iso-?8859-?\d{1,2}|(?:cp|windows-)125\d|koi8-[ru]"
    r"|euc-(?:jp|kr)|shift_jis|gb2312|gbk|gb18030|big5",
    re.IGNORECASE,
)


class GitState(msgspec.Struct, frozen=True):
    """What git says of the reviewed folder; a part that is not known is None."""

    branch: str | None = None  # short name; None when HEAD is detached
    head: str | None = None  # object name of the commit; None when there is none yet
    message: str | None = None  # full text of the message of HEAD
    problem: str | None = None  # why something could not be read: one sentence
    default_branch: str | None = None  # short name, when it can be told from what is on this machine
    author: str | None = None  # `Name <mail>` of HEAD
    is_merge: bool = False  # HEAD has more than one parent
    is_committing: bool = False  # a hook runs before the commit that is being made, so HEAD is the one before it


class Commit(msgspec.Struct, frozen=True):
    """The parts of a commit object that reviews ask for."""

    parents: tuple[str, ...]
    author: str
    message: str


def read_state(root: Path, environment: Mapping[str, str] | None = None) -> GitState:
    """The state of the repository that `root` lies in. Never raises; what failed is told in `problem`.

    `environment` (that of this process by default) names the branch in pipelines, which check out a detached HEAD, and
    tells whether a hook runs.
    """
    try:
        repository = Repository.discover(root)
        branch, head = repository.read_head()
    except GitError as error:
        return GitState(problem=str(error))
    pipeline = find_pipeline(repository.root, environment)
    state = GitState(
        branch=branch,
        head=head,
        default_branch=repository.find_default_branch(pipeline),
        is_committing=is_committing(environment),
    )
    if head is None:
        return state
    if branch is None and pipeline is not None:
        state = msgspec.structs.replace(state, branch=pipeline.branch)
    try:
        commit = repository.read_commit(head)
    except GitError as error:
        return msgspec.structs.replace(state, problem=str(error))
    is_merge = len(commit.parents) > 1
    return msgspec.structs.replace(state, message=commit.message, author=commit.author, is_merge=is_merge)


class Repository:
    """A repository with a working tree: its refs by reading files, its objects by hardened git.

    `root` is the top of the working tree, `git_directory` what `.git` is or points to, and `common_directory` the one
    that all working trees of the repository share.
    """

    def __init__(self, root: Path, git_directory: Path) -> None:
        self.root = root
        self.git_directory = git_directory
        self.common_directory = _read_common_directory(git_directory)
        self._packed_references: bytes | None = None

    @classmethod
    def discover(cls, folder: Path) -> Repository:
        """The repository that `folder` lies in, found as git finds it. Raises GitError if there is none to use."""
        try:
            folder = folder.resolve()
            device = folder.stat().st_dev
        except (OSError, RuntimeError, ValueError) as error:
            raise GitError(f"The folder could not be read: {explain_error(error)}.") from None
        for candidate in (folder, *folder.parents):
            try:
                if candidate.stat().st_dev != device:
                    break  # git does not look beyond the file system either
                mode = (candidate / ".git").stat().st_mode
            except OSError:
                mode = 0
            if mode and not stat.S_ISDIR(mode):
                return cls(candidate, _follow_git_file(candidate / ".git"))
            if mode and _is_git_directory(candidate / ".git"):
                return cls(candidate, candidate / ".git")
            if _is_git_directory(candidate):
                raise GitError("The folder is a bare repository, which has no working tree.")
        raise GitError("The folder is not in a git repository.")

    def reread(self) -> Repository:
        """The same repository, with nothing of its refs remembered."""
        return Repository(self.root, self.git_directory)

    def has_long_names(self) -> bool:
        """Whether objects are named by SHA-256."""
        content = _read_file(self.common_directory / "config", SMALL_FILE_LIMIT, what="config") or b""
        return re.search(rb"(?im)^\s*objectformat\s*=\s*\"?sha256", content) is not None

    def read_head(self) -> tuple[str | None, str | None]:
        """The short name of the current branch, None when detached, and the commit, None when there is none yet."""
        reference, name = self._resolve("HEAD")
        if reference == REF_OF_TABLES:
            return self._read_head_with_git()
        return _short_name(reference), name

    def find_default_branch(self, pipeline: Pipeline | None) -> str | None:
        """The branch that work starts from: what the remote said, else the pipeline, else the only usual name."""
        try:
            reference, _ = self._resolve(REMOTE_PREFIX + "HEAD")
        except GitError:
            reference = ""
        if reference.startswith(REMOTE_PREFIX) and reference != REMOTE_PREFIX + "HEAD":
            return _readable(reference.removeprefix(REMOTE_PREFIX))
        if pipeline is not None and pipeline.default_branch:
            return pipeline.default_branch
        for prefix in (REMOTE_PREFIX, BRANCH_PREFIX):
            known = [name for name in LIKELY_DEFAULT_BRANCHES if self._has_reference(prefix + name)]
            if known:
                return known[0] if len(known) == 1 else None
        return None

    def read_shallow_commits(self) -> frozenset[str]:
        """The commits at which a shallow clone ends; none in a whole one."""
        content = _read_file(self.common_directory / "shallow", PACKED_REFS_LIMIT, what="shallow") or b""
        return frozenset(line.decode("ascii") for line in content.split() if _OBJECT_NAME.fullmatch(line))

    def read_commit(self, name: str) -> Commit:
        """The commit with that full object name. Raises GitError if git cannot or must not read it."""
        kind, content = self.read_object(name, limit=COMMIT_LIMIT)
        if kind != "commit":
            raise GitError(f"{name[:12]} is not a commit but a {kind}.")
        return parse_commit(content)

    def read_object(self, name: str, limit: int = OUTPUT_LIMIT) -> tuple[str, bytes]:
        """Kind and content of the object with that full name. Raises GitError beyond `limit` bytes."""
        header_length = 200
        output = self._run_plumbing(
            "cat-file", "--batch", standard_input=name.encode() + b"\n", limit=limit + header_length
        )
        header, _, content = output.partition(b"\n")
        fields = header.decode("ascii", "replace").split(" ")
        if len(fields) != 3 or fields[0] != name or not fields[2].isdigit():
            raise GitError(f"The object {name[:12]} is not in the repository.")
        return fields[1], content[: int(fields[2])]

    def _run_plumbing(
        self, command: str, *arguments: str, standard_input: bytes | None = None, limit: int = OUTPUT_LIMIT
    ) -> bytes:
        return run_plumbing(self.root, command, *arguments, standard_input=standard_input, limit=limit)

    def _read_head_with_git(self) -> tuple[str | None, str | None]:
        reference = ""
        try:
            reference = self._run_plumbing("symbolic-ref", "HEAD").strip().decode("utf-8", "surrogateescape")
            name = self._run_plumbing("rev-parse", "--verify", "--quiet", "HEAD").strip().decode("ascii", "replace")
        except GitError:
            if not reference:
                raise
            name = ""  # no commit yet
        return _short_name(reference), name or None

    def _resolve(self, reference: str) -> tuple[str, str | None]:
        """The last ref that a symbolic ref leads to, and the object it names; None if it does not exist."""
        for _ in range(SYMBOLIC_REF_LIMIT):
            content = self._read_reference(reference)
            if content is None:
                return reference, None
            if not content.startswith(b"ref:"):
                if _OBJECT_NAME.fullmatch(content):
                    return reference, content.decode("ascii")
                raise GitError(f"{_readable(reference)} holds neither a commit nor the name of a ref.")
            reference = content[len(b"ref:") :].strip().decode("utf-8", "surrogateescape")
            if reference == REF_OF_TABLES:
                return reference, None
            if not reference.startswith("refs/") or _IMPOSSIBLE_REF.search(reference):
                raise GitError("HEAD leads to a ref with an impossible name.")
        raise GitError("HEAD leads through too many symbolic refs.")

    def _has_reference(self, reference: str) -> bool:
        try:
            return self._read_reference(reference) is not None
        except GitError:
            return False

    def _read_reference(self, reference: str) -> bytes | None:
        is_shared = reference.startswith("refs/") and not reference.startswith(
            ("refs/bisect/", "refs/worktree/", "refs/rewritten/")
        )
        folder = self.common_directory if is_shared else self.git_directory
        path = folder / os.fsdecode(reference.encode("utf-8", "surrogateescape"))
        try:
            target = os.fsencode(os.readlink(path))
        except (OSError, ValueError):
            target = b""
        if target.startswith(b"refs/"):  # how git wrote symbolic refs until 2005, and still reads them
            return b"ref: " + target
        content = _read_file(path, SMALL_FILE_LIMIT, what=_readable(reference))
        if content is not None:
            return content.strip()
        return self._find_packed_reference(reference) if is_shared else None

    def _find_packed_reference(self, reference: str) -> bytes | None:
        if self._packed_references is None:
            content = _read_file(self.common_directory / "packed-refs", PACKED_REFS_LIMIT, what="packed-refs")
            self._packed_references = (content or b"") + b"\n"
        packed = self._packed_references
        end = packed.find(b" " + reference.encode("utf-8", "surrogateescape") + b"\n")
        return packed[packed.rfind(b"\n", 0, end) + 1 : end] if end >= 0 else None


def parse_commit(content: bytes) -> Commit:
    """The parts of a commit object, read leniently: a header that is missing is empty."""
    header, _, message = content.partition(b"\n\n")
    parents: list[str] = []
    author = b""
    encoding = "utf-8"
    for line in header.split(b"\n"):
        keyword, _, value = line.partition(b" ")
        if keyword == b"parent":
            parents.append(value.decode("ascii", "replace"))
        elif keyword == b"author":
            author = value[: value.rfind(b">") + 1]
        elif keyword == b"encoding":
            encoding = value.decode("ascii", "replace")
    return Commit(tuple(parents), decode_message(author, encoding), decode_message(message, encoding))


def decode_message(text: bytes, encoding: str) -> str:
    """The text of a message that says how it is encoded; as UTF-8 where no encoding of texts is called so."""
    encoding = encoding if _TEXT_ENCODING.fullmatch(encoding) else "utf-8"
    try:
        return text.decode(encoding, "replace")
    except LookupError:  # the name of a family of encodings without such a member, as iso-8859-99
        return text.decode("utf-8", "replace")


def _short_name(reference: str) -> str | None:
    if not reference.startswith(BRANCH_PREFIX):
        return None
    return _readable(reference.removeprefix(BRANCH_PREFIX))


def _readable(name: str) -> str:
    """A name of a ref as text; its bytes that are not UTF-8 are spelled in hexadecimal after a backslash."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_git_directory(folder: Path) -> bool:
    """Whether git would take the folder for a repository."""
    try:
        head = (folder / "HEAD").lstat().st_mode
        shared = _read_common_directory(folder)
        has_head = stat.S_ISREG(head) or stat.S_ISLNK(head)
        return has_head and (shared / "objects").is_dir() and (shared / "refs").is_dir()
    except (OSError, GitError):
        return False


def _follow_git_file(path: Path) -> Path:
    content = _read_file(path, SMALL_FILE_LIMIT, what=".git")
    if content is None or not content.startswith(b"gitdir: "):
        raise GitError("The .git file does not name a git directory.")
    target = _join(path.parent, content[len(b"gitdir: ") :])
    if target is None or not _is_git_directory(target):
        raise GitError("The .git file names a folder that is not a git directory.")
    return target


def _read_common_directory(git_directory: Path) -> Path:
    content = _read_file(git_directory / "commondir", SMALL_FILE_LIMIT, what="commondir")
    if content is None:
        return git_directory
    target = _join(git_directory, content)
    if target is None:
        raise GitError("The commondir file of the git directory names no folder.")
    return target


def _join(folder: Path, content: bytes) -> Path | None:
    """The folder that a file of git names, relative to where the file stands."""
    named = content.rstrip(b"\r\n")
    if not named or b"\0" in named or len(named) > 4096:
        return None
    return folder / os.fsdecode(named)


def _read_file(path: Path, limit: int, what: str) -> bytes | None:
    """The bytes of a regular file; None if there is none. A pipe, a device or a huge file is a GitError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise GitError(f"{what} could not be read: {explain_error(error)}.") from None
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            return None  # `feat` is a folder as soon as there is a branch `feat/search`
        if not stat.S_ISREG(status.st_mode):
            raise GitError(f"{what} is not a regular file.")
        if status.st_size > limit:
            raise GitError(f"{what} is larger than {limit} bytes.")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise GitError(f"{what} could not be read: {explain_error(error)}.") from None
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise GitError(f"{what} is larger than {limit} bytes.")
    return content
