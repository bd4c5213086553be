"""Judges the name of a branch: a semantic prefix, a slash and a slug of lower-case ASCII, as in `feat/add-user-search`.

Takes the short name, without `refs/heads/`. Knows the branches that many share, and those of bots and of the forge.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import msgspec

from reviewer.conventions.commit_message import COMMIT_TYPES
from reviewer.conventions.problem import Problem, quoted
from reviewer.conventions.words import TYPES_BY_SYNONYM, TYPES_BY_VERB, VERBS_BY_FORM

BRANCH_PREFIXES = (*COMMIT_TYPES, "hotfix", "release")
VERSION_PREFIXES = ("release", "hotfix")
PROTECTED_BRANCHES = (
    "main", "master", "develop", "development", "dev", "trunk", "staging", "stage", "production", "prod", "next",
    "canary", "preview", "gh-pages",
)  # fmt: skip

NAME_LIMIT = 1_000  # characters that patterns are applied to

_VERSION_BRANCH = re.compile(
    r"(?:v|release-v?|stable-|version-)?\d+(?:\.(?:\d+|x))+|v\d+|(?:stable|maintenance|support|version)/v?\d[\w.-]*"
)
_BOT_PREFIXES = (
    "all-contributors/", "autofix/", "backport/", "backport-", "changeset-release/", "claude/", "codex/", "copilot/",
    "create-pull-request/", "crowdin/", "cursor/", "deepsource-", "dependabot/", "devin/", "fern-bot/",
    "gh-readonly-queue/", "github-actions/", "gitbook/", "greenkeeper/", "imgbot/", "jules/", "l10n_", "lokalise-",
    "mend/", "mergify/", "pre-commit-ci-", "pre-commit-ci/", "pyup-", "pyup/", "release-please--", "renovate-",
    "renovate/", "scala-steward/", "sentry-autofix/", "snyk-", "snyk/", "sourcery/", "sweep/", "trunk-merge/",
    "weblate-", "weblate/", "whitesource/", "whitesource-remediate/",
)  # fmt: skip
_BOT_NAME = re.compile(
    r"imgbot|pre-commit-ci|weblate|l10n|allcontributors|traduora"
    r"|(?:[\w.-]+-)?patch-\d+"  # an edit in the browser
    r"|revert-\d+-.+"  # the revert button of a pull request
    r"|cherry-pick-[0-9a-f]+"
)

_BLANK_OR_CONTROL = re.compile(r"[\x00-\x20\x7f]+")
_FORBIDDEN_BY_GIT = re.compile(r"[~^:?*\[\\]|\.\.+|@\{|//+|^/|/$|\.$|\.lock(?=/|$)|(?:(?<=/)|^)\.|^-")
_TICKET = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z0-9]*-\d+(?![A-Za-z0-9])|#\d+(?!\w)|(?<![A-Za-z0-9])\d+(?![A-Za-z0-9])")
_VERSION_DOT = re.compile(r"(?<=\d)\.(?=[0-9x])")
_SPOILS_SLUG = re.compile(r"(?P<capital>[A-Z]+)|(?P<edge>^[-._]+|[-._]+$)|(?P<twice>[-_.]{2,})|(?P<sign>[^a-z0-9_-])")


class BranchNameOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a team expects of its branch names."""

    prefixes: tuple[str, ...] = BRANCH_PREFIXES
    extra_prefixes: tuple[str, ...] = ()
    protected: tuple[str, ...] = PROTECTED_BRANCHES
    bot_prefixes: tuple[str, ...] = ()  # beginnings of names that programs choose, besides the known ones
    max_length: int = 80  # characters; 0: any
    require_ticket: bool = False  # the slug holds `PROJ-123`, `#123` or `123`
    allow_underscore: bool = True
    allow_nested: bool = True  # a second slash, as in `feat/api/search`

    @property
    def known_prefixes(self) -> tuple[str, ...]:
        """All prefixes that are accepted."""
        return self.prefixes + self.extra_prefixes


def branch_name_options(options: Mapping[str, Mapping[str, Any]]) -> BranchNameOptions:
    """What validated settings say about branch names: their options of rules, by rule and key."""
    given = {key.replace("-", "_"): value for key, value in options.get("branch-name", {}).items()}
    return msgspec.convert(given, BranchNameOptions)


