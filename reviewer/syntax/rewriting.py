"""Makes the edits of several fixes in one file, or says of each why not. Child process only.

What holds: libcst gives the old file back byte for byte; encoding, byte order mark and line ends stay; nothing but the
edited text changes; the new program's tree is the old one with the edits in it. A file that does not parse stays as
it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.decoding import decode, decode_verbatim, encoding_of
from reviewer.reading import Unreadable
from reviewer.rule import Edit
from reviewer.syntax.comments import NotUnderstood
from reviewer.syntax.edits import splices_of
from reviewer.syntax.equivalence import is_old_with_edits
from reviewer.syntax.gate import why_refused
from reviewer.syntax.source import EditRefused, Source, spliced

MAX_FIXES = 200


def rewrite(content: bytes, groups: Sequence[Sequence[Edit]]) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of a file with groups of edits made in it, and for each group why it was not made, or an empty text.

    Each group is made as a whole or not at all; of two that do not go together the first is made.
    """
    try:
        text = decode_verbatim(content)
        encoding = encoding_of(content)
        reason = why_refused(text)
        if not reason and text.encode(encoding) != content:
            reason = "The file's encoding does not give back its bytes."
        source = None if reason else Source(text)
    except (Unreadable, NotUnderstood, UnicodeEncodeError) as error:
        reason, source = str(error), None
    if source is None:
        return content, (reason,) * len(groups)
    return _Rewriter(source, content, encoding).rewritten(groups)


class _Rewriter:
    def __init__(self, source: Source, content: bytes, encoding: str) -> None:
        self.source = source
        self.content = content
        self.encoding = encoding
        self.old = decode(content)

    def rewritten(self, groups: Sequence[Sequence[Edit]]) -> tuple[bytes, tuple[str, ...]]:
        """All groups at once; if they do not go together, those that fit; if the result is wrong, one by one."""
        for choose in (_all_of, self._fitting, self._proved):
            refusals = choose(groups)
            edits = [edit for group, refusal in zip(groups, refusals, strict=True) if not refusal for edit in group]
            try:
                content = self._content_with(edits)
            except EditRefused:
                continue
            if self._is_proved(content, edits):
                return content, tuple(refusals)
        return self.content, ("The edits of this file do not go together.",) * len(groups)

    def _fitting(self, groups: Sequence[Sequence[Edit]], *, with_proof: bool = False) -> list[str]:
        """For each group why it does not go together with those accepted before it, or an empty text."""
        accepted: list[Edit] = []
        refusals = []
        for number, group in enumerate(groups):
            try:
                if number >= MAX_FIXES:
                    raise EditRefused("Too many fixes for one file at once.")
                content = self._content_with([*accepted, *group])
                if with_proof and not self._is_proved(content, [*accepted, *group]):
                    raise EditRefused("The edits would change more of the program than they should.")
            except EditRefused as error:
                refusals.append(str(error))
            else:
                refusals.append("")
                accepted += group
        return refusals

    def _proved(self, groups: Sequence[Sequence[Edit]]) -> list[str]:
        return self._fitting(groups, with_proof=True)

    def _content_with(self, edits: Sequence[Edit]) -> bytes:
        text = spliced(self.source.text, splices_of(self.source, edits))
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise EditRefused("The new text cannot be written in the file's encoding.") from error

    def _is_proved(self, content: bytes, edits: Sequence[Edit]) -> bool:
        if content == self.content:
            return True
        try:
            return is_old_with_edits(self.old, decode(content), edits)
        except Unreadable:
            return False


def _all_of(groups: Sequence[Sequence[Edit]]) -> list[str]:
    return [""] * len(groups)
