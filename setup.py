"""Names the packages: the engine, and the built-in rules of `rules/` installed as `reviewer.rules`."""

from setuptools import find_packages, setup

RULE_PACKAGES = ["reviewer.rules", *(f"reviewer.rules.{name}" for name in find_packages("rules"))]

setup(packages=[*find_packages(include=["reviewer", "reviewer.*"]), *RULE_PACKAGES])
