"""FastAPI serves the routes that the project finds, on programs nobody thought of."""

from __future__ import annotations

from random import Random

import pytest
from fastapi_programs import FastAPIProgram
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from served_routes import FRAMEWORK_NAMES, FRAMEWORKS, assert_found_as_served, framework

FIELDS = (
    "method",
    "path",
    "endpoint",
    "name",
    "tags",
    "dependencies",
    "status_code",
    "response_model",
    "include_in_schema",
    "deprecated",
    "documented",
    "summary",
    "responses",
)


@pytest.mark.parametrize("python", FRAMEWORKS, ids=FRAMEWORK_NAMES)
@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(use_true_random=False))
def test_random_trees_of_routers_are_found_as_fastapi_serves_them(python: str, random: Random) -> None:
    frameworks = framework(python)
    program = FastAPIProgram(random, frameworks.version("fastapi"))
    assert_found_as_served(frameworks, program.files, program.app, "fastapi", FIELDS)