class BranchKind(Enum):
    """Who uses a branch."""

    WORK = "work"
    PROTECTED = "protected"  # long-lived and shared
    BOT = "bot"


def classify_branch(name: str, options: BranchNameOptions | None = None) -> BranchKind:
    """Who uses the branch of that name."""
    options = options or BranchNameOptions()
    if name in options.protected or _VERSION_BRANCH.fullmatch(name[:NAME_LIMIT]):
        return BranchKind.PROTECTED
    if name.startswith((*_BOT_PREFIXES, *options.bot_prefixes)) or _BOT_NAME.fullmatch(name[:NAME_LIMIT]):
        return BranchKind.BOT
    return BranchKind.WORK


def judge_branch_name(name: str, options: BranchNameOptions | None = None) -> list[Problem]:
    """What is wrong with the name of a branch that is to be worked on; all problems are on line 1.

    A protected branch is a problem too, since nobody is to commit to it; ask `classify_branch` to tell it apart.
    """
    options = options or BranchNameOptions()
    kind = classify_branch(name, options)
    refused = _judge_by_git(name)
    if refused is None and kind is BranchKind.PROTECTED:
        return [Problem(1, 0, len(name), f"{quoted(name)} is a protected branch, and no place for direct commits.")]
    if refused is None and kind is BranchKind.BOT:
        return []
    if refused is not None:
        problems = [refused]
    elif len(name) > NAME_LIMIT:
        problems = list(_judge_length(name, options))
    else:
        problems = [*_judge_form(name, options), *_judge_length(name, options)]
    if not problems:
        return []
    proposal = propose_branch_name(name, options)
    return [msgspec.structs.replace(problem, proposal=proposal) for problem in problems]


def _judge_by_git(name: str) -> Problem | None:
    """Why git refuses the name, by the rules of `git check-ref-format --branch`."""
    if name in ("", "@", "HEAD"):
        return Problem(1, 0, len(name), f"git refuses {quoted(name)} as the name of a branch.")
    blank = _BLANK_OR_CONTROL.search(name)
    if blank is not None:
        return Problem(1, *blank.span(), "The branch name holds a blank or a control character, which git refuses.")
    forbidden = _FORBIDDEN_BY_GIT.search(name)
    if forbidden is not None:
        text = f"The branch name holds {quoted(forbidden[0])} in a place where git refuses it."
        return Problem(1, *forbidden.span(), text)
    return None


def _judge_form(name: str, options: BranchNameOptions) -> Iterator[Problem]:
    prefix, slash, slug = name.partition("/")
    listed = ", ".join(options.known_prefixes)
    if not slash:
        yield Problem(1, 0, len(name), f"The branch {quoted(name)} has no prefix; known are {listed}.")
        return
    if prefix not in options.known_prefixes:
        meant = TYPES_BY_SYNONYM.get(prefix.lower(), "")
        if prefix.lower() in options.known_prefixes:
            text = f"The branch prefix {quoted(prefix)} is not in lower case."
        elif meant in options.known_prefixes:
            text = f"The branch prefix {quoted(prefix)} is spelled `{meant}`."
        else:
            text = f"The branch prefix {quoted(prefix)} is none of {listed}."
        yield Problem(1, 0, len(prefix), text)
    spoilt = _find_spoilt_part(slug, is_version=prefix in VERSION_PREFIXES, options=options)
    if spoilt is not None:
        start = len(prefix) + 1
        yield msgspec.structs.replace(spoilt, column=spoilt.column + start, end_column=spoilt.end_column + start)
    if options.require_ticket and not _TICKET.search(slug) and prefix not in VERSION_PREFIXES:
        yield Problem(1, len(prefix) + 1, len(name), f"The branch {quoted(name)} names no ticket.")


