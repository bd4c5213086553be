from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.fixing import ChangedFile, FixPlan, propose_fixes, unified_diff, write_fixes
from reviewer.reading import Unreadable
from reviewer.rule import AddImport, AddKeyword, Edit, Finding, Fix, Place, ReplaceText, Severity, Suppression
from reviewer.syntax.messages import Reply, Request
from reviewer.syntax.worker import CloseReader, Lost

CALL = "app.get()"


def finding(*edits: Edit, line: int = 1, is_safe: bool = True, rule: str = "made-rule") -> Finding:
    fix = Fix("Mend it.", edits, is_safe=is_safe)
    return Finding(rule, "Wrong.", Place("a.py", line, 0, line, 5), Severity.WARNING, fix=fix)


def call(path: str = "a.py", line: int = 1) -> Place:
    return Place(path, line, 0, line, len(CALL))


def keyword(name: str = "k", path: str = "a.py", line: int = 1) -> AddKeyword:
    return AddKeyword(call(path, line), name, "1")


def reader_of(files: dict[str, bytes]) -> Callable[[str], bytes]:
    def read(path: str) -> bytes:
        if path not in files:
            raise Unreadable("missing", "There is no such file.")
        return files[path]

    return read


def plan_for(files: dict[str, bytes], *findings: Finding, include_unsafe: bool = False) -> FixPlan:
    return propose_fixes(findings, reader_of(files), include_unsafe=include_unsafe)


def new_contents(plan: FixPlan) -> dict[str, bytes]:
    return {file.path: file.new for file in plan.files}


FILES = {"a.py": b"app.get()\napp.get()\n", "b.py": b"app.get()\n"}


def test_a_plan_has_the_new_content_of_each_file_and_the_findings_it_mends() -> None:
    first, second = finding(keyword()), finding(keyword(path="b.py"), line=2)
    plan = plan_for(FILES, second, first)

    assert new_contents(plan) == {"a.py": b"app.get(k=1)\napp.get()\n", "b.py": b"app.get(k=1)\n"}
    assert plan.fixed == (first, second)
    assert plan.skipped == ()


def test_the_order_of_findings_makes_no_difference() -> None:
    findings = [finding(keyword("k")), finding(keyword("l"), rule="other"), finding(keyword(line=2), line=2)]

    assert plan_for(FILES, *findings) == plan_for(FILES, *reversed(findings))


def test_fixes_that_are_unsafe_hidden_or_missing_are_left_out() -> None:
    unsafe = finding(keyword(), is_safe=False)
    hidden = Finding("r", "x", call(), Severity.INFO, fix=unsafe.fix, suppression=Suppression("comment", "why"))
    without = Finding("r", "x", call(), Severity.INFO)

    assert plan_for(FILES, unsafe, hidden, without) == FixPlan()
    assert plan_for(FILES, unsafe, hidden, without, include_unsafe=True).fixed == (unsafe,)


def test_of_two_fixes_of_the_same_text_the_later_is_skipped_with_the_reason() -> None:
    first, second = (finding(ReplaceText(call(), f"{name}()"), rule=name) for name in ("a", "b"))
    plan = plan_for(FILES, second, first)

    assert plan.fixed == (first,)
    assert [(skipped.finding, skipped.reason) for skipped in plan.skipped] == [
        (second, "Two edits change the same text.")
    ]


def test_a_fix_of_several_files_is_made_in_all_or_none() -> None:
    both = finding(keyword(path="a.py"), keyword(path="b.py", line=7))
    other = finding(keyword("other"), line=2)
    plan = plan_for(FILES, both, other)

    assert new_contents(plan) == {"a.py": b"app.get(other=1)\napp.get()\n"}
    assert plan.fixed == (other,)
    assert plan.skipped[0].finding == both


def test_a_fix_of_several_files_is_made_in_all() -> None:
    plan = plan_for(FILES, finding(keyword(path="a.py"), AddImport("b.py", "fastapi", "status")))

    assert new_contents(plan) == {
        "a.py": b"app.get(k=1)\napp.get()\n",
        "b.py": b"from fastapi import status\n\napp.get()\n",
    }


