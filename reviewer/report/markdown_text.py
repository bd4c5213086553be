"""Text of a reviewed repository inside Markdown that GitHub and GitLab render: as code, or as prose.

Both look for names, numbers and addresses in finished text, where an entity is a character again: `&#64;name` still
mentions somebody. They leave code alone. So whatever is more than a plain word stands in code, and there each character
that means something to Markdown, HTML or a table is an entity.
"""

from __future__ import annotations

import re

from reviewer.report.escaping import visible

#: A word that no forge makes a link, mention or reference of, with the punctuation around it; or punctuation alone.
_PLAIN_WORD = re.compile(r"""[("']*(?:[^\W\d_]+(?:[-'][^\W\d_]+)*|\d{1,6})[)"'.,;:?!]*|[()"'.,;:?!=+/\u2013\u2014-]+""")
#: A commit may be named so, and forges link to commits.
_COMMIT_NAME = re.compile(r"[0-9a-f]{7,}", re.IGNORECASE)
_PUNCTUATION = "()\"'.,;:?!"


def code(text: str) -> str:
    """Text as code: a code span holds everything but backticks, pipes, backslashes and spaces at its ends."""
    text = visible(text)
    if not text:
        return ""
    if "`" in text or "|" in text or "\\" in text or text != text.strip():
        return f"<code>{entities(text)}</code>"
    return f"`{text}`"


def prose(text: str) -> str:
    """A message, hint or reason: what it names in backticks as code, words as words, and all else as code too."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:  # The last backtick has no partner.
        parts[-2:] = ["`".join(parts[-2:])]
    shown = [_code_in_prose(part) if index % 2 else _words(part) for index, part in enumerate(parts)]
    return "".join(shown)


def entities(text: str) -> str:
    """Text whose punctuation means nothing to Markdown or HTML: letters, digits, spaces, entities."""
    return "".join(one if one.isalnum() or one in " ,;()/-" else f"&#{ord(one)};" for one in text)


def _words(text: str) -> str:
    shown = "".join(entities(word) if _is_plain(word) else _code_in_prose(word) for word in re.split(r"( +)", text))
    return shown.replace("</code> <code>", " ")


def _is_plain(word: str) -> bool:
    if not word.strip():
        return True
    return bool(_PLAIN_WORD.fullmatch(word)) and not _COMMIT_NAME.fullmatch(word.strip(_PUNCTUATION))


def _code_in_prose(text: str) -> str:
    """Text as HTML code, which nothing beside it can break up."""
    return f"<code>{entities(text)}</code>" if text else ""
