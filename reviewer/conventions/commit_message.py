"""Judges a commit message by Conventional Commits 1.0.0 and the usual limits of its form.

Takes the message as written, with git's comments, and gives problems in the order of the lines. Reads nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from reviewer.conventions.message_cleanup import Line, clean_up
from reviewer.conventions.message_footers import read_footers
from reviewer.conventions.message_header import Header, MalformedHeader, parse_header, propose_header
from reviewer.conventions.message_kind import AUTOSQUASH, HEADER_LIMIT, MessageKind, classify_message
from reviewer.conventions.problem import Problem, quoted
from reviewer.conventions.words import NAMES_WITH_CAPITALS, TYPES_BY_SYNONYM

COMMIT_TYPES = ("build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test")

BODY_PROBLEM_LIMIT = 20  # problems of one message's body; the rest would say the same

_PULL_REQUESTS = re.compile(r"(?: \(#\d+\))+$")
_BREAKING_FOOTER = re.compile(r"(breaking[ -]change)(?:: | #|:$)", re.IGNORECASE)
_TRAILER = re.compile(
    r"(?!BREAKING-CHANGE)[A-Za-z]+(?:-[A-Za-z]+)+: |(?:Refs?|Fixes|Closes|Resolves|Link|Cc|See)(?:: | #)"
)


class CommitMessageOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a team expects of its commit messages."""

    types: tuple[str, ...] = COMMIT_TYPES
    extra_types: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()  # empty: any scope
    require_scope: bool = False
    max_header_length: int = 100  # characters; 0: any
    max_body_line_length: int = 100  # characters; 0: any
    subject_case: Literal["lower", "any"] = "lower"
    names: tuple[str, ...] = ()  # words with capitals that may open a description, besides the known ones
    allow_full_stop: bool = False
    allow_autosquash: bool = True  # fixup!, squash! and amend! commits, until they are squashed
    require_breaking_mark: bool = False  # a breaking footer needs the `!` in the header too
    require_breaking_footer: bool = False  # a `!` needs the footer that explains it
    required_footers: tuple[str, ...] = ()  # tokens that each message has, as `Refs` or `Signed-off-by`
    comment_character: str = "#"  # git's core.commentChar

    @property
    def known_types(self) -> tuple[str, ...]:
        """All types that are accepted."""
        return self.types + self.extra_types


def judge_message(message: str, options: CommitMessageOptions | None = None) -> list[Problem]:
    """What is wrong with a commit message before git has cleaned it up; nothing where a tool worded it."""
    options = options or CommitMessageOptions()
    return judge_lines(clean_up(message, options.comment_character), options)


def judge_stored_message(message: str, options: CommitMessageOptions | None = None) -> list[Problem]:
    """What is wrong with the message of a commit, in which git keeps no comments: `#1` at a line's start is text."""
    return judge_lines(clean_up(message, ""), options or CommitMessageOptions())


def judge_lines(lines: Sequence[Line], options: CommitMessageOptions) -> list[Problem]:
    """What is wrong with a message of which these lines are kept."""
    if not lines:
        return [Problem(1, 0, 0, "The commit message is empty.")]
    kind = classify_message([line.text for line in lines])
    if kind is MessageKind.AUTOSQUASH and not options.allow_autosquash:
        return [_judge_autosquash(lines[0])]
    if kind is not MessageKind.AUTHORED:
        return []
    return [*judge_header(lines[0], options), *_judge_body(lines, options)]


def judge_header(line: Line, options: CommitMessageOptions) -> list[Problem]:
    """What is wrong with the first line of a message."""
    if len(line.text) > HEADER_LIMIT:
        return list(_judge_length(line, options))
    problems = list(_find_header_problems(line, options))
    if not problems:
        return problems
    proposal = propose_header(line.text, options.known_types)
    if not proposal or any(_find_header_problems(Line(line.number, proposal), options)):
        return problems
    return [msgspec.structs.replace(problem, proposal=proposal) for problem in problems]


def _find_header_problems(line: Line, options: CommitMessageOptions) -> Iterator[Problem]:
    parsed = parse_header(line.text, options.known_types)
    if isinstance(parsed, MalformedHeader):
        yield Problem(line.number, parsed.column, parsed.end_column, parsed.text)
    else:
        yield from _judge_type(line, parsed, options)
        yield from _judge_scope(line, parsed, options)
        yield from _judge_description(line, parsed, options)
    yield from _judge_length(line, options)


def _judge_type(line: Line, header: Header, options: CommitMessageOptions) -> Iterator[Problem]:
    if header.type in options.known_types:
        return
    lowered = header.type.lower()
    if lowered in options.known_types:
        text = f"The commit type {quoted(header.type)} is not in lower case."
    elif TYPES_BY_SYNONYM.get(lowered) in options.known_types:
        text = f"The commit type {quoted(header.type)} is spelled `{TYPES_BY_SYNONYM[lowered]}`."
    else:
        text = f"The commit type {quoted(header.type)} is none of {', '.join(options.known_types)}."
    yield Problem(line.number, 0, len(header.type), text)


