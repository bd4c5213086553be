"""The lookup of routes by their segments: nothing that matches is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.project.tests.route_lookup import RouteLookup
from reviewer.project.tests.tested_routes import _ends_with, _matches

ROUTE_PARTS = st.sampled_from(["a", "b", "items", "{id}", "{id}.json", "<int:n>", "{?}", "{rest:path}"])
REQUEST_PARTS = st.sampled_from(["a", "b", "items", "5", "5.json", "{?}", "x{?}"])
ROUTES = st.lists(st.lists(ROUTE_PARTS, min_size=1, max_size=4), max_size=12)
REQUEST = st.lists(REQUEST_PARTS, min_size=1, max_size=4)


@given(ROUTES, REQUEST)
def test_whatever_matches_a_request_is_among_what_is_found(routes: list[list[str]], request: list[str]) -> None:
    lookup = RouteLookup((number, parts) for number, parts in enumerate(routes))
    found = lookup.ending(request[1:]) if request[0].startswith("{?}") else lookup.of_length(request)

    assert {number for number, parts in enumerate(routes) if _matches(parts, request)} <= set(found)


@given(ROUTES, REQUEST)
def test_whatever_ends_like_a_request_is_among_what_is_found(routes: list[list[str]], request: list[str]) -> None:
    found = RouteLookup((number, parts) for number, parts in enumerate(routes)).ending(request)

    assert {number for number, parts in enumerate(routes) if _ends_with(parts, request)} <= set(found)


def test_only_routes_with_the_rarest_segment_are_looked_at() -> None:
    routes = [["api", f"feature_{number}", "{id}"] for number in range(100)]

    assert RouteLookup((tuple(parts), parts) for parts in routes).of_length(["api", "feature_7", "1"]) == [
        ("api", "feature_7", "{id}")
    ]
