"""Finds the few routes that a request can reach, without looking at all of them.

Routes are listed by the literal segments they have at each place, counted from the start among paths of one length and
from the end among all, and by the places where they have a parameter. A request looks at the place where fewest remain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

from reviewer.project.model import UNKNOWN_PART

Found = TypeVar("Found")

#: A place in a path: the number of segments (0: any) and which one.
Place = tuple[int, int]


class RouteLookup(Generic[Found]):
    """Things with the segments of their paths; what is found comes in the order given."""

    def __init__(self, entries: Iterable[tuple[Found, Sequence[str]]]) -> None:
        self._entries = list(entries)
        self._literal: dict[tuple[Place, str], list[int]] = {}
        self._variable: dict[Place, list[int]] = {}
        self._by_length: dict[int, list[int]] = {}
        self._open: list[int] = []  # of any length: a path parameter, or a start that is not known
        for number, (_, parts) in enumerate(self._entries):
            self._add(number, parts)

    def of_length(self, segments: Sequence[str]) -> list[Found]:
        """What may match all segments of a request."""
        count = len(segments)
        places = [((count, number), segment) for number, segment in enumerate(segments)]
        return self._found(self._fewest(places, self._by_length.get(count, [])), self._open)

    def ending(self, segments: Sequence[str]) -> list[Found]:
        """What may end with the segments of a request."""
        places = [((0, number), segment) for number, segment in enumerate(reversed(segments))]
        return self._found(self._fewest(places, range(len(self._entries))), self._open)

    def _add(self, number: int, parts: Sequence[str]) -> None:
        if UNKNOWN_PART in parts[0] or any(":path}" in part or "<path:" in part for part in parts):
            self._open.append(number)
        count = len(parts)
        self._by_length.setdefault(count, []).append(number)
        for position, part in enumerate(parts):
            for place in ((count, position), (0, count - 1 - position)):
                if "{" in part or "<" in part:
                    self._variable.setdefault(place, []).append(number)
                else:
                    self._literal.setdefault((place, part), []).append(number)

    def _fewest(self, places: list[tuple[Place, str]], all_numbers: Sequence[int]) -> Sequence[int]:
        """The candidates at the place of a known segment where there are fewest."""
        best: tuple[list[int], list[int]] | None = None
        for place, segment in places:
            if "{" in segment:
                continue
            lists = self._literal.get((place, segment), []), self._variable.get(place, [])
            if best is None or len(lists[0]) + len(lists[1]) < len(best[0]) + len(best[1]):
                best = lists
        return all_numbers if best is None else [*best[0], *best[1]]

    def _found(self, *numbers: Iterable[int]) -> list[Found]:
        return [self._entries[number][0] for number in sorted({one for some in numbers for one in some})]
