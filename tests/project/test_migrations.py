"""Alembic's revisions: which belong together, and where the chain is broken."""

from __future__ import annotations

from reviewer.project.in_memory import project


def revision(name: str, parent: str) -> str:
    return f"revision = {name!r}\ndown_revision = {parent}\n"


def broken(files: dict[str, str]) -> list[tuple[str, str]]:
    return [(one.kind, one.revision.id) for one in project(files).migrations.broken()]


def test_a_merge_ends_two_branches():
    files = {
        "versions/a.py": revision("aaaa", "None"),
        "versions/b.py": revision("bbbb", "'aaaa'"),
        "versions/c.py": revision("cccc", "'aaaa'"),
        "versions/d.py": revision("dddd", "('bbbb', 'cccc')"),
    }

    assert broken(files) == []
    assert broken({path: text for path, text in files.items() if "d.py" not in path}) == [("heads", "cccc")]


def test_of_two_heads_the_one_with_the_fewest_revisions_of_its_own_is_meant():
    files = {
        "versions/a.py": revision("aaaa", "None"),
        "versions/b.py": revision("bbbb", "'aaaa'"),
        "versions/c.py": revision("cccc", "'aaaa'"),
        "versions/d.py": revision("dddd", "'bbbb'"),
    }

    assert broken(files) == [("heads", "cccc")]


def test_folders_below_one_environment_belong_together_where_revisions_follow_each_other():
    files = {
        "db/env.py": "",
        "db/versions/a.py": revision("aaaa", "None"),
        "db/versions/2024/b.py": revision("bbbb", "'aaaa'"),
        "db/versions/2024/c.py": revision("cccc", "'aaaa'"),
    }

    assert broken(files) == [("heads", "cccc")]


def test_dialects_with_the_same_revisions_are_apart():
    files = {f"db/{one}/a.py": revision("aaaa", "None") for one in ("sqlite", "postgresql")} | {"db/env.py": ""}

    assert broken(files) == []


def test_abbreviations_and_branches_are_no_unknown_revisions():
    files = {
        "versions/a.py": revision("aaaa1111", "None"),
        "versions/b.py": revision("bbbb2222", "'aaaa'"),
        "versions/c.py": revision("cccc3333", "'bbbb2222@head'"),
    }

    assert [one for one in broken(files) if one[0] != "heads"] == []


def test_a_long_circle_is_found_once_and_in_linear_time():
    count = 3000
    files = {f"versions/r{one}.py": revision(f"r{one:05}", f"'r{(one + 1) % count:05}'") for one in range(count)}

    found = list(project(files).migrations.broken())

    assert [one.kind for one in found] == ["cycle"]
    assert len(found[0].others) == count - 1
