"""Where a value that may be None is used before anything has made sure that it is not."""

from __future__ import annotations

import pytest

from reviewer.modules import tree
from reviewer.modules.ast_maker import make_tree
from reviewer.modules.source_text import called_name
from reviewer.project.errors.none_flow import BRANCH_LIMIT, NoneFlow


def is_find(node: tree.Expression) -> bool:
    call = node.value if isinstance(node, tree.Await) else node
    return isinstance(call, tree.Call) and called_name(call) == "find"


def flow_of(body: str, **truths: bool) -> NoneFlow:
    text = "async def f(flag=False):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    function = make_tree(text).body[0]
    assert isinstance(function, tree.Function)
    return NoneFlow(function.body, is_find, keeps_assertions=True, truths=truths)


def uses(body: str) -> list[tuple[int, str]]:
    """Lines of the body, counted from 1, with the kind of use."""
    return [(use.node.line - 1, use.kind) for use in flow_of(body).uses]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("x = find()\nreturn x.name", "attribute"),
        ("x = await find()\nreturn x['name']", "item"),
        ("x = find()\nx.name = 1", "attribute"),
        ("x = find()\nx.count += 1", "attribute"),
        ("x = find()\nfor one in x:\n    pass", "iteration"),
        ("x = find()\na, b = x", "iteration"),
        ("x = find()\nreturn dict(**x)", "argument"),
        ("x = find()\nreturn len(x)", "argument"),
        ("x = find()\nsession.delete(x)", "session"),
        ("x = find()\nassert x is not None\nreturn x.name", "assertion"),
        ("x = find()\nif x:\n    y = x.name\nreturn x.name", "attribute"),
        ("x = find()\nif flag:\n    check()\nreturn x.name", "attribute"),
        ("x = find()\nreturn [x.name for _ in y]", "attribute"),
        ("return find().name", "attribute"),
        ("return (await find()).name", "attribute"),
        ("if (x := find()).name:\n    pass", "attribute"),
    ],
)
def test_a_use_before_a_check_is_found(body: str, kind: str) -> None:
    assert [found for _, found in uses(body)] == [kind]


@pytest.mark.parametrize(
    "body",
    [
        "x = find()\nif not x:\n    raise Missing\nreturn x.name",
        "x = find()\nif x is None:\n    return None\nreturn x.name",
        "x = find()\nif None is x:\n    return None\nreturn x.name",
        "x = find()\nif x is not None:\n    return x.name",
        "x = find()\nif not x or not x.name:\n    return 1\nreturn x.name",
        "x = find()\nreturn x and x.name",
        "x = find()\nreturn x.name if x else None",
        "x = find()\nif not x:\n    abort(404)\nreturn x.name",
        "x = find()\ncheck_found(x)\nreturn x.name",
        "x = find() or default\nreturn x.name",
        "if (x := find()) is None:\n    return 1\nreturn x.name",
        "while not (x := find()):\n    wait()\nreturn x.name",
        "while True:\n    x = find()\n    if x:\n        break\nreturn x.name",
        "for key in keys:\n    x = find()\n    if not x:\n        continue\n    use(x.name)",
        "for key in keys:\n    x = find()\n    if x:\n        break\nelse:\n    raise Missing\nreturn x.name",
        "x = find()\ntry:\n    return x.name\nexcept AttributeError:\n    return None",
        "x = find()\nwith suppress(AttributeError):\n    use(x.name)",
        "x = find()\nis_there = x is not None\nif not is_there:\n    return 1\nreturn x.name",
        "x = find()\nerror = None\nif not x:\n    error = 'missing'\nif error:\n    return error\nreturn x.name",
        "x = find()\nok = False\nif x:\n    ok = True\nif ok:\n    return x.name",
        "x = find()\nif isinstance(x, Item):\n    return x.name",
        "x, y = find(), find()\nif not all([x, y]):\n    return 1\nreturn x.name",
        "x = find()\ny = find()\nif not all([x, y]):\n    return 1\nreturn x.name + y.name",
        "x = find()\nif x == other:\n    return x.name",
        "x = find()\nx = make()\nreturn x.name",
        "x = find()\nmatch x:\n    case None:\n        return 1\nreturn x.name",
        "x = find()\nreturn [x.name for _ in y if x]",
        "x = find()\nlater = lambda: x.name",
        "x = find()\ntrip.boat = x\nif trip.boat:\n    x.name",
        "x = find()\ntrip.boat = x\nif trip.boat is None:\n    return\nx.name",
        "try:\n    x = find()\nexcept Missing:\n    raise\nif x is None:\n    return\nx.name",
    ],
)
def test_a_check_is_understood(body: str) -> None:
    assert uses(body) == []


def test_a_check_of_an_attribute_says_nothing_of_what_is_assigned_later() -> None:
    assert uses("x = find()\ntrip.boat = x\nx = find()\nif trip.boat:\n    x.name") == [(5, "attribute")]


def test_each_variable_is_used_once() -> None:
    assert uses("x = find()\nuse(x.name)\nuse(x.size)") == [(2, "attribute")]


def test_what_is_returned_is_known_to_be_perhaps_none() -> None:
    returned = flow_of("x = find()\nif flag:\n    return x\nif not x:\n    return None\nreturn x").returned

    assert [one.origin is not None for one in returned] == [True, False, False]


def test_a_switch_of_known_truth_decides_which_branch_is_taken() -> None:
    body = "x = find()\nif flag and not x:\n    raise Missing\nreturn x.name"

    assert [use.kind for use in flow_of(body).uses] == ["attribute"]
    assert flow_of(body, flag=True).uses == []


def test_code_with_too_many_branches_is_not_judged() -> None:
    branches = "".join(f"if a{number}:\n    b = {number}\n" for number in range(BRANCH_LIMIT + 1))

    assert uses(f"x = find()\n{branches}x.name") == []
    assert uses(f"x = find()\nx.name\n{branches}") == [(2, "attribute")]
