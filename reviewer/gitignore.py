"""Which paths gitignore patterns cover, with git's own semantics.

Takes the lines of ignore files, gives decisions. Must stay cheap for thousands of paths and bounded for hostile
patterns: plain names are looked up in tables, and wildcards become regular expressions that do not backtrack
exponentially. Paths and patterns are bytes, because git compares bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

#: Wildcards in force at one place that are used, since each is compared with each path there.
MAX_WILDCARDS = 500
#: Length of all wildcards of an ignore file that are used, since compiling them takes up to 15 ms for 1,000 bytes.
MAX_WILDCARD_BYTES = 100_000

ASCII_CLASSES = {
    b"alnum": rb"[0-9A-Za-z]",
    b"alpha": rb"[A-Za-z]",
    b"blank": rb"[ \t]",
    b"cntrl": rb"[\x00-\x1f\x7f]",
    b"digit": rb"[0-9]",
    b"graph": rb"[!-~]",
    b"lower": rb"[a-z]",
    b"print": rb"[ -~]",
    b"punct": rb"[!-/:-@[-`{-~]",
    b"space": rb"[ \t\n\r]",
    b"upper": rb"[A-Z]",
    b"xdigit": rb"[0-9A-Fa-f]",
}
Matcher = Callable[[bytes], "re.Match[bytes] | None"]
SLASH = ord("/")
STAR = ord("*")
BACKSLASH = ord("\\")


class Pattern(msgspec.Struct, frozen=True):
    """One line of an ignore file, without its marks."""

    glob: bytes
    order: int  # of two patterns that match, the later one decides
    ignores: bool  # False for a line that began with `!`
    folders_only: bool
    whole_path: bool  # compared with the path from the ignore file's folder, not with the last name only


class IgnorePatterns:
    """The patterns of one ignore file, or of one setting. `left_out` counts wildcards beyond the limits."""

    def __init__(
        self, lines: Iterable[bytes], max_wildcards: int = MAX_WILDCARDS, max_bytes: int = MAX_WILDCARD_BYTES
    ) -> None:
        self._by_name: dict[bytes, list[Pattern]] = {}
        self._by_suffix: dict[bytes, list[Pattern]] = {}
        self._by_path: dict[bytes, list[Pattern]] = {}
        self._wildcards: list[Pattern] = []
        self._matchers: list[tuple[Pattern, Matcher]] | None = None
        self._max_wildcards = max_wildcards
        self._max_bytes = max_bytes
        self.wildcard_bytes = 0
        self.left_out = 0
        for order, line in enumerate(lines):
            pattern = _parsed(line, order)
            if pattern is not None:
                self._add(pattern)

    @classmethod
    def from_file(
        cls, content: bytes, max_wildcards: int = MAX_WILDCARDS, max_bytes: int = MAX_WILDCARD_BYTES
    ) -> IgnorePatterns:
        """The patterns of an ignore file's bytes, whatever they are."""
        lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        return cls((line.removesuffix(b"\r").partition(b"\0")[0] for line in lines), max_wildcards, max_bytes)

    @property
    def wildcard_count(self) -> int:
        """How many patterns are compared one by one."""
        return len(self._wildcards)

    def decide(self, path: bytes, name: bytes, is_folder: bool) -> bool | None:
        """Whether this very path is ignored, named again by `!`, or not mentioned (None).

        `path` is relative to the ignore file's folder, `name` its last part. Parents are the caller's business.
        """
        best: Pattern | None = None
        dot = name.rfind(b".")
        for table, key in (
            (self._by_name, name),
            (self._by_path, path),
            (self._by_suffix, name[dot:] if dot >= 0 else b""),
        ):
            for pattern in reversed(table.get(key, ())):
                if is_folder or not pattern.folders_only:
                    if best is None or pattern.order > best.order:
                        best = pattern
                    break
        for pattern, matches in self._compiled():
            if best is not None and pattern.order < best.order:
                break
            if (is_folder or not pattern.folders_only) and matches(path if pattern.whole_path else name):
                best = pattern
                break
        return None if best is None else best.ignores

    def covers(self, path: str | bytes) -> bool:
        """Whether a file's path, relative and with `/`, is ignored itself or lies in a folder that is."""
        names = (path.encode("utf-8", "surrogateescape") if isinstance(path, str) else path).split(b"/")
        parent = b""
        for position, name in enumerate(names, 1):
            if self.decide(parent + name, name, position < len(names)):
                return True
            parent += name + b"/"
        return False

    def _add(self, pattern: Pattern) -> None:
        glob = pattern.glob
        if not _has_wildcard(glob):
            table = self._by_path if pattern.whole_path else self._by_name
            table.setdefault(glob, []).append(pattern)
        elif not pattern.whole_path and glob[:2] == b"*." and not _has_wildcard(glob[2:]) and b"." not in glob[2:]:
            self._by_suffix.setdefault(glob[1:], []).append(pattern)
        elif len(self._wildcards) >= self._max_wildcards or self.wildcard_bytes + len(glob) > self._max_bytes:
            self.left_out += 1
        else:
            self._wildcards.append(pattern)
            self.wildcard_bytes += len(glob)

    def _compiled(self) -> list[tuple[Pattern, Matcher]]:
        """The wildcards, last one first, compiled when a path is first compared with them."""
        if self._matchers is None:
            self._matchers = [
                (pattern, re.compile(_expression(pattern.glob, pattern.whole_path), re.DOTALL).fullmatch)
                for pattern in reversed(self._wildcards)
            ]
        return self._matchers