def test_a_file_that_cannot_be_read_or_rewritten_costs_its_fixes() -> None:
    files = {**FILES, "a.py": b"app.get()\nx = = 1\n"}
    plan = plan_for(files, finding(keyword()), finding(keyword(path="gone.py")), finding(keyword(path="b.py"), line=3))

    assert list(new_contents(plan)) == ["b.py"]
    assert len(plan.skipped) == 2
    assert all(skipped.reason.endswith(".") for skipped in plan.skipped)


def test_a_child_that_is_lost_costs_the_file_it_was_lost_on() -> None:
    class OnceLost(CloseReader):
        is_lost = False

        def ask(self, request: Request) -> Reply | Lost:
            if not self.is_lost:
                self.is_lost = True
                return Lost("The process ended.")
            return super().ask(request)

    with OnceLost() as reader:
        plan = propose_fixes([finding(keyword()), finding(keyword(path="b.py"))], reader_of(FILES), reader=reader)

    assert list(new_contents(plan)) == ["b.py"]
    assert [skipped.reason for skipped in plan.skipped] == ["The process ended."]


def test_the_diff_shows_hunks_and_files_without_last_line_end() -> None:
    diff = unified_diff([ChangedFile("a.py", b"a\nb", b"a\nc"), ChangedFile("b.py", b"x\r\n", b"y\r\n")])

    assert diff == (
        "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n a\n"
        "-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
        "--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-x\r\n+y\r\n"
    )


def test_a_path_that_would_break_the_diff_is_quoted() -> None:
    assert unified_diff([ChangedFile('a"\n+++ é.py', b"a\n", b"b\n")]).startswith(
        '--- "a/a\\042\\012+++ \\303\\251.py"\n+++ "b/a\\042\\012+++ \\303\\251.py"\n@@'
    )


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize(
    "content", [b"app.get()\n", b"app.get()", b"x\r\ny\r\napp.get()\r\n", b"\xef\xbb\xbfapp.get()\n"]
)
def test_git_applies_the_diff(tmp_path: Path, content: bytes) -> None:
    line = content.count(b"\n", 0, content.index(b"app")) + 1
    plan = plan_for({"a b.py": content}, finding(keyword(path="a b.py", line=line)))
    (tmp_path / "a b.py").write_bytes(content)
    patch = unified_diff(plan.files).encode()
    subprocess.run(["git", "apply", "-"], input=patch, cwd=tmp_path, check=True)

    assert (tmp_path / "a b.py").read_bytes() == plan.files[0].new != content


def test_written_files_keep_their_mode_and_leave_nothing_beside_them(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    target = tmp_path / "package" / "a.py"
    target.write_bytes(b"old\n")
    target.chmod(0o750)

    assert write_fixes([ChangedFile("package/a.py", b"old\n", b"new\n")], str(tmp_path)) == ()
    assert target.read_bytes() == b"new\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o750
    assert os.listdir(tmp_path / "package") == ["a.py"]


def reason_for(root: Path, path: str = "a.py") -> str:
    (unwritten,) = write_fixes([ChangedFile(path, b"old\n", b"new\n")], str(root))
    return unwritten.reason


@pytest.mark.parametrize("content", [b"changed\n", b"old\nlonger\n", b""])
def test_a_file_that_changed_since_it_was_read_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.py").write_bytes(content)

    assert reason_for(tmp_path) == "The file changed since it was read."
    assert (tmp_path / "a.py").read_bytes() == content


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_links_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_bytes(b"old\n")
    (tmp_path / "a.py").symlink_to("real.py")

    assert "link" in reason_for(tmp_path)
    assert (tmp_path / "real.py").read_bytes() == b"old\n"
    assert (tmp_path / "a.py").is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_files_outside_the_root_are_left_alone(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "a.py").write_bytes(b"old\n")
    (root / "folder").symlink_to(outside)

    for path in ("folder/a.py", "../outside/a.py", str(outside / "a.py")):
        assert "outside" in reason_for(root, path)
    assert (outside / "a.py").read_bytes() == b"old\n"


def test_missing_and_special_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()

    assert reason_for(tmp_path) == "There is no such file."
    assert "folder" in reason_for(tmp_path, "folder.py")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_bytes(b"old\n")

    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)

    assert "No space left" in reason_for(tmp_path)
    assert os.listdir(tmp_path) == ["a.py"]
    assert (tmp_path / "a.py").read_bytes() == b"old\n"
