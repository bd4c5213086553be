"""Which files hold tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.gitignore import IgnorePatterns
from reviewer.settings import DEFAULT_TEST_PATTERNS, Settings, is_test_file

NAMES = st.sampled_from(
    [
        "tests",
        "test",
        "test_a.py",
        "a_test.py",
        "conftest.py",
        "app",
        "contest.py",
        "test_a",
        "_test.py",
        "test_.py",
        "Tests",
        "e2e",
        "cypress",
        "integration_tests",
        "load-tests",
        "-tests",
        "app-e2e",
        "functional_tests",
        "a.py",
    ]
)


@given(st.lists(NAMES, min_size=1, max_size=4).map("/".join))
def test_the_fast_answer_is_that_of_the_default_patterns(path: str) -> None:
    patterns = IgnorePatterns(pattern.encode() for pattern in DEFAULT_TEST_PATTERNS)

    assert is_test_file(path, Settings()) == patterns.covers(path)


@pytest.mark.parametrize(
    ("path", "expected"), [("checks/a.py", True), ("a/checks/b/c.py", True), ("tests/a.py", False)]
)
def test_configured_patterns_replace_the_default(path: str, expected: bool) -> None:
    assert is_test_file(path, Settings(test_patterns=("**/checks/**",))) is expected


def test_patterns_count_from_the_folder_of_the_configuration() -> None:
    settings = Settings(test_patterns=("backend/checks/**",), root_prefix="backend/")

    assert is_test_file("checks/a.py", settings)
    assert not is_test_file("backend/checks/a.py", settings)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("cypress/e2e/login/main.py", True),
        ("web/e2e/serve.py", True),
        ("integration-tests/server.py", True),
        ("packages/one/unit_tests/app.py", True),
        ("app/functional_tests/views.py", False),
        ("app/e2e.py", False),
    ],
)
def test_folders_of_end_to_end_tests_hold_tests_and_packages_that_may_be_the_application_do_not(
    path: str, expected: bool
) -> None:
    assert is_test_file(path, Settings()) is expected