def _parsed(line: bytes, order: int) -> Pattern | None:
    """The pattern of a line; None for comments and for lines that can match nothing."""
    if line.startswith(b"#"):
        return None
    glob = _without_trailing_spaces(line)
    ignores = not glob.startswith(b"!")
    glob = glob.removeprefix(b"!")
    folders_only = glob.endswith(b"/")
    glob = glob.removesuffix(b"/")
    whole_path = b"/" in glob
    glob = glob.removeprefix(b"/")
    return Pattern(glob, order, ignores, folders_only, whole_path) if glob else None


def _without_trailing_spaces(line: bytes) -> bytes:
    bare = line.rstrip(b" ")
    if len(bare) == len(line):
        return line
    backslashes = len(bare) - len(bare.rstrip(b"\\"))
    return bare + b" " if backslashes % 2 else bare


def _has_wildcard(glob: bytes) -> bool:
    return b"*" in glob or b"?" in glob or b"[" in glob or b"\\" in glob


# Translation to regular expressions ----------------------------------------------------------------------------------


class _Part:
    """What stands between two `**/`: pieces without wildcard stars, with a star between each two of them."""

    def __init__(self, before: bytes) -> None:
        self.before = before  # the expression of the `**/` before it
        self.pieces: list[list[bytes]] = [[]]


class _NeverMatches(Exception):
    """The pattern is malformed; git lets such a pattern match nothing."""


def _expression(glob: bytes, whole_path: bool) -> bytes:
    """The regular expression of a glob, for `fullmatch` with DOTALL.

    A star takes as little as it can and keeps it: each piece after it has a fixed number of `/`, so that a later place
    of the piece could not help what follows. This makes matching polynomial, where plain `[^/]*` is exponential.
    """
    try:
        parts = _parts(glob, whole_path)
    except _NeverMatches:
        return rb"(?!)"
    expression = b""
    groups = 0
    for number, part in enumerate(parts, 1):
        text = part.before + b"".join(part.pieces[0])
        for piece in part.pieces[1:-1]:
            groups += 1
            text += _kept(rb"[^/]*?" + b"".join(piece), groups)
        if len(part.pieces) > 1:
            text += rb"[^/]*?" + b"".join(part.pieces[-1])
        if number < len(parts):
            groups += 1
            text = _kept(text, groups)
        expression += text
    return expression


def _kept(expression: bytes, number: int) -> bytes:
    """An atomic group, also for Python 3.10."""
    return b"(?=(?P<kept%d>%s))(?P=kept%d)" % (number, expression, number)


def _parts(glob: bytes, whole_path: bool) -> list[_Part]:
    # git compares the literal start apart, so that a `**` after it counts as the beginning of the pattern.
    start = re.search(rb"[*?\[\\]", glob)
    position = literal_end = start.start() if start and whole_path else 0
    parts = [_Part(b"")]
    parts[0].pieces[0].append(re.escape(glob[:literal_end]))
    while position < len(glob):
        character = glob[position]
        if character == STAR:
            end = len(glob) - len(glob[position:].lstrip(b"*"))
            is_lone = end - position == 1 or not whole_path
            follows_slash = position == literal_end or glob[position - 1] == SLASH
            position = _add_stars(glob, end, parts, is_lone or not follows_slash)
            continue
        if character == ord("["):
            atom, position = _bracket(glob, position + 1)
        elif character == ord("?"):
            atom, position = rb"[^/]", position + 1
        else:
            if character == BACKSLASH:
                position += 1
                if position == len(glob):
                    raise _NeverMatches
            atom, position = re.escape(glob[position : position + 1]), position + 1
        parts[-1].pieces[-1].append(atom)
    return parts


def _add_stars(glob: bytes, end: int, parts: list[_Part], is_single: bool) -> int:
    """Adds the run of stars that ends before `end`; gives where the pattern goes on."""
    if not is_single:
        if end == len(glob):
            parts[-1].pieces[-1].append(rb".*")
            return end
        if glob[end] == SLASH:
            parts.append(_Part(rb"(?:.*?/)??"))
            return end + 1
        if glob[end : end + 2] == b"\\/":
            parts.append(_Part(rb".*?/"))
            return end + 2
    parts[-1].pieces.append([])
    return end


def _bracket(glob: bytes, position: int) -> tuple[bytes, int]:
    """The expression of the bracket whose `[` stands before `position`, and where the pattern goes on."""
    is_negated = glob[position : position + 1] in (b"!", b"^")
    position += is_negated
    chosen: set[int] = set()
    previous: int | None = None
    is_first = True
    while is_first or glob[position : position + 1] != b"]":
        is_first = False
        class_end = glob.find(b"]", position + 2)
        if glob[position : position + 2] == b"[:" and class_end < 0:
            raise _NeverMatches
        if glob[position : position + 2] == b"[:" and class_end > position + 2 and glob[class_end - 1] == ord(":"):
            name = glob[position + 2 : class_end - 1]
            if name not in ASCII_CLASSES:
                raise _NeverMatches
            chosen.update(byte for byte in range(128) if re.match(ASCII_CLASSES[name], bytes([byte])))
            previous, position = None, class_end + 1
            continue
        is_range = glob[position : position + 1] == b"-" and previous is not None
        if is_range and glob[position + 1 : position + 2] not in (b"", b"]"):
            last, position = _bracket_character(glob, position + 1)
            chosen.update(range(previous or 0, last + 1))
            previous = None
        else:
            previous, position = _bracket_character(glob, position)
            chosen.add(previous)
    accepted = set(range(256)) - chosen if is_negated else chosen
    accepted.discard(SLASH)
    members = b"".join(b"\\x%02x" % byte for byte in sorted(accepted))
    return (b"[%s]" % members if members else rb"(?!)"), position + 1


def _bracket_character(glob: bytes, position: int) -> tuple[int, int]:
    if glob[position : position + 1] == b"\\":
        position += 1
    if position >= len(glob):
        raise _NeverMatches
    return glob[position], position + 1
