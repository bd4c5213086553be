"""Runs of statements that stand in two functions."""

from __future__ import annotations

from reviewer.api import project

LINES = (
    "account = load(session, address)",
    "if account is None:",
    "    raise LookupError(address)",
    "account.count += 1",
    "account.state = choose(account)",
    "store(session, account)",
    "text = render('welcome.txt', account)",
    "for admin in admins:",
    "    send(admin.address, text)",
    "notify(account)",
    "publish('accounts', account)",
)


def function(name: str, lines: tuple[str, ...] = LINES, indent: str = "    ", head: str = "") -> str:
    body = "".join(f"{indent}{line}\n" for line in lines)
    return f"def {name}(session, address, admins):\n{head}{body}\n\n"


def found_in(**texts: str) -> list[tuple[str, str, int]]:
    files = {name.replace("__", "/") + ".py": text for name, text in texts.items()}
    return [(one.function.name, one.other.name, one.lines) for one in project(files).duplicated_code()]


def test_the_later_of_two_equal_runs_is_found_once():
    assert found_in(a=function("first"), b=function("second")) == [("second", "first", 11)]


def test_each_further_copy_is_found_beside_the_first():
    copies = {"a": function("first"), "b": function("second"), "c": function("third")}
    assert found_in(**copies) == [("second", "first", 11), ("third", "first", 11)]


def test_names_of_locals_are_no_difference_and_names_of_functions_are_one():
    renamed = tuple(line.replace("account", "member") for line in LINES)
    renamed = tuple(line.replace("'members'", "'accounts'") for line in renamed)
    assert len(found_in(a=function("first"), b=function("second", renamed))) == 1
    other = tuple(line.replace("render(", "draw(") for line in LINES)
    assert found_in(a=function("first"), b=function("second", other)) == []


def test_a_run_inside_of_another_block_is_found():
    nested = function("second", LINES, "        ", "    if session:\n")
    assert found_in(a=function("first"), b=nested) == [("second", "first", 11)]


def test_runs_end_where_the_functions_differ():
    changed = (*LINES[:-1], "forget('accounts', account)")
    assert found_in(a=function("first"), b=function("second", changed)) == [("second", "first", 10)]


def test_short_runs_are_left_alone():
    assert found_in(a=function("first", LINES[:7]), b=function("second", LINES[:7])) == []


def test_tests_and_versions_of_an_interface_are_left_alone():
    assert found_in(a=function("first"), tests__test_a=function("test_second")) == []
    assert found_in(api__v1__users=function("first"), api__v2__users=function("first")) == []


def test_many_equal_statements_in_a_row_cost_no_more_than_their_number():
    lines = tuple(f"register(session, address, 'name{number % 3}')" for number in range(2_000))
    assert len(found_in(a=function("first", (*lines, *LINES)), b=function("second", (*lines, *LINES)))) >= 1
