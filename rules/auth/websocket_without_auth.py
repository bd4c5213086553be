"""Anybody can open a web socket, or send an event, of an application that knows its callers."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Confidence, Finding, Project, Rule, Severity


class WebsocketWithoutAuth(Rule):
    """Finds web sockets and Socket.IO events that ask nobody who they are, beside routes that do.

    ## What it reports
    - A web socket of FastAPI or Starlette without a dependency that refuses callers, whose endpoint and all that it
      calls never speak of a token, a cookie, a session, a header or a user.
    - A handler of an event of python-socketio or Flask-SocketIO that speaks of none of these either, where the server
      has no `connect` handler that turns callers away.

    Only where most of the routes that change data demand a known caller. Sockets that are public by name (ping, health,
    status) are left out, and so is whatever cannot be followed.

    ## Why
    A browser opens a web socket from any page, without asking other sites first, and sends cookies along. Routers and
    applications are guarded by dependencies that answer requests; a socket that is added later is often registered
    beside them, and whoever knows its address then reads and sends what the routes keep for members.

    ## When to ignore it
    Where everybody is meant to listen, and nothing that is sent is of any person.

    ## Known limits
    Whether a check is right is not judged: any mention of a token or user counts as one.
    """

    category = Category.SECURITY
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    cwe = 306
    owasp = "API2:2023"
    checklist = (
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
        "Secure authentication",
    )
    references = (
        "https://fastapi.tiangolo.com/advanced/websockets/#using-depends-and-others",
        "https://cheatsheetseries.owasp.org/cheatsheets/WebSocket_Security_Cheat_Sheet.html",
    )
    bad = (
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI

from app.board import router
from app.security import current_user

app = FastAPI()
app.include_router(router)


@app.post("/notes", dependencies=[Depends(current_user)])
def create_note():
    return {}


@app.delete("/notes/{note_id}", dependencies=[Depends(current_user)])
def delete_note(note_id: int):
    return {}
""",
            "app/board.py": """\
from fastapi import APIRouter, WebSocket

router = APIRouter()
listeners = []


@router.websocket("/board")
async def board(websocket: WebSocket):  # <- websocket-without-auth
    await websocket.accept()
    listeners.append(websocket)
    while True:
        text = await websocket.receive_text()
        for one in listeners:
            await one.send_text(text)
""",
            "app/security.py": """\
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

bearer = OAuth2PasswordBearer(tokenUrl="/login")


def current_user(token: str = Depends(bearer)):
    if not token:
        raise HTTPException(status_code=401)
    return token
""",
        },
        {
            "shop/views.py": """\
from flask import Flask
from flask_login import login_required
from flask_socketio import SocketIO

from shop.jobs import start_import

app = Flask(__name__)
sockets = SocketIO(app)


@app.post("/orders")
@login_required
def create_order():
    return ""


@app.delete("/orders/<int:order_id>")
@login_required
def delete_order(order_id):
    return ""


@sockets.on("import")
def import_orders(options):  # <- websocket-without-auth
    start_import(options["path"])
""",
            "shop/jobs.py": """\
def start_import(path):
    print("importing", path)
""",
        },
    )
    good = (
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI, Query, WebSocket, WebSocketException
from fastapi.security import OAuth2PasswordBearer

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="/login")


def member(websocket: WebSocket, ticket: str = Query()):
    if ticket not in tickets:
        raise WebSocketException(code=1008)
    return tickets[ticket]


@app.post("/notes")
def create_note(token: str = Depends(bearer)):
    return {}


@app.delete("/notes/{note_id}")
def delete_note(note_id: int, token: str = Depends(bearer)):
    return {}


@app.websocket("/board")
async def board(websocket: WebSocket, who: str = Depends(member)):
    await websocket.accept()


@app.websocket("/feed")
async def feed(websocket: WebSocket):
    if "sid" not in websocket.cookies:
        await websocket.close(code=1008)
        return
    await websocket.accept()


@app.websocket("/ping")
async def ping(websocket: WebSocket):
    await websocket.accept()
    await websocket.send_text("pong")
""",
        },
        """\
from fastapi import FastAPI, WebSocket

app = FastAPI()  # knows nobody


@app.post("/rooms")
def create_room():
    return {}


@app.websocket("/rooms/{room_id}")
async def room(websocket: WebSocket, room_id: int):
    await websocket.accept()
""",
        """\
import socketio
from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="/login")
server = socketio.AsyncServer(async_mode="asgi")


@app.post("/notes")
def create_note(token: str = Depends(bearer)):
    return {}


@app.delete("/notes/{note_id}")
def delete_note(note_id: int, token: str = Depends(bearer)):
    return {}


@server.event
async def connect(sid, environ, auth):
    if auth["token"] != "good":
        raise ConnectionRefusedError("unknown caller")


@server.on("draw")
async def draw(sid, line):
    await server.emit("drawn", line)
""",
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the sockets that anybody may use."""
        for found in project.open_sockets():
            if found.kind == "websocket":
                message = f"Anybody can open the web socket `{found.name}`: nothing asks who calls."
                hint = "Refuse unknown callers in a dependency: `raise WebSocketException(code=1008)`."
            else:
                message = f"Anybody can send the event `{found.name}`: neither it nor `connect` asks who calls."
                hint = "Refuse unknown callers in a `connect` handler, or look up who sends in the session."
            yield self.at(found.place, message, hint=hint, symbol=found.function.symbol)
