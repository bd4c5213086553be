"""Evidence from git: the branch, its commits, and those of main."""

from __future__ import annotations

from reviewer.checklist.evidence.counts import Evidence, Measure, counted
from reviewer.conventions.branch_name import BranchKind, classify_branch
from reviewer.conventions.problem import quoted
from reviewer.project.project import Project

NO_REPOSITORY = "The reviewed folder belongs to no git repository."


def branch(project: Project) -> Evidence:
    """Which branch is checked out; a long-lived one is nobody's work."""
    name = project.git.branch
    if project.git.head is None and not name:
        return Evidence(NO_REPOSITORY, 0)
    if not name:
        return Evidence("No branch is checked out.", 0)
    if classify_branch(name) is BranchKind.PROTECTED:
        return Evidence(f"The branch is {quoted(name)}, a long-lived one.", 0)
    return Evidence(f"The branch is {quoted(name)}, one for some work.", 1)


def main_commits(project: Project) -> Evidence:
    """What the checkout tells of commits made on main itself."""
    name = project.git.branch
    if project.git.head is None:
        return Evidence(NO_REPOSITORY, 0)
    if not name or classify_branch(name) is not BranchKind.PROTECTED:
        return Evidence(f"The branch is {quoted(name)}, not main." if name else "No branch is checked out.", 1)
    found = project.history.unpublished
    if found is None:
        return Evidence(f"The branch is {quoted(name)}, and no remote tells which commits were made on it.", 1)
    count = counted(len(found), "commit") if found else "no commit"
    return Evidence(f"The branch is {quoted(name)}, with {count} that no branch of a remote has.", 1)


def work(project: Project) -> Evidence:
    """How many commits the work at hand has."""
    history = project.history
    if project.git.head is None:
        return Evidence(NO_REPOSITORY, 0)
    if history.work is None:
        return Evidence("No work that is apart from the long-lived branches.", 0, doubt=history.problem)
    base = f" since {quoted(history.base.name)}" if history.base is not None else ""
    return Evidence(f"{counted(len(history.work.commits), 'commit')}{base}.", max(1, len(history.work.commits)))


def commits(project: Project) -> Evidence:
    """Which commits are judged: those of the work at hand, else the last one."""
    if project.git.head is None:
        return Evidence(NO_REPOSITORY, 0)
    found = project.history.work
    if found is not None and found.commits:
        newest = quoted(found.commits[0].subject)
        return Evidence(
            f"{counted(len(found.commits), 'commit')} of this branch; the last one, {newest}, is judged.", 1
        )
    subject = (project.git.message or "").lstrip("\n").partition("\n")[0].strip()
    if not subject:
        return Evidence("The message of the last commit is not known.", 0)
    return Evidence(f"The last commit is {quoted(subject)}.", 1)


def trunk(project: Project) -> Evidence:
    """How many of the last commits of main are no merges."""
    if project.git.head is None:
        return Evidence(NO_REPOSITORY, 0)
    found = project.history.trunk
    if found is None or not found.commits:
        return Evidence("The last commits of main are not known.", 0, doubt=project.history.problem)
    right = sum(not one.is_merge for one in found.commits)
    last, total = f"of the last {len(found.commits)} commits of {quoted(found.name)}", len(found.commits)
    return Evidence(f"{right} {last} {'is no merge' if right == 1 else 'are no merges'}.", total, right)


MEASURES: dict[str, Measure] = {
    "branch": branch,
    "main-commits": main_commits,
    "work": work,
    "commits": commits,
    "trunk": trunk,
}
