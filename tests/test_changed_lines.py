"""Which lines and files were there before."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from reviewer.changed_lines import Correspondence, LineMap
from reviewer.git_objects import object_name


def correspondence(old: dict[str, str], new: dict[str, str]) -> Correspondence:
    return Correspondence(
        {path: object_name(text.encode()) for path, text in old.items()},
        {path: object_name(text.encode()) for path, text in new.items()},
        old.__getitem__,
        new.__getitem__,
    )


def test_unchanged_lines_have_the_number_they_had() -> None:
    lines = LineMap("a\nb\nc\nd", "a\nx\nb\nc\nd")

    assert [lines.before(number) for number in range(1, 7)] == [1, None, 2, 3, 4, None]


def test_indentation_does_not_change_a_line() -> None:
    assert LineMap("a\nb", "if x:\n    a\n    b").before(3) == 2


def test_a_file_of_the_same_path_is_the_same_file() -> None:
    found = correspondence({"a.py": "1\n2"}, {"a.py": "3\n4", "b.py": "1\n2"})

    assert found.path_before("a.py") == "a.py"
    assert found.path_before("b.py") is None
    assert found.line_before("a.py", 1) is None


def test_a_renamed_file_is_found_by_its_content() -> None:
    found = correspondence({"a.py": "1\n2", "b.py": "1\n2", "c.py": ""}, {"x.py": "1\n2", "c.py": ""})

    assert found.path_before("x.py") == "a.py"
    assert found.line_before("x.py", 2) == ("a.py", 2)


def test_a_renamed_and_edited_file_is_found_by_what_is_alike() -> None:
    old = {"a.py": "\n".join(f"line {number}" for number in range(10)), "b.py": "other\nthings"}
    new = {"x.py": "first\n" + old["a.py"].replace("line 4", "line four"), "y.py": "nothing\nlike it"}

    found = correspondence(old, new)

    assert found.path_before("x.py") == "a.py"
    assert found.line_before("x.py", 4) == ("a.py", 3)
    assert found.line_before("x.py", 6) is None
    assert found.path_before("y.py") is None


def test_a_file_is_the_origin_of_one_file_only() -> None:
    found = correspondence({"a.py": "1\n2\n3"}, {"x.py": "1\n2\n3", "y.py": "1\n2\n3"})

    assert [found.path_before("x.py"), found.path_before("y.py")] == ["a.py", None]


@given(st.lists(st.sampled_from("abc"), max_size=20), st.lists(st.sampled_from("abc"), max_size=20))
def test_lines_that_correspond_are_alike_and_in_order(old: list[str], new: list[str]) -> None:
    lines = LineMap("\n".join(old), "\n".join(new))
    pairs = [(number, lines.before(number)) for number in range(1, len(new) + 1)]
    found = [(number, before) for number, before in pairs if before is not None]

    assert all(new[number - 1] == old[before - 1] for number, before in found)
    assert [before for _, before in found] == sorted({before for _, before in found})


@given(st.lists(st.text("ab ", max_size=3), max_size=10))
def test_an_unchanged_text_has_unchanged_lines(lines: list[str]) -> None:
    text = "\n".join(lines)

    assert all(LineMap(text, text).before(number) == number for number in range(1, text.count("\n") + 2))


def test_large_and_hostile_files_take_no_long() -> None:
    began = time.process_time()

    LineMap("a\n" * 50_000 + "x", "b\n" * 50_000 + "x")
    LineMap("a\nb\n" * 20_000, "b\na\n" * 20_000)
    old = {f"old{number}.py": f"{number}\n" * 3 for number in range(400)}
    correspondence(old, {f"new{number}.py": f"n{number}\n" * 3 for number in range(400)}).path_before("new1.py")

    assert time.process_time() - began < 20, "it did not end in a reasonable time"
