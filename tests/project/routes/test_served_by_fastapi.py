"""FastAPI serves the routes that the project finds, on programs nobody thought of."""

from __future__ import annotations

import os
from random import Random

import pytest
from fastapi_programs import FastAPIProgram
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from served_routes import FRAMEWORKS, assert_found_as_served, framework

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


@pytest.mark.parametrize("python", FRAMEWORKS)
@settings(
    max_examples=int(os.environ.get("EXAMPLES", "30")), suppress_health_check=list(HealthCheck), derandomize=False
)
@given(random=st.randoms(use_true_random=False))
def test_random_trees_of_routers_are_found_as_fastapi_serves_them(python: str, random: Random) -> None:
    frameworks = framework(python)
    program = FastAPIProgram(random, frameworks.version("fastapi"))
    assert_found_as_served(frameworks, program.files, program.app, "fastapi", FIELDS)
