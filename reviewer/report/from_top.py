"""A review of a folder told from the top of its repository, as forges know files: `main.py` becomes `backend/main.py`.

Pure; what is about git itself stays where it is.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TypeVar

from msgspec.structs import replace

from reviewer.results import Problem, Review, UnknownCount, UnknownExample
from reviewer.rule import Finding, Place, Related, Suppression

Pathed = TypeVar("Pathed", Place, Problem)


def told_from_top(review: Review, prefix: str) -> Review:
    """The review with `prefix` (which ends in a slash) before every path, and fingerprints that tell folders apart.

    Two services of one repository may hold the same modules with the same defects.
    """
    if not prefix:
        return review
    return replace(
        review,
        findings=tuple(_finding(finding, prefix) for finding in review.findings),
        problems=tuple(_below(problem, prefix) for problem in review.problems),
        known_problems=tuple(_below(problem, prefix) for problem in review.known_problems),
        unknowns=tuple(_unknown(unknown, prefix) for unknown in review.unknowns),
    )


def _finding(finding: Finding, prefix: str) -> Finding:
    return replace(
        finding,
        place=_below(finding.place, prefix),
        related=tuple(Related(_below(one.place, prefix), one.message) for one in finding.related),
        fingerprint=_fingerprint(prefix, finding.fingerprint),
        suppression=_suppression(finding.suppression, prefix),
        members=tuple(_finding(one, prefix) for one in finding.members),
    )


def _fingerprint(prefix: str, fingerprint: str) -> str:
    if not fingerprint:
        return ""
    return blake2b(f"{prefix}\0{fingerprint}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _suppression(suppression: Suppression | None, prefix: str) -> Suppression | None:
    if suppression is None or suppression.place is None:
        return suppression
    return replace(suppression, place=_below(suppression.place, prefix))


def _unknown(unknown: UnknownCount, prefix: str) -> UnknownCount:
    examples = tuple(UnknownExample(_below(one.place, prefix), one.reason) for one in unknown.examples)
    return replace(unknown, examples=examples)


def _below(placed: Pathed, prefix: str) -> Pathed:
    if not placed.path or placed.path.startswith(".git/"):
        return placed
    return replace(placed, path=prefix + placed.path)
