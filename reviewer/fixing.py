"""Proposes the fixes of findings as new contents of files, shows them as a diff, and writes them.

Takes findings and the bytes they were found in, gives a plan; only `write_fixes` changes files, and none that changed
since. Every fix is made as a whole or not at all, in the order of the findings' places; of two that touch the same text
the first is made. Which edits are right is decided close to libcst (`syntax.rewriting`), in a child process.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import msgspec

from reviewer.decoding import encoding_of
from reviewer.reading import Unreadable, read_regular
from reviewer.rule import AddImport, Edit, Finding, Fix, ReplaceText
from reviewer.syntax.messages import Rewrite, Rewritten
from reviewer.syntax.worker import CloseReader, refusal_of

CONTEXT_LINES = 3


class ChangedFile(msgspec.Struct, frozen=True):
    """A file that fixes change: its bytes as reviewed, and its bytes to be."""

    path: str
    old: bytes
    new: bytes


class SkippedFix(msgspec.Struct, frozen=True):
    """A finding whose fix is not made, and why, in one sentence."""

    finding: Finding
    reason: str


class UnwrittenFile(msgspec.Struct, frozen=True):
    """A file that was not written, and why, in one sentence."""

    path: str
    reason: str


class FixPlan(msgspec.Struct, frozen=True):
    """What fixing would do: the files by path, the findings it mends, and the fixes it leaves out."""

    files: tuple[ChangedFile, ...] = ()
    fixed: tuple[Finding, ...] = ()
    skipped: tuple[SkippedFix, ...] = ()


def propose_fixes(
    findings: Iterable[Finding],
    read_bytes: Callable[[str], bytes],
    *,
    include_unsafe: bool = False,
    reader: CloseReader | None = None,
) -> FixPlan:
    """A plan to mend the findings that have a fix and are not suppressed.

    `read_bytes` gives the content of a file as it was reviewed, and may raise Unreadable. Unsafe fixes are left out
    unless asked for. A reader that is given stays open.
    """
    candidates = [
        finding
        for finding in findings
        if finding.fix is not None and not finding.suppression and (finding.fix.is_safe or include_unsafe)
    ]
    if not candidates:
        return FixPlan()
    candidates.sort(key=lambda finding: (finding.place, finding.rule, finding.message))
    if reader is not None:
        return _Planner(candidates, read_bytes, reader).plan()
    with CloseReader() as own_reader:
        return _Planner(candidates, read_bytes, own_reader).plan()


class _Planner:
    def __init__(self, findings: list[Finding], read_bytes: Callable[[str], bytes], reader: CloseReader) -> None:
        self.findings = findings
        self.read_bytes = read_bytes
        self.reader = reader
        self.refusals: dict[int, str] = {}
        self.files: dict[str, ChangedFile] = {}
        #: The edits by path, then by the number of the finding they mend.
        self.edits: dict[str, dict[int, list[Edit]]] = {}
        for number, finding in enumerate(findings):
            for edit in _fix_of(finding).edits:
                self.edits.setdefault(path_of(edit), {}).setdefault(number, []).append(edit)

    def plan(self) -> FixPlan:
        pending = sorted(self.edits)
        while pending:
            refused_before = set(self.refusals)
            for path in pending:
                self._rewrite(path)
            # A fix that one file refuses must not be made in another: those files are made again without it.
            new = set(self.refusals) - refused_before
            pending = sorted(path for path, groups in self.edits.items() if path in self.files and new & set(groups))
            for path in pending:
                del self.files[path]
        mended = tuple(finding for number, finding in enumerate(self.findings) if number not in self.refusals)
        skipped = tuple(SkippedFix(self.findings[number], reason) for number, reason in sorted(self.refusals.items()))
        files = tuple(file for _, file in sorted(self.files.items()) if file.old != file.new)
        return FixPlan(files, mended, skipped)

    def _rewrite(self, path: str) -> None:
        groups = {number: edits for number, edits in self.edits[path].items() if number not in self.refusals}
        if not groups:
            return
        try:
            content = self.read_bytes(path)
        except Unreadable as error:
            self.refusals.update(dict.fromkeys(groups, error.reason))
            return
        reply = self.reader.ask(Rewrite(content, tuple(tuple(edits) for edits in groups.values())))
        if not isinstance(reply, Rewritten):
            self.refusals.update(dict.fromkeys(groups, refusal_of(reply)))
            return
        self.refusals.update({number: reason for number, reason in zip(groups, reply.refusals, strict=True) if reason})
        self.files[path] = ChangedFile(path, content, reply.content)


def _fix_of(finding: Finding) -> Fix:
    assert finding.fix is not None
    return finding.fix


def path_of(edit: Edit) -> str:
    """The file an edit changes."""
    if isinstance(edit, AddImport):
        return edit.path
    return edit.place.path if isinstance(edit, ReplaceText) else edit.call.path


def unified_diff(files: Iterable[ChangedFile]) -> str:
    """The changes as one patch that `git apply` understands. Line ends are those of the files."""
    return "".join(text for file in files for text in _diff_of(file))


def _diff_of(file: ChangedFile) -> list[str]:
    import difflib

    old, new = _lines(file.old), _lines(file.new)
    lines = [f"--- {_quoted('a/' + file.path)}\n", f"+++ {_quoted('b/' + file.path)}\n"]
    for line in list(difflib.unified_diff(old, new, n=CONTEXT_LINES))[2:]:
        lines.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return lines


def _lines(content: bytes) -> list[str]:
    """Lines as a patch counts them: a line feed ends one, and belongs to it; so does a byte order mark to the first."""
    text = content.decode(encoding_of(content).replace("-sig", ""))
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _quoted(path: str) -> str:
    """A path as git writes it in a patch: in quotes and escaped if it holds characters that would break the line."""
    if path.isprintable() and not set(path) & {'"', "\\"}:
        return path
    escaped = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\{byte:03o}" for byte in os.fsencode(path)
    )
    return f'"{escaped}"'


def write_fixes(files: Sequence[ChangedFile], root: str) -> tuple[UnwrittenFile, ...]:
    """Writes the files below a root folder, each by a temporary file beside it and a rename.

    Keeps their mode. Links, files outside the root and files that changed since they were read are left alone and given
    back with the reason.
    """
    unwritten = []
    for file in files:
        reason = _write(file, os.path.realpath(os.fsencode(root)))
        if reason:
            unwritten.append(UnwrittenFile(file.path, reason))
    return tuple(unwritten)


def _write(file: ChangedFile, root: bytes) -> str:
    """Writes one file; gives the reason if it could not."""
    if "\\" in file.path:  # How the names are shown that the system's encoding does not hold.
        return "Files with such a name are not written."
    path = os.path.join(root, os.fsencode(file.path))
    folder = os.path.realpath(os.path.dirname(path))
    if folder != root and not folder.startswith(os.path.join(root, b"")):
        return "The file lies outside the reviewed folder."
    path = os.path.join(folder, os.path.basename(path))
    try:
        content = read_regular(path, max(len(file.old), 1))
    except Unreadable as error:
        return "The file changed since it was read." if error.kind == "too-large" else error.reason
    if content != file.old:
        return "The file changed since it was read."
    if not os.access(path, os.W_OK):
        return "The file may not be written."
    try:
        _replace(path, folder, file.new)
    except OSError as error:
        return f"The operating system refuses to write it: {error.strerror or error}."
    return ""


def _replace(path: bytes, folder: bytes, content: bytes) -> None:
    status = os.lstat(path)
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=b".reviewer-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(OSError, AttributeError):  # Another owner can be kept only with the right to do so.
            os.chown(temporary, status.st_uid, status.st_gid)
        os.chmod(temporary, status.st_mode & 0o7777)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
