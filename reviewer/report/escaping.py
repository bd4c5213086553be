r"""Makes text that came from a reviewed repository safe for terminals, build logs, annotations and JSON.

The one place that knows which characters are unsafe. Every reporter passes each string of the input through here:
names, messages, source lines. What cannot be shown as it is becomes `\xNN` (below 256, and raw bytes) or `\u{...}`.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

#: Longest message, hint or reason in characters: names of the input are part of them and can have any length.
MESSAGE_LIMIT = 1_000

#: Controls, bidi controls, separators, surrogates, and whatever has no look of its own: it hides text from the reader,
#: and a build log compares some of it as if it were not there. Content of a character class.
_INVISIBLE = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
#: Variation selectors may stand only after a character that can have variants, which ASCII and the invisible have not.
_STRAY_SELECTOR = rf"(?<![^\x00-\x7f\ufe00-\ufe0f{_INVISIBLE}])[\ufe00-\ufe0f]"
_UNSAFE = re.compile(f"[{_INVISIBLE}]|{_STRAY_SELECTOR}")
#: `##[error]`, `##vso[…]`, `##teamcity[…]`: commands of build systems wherever they stand in a line.
_LOG_COMMAND = re.compile(r"##\w*\[")
#: `::error::` is a command if only space or colour stands before it.
_LOG_COMMAND_START = re.compile(r"((?:\s|\x1b\[[0-9;]*m)*):(?=:)")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NOT_ASCII = re.compile(r"[^\x20-\x7e\n]")
#: Bytes of a file's name that are not UTF-8, as `reviewer.files` writes them in a path.
_ESCAPED_BYTE = re.compile(r"\\x([0-9a-f]{2})")
_OPENING_BRACKET = r"\x5b"


def visible(text: str) -> str:
    """The text with everything unsafe or invisible spelled out, line ends and tabs too: always one line."""
    if text.isascii() and text.isprintable() and "##" not in text:
        return text
    return "".join(visible_characters(text))


def visible_characters(text: str) -> list[str]:
    """How each character of the text is shown, one string a character."""
    characters = list(text)
    for unsafe in _UNSAFE.finditer(text):
        characters[unsafe.start()] = _spelled_out(unsafe[0])
    for command in _LOG_COMMAND.finditer(text):
        characters[command.end() - 1] = _OPENING_BRACKET
    return characters


def shortened(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """The text, or its beginning and an ellipsis if it is longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def sentence(text: str) -> str:
    """A message, hint or reason as people are to see it: visible, and not too long."""
    return visible(shortened(text))


def log_line(line: str) -> str:
    """A finished line of output such that no build system takes it for a command; its parts are visible already."""
    if "##" in line:
        line = _LOG_COMMAND.sub(lambda command: command[0][:-1] + _OPENING_BRACKET, line)
    return _LOG_COMMAND_START.sub(r"\1\\x3a", line, count=1) if _LOG_COMMAND_START.match(line) else line


def annotation_data(text: str) -> str:
    """Text as the message of a GitHub workflow command; line ends survive as line ends of the annotation."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def annotation_property(text: str) -> str:
    """Text as the value of a property of a GitHub workflow command."""
    return annotation_data(text).replace(":", "%3A").replace(",", "%2C")


def has_escaped_bytes(path: str) -> bool:
    r"""Whether the path is not the file's real name but spells bytes of it as `\xNN`."""
    return _ESCAPED_BYTE.search(path) is not None


def path_bytes(path: str) -> bytes:
    r"""The file's real name: `\xNN` read as that byte, everything else as UTF-8."""
    encoded = encodable(path).encode()
    return re.sub(_ESCAPED_BYTE.pattern.encode(), lambda byte: bytes([int(byte[1], 16)]), encoded)


def encodable(text: str) -> str:
    """The text with lone surrogates spelled out, so that UTF-8 can hold it; otherwise unchanged."""
    return _LONE_SURROGATE.sub(lambda surrogate: _spelled_out(surrogate[0]), text)


def json_text(document: object) -> str:
    """A document of dicts, lists, strings and numbers as indented JSON in plain ASCII, with a final line end.

    Nothing is lost but lone surrogates, which are spelled out: characters beyond printable ASCII, and brackets that
    would make a command of a build system, are written as escapes of JSON.
    """
    try:
        encoded = msgspec.json.encode(document)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_all_encodable(document))
    text = msgspec.json.format(encoded, indent=2).decode()
    if not text.isascii() or "\x7f" in text:
        text = _NOT_ASCII.sub(_json_escape, text)
    if "##" in text:
        text = _LOG_COMMAND.sub(lambda command: command[0][:-1] + r"\u005b", text)
    return text + "\n"


def _spelled_out(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a raw byte, as the `surrogateescape` error handler decodes it
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _all_encodable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(key): _all_encodable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_all_encodable(item) for item in value]
    return value
