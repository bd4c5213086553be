"""The action, its steps run by bash with the variables, event files and clones that GitHub provides."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from git_repositories import run_git
from pipelines import NEW, NO_COMMIT, OLD, Remote, check_out, job_environment, make_remote, run_script

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SCRIPT = ROOT / "ci" / "github.sh"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
USERS = "users/{user_id}"

pytestmark = pytest.mark.skipif(not (shutil.which("git") and shutil.which("bash")), reason="needs git and bash")


class Ended(NamedTuple):
    """How the step ended."""

    code: int
    out: str
    err: str
    summary: str
    outputs: dict[str, str]


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Remote:
    """The repository on the forge; no test changes it."""
    return make_remote(tmp_path_factory.mktemp("forge"))


class Job:
    """A job of a workflow with one step: the review of this action."""

    def __init__(self, folder: Path, clone: Path, name: str, event: dict[str, Any], **variables: str) -> None:
        self.folder = folder
        self.clone = clone
        self.event = folder / "event.json"
        self.event.write_text(json.dumps(event))
        self.variables = {"GITHUB_EVENT_NAME": name, **variables}

    def review(self, **inputs: str) -> Ended:
        """Runs the step with the inputs of the action."""
        [step] = [step for step in STEPS if step.get("id") == "review"]
        values = {name: str(given["default"]) for name, given in ACTION["inputs"].items()}
        values.update({name.replace("_", "-"): value for name, value in inputs.items()})
        known = {"github.action_path": str(ROOT), **{f"inputs.{name}": value for name, value in values.items()}}
        own = {name: EXPRESSION.sub(lambda found: known[found[1]], text) for name, text in step["env"].items()}
        summary, output = self.folder / "summary.md", self.folder / "output"
        summary.write_text("Before.\n")
        output.write_text("")
        environment = job_environment(
            self.folder,
            GITHUB_ACTIONS="true",
            CI="true",
            GITHUB_WORKSPACE=str(self.clone),
            GITHUB_EVENT_PATH=str(self.event),
            GITHUB_STEP_SUMMARY=str(summary),
            GITHUB_OUTPUT=str(output),
            RUNNER_TEMP=str(self.folder),
            **self.variables,
            **own,
        )
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
        code, out, err = run_script(step["run"], bash, self.clone, environment)
        outputs = dict(line.partition("=")[::2] for line in output.read_text().splitlines())
        return Ended(code, out, err, summary.read_text(), outputs)


def pull_request(
    folder: Path,
    remote: Remote,
    *,
    depth: int = 1,
    is_merge: bool = True,
    name: str = "pull_request",
    fork: bool = False,
) -> Job:
    """The job of a pull request, as `actions/checkout` leaves it."""
    reference, commit = ("refs/pull/7/merge", remote.merge) if is_merge else ("refs/heads/feat/orders", remote.head)
    clone = check_out(remote, folder / "clone", reference, commit, depth)
    head: dict[str, Any] = {"sha": remote.head, "ref": "feat/orders", "repo": {"fork": fork}}
    event = {
        "number": 7,
        "pull_request": {"base": {"sha": remote.base, "ref": "main"}, "head": head},
        "repository": {"default_branch": "main"},
    }
    return Job(
        folder,
        clone,
        name,
        event,
        GITHUB_REF="refs/pull/7/merge",
        GITHUB_REF_NAME="7/merge",
        GITHUB_SHA=remote.merge,
        GITHUB_BASE_REF="main",
        GITHUB_HEAD_REF="feat/orders",
    )


def push(folder: Path, remote: Remote, before: str, branch: str = "main", depth: int = 1, **event: Any) -> Job:
    """The job of a push to a branch."""
    commit = remote.main if branch == "main" else remote.head
    clone = check_out(remote, folder / "clone", f"refs/heads/{branch}", commit, depth)
    return Job(
        folder,
        clone,
        "push",
        {"before": before, "after": commit, "repository": {"default_branch": "main"}, **event},
        GITHUB_REF=f"refs/heads/{branch}",
        GITHUB_REF_NAME=branch,
        GITHUB_REF_TYPE="branch",
        GITHUB_SHA=commit,
    )


# What is new ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 2, 0])
def test_only_what_the_pull_request_brought_is_annotated(tmp_path: Path, remote: Remote, depth: int) -> None:
    ended = pull_request(tmp_path, remote, depth=depth).review()

    assert ended.code == 1, ended.out + ended.err
    assert [line for line in ended.out.splitlines() if line.startswith("::")] == [
        line for line in ended.out.splitlines() if line.startswith("::error file=app.py,line=22,") and NEW in line
    ]
    assert ended.outputs == {"exit-code": "1", "base": remote.main}


def test_the_last_commit_of_a_fork_is_reviewed_where_it_is_checked_out_itself(tmp_path: Path, remote: Remote) -> None:
    job = pull_request(tmp_path, remote, is_merge=False, name="pull_request_target", fork=True)
    job.variables |= {"GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main", "GITHUB_SHA": remote.main}
    ended = job.review()

    assert (ended.code, ended.outputs["base"]) == (1, remote.base), ended.out + ended.err
    assert NEW in ended.out
    assert OLD not in ended.out


def test_a_history_that_cannot_be_fetched_ends_with_advice(tmp_path: Path, remote: Remote) -> None:
    job = pull_request(tmp_path, remote, is_merge=False)
    run_git(job.clone, "remote", "set-url", "origin", str(tmp_path / "gone"))
    ended = job.review()

    assert ended.code == 2
    assert "::error title=reviewer::The base of the pull request is not at hand" in ended.out
    assert "`fetch-depth: 0`" in ended.out


def test_a_push_is_compared_with_what_was_there_before(tmp_path: Path, remote: Remote) -> None:
    ended = push(tmp_path, remote, before=remote.base).review()

    assert (ended.code, ended.outputs["base"]) == (1, remote.base), ended.out + ended.err
    assert USERS in ended.out
    assert OLD not in ended.out


def test_a_new_branch_is_compared_with_the_default_branch(tmp_path: Path, remote: Remote) -> None:
    ended = push(tmp_path, remote, before=NO_COMMIT, branch="feat/orders").review()

    assert (ended.code, ended.outputs["base"]) == (1, remote.main), ended.out + ended.err
    assert NEW in ended.out
    assert OLD not in ended.out


def test_the_first_push_and_a_run_by_hand_review_everything(tmp_path: Path, remote: Remote) -> None:
    job = push(tmp_path, remote, before=NO_COMMIT)
    first = job.review()
    job.variables["GITHUB_EVENT_NAME"] = "workflow_dispatch"
    by_hand = job.review()

    for ended in (first, by_hand):
        assert (ended.code, ended.outputs["base"]) == (1, "")
        assert OLD in ended.out
        assert USERS in ended.out


def test_a_merge_group_is_compared_with_its_base(tmp_path: Path, remote: Remote) -> None:
    clone = check_out(remote, tmp_path / "clone", "refs/pull/7/merge", remote.merge)
    event = {"merge_group": {"base_sha": remote.main, "head_sha": remote.merge, "base_ref": "refs/heads/main"}}
    job = Job(tmp_path, clone, "merge_group", event, GITHUB_REF="refs/heads/queue/main", GITHUB_SHA=remote.merge)
    ended = job.review()

    assert (ended.code, ended.outputs["base"]) == (1, remote.main), ended.out + ended.err
    assert USERS not in ended.out


# Reports -------------------------------------------------------------------------------------------------------------


def test_the_summary_is_appended_and_the_sarif_file_is_named(tmp_path: Path, remote: Remote) -> None:
    ended = pull_request(tmp_path, remote).review(upload_sarif="true")
    results = json.loads(Path(ended.outputs["sarif"]).read_text())["runs"][0]["results"]

    assert ended.summary.startswith("Before.\n## reviewer\n")
    assert NEW.split("/", maxsplit=1)[0] in ended.summary
    # All of them, since an alert that is missing from the report counts as mended.
    assert len(results) == 3


def test_everything_is_reported_where_the_input_says_so(tmp_path: Path, remote: Remote) -> None:
    ended = pull_request(tmp_path, remote).review(new_only="false", summary="false", fail_on="error")

    assert ended.code == 1
    assert OLD in ended.out
    assert NEW in ended.out
    assert ended.summary == "Before.\n"


@pytest.mark.parametrize("is_branch", [True, False])
def test_a_base_can_be_named(tmp_path: Path, remote: Remote, is_branch: bool) -> None:
    ended = pull_request(tmp_path, remote).review(base="feat/orders" if is_branch else remote.head)

    assert ended.outputs["base"] == remote.head
    assert NEW not in ended.out
    assert USERS in ended.out


# Hostile -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("path", "--help"),
        ("path", "/etc"),
        ("path", "../.."),
        ("path", "nowhere"),
        ("path", '"; touch canary; "'),
        ("path", "$(touch canary)"),
        ("base", "--output=canary"),
        ("base", "$(touch canary)"),
        ("base", "a\n::error::b"),
        ("fail_on", "warning; touch canary"),
        ("new_only", "yes"),
        ("upload_sarif", "${IFS}"),
        ("summary", ""),
    ],
)
def test_an_input_that_is_no_answer_is_refused_and_never_run(
    tmp_path: Path, remote: Remote, name: str, value: str
) -> None:
    job = pull_request(tmp_path, remote)
    ended = job.review(**{name: value})

    assert ended.code == 2
    assert ended.out.startswith("::error title=reviewer::The input `")
    assert len(ended.out.splitlines()) == 1
    assert not list(tmp_path.rglob("canary"))


def test_names_of_branches_and_texts_of_the_event_are_never_run(tmp_path: Path, remote: Remote) -> None:
    hostile = "a$(touch${IFS}canary)`touch${IFS}canary`;touch${IFS}canary"
    job = push(tmp_path, remote, before=NO_COMMIT, branch="feat/orders", repository={"default_branch": hostile})
    job.variables |= {"GITHUB_REF_NAME": hostile, "GITHUB_HEAD_REF": "", "GITHUB_BASE_REF": ""}
    ended = job.review()

    assert ended.code == 1, ended.out + ended.err
    assert not list(tmp_path.rglob("canary"))


@pytest.mark.parametrize("content", ["", "[]", "{", '{"before": 1, "pull_request": []}', '{"before": "main"}'])
def test_an_event_that_tells_nothing_means_a_review_of_everything(tmp_path: Path, remote: Remote, content: str) -> None:
    job = push(tmp_path, remote, before=NO_COMMIT)
    job.event.write_text(content)
    ended = job.review()

    assert (ended.code, ended.outputs["base"]) == (1, ""), ended.out + ended.err


# The file ------------------------------------------------------------------------------------------------------------


def test_no_step_puts_an_expression_into_its_script() -> None:
    for step in STEPS:
        assert not EXPRESSION.search(step.get("run", ""))
        assert ("run" in step) == ("shell" in step)


def test_each_action_of_others_is_pinned_by_its_commit_with_the_version_beside_it() -> None:
    text = (ROOT / "action.yml").read_text()
    used = re.findall(r"uses: (.*)", text)

    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used)


def test_every_input_is_handed_over_and_documented() -> None:
    handed = {name for step in STEPS for name in re.findall(r"inputs\.([\w-]+)", json.dumps(step))}
    page = (ROOT / "docs" / "ci.md").read_text()

    assert handed == set(ACTION["inputs"])
    assert all(f"`{name}`" in page for name in (*ACTION["inputs"], *ACTION["outputs"]))


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
def test_shellcheck_finds_nothing_in_the_script() -> None:
    done = subprocess.run(["shellcheck", str(SCRIPT)], capture_output=True, text=True, check=False)

    assert done.stdout == ""


def test_the_installation_takes_the_checkout_of_the_action(tmp_path: Path) -> None:
    [step] = [step for step in STEPS if step["name"] == "Install reviewer"]
    programs = tmp_path / "programs"
    programs.mkdir()
    calls = tmp_path / "calls"
    python = programs / "python3"
    python.write_text(
        "#!/bin/sh\n"
        'printf "%s\\n" "$*" >> "$CALLS"\n'
        'if [ "$2" = -m ] && [ "$3" = venv ]; then mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; fi\n'
    )
    python.chmod(0o755)
    environment = job_environment(tmp_path, RUNNER_TEMP=str(tmp_path), ACTION_PATH=str(ROOT), CALLS=str(calls))
    code, out, err = run_script(
        step["run"], ["bash", "-eo", "pipefail"], tmp_path, environment | {"PATH": f"{programs}:{environment['PATH']}"}
    )

    assert (code, out, err) == (0, "", "")
    assert calls.read_text().splitlines()[1:] == [
        f"-I -m venv {tmp_path}/reviewer",
        f"-I -m pip install --quiet --disable-pip-version-check {ROOT}",
    ]
