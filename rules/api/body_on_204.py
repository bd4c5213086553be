"""A route that declares a status without content returns or declares a body all the same."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import (
    Category,
    Finding,
    Fix,
    FunctionValue,
    Place,
    Project,
    RemoveKeyword,
    Route,
    Rule,
    Severity,
    place_of,
)

#: Statuses whose responses have no content (RFC 9110, 15.3.5, 15.3.6 and 15.4.5).
WITHOUT_CONTENT = frozenset({204, 205, 304})


class BodyOn204(Rule):
    """Finds routes that declare 204 No Content and yet return or declare a body.

    ## What it reports
    FastAPI routes with `status_code=204` (or 205, 304) whose endpoint returns something other than nothing or an
    empty response, and those that declare a response model, by `response_model=` or a return annotation. Where it
    cannot be known what is returned, nothing is reported.

    ## Why
    A 204 response has no content. FastAPI drops what the endpoint returns, so the client never sees it; with a
    response model it refuses to start: `Status code 204 must not have a response body`.

    ## When to ignore it
    Never: return nothing, or declare 200.

    ## Fix safety
    The fix removes `response_model=`, which changes what the documentation says; it is unsafe. What is returned is for
    a person to decide: drop it, or change the status.
    """

    category = Category.CORRECTNESS
    severity = Severity.ERROR
    checklist = (
        "Use appropriate status codes in response to each request.",
        "Implement API endpoints using Flask RESTful for returning data in JSON format, and use appropriate status codes.",  # noqa: E501
    )
    references = (
        "https://www.rfc-editor.org/rfc/rfc9110#name-204-no-content",
        "https://fastapi.tiangolo.com/advanced/response-change-status-code/",
    )
    bad = (
        """\
from fastapi import FastAPI, Response, status

app = FastAPI()


@app.delete("/items/{item_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_item(item_id: int):
    return {"deleted": item_id}  # <- body-on-204


@app.put("/items/{item_id}", status_code=204)
async def replace_item(item_id: int):
    if item_id > 1000:
        response = Response("No such item", status_code=204)
    else:
        response = Response(status_code=204)
    return response  # <- body-on-204
""",
        """\
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

router = APIRouter()


class Message(BaseModel):
    text: str


@router.delete("/items/{item_id}", response_model=Message, status_code=204)  # <- body-on-204
def delete_item(item_id: int):
    return None


@router.put("/items/{item_id}", status_code=204)
def replace_item(item_id: int) -> Message:  # <- body-on-204
    return Message(text="replaced")


app = FastAPI()
app.include_router(router)
""",
    )
    good = """\
from fastapi import FastAPI, Response, status

app = FastAPI()


@app.delete("/items/{item_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_item(item_id: int) -> None:
    return None


@app.delete("/users/{user_id}", status_code=204)
async def delete_user(user_id: int):
    return Response(content="", status_code=204)


@app.delete("/orders/{order_id}")
async def delete_order(order_id: int):
    return {"deleted": order_id}
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Looks at the routes that declare such a status."""
        seen: set[Place] = set()
        for route in (*project.routes, *project.unserved_routes):
            if route.framework != "fastapi" or route.status_code not in WITHOUT_CONTENT or route.place in seen:
                continue
            seen.add(route.place)
            if route.response_model is not None:
                yield self._declared(route)
            elif isinstance(route.endpoint, FunctionValue):
                for result in project.endpoint_results.of(route.endpoint):
                    if result.kind == "data" or project.endpoint_results.has_content(result):
                        yield self.at(
                            result.place,
                            f"`{route}` declares {route.status_code}: "
                            f"what `{route.function_name}` returns is not sent.",
                            hint="Return nothing, or declare a status with content such as 200.",
                            symbol=route.symbol,
                        )
                        break

    def _declared(self, route: Route) -> Finding:
        assert route.response_model is not None
        is_keyword = route.response_model_source == "response_model"
        module = route.module if is_keyword or route.endpoint is None else route.endpoint.module
        fix = Fix("Remove the response model.", (RemoveKeyword(route.place, "response_model"),)) if is_keyword else None
        return self.at(
            place_of(module, route.response_model),
            f"`{route}` declares {route.status_code} and a response model, with which FastAPI does not start.",
            hint="Remove the response model, or declare a status with content such as 200.",
            symbol=route.symbol,
            fix=fix,
        )