def _judge_scope(line: Line, header: Header, options: CommitMessageOptions) -> Iterator[Problem]:
    end_of_type = len(header.type)
    if header.scope is None:
        if options.require_scope:
            yield Problem(line.number, end_of_type, end_of_type + 1, "The commit names no scope after its type.")
        return
    if not options.scopes:
        return
    column = end_of_type + 1
    for part in re.split(r"([,/\\])", header.scope):  # several scopes are one by one in the list
        name = part.strip()
        if name and name not in ",/\\" and name not in options.scopes and header.scope not in options.scopes:
            text = f"The commit scope {quoted(name)} is none of {', '.join(options.scopes)}."
            yield Problem(line.number, column, column + len(part), text)
        column += len(part)


def _judge_description(line: Line, header: Header, options: CommitMessageOptions) -> Iterator[Problem]:
    description, column = header.description, header.description_column
    first_word = re.match(r"\w+", description)
    if options.subject_case == "lower" and first_word and first_word[0][0].isupper():
        word = first_word[0]
        if word not in NAMES_WITH_CAPITALS and word not in options.names:
            text = f"The description begins with a capital letter in {quoted(word)}."
            yield Problem(line.number, column, column + len(word), text)
    if not options.allow_full_stop and description.endswith(".") and not description.endswith(".."):
        yield Problem(line.number, len(line.text) - 1, len(line.text), "The description ends with a full stop.")


def _judge_length(line: Line, options: CommitMessageOptions) -> Iterator[Problem]:
    limit = options.max_header_length
    length = len(_PULL_REQUESTS.sub("", line.text[-200:])) + max(0, len(line.text) - 200)
    if 0 < limit < length:
        text = f"The header has {length} characters, and {limit} are the limit."
        yield Problem(line.number, limit, len(line.text), text)


def _judge_autosquash(line: Line) -> Problem:
    mark = AUTOSQUASH.match(line.text)
    end = len(mark[0].rstrip()) if mark else len(line.text)
    return Problem(line.number, 0, end, f"The commit still waits to be squashed: {quoted(line.text)}.")


def _judge_body(lines: Sequence[Line], options: CommitMessageOptions) -> list[Problem]:
    problems: list[Problem] = []
    body = lines[1:]
    if body and body[0].text:
        text = "No blank line stands between the header and the body."
        problems.append(Problem(body[0].number, 0, len(body[0].text), text))
    problems += _judge_breaking_footer(lines, options)
    problems += _find_missing_footers(lines, options)
    if not _PULL_REQUESTS.search(lines[0].text[-200:]):  # else the forge made the body of a pull request's texts
        problems += _judge_long_lines(body, options.max_body_line_length)
    return sorted(problems, key=lambda problem: (problem.line, problem.column))[:BODY_PROBLEM_LIMIT]


def _judge_breaking_footer(lines: Sequence[Line], options: CommitMessageOptions) -> Iterator[Problem]:
    has_footer = False
    for line in lines[1:]:
        footer = _BREAKING_FOOTER.match(line.text)
        if footer is None:
            continue
        has_footer = True
        token = footer[1]
        if not token.isupper():
            text = f"The footer {quoted(token)} is not in capital letters, so tools do not see the breaking change."
            yield Problem(line.number, 0, len(token), text, token.upper() + line.text[len(token) :])
    header = parse_header(lines[0].text[:HEADER_LIMIT], options.known_types)
    if isinstance(header, MalformedHeader):
        return
    mark = header.description_column - 2
    if has_footer and not header.is_breaking and options.require_breaking_mark:
        text = "The commit has a breaking footer, and no `!` before the colon of its header."
        proposal = lines[0].text[:mark] + "!" + lines[0].text[mark:]
        yield Problem(lines[0].number, mark, mark + 1, text, proposal)
    if header.is_breaking and not has_footer and options.require_breaking_footer:
        text = "The commit is marked as breaking, and no `BREAKING CHANGE:` footer says what breaks."
        yield Problem(lines[0].number, mark - 1, mark, text)


def _find_missing_footers(lines: Sequence[Line], options: CommitMessageOptions) -> Iterator[Problem]:
    if not options.required_footers:
        return
    tokens = {footer.token.lower() for footer in read_footers(lines)}
    last = lines[-1]
    for token in options.required_footers:
        if token.lower() not in tokens:
            text = f"The message has no footer {quoted(token)} in a last paragraph of its own."
            yield Problem(last.number, 0, len(last.text), text)


def _judge_long_lines(body: Sequence[Line], limit: int) -> Iterator[Problem]:
    """The first line that is too long, with the number of the others: one wrapping mends them all."""
    is_code = False
    long_lines: list[Line] = []
    for line in body:
        if line.text.lstrip().startswith(("```", "~~~")):
            is_code = not is_code
        elif 0 < limit < len(line.text) and not is_code and _can_be_wrapped(line.text, limit):
            long_lines.append(line)
    if long_lines:
        first, others = long_lines[0], len(long_lines) - 1
        more = f", as it is in {others} more lines" if others > 1 else ", as it is in one more line" if others else ""
        text = f"The line has {len(first.text)} characters, which is more than {limit}{more}."
        yield Problem(first.number, limit, len(first.text), text)


def _can_be_wrapped(text: str, limit: int) -> bool:
    """Whether a long line is prose: addresses, code, quotations, tables and trailers stay as they are.

    So do lines with a long path, name or number, and those of languages that put no blanks between words.
    """
    if "://" in text or text.startswith(("    ", "\t", ">", "|")) or _TRAILER.match(text):
        return False
    return all(len(word) <= limit // 2 or (word.isascii() and word.isalpha()) for word in text.split())
