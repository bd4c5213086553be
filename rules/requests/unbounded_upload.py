"""A file of any size is read into memory."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.api import (
    Category,
    ClassValue,
    External,
    Finding,
    Preset,
    Project,
    Route,
    Rule,
    Severity,
    Value,
    place_of,
    tree,
)

#: Middleware that refuses what is too big.
LIMITING = re.compile(r"(?:Size|Body|Content|Upload)\w*(?:Limit|Max)|(?:Limit|Max)\w*(?:Size|Body|Content|Upload)")
#: What a function looks at that knows the size.
SIZES = frozenset({"size", "content_length", "content-length", "Content-Length", "tell", "st_size"})


class UnboundedUpload(Rule):
    """Finds endpoints that read an uploaded file whole without asking for its size.

    ## What it reports
    FastAPI endpoints with an `UploadFile` whose `read()` they call without a number, where neither the endpoint nor a
    function it hands the file to looks at `size`, `content-length` or the length of what was read.

    ## Why
    The client decides how big a file is. Reading it whole takes that much memory in a worker, and a few uploads at
    once bring it down. Starlette keeps big uploads on disk, which `read()` undoes.

    ## When to ignore it
    Where a proxy in front bounds the size of requests.
    """

    category = Category.PERFORMANCE
    severity = Severity.WARNING
    preset = Preset.STRICT
    cwe = 400
    owasp = "API4:2023"
    checklist = ("Validate all inputs",)
    references = ("https://fastapi.tiangolo.com/tutorial/request-files/",)
    bad = """\
from fastapi import FastAPI, UploadFile

app = FastAPI()


@app.post("/covers")
async def upload_cover(file: UploadFile):
    content = await file.read()  # <- unbounded-upload
    with open("cover", "wb") as target:
        target.write(content)
"""
    good = """\
from fastapi import FastAPI, HTTPException, UploadFile

app = FastAPI()
MOST = 1_000_000


@app.post("/covers")
async def upload_cover(file: UploadFile):
    if file.size is None or file.size > MOST:
        raise HTTPException(413)
    return len(await file.read())


@app.post("/scans")
async def upload_scan(file: UploadFile):
    while piece := await file.read(65536):
        print(len(piece))
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks which uploads are read whole."""
        for one in project.request_parameters:
            function = one.function
            if one.kind not in ("file", "query", "unknown") or function is None or not _is_upload(one.parameter.type):
                continue
            if any(map(_asks_for_size, function.nodes)) or _is_limited(one.route):
                continue
            for call in function.nodes_of(tree.Call):
                if _reads_all(call, one.parameter.own_name):
                    yield self.at(
                        place_of(function.module, call),
                        f"`{one.route}` reads the file `{one.name}` whole, whatever its size.",
                        hint=f"Refuse files above a maximum by `{one.parameter.own_name}.size`, or read it in pieces.",
                        symbol=function.symbol,
                    )


def _is_upload(value: Value) -> bool:
    return isinstance(value, External) and value.name.endswith(".UploadFile")


def _asks_for_size(node: tree.Node) -> bool:
    """Whether a node looks at a size: an attribute, a header, a comparison with `len(…)`."""
    if isinstance(node, tree.Attribute):
        return node.name in SIZES
    if isinstance(node, tree.Text):
        return node.value in SIZES
    if isinstance(node, tree.Comparison):
        parts = (node.left, *node.comparators)
        return any(isinstance(one, tree.Call) and getattr(one.function, "id", "") == "len" for one in parts)
    return False


def _reads_all(call: tree.Call, name: str) -> bool:
    called = call.function
    if not isinstance(called, tree.Attribute) or called.name != "read" or call.arguments or call.keywords:
        return False
    owner = called.value.value if isinstance(called.value, tree.Attribute) else called.value
    return isinstance(owner, tree.Name) and owner.id == name


def _is_limited(route: Route) -> bool:
    """Whether middleware of the application is named after a limit for sizes."""
    added = [event.arguments[0] for event in route.application.instance.events if event.arguments]
    return any(isinstance(one, (ClassValue, External)) and LIMITING.search(one.name) is not None for one in added)
