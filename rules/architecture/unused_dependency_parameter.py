"""Reports parameters for dependencies whose results nobody reads."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, FunctionValue, Preset, Project, Rule, Severity, tree


class UnusedDependencyParameter(Rule):
    """Finds parameters of endpoints that take the result of a dependency and are never read.

    ## What it reports
    A parameter of an endpoint with `Depends` or `Security`, in the default or the annotation, whose name does not occur
    in the body. Names that begin with an underscore and endpoints that call `locals()` are left alone.

    ## Why
    A dependency that is only there for its effect, such as a check of the caller, belongs into `dependencies=[…]` of
    the route or router: there a reader sees that it guards the route, and no linter takes it for a forgotten parameter.

    ## When to ignore it
    Where the team writes guards as parameters throughout.
    """

    category = Category.CONVENTION
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Use FastAPI's dependency injection system to create reusable components.",
        "Implement proper dependency injection",
    )
    references = ("https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-in-path-operation-decorators/",)
    bad = """\
from fastapi import Depends, FastAPI

app = FastAPI()


def current_user():
    return "somebody"


@app.get("/items")
def list_items(user=Depends(current_user)):  # <- unused-dependency-parameter
    return []
"""
    good = """\
from fastapi import Depends, FastAPI

app = FastAPI()


def current_user():
    return "somebody"


@app.get("/items", dependencies=[Depends(current_user)])
def list_items(_user=Depends(current_user)):
    return []


@app.get("/me")
def read_me(user=Depends(current_user)):
    def name():
        return user

    return name()
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Compares the parameters of each endpoint with the names in its body."""
        for function, route in project.endpoint_functions.items():
            names: set[str] | None = None
            for dependency in route.dependencies:
                parameter = dependency.parameter
                if dependency.level != "parameter" or not parameter or parameter.startswith("_"):
                    continue
                names = _names(function) if names is None else names
                if parameter not in names and "locals" not in names:
                    yield self.at(
                        dependency.place,
                        f"`{function.name}` takes `{parameter}` from `{dependency.name}` and never reads it.",
                        hint="Remove it, or put the dependency into `dependencies=[…]` of the route or router.",
                        symbol=f"{function.symbol}:{parameter}",
                    )


def _names(function: FunctionValue) -> set[str]:
    """The names that occur in the body of a function, inner ones too."""
    body = function.node.body if isinstance(function.node.body, tuple) else (function.node.body,)
    return {one.id for statement in body for one in tree.walk(statement) if isinstance(one, tree.Name)}
