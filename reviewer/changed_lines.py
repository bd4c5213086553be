"""Which lines and files of a tree were there before, whatever their layout and their names are now.

Pure: takes texts and object names, gives correspondences. Bounded for hostile input: what would take long counts as
changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher

#: Lines that differ on both sides, multiplied, up to which they are compared.
MAX_COMPARISONS = 4_000_000
#: New and gone files up to which they are compared with each other.
MAX_RENAMES = 200
#: How much of the lines of two files must be alike for one to be the other renamed, as in git.
LEAST_SIMILARITY = 0.5

TextOf = Callable[[str], str]


class LineMap:
    """The lines of a file that were there before: the number now and the number then, both from 1."""

    def __init__(self, old: str, new: str) -> None:
        self._old_by_new = dict(_unchanged(_squeezed(old), _squeezed(new)))

    def before(self, line: int) -> int | None:
        """The number that a line had; None for a changed line."""
        return self._old_by_new.get(line)


class Correspondence:
    """The files and lines of a new tree, and where they were in an old one.

    `old_names` and `new_names` give the object name of each file's content by path, the functions their texts.
    """

    def __init__(
        self, old_names: Mapping[str, str], new_names: Mapping[str, str], old_text: TextOf, new_text: TextOf
    ) -> None:
        self._old_names, self._new_names = old_names, new_names
        self._old_text, self._new_text = old_text, new_text
        self._renames: dict[str, str] | None = None
        self._maps: dict[str, LineMap] = {}

    def path_before(self, path: str) -> str | None:
        """The path that a file had; None for a new file."""
        if path in self._old_names:
            return path
        if self._renames is None:
            self._renames = self._found_renames()
        return self._renames.get(path)

    def line_before(self, path: str, line: int) -> tuple[str, int] | None:
        """The file and line where a line was; None for one that is new or changed."""
        old_path = self.path_before(path)
        if old_path is None:
            return None
        if self._old_names.get(old_path) == self._new_names.get(path):
            return old_path, line
        if path not in self._maps:
            self._maps[path] = LineMap(self._old_text(old_path), self._new_text(path))
        old_line = self._maps[path].before(line)
        return None if old_line is None else (old_path, old_line)

    def _found_renames(self) -> dict[str, str]:
        """Where new files came from: first those of equal content, then those most alike."""
        gone = sorted(self._old_names.keys() - self._new_names.keys())
        added = sorted(self._new_names.keys() - self._old_names.keys())
        found: dict[str, str] = {}
        by_content: dict[str, list[str]] = {}
        for path in reversed(gone):
            by_content.setdefault(self._old_names[path], []).append(path)
        for path in added:
            same = by_content.get(self._new_names[path])
            if same:
                found[path] = same.pop()
        taken = set(found.values())
        gone = [path for path in gone if path not in taken]
        added = [path for path in added if path not in found]
        if len(gone) * len(added) > MAX_RENAMES**2:
            return found
        old_lines = {path: frozenset(_squeezed(self._old_text(path))) for path in gone}
        new_lines = {path: frozenset(_squeezed(self._new_text(path))) for path in added}
        pairs = [(_similarity(old_lines[old], new_lines[new]), old, new) for old in gone for new in added]
        for similarity, old, new in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
            if similarity < LEAST_SIMILARITY:
                break
            if new not in found and old not in taken:
                found[new] = old
                taken.add(old)
        return found


def _similarity(old: frozenset[str], new: frozenset[str]) -> float:
    return len(old & new) / max(len(old), len(new), 1)


def _squeezed(text: str) -> list[str]:
    return ["".join(line.split()) for line in text.split("\n")]


def _unchanged(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The lines that both have, as pairs of the new and the old number."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    pairs = [(number + 1, number + 1) for number in range(start)]
    pairs += [(len(new) - number, len(old) - number) for number in range(end)]
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    if len(old_middle) * len(new_middle) <= MAX_COMPARISONS:
        for block in SequenceMatcher(None, old_middle, new_middle).get_matching_blocks():
            pairs += [
                (start + block.b + offset + 1, start + block.a + offset + 1)
                for offset in range(block.size)
                if new_middle[block.b + offset]
            ]
    return pairs
