"""Findings that gather others, taken apart and put together again."""

from __future__ import annotations

from msgspec.structs import replace

from reviewer.filters.members import gathered_again, singles, spread, with_members, without_hidden
from reviewer.rule import AddKeyword, Finding, Fix, Place, Related, Severity, Suppression

HIDDEN = Suppression("comment", "internal")


def place(line: int, path: str = "a.py") -> Place:
    return Place(path, line, 0, line, 5)


def single(line: int) -> Finding:
    fix = Fix("Mend it.", (AddKeyword(place(line), "status_code", "204"),))
    return Finding("rule", f"Line {line} is wrong.", place(line), Severity.WARNING, symbol=f"a:f{line}", fix=fix)


def gathered(*lines: int, at: int = 1) -> Finding:
    members = [single(line) for line in lines]
    edits = tuple(edit for one in members if one.fix for edit in one.fix.edits)
    head = Finding("rule", f"{len(lines)} lines are wrong.", place(at), Severity.WARNING, fix=Fix("Mend them.", edits))
    return replace(head, related=tuple(Related(place(line), "Here.") for line in lines)).standing_for(members)


def hiding(finding: Finding, *lines: int) -> list[Finding]:
    """What is left when comments hide what stands on some lines."""
    marked = [replace(one, suppression=HIDDEN) if one.place.line in lines else one for one in spread([finding])]
    return list(without_hidden(with_members(marked)))


def compared(finding: Finding, *known: int) -> list[tuple[str, int, int]]:
    """State, line and members of what is given when some lines are known."""
    judged = [
        replace(one, baseline_state="unchanged" if one.place.line in known else "new") for one in singles([finding])
    ]
    return [(one.baseline_state, one.place.line, len(one.members)) for one in gathered_again([finding], judged)]


def test_a_finding_that_stands_for_one_place_is_that_of_the_place() -> None:
    assert gathered(4) == single(4)


def test_what_was_spread_is_put_together_again() -> None:
    findings = [single(3), gathered(4, 5), single(9)]

    assert [one.place.line for one in spread(findings)] == [3, 1, 4, 5, 9]
    assert list(with_members(spread(findings))) == findings
    assert [one.place.line for one in singles(findings)] == [3, 4, 5, 9]


def test_a_hidden_place_is_taken_out_with_its_fix_and_its_mention() -> None:
    hidden, left = hiding(gathered(4, 5, 6), 5)

    assert (hidden.place.line, hidden.suppression) == (5, HIDDEN)
    assert left.message == "3 lines are wrong. 1 of them is suppressed."
    assert [one.place.line for one in left.members] == [4, 6]
    assert [one.place.line for one in left.related] == [4, 6]
    assert left.fix is not None
    assert [edit.call.line for edit in left.fix.edits if isinstance(edit, AddKeyword)] == [4, 6]


def test_a_finding_whose_own_place_is_hidden_moves_to_the_next() -> None:
    hidden, left = hiding(gathered(4, 5, 6, at=4), 4)

    assert hidden.place.line == 4
    assert (left.place.line, left.symbol, left.suppression) == (5, "a:f5", None)


def test_where_one_place_or_none_is_left_it_stands_alone() -> None:
    assert [(one.place.line, one.suppression) for one in hiding(gathered(4, 5), 4)] == [(4, HIDDEN), (5, None)]
    assert [(one.place.line, one.suppression) for one in hiding(gathered(4, 5), 4, 5)] == [(4, HIDDEN), (5, HIDDEN)]


def test_what_hides_the_finding_elsewhere_hides_all_places() -> None:
    (hidden,) = hiding(gathered(4, 5), 1)

    assert hidden.suppression == HIDDEN
    assert [one.suppression for one in hidden.members] == [HIDDEN, HIDDEN]


def test_some_known_places_leave_the_others_alone() -> None:
    assert compared(gathered(4, 5)) == [("new", 1, 2)]
    assert compared(gathered(4, 5), 4, 5) == [("unchanged", 1, 2)]
    assert compared(gathered(4, 5, 6), 4, 6) == [("new", 5, 0), ("unchanged", 1, 2)]
    assert compared(gathered(4, 5, 6), 6) == [("new", 4, 0), ("new", 5, 0), ("unchanged", 6, 0)]


def test_findings_of_one_place_are_given_as_they_were_judged() -> None:
    assert compared(single(4), 4) == [("unchanged", 4, 0)]
