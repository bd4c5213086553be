"""A response model has a field that holds a secret."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reviewer.api import Category, ExposedSecret, Finding, Project, Related, Route, Rule, SchemaField, Severity

RELATED_LIMIT = 5


class ResponseExposesSecretFieldOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of `response-exposes-secret-field`."""

    allowed: tuple[str, ...] = ()


class ResponseExposesSecretField(Rule):
    """Finds response models with a field that holds a password, a key or a token.

    ## What it reports
    FastAPI routes whose response model (a schema, an SQLModel table, a Beanie document; written or annotated) has,
    itself or in what its fields hold,

    - a password, a password hash, a salt, or the secret of a second factor;
    - an API key, a secret or a token, where it belongs to the record of a person or an account: a schema named after
      one, with a name or an e-mail address.

    The finding stands at the field where the response model itself has it, else at the first route of a file that
    answers with the model. Fields with `exclude=True`, of type `SecretStr` or left out by
    `response_model_exclude=` are left alone, and so are answers to a login, and routes and schemas that are about keys,
    tokens and invitations.

    ## Why
    FastAPI sends every field of the response model. A password hash lets whoever reads it guess passwords at leisure; a
    key or a token is as good as the account it belongs to. Such fields come in through inheritance
    (`UserInDB(UserBase)`) and nesting (a group with its users with their tokens), where no one who reads the route
    sees them.

    ## When to ignore it
    Where the field holds no secret in spite of its name, or only its owner can ever call the route; add its name to
    `allowed`, or suppress the finding with the reason.

    ## Options
    - `allowed`: names of fields that hold no secret.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 200
    owasp = "API3:2023"
    checklist = (
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
    )
    references = (
        "https://fastapi.tiangolo.com/tutorial/response-model/",
        "https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/",
    )
    Options = ResponseExposesSecretFieldOptions
    bad = (
        {
            "app/schemas.py": """\
from pydantic import BaseModel


class UserBase(BaseModel):
    email: str
    name: str


class UserInDB(UserBase):
    id: int
    hashed_password: str  # <- response-exposes-secret-field


class UserOut(UserBase):
    tokens: list["TokenOut"] = []


class TokenOut(BaseModel):
    name: str
    token: str


class Group(BaseModel):
    name: str
    users: list[UserOut]
""",
            "app/main.py": """\
from fastapi import FastAPI

from app.schemas import Group, UserInDB

app = FastAPI()


@app.get("/users/{user_id}")
def get_user(user_id: int) -> UserInDB: ...


@app.get("/groups/{group_id}", response_model=Group)  # <- response-exposes-secret-field
def get_group(group_id: int): ...
""",
        },
        """\
from fastapi import APIRouter, FastAPI
from sqlmodel import Field, SQLModel

app = FastAPI()
router = APIRouter(prefix="/accounts")


class Account(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    username: str
    password_hash: str  # <- response-exposes-secret-field
    api_key: str | None = None  # <- response-exposes-secret-field


@router.get("/", response_model=list[Account])
def list_accounts():
    return []


app.include_router(router)
""",
    )
    good = """\
from datetime import datetime

from fastapi import FastAPI
from pydantic import BaseModel, Field, SecretStr

app = FastAPI()


class User(BaseModel):
    email: str
    has_password: bool
    password_changed_at: datetime
    password: SecretStr
    hashed_password: str = Field(exclude=True)


class UserIn(BaseModel):
    email: str
    password: str


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"


class ApiKeyCreated(BaseModel):
    name: str
    api_key: str


class Page(BaseModel):
    items: list[User]
    next_page_token: str | None


class Login(BaseModel):
    kind: str
    password: str


class Source(BaseModel):
    url: str
    login: Login


class Feed(BaseModel):
    name: str
    source: Source


@app.get("/feeds", response_model=list[Feed], response_model_exclude={"source": {"login"}})
def list_feeds(): ...


@app.get("/feeds/{name}", response_model=Feed, response_model_include={"name"})
def read_feed(name: str): ...


@app.get("/feeds/{name}/source", response_model=Feed, response_model_exclude={"source": {"login": {"password": ...}}})
def read_source(name: str): ...


@app.post("/users")
def create_user(user: UserIn) -> User: ...


@app.get("/users")
def list_users() -> Page: ...


class GeneratedPassword(BaseModel):
    password: str


@app.get("/auth/generate-password")
def generate_password() -> GeneratedPassword: ...


@app.post("/login")
def login(user: UserIn) -> Token: ...


@app.post("/users/me/api-keys")
def create_api_key() -> ApiKeyCreated: ...
"""

    def check(self, project: Project) -> Iterator[Finding]:
        """Follows response models to the secrets in them, and groups those that one model leads to."""
        groups: dict[tuple[object, object], list[ExposedSecret]] = {}
        for exposed in project.exposed_secrets:
            if exposed.field.name not in self.options.allowed:
                groups.setdefault((exposed.model.value, exposed.field.place), []).append(exposed)
        direct = {found[0].field.place for found in groups.values() if found[0].is_direct}
        seen: set[object] = set()
        for found in groups.values():
            first, routes = found[0], tuple(dict.fromkeys(route for one in found for route in one.routes))
            if first.is_direct:
                if first.field.place not in seen:
                    yield self._at_field(first, first.field, routes)
                seen.add(first.field.place)
            elif first.field.place not in direct and first.model.value not in seen:
                seen.add(first.model.value)
                by_file: dict[str, list[Route]] = {}
                for route in routes:
                    by_file.setdefault(route.place.path, []).append(route)
                for of_file in by_file.values():
                    each = [self._at_route(first, [route]) for route in of_file]
                    yield self._at_route(first, of_file).standing_for(each)

    def _at_field(self, exposed: ExposedSecret, field: SchemaField, routes: tuple[Route, ...]) -> Finding:
        more = f", as do {len(routes) - 1} others" if len(routes) > 1 else ""
        way = ".".join((exposed.model.name, *exposed.way))
        return self.at(
            field,
            f"`{routes[0]}` sends `{way}` to its callers{more}.",
            hint="Answer with a schema that does not have the field.",
            symbol=field.owner.symbol,
            related=tuple(Related(one.place, f"`{one}` answers with it.") for one in routes[:RELATED_LIMIT]),
        )

    def _at_route(self, exposed: ExposedSecret, routes: list[Route]) -> Finding:
        route, way = routes[0], ".".join((exposed.model.name, *exposed.way))
        more = f", as do {len(routes) - 1} others of the file" if len(routes) > 1 else ""
        return self.at(
            route,
            f"`{route}` sends `{way}` to its callers{more}.",
            hint="Answer with schemas that do not have the field.",
            symbol=route.symbol,
            related=(Related(exposed.field.place, f"`{exposed.schemas[-1].name}.{exposed.field.name}` is sent."),),
        )