def _find_spoilt_part(slug: str, *, is_version: bool, options: BranchNameOptions) -> Problem | None:
    """The first thing in a slug that is not lower-case ASCII in words joined by hyphens."""
    masked = _TICKET.sub(lambda ticket: "0" * len(ticket[0]), slug)
    masked = _VERSION_DOT.sub("0", masked)
    if is_version:
        masked = re.sub(r"(?<=[a-z0-9])[.+](?=[a-z0-9])", "0", masked)
    column = 0
    for part in masked.split("/"):
        if column and not options.allow_nested:
            return Problem(1, column - 1, column, "The branch name has a second slash.")
        spoilt = _SPOILS_SLUG.search(part)
        if spoilt is not None:
            return Problem(1, column + spoilt.start(), column + spoilt.end(), _explain_spoilt_part(spoilt))
        underscore = part.find("_")
        if underscore >= 0 and not options.allow_underscore:
            start = column + underscore
            return Problem(1, start, start + 1, "An underscore joins words of the branch name, instead of a hyphen.")
        column += len(part) + 1
    return None


def _explain_spoilt_part(spoilt: re.Match[str]) -> str:
    text = quoted(spoilt[0])
    if spoilt["capital"]:
        return f"The branch name holds the capital letters {text}."
    if spoilt["edge"]:
        return f"The branch name has {text} at an end of its slug."
    if spoilt["twice"]:
        return f"The branch name has {text} between two words."
    if not spoilt["sign"].isascii():
        return f"The branch name holds {text}, which is not ASCII."
    return f"The branch name holds {text}, which is neither a letter, a digit nor a hyphen."


def _judge_length(name: str, options: BranchNameOptions) -> Iterator[Problem]:
    if 0 < options.max_length < len(name):
        text = f"The branch name has {len(name)} characters, and {options.max_length} are the limit."
        yield Problem(1, options.max_length, len(name), text)


def propose_branch_name(name: str, options: BranchNameOptions | None = None) -> str:
    """The name as it was probably meant; empty where that cannot be told."""
    options = options or BranchNameOptions()
    if len(name) > NAME_LIMIT:
        return ""
    prefix, slug = _divide(name.strip().strip("/"), options)
    if prefix not in options.known_prefixes or slug.lower() == prefix:
        return ""
    if prefix not in VERSION_PREFIXES:
        slug = re.sub(r"\.lock$", "", slug)
    parts = [_slugify(part, keeps_dots=prefix in VERSION_PREFIXES) for part in slug.split("/")]
    joint = "/" if options.allow_nested else "-"
    proposal = f"{prefix}/{joint.join(part for part in parts if part)}"
    if not options.allow_underscore:
        proposal = proposal.replace("_", "-")
    is_good = _judge_by_git(proposal) is None and not any(_judge_form(proposal, options))
    return proposal if is_good and not any(_judge_length(proposal, options)) else ""


def _divide(name: str, options: BranchNameOptions) -> tuple[str, str]:
    """The prefix that a name has, or that its first word suggests, and the rest."""
    word = re.match(r"[A-Za-z]+", name)
    if word is None:
        return "", name
    first, rest = word[0].lower(), name[word.end() :]
    prefix = first if first in options.known_prefixes else TYPES_BY_SYNONYM.get(first, "")
    is_prefix = rest.startswith("/") or first in options.known_prefixes or first not in VERBS_BY_FORM
    if prefix and is_prefix and rest[:1] in ("/", "-", "_", ":", "."):
        return prefix, rest.lstrip("/-_:.")
    slug = rest[1:] if rest.startswith("/") else name  # a person's name is no prefix
    verb = re.match(r"[A-Za-z]*", slug)
    return TYPES_BY_VERB.get(VERBS_BY_FORM.get(verb[0].lower(), ""), "") if verb else "", slug


def _slugify(text: str, *, keeps_dots: bool) -> str:
    tickets: list[str] = []

    def keep(ticket: re.Match[str]) -> str:
        tickets.append(ticket[0].lstrip("#"))
        return f"\0{len(tickets) - 1}\0"

    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    kept = _TICKET.sub(keep, ascii_text)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kept).lower()
    words = re.sub(r"[^a-z0-9_.\0-]+" if keeps_dots else r"[^a-z0-9_\0-]+", "-", words)
    words = re.sub(r"-{2,}", "-", words).strip("-._")
    return re.sub(r"\0(\d+)\0", lambda number: tickets[int(number[1])], words)
