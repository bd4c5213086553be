"""Reports a commit message that does not follow Conventional Commits."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Place, Project, Rule, Severity
from reviewer.conventions.commit_message import CommitMessageOptions, judge_stored_message
from reviewer.conventions.message_kind import is_bot
from reviewer.conventions.problem import Problem

MESSAGE_PATH = ".git/COMMIT_EDITMSG"


class CommitMessageFormat(Rule):
    """Finds a last commit whose message is not a conventional commit.

    ## What it reports
    The message of HEAD, unless it has the form `<type>(<scope>)!: <description>` of Conventional Commits 1.0.0: a
    type out of the list, in lower case; parentheses only around a scope; one space after the colon; a description that
    begins in lower case (known names such as `API` or `FastAPI` keep their capitals) and has no full stop; at most 100
    characters. A body begins after a blank line and has lines of at most 100 characters, but for addresses, code,
    quotations and trailers, and for the body that a forge makes of a squashed pull request; `BREAKING CHANGE:` is in
    capitals.

    Messages that a tool words are left alone: merges, reverts, `fixup!` and `squash!`, versions (`1.4.0`), and the
    commits of bots. So are merge commits with any message, and a repository without commits. Where a platform built
    the merge of a pull request, the message of the request's last commit is judged.

    While a commit is being made (in a pre-commit hook), HEAD is still the commit before it, so nothing is reported:
    `reviewer commit-msg` judges the new message, and `reviewer commits` all messages of a branch.

    ## Why
    Release notes, the next version and the answer to "when did this change" are made from messages. A message that
    tools cannot read is left out of all three, and nobody notices before the release.

    ## When to ignore it
    Where pull requests are squashed and only their titles are kept, judge the title in the pipeline instead.

    ## Options
    - `types`, `extra_types`: the types that are accepted.
    - `scopes`, `require_scope`: the scopes that are accepted (any), and whether there must be one (false).
    - `max_header_length`, `max_body_line_length`: most characters of a line (100; 0 for any).
    - `subject_case`: `lower` or `any`, for how the description begins; `names`: words that keep their capitals there.
    - `allow_full_stop`: whether the description may end with one (false).
    - `allow_autosquash`: whether `fixup!`, `squash!` and `amend!` commits are left alone (true).
    - `require_breaking_mark`, `require_breaking_footer`: whether the footer needs the `!`, and the `!` the footer
      (false).
    - `required_footers`: tokens of footers that every message has, such as `Refs` or `Signed-off-by` (none).
    - `comment_character`: what begins a comment in a message that is being written, where git's `core.commentChar`
      does not say it (`#`).
    """

    category = Category.CONVENTION
    severity = Severity.WARNING
    checklist = ("Write semantic commits in the format: <type>(scope): description",)
    references = (
        "https://www.conventionalcommits.org/en/v1.0.0/",
        "https://git-scm.com/docs/git-commit#_discussion",
    )
    Options = CommitMessageOptions
    bad = (
        {MESSAGE_PATH: "Added user search  # <- commit-message-format\n"},
        {MESSAGE_PATH: "feature(users): add a search  # <- commit-message-format\n"},
        {MESSAGE_PATH: "feat(users): add a search.  # <- commit-message-format\n\nBy name and by mail.\n"},
        {MESSAGE_PATH: "fix: close the session\nIt was left open.  # <- commit-message-format\n"},
        {MESSAGE_PATH: "feat: drop v1\n\nbreaking change: use /v2  # <- commit-message-format\n"},
    )
    good = (
        {MESSAGE_PATH: "feat(users): add a search\n\nBy name and by mail.\n\nRefs: #42\n"},
        {MESSAGE_PATH: "feat(api)!: drop v1\n\nBREAKING CHANGE: clients call /v2\n"},
        {MESSAGE_PATH: "Merge branch 'main' into feat/user-search\n"},
        {MESSAGE_PATH: 'Revert "feat(users): add a search"\n\nThis reverts commit 0a1b2c3d.\n'},
        {MESSAGE_PATH: "Bump fastapi from 0.115.0 to 0.116.0\n"},
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Judges the last message of the work."""
        state = project.git
        if state.message is None or state.is_committing:
            return
        if not state.is_merge:
            yield from self.judge(state.message, state.author or "", MESSAGE_PATH, state.head or "")
            return
        commit = project.history.last_commit  # what a platform merged for its pipeline
        if commit is not None and not commit.is_merge:
            yield from self.judge(commit.message, commit.author, commit.place.path, commit.name)

    def judge(self, message: str, author: str, path: str, commit: str) -> Iterator[Finding]:
        """What is wrong with the message of a commit, which stands at a path."""
        if is_bot(author):
            return
        for problem in judge_stored_message(message, self.options):
            yield self.about(problem, path, symbol=f"commit:{commit}" if commit else "")

    def about(self, problem: Problem, path: str, symbol: str = "") -> Finding:
        """The finding for a problem of a message that stands at a path."""
        place = Place(path, problem.line, problem.column, problem.line, problem.end_column)
        hint = f"Write `{problem.proposal}`." if problem.proposal else ""
        return self.at(place, problem.text, hint=hint, symbol=symbol)
