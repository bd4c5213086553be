"""Which paths a pattern of the command line means."""

from __future__ import annotations

import pytest

from reviewer.project.routes.route_selection import matches_path


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/users", "/users"),
        ("/users", "/users/{user_id}"),
        ("/users/", "/users/me"),
        ("/", "/anything/below"),
        ("/users/{}", "/users/{user_id}/items"),
        ("/users/{id}", "/users/<int:user_id>"),
        ("/users/<id>", "/users/{user_id:int}"),
        ("*/items", "/api/v1/items"),
        ("/api/*/items", "/api/{organization}/{project}/items"),
        ("/api/*/{}/items*", "/api/v1/{project}/items/{item}"),
        ("*", ""),
        ("{?}/hidden", "{?}/hidden"),
        ("*/hidden", "{?}/hidden"),
    ],
)
def test_a_pattern_means_a_path(pattern: str, path: str) -> None:
    assert matches_path(path, pattern)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/users", "/users-of-a-group"),
        ("/users/", "/users"),
        ("/users/me", "/users/{user_id}"),
        ("/users/{}", "/users/me"),
        ("/users/*/items", "/users/items"),
        ("/a*a", "/a"),
        ("/api", "{?}/api"),
        ("/api/{}", "/api/{?}"),
        ("users", "/users"),
    ],
)
def test_a_pattern_does_not_mean_a_path(pattern: str, path: str) -> None:
    assert not matches_path(path, pattern)


def test_a_pattern_of_many_stars_ends_at_once() -> None:
    assert not matches_path("/" + "a" * 20_000, "*a" * 2_000 + "b")  # trying all ways would never end
