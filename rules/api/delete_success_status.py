"""A DELETE route answers 200 with nothing."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import (
    AddKeyword,
    Category,
    Finding,
    Fix,
    FunctionValue,
    Operation,
    Preset,
    Project,
    Rule,
    Severity,
    tree,
)

HINT = "Declare `status_code=204`."


class DeleteSuccessStatus(Rule):
    """Finds DELETE routes that return nothing and answer with the default status 200.

    ## What it reports
    DELETE routes of FastAPI without `status_code=` whose endpoint returns nothing, so that the answer is 200 with the
    text `null`. Routes that return data, such as what was deleted, or a response object are left alone. Where all
    routes of an application or router do so, there is one finding.

    ## Why
    204 says what is true: it is gone, and there is nothing to read. With 200 a client parses a `null` that means
    nothing, and generated clients get a return type that they cannot use.

    ## When to ignore it
    Where published clients expect 200.

    ## Fix safety
    The fix declares `status_code=204`. It is unsafe: clients and tests that compare the status have to change too.
    """

    category = Category.CONTRACT
    severity = Severity.INFO
    preset = Preset.STRICT
    checklist = (
        "Use appropriate status codes in response to each request.",
        "Implement API endpoints using Flask RESTful for returning data in JSON format, and use appropriate status codes.",  # noqa: E501
    )
    references = ("https://www.rfc-editor.org/rfc/rfc9110#name-delete",)
    bad = """\
from fastapi import FastAPI

app = FastAPI()
books = {}


@app.delete("/books/{book_id}")  # <- delete-success-status
def delete_book(book_id: int):
    books.pop(book_id)


@app.delete("/shelves/{shelf_id}")  # <- delete-success-status
async def delete_shelf(shelf_id: int) -> None:
    if shelf_id not in books:
        return
    del books[shelf_id]
"""
    good = """\
from fastapi import FastAPI, Response

app = FastAPI()
books = {}


@app.delete("/books/{book_id}", status_code=204)
def delete_book(book_id: int):
    books.pop(book_id)


@app.delete("/shelves/{shelf_id}")
def delete_shelf(shelf_id: int):
    return books.pop(shelf_id)


@app.delete("/loans/{loan_id}")
def delete_loan(loan_id: int, response: Response):
    response.status_code = 204
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which DELETE operations answer nothing."""
        deleting = [one for one in project.operations if one.route.method == "DELETE"]
        lacking = [one for one in deleting if _answers_nothing(one, project)]
        for group in project.grouped(deleting, lacking):
            yield self.gathered(
                group.place,
                f"{len(group.operations)} routes of `{group.name}` answer a DELETE with 200 and no content.",
                map(self._single, group.operations),
                hint=HINT,
                symbol=group.symbol,
                fix=Fix("Declare the status 204.", tuple(_edit(one) for one in group.operations)),
            )

    def _single(self, operation: Operation) -> Finding:
        return self.at(
            operation,
            f"`{operation}` answers a DELETE with 200 and no content.",
            hint=HINT,
            fix=Fix("Declare the status 204.", (_edit(operation),)),
        )


def _edit(operation: Operation) -> AddKeyword:
    return AddKeyword(operation.route.place, "status_code", "204")


def _answers_nothing(operation: Operation, project: Project) -> bool:
    route = operation.route
    function = route.endpoint
    if route.status_code is not None or route.response_class is not None or not isinstance(function, FunctionValue):
        return False
    if route.response_model is not None and route.response_model_value is not None:
        return False
    sets_status = any(
        isinstance(target, tree.Attribute) and target.name == "status_code"
        for node in function.nodes_of(tree.Assign)
        for target in node.targets
    )
    is_abstract = not any(isinstance(node, (tree.Call, tree.Delete)) for node in function.nodes)
    kinds = {one.kind for one in project.endpoint_results.of(function)}
    return not sets_status and not is_abstract and kinds <= {"nothing"} and 200 not in route.documented_statuses
