"""A request model lets callers give themselves a role."""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.api import Category, Finding, Project, Related, Rule, Severity


class PrivilegedFieldWritable(Rule):
    """Finds request models by which callers give themselves a role or another privilege.

    ## What it reports
    POST, PUT and PATCH routes about users that demand no role and whose request model has a field that says what a user
    may do (`role`, `is_admin`, `is_superuser`, `permissions`, `balance`; for changes also `is_active`, `is_verified`),
    where that field reaches the stored user: `User(**data.model_dump())`, `User(role=data.role)`,
    `user.role = data.role`, a loop of `setattr`, also in the services and repositories that the endpoint calls.

    The endpoint is followed as a caller without any role who works on their own account would go through it: a check
    `user.id == id or user.is_admin` lets them pass. Where anything on the way looks at the field, replaces it or leaves
    it out, nothing is reported.

    ## Why
    A model that is shared by administrators and everybody else takes what everybody else sends. With one more field in
    the JSON, who signs up becomes an administrator, or a user promotes himself.

    ## When to ignore it
    Where the field grants nothing, such as a job title called `role`.

    ## Known limits
    Fields of nested models and bodies that are read from the request by hand are not followed.
    """

    category = Category.SECURITY
    severity = Severity.ERROR
    cwe = 915
    owasp = "API3:2023"
    checklist = (
        "Verify the security of the API endpoints including authentication, authorization, and input sanitization.",
        "Validate all inputs",
        "Utilize appropriate security practices when developing the API such as authentication, authorization, and input sanitization.",  # noqa: E501
    )
    references = (
        "https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/",
        "https://cwe.mitre.org/data/definitions/915.html",
    )
    bad = (
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI, HTTPException

from app.schemas import UserCreate, UserUpdate
from app.security import current_user
from app.service import UserService

app = FastAPI()


@app.post("/users/", status_code=201)
def create_user(data: UserCreate):  # <- privileged-field-writable
    return UserService.create(data)


@app.put("/users/{user_id}")
def update_user(user_id: int, data: UserUpdate, user=Depends(current_user)):  # <- privileged-field-writable
    if user.id != user_id and user.role != "admin":
        raise HTTPException(status_code=403)
    return UserService.update(user_id, data)
""",
            "app/service.py": """\
from app.models import User


class UserService:
    @staticmethod
    def create(data):
        return User(email=data.email, role=data.role)

    @staticmethod
    def update(user, data):
        changes = data.model_dump(exclude_unset=True)
        for name, value in changes.items():
            setattr(user, name, value)
        return user
""",
            "app/schemas.py": """\
from pydantic import BaseModel


class UserBase(BaseModel):
    email: str
    role: str = "user"


class UserCreate(UserBase):
    password: str


class UserUpdate(BaseModel):
    email: str | None = None
    role: str | None = None
""",
            "app/models.py": """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column()
    role: Mapped[str] = mapped_column()
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
    )
    good = (
        {
            "app/main.py": """\
from fastapi import Depends, FastAPI, HTTPException

from app.models import User
from app.schemas import Message, UserIn
from app.security import current_user, require_admin

app = FastAPI()


@app.post("/users/", dependencies=[Depends(require_admin)])
def create_user(data: UserIn):
    return User(**data.model_dump())


@app.post("/signup")
def sign_up(data: UserIn):
    return User(**data.model_dump(exclude={"role"}))


@app.post("/register")
def register(data: UserIn):
    data.role = "user"
    return User(**data.model_dump())


@app.put("/users/{user_id}")
def update_user(user_id: int, data: UserIn, user=Depends(current_user)):
    if not user.is_admin:
        raise HTTPException(status_code=403)
    return User(**data.model_dump())


@app.patch("/users/{user_id}")
def change_user(user_id: int, data: UserIn, user=Depends(current_user)):
    if data.role != "user" and not user.is_admin:
        raise HTTPException(status_code=403)
    return User(**data.model_dump())


@app.post("/messages")
def create_message(data: Message):
    return data.role
""",
            "app/schemas.py": """\
from pydantic import BaseModel


class UserIn(BaseModel):
    email: str
    role: str = "user"


class Message(BaseModel):
    role: str
    text: str
""",
            "app/models.py": """\
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column()
    role: Mapped[str] = mapped_column()
""",
            "app/security.py": """\
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

bearer = OAuth2PasswordBearer(tokenUrl="/login")


def current_user(token: str = Depends(bearer)):
    if not token:
        raise HTTPException(status_code=401)
    return token


def require_admin(user=Depends(current_user)):
    if user.role != "admin":
        raise HTTPException(status_code=403)
""",
        },
    )

    def check(self, project: Project) -> Iterator[Finding]:
        """Asks for the privileged fields that plain callers can store."""
        for found in project.privileged_fields():
            who = "anybody" if found.is_public else "every user"
            yield self.at(
                found.place,
                f"`{found.route}` lets {who} set `{found.field.name}`, which `{found.schema.name}` takes and stores.",
                hint="Take a model without the field here, and set it on a route that demands a role.",
                symbol=found.route.symbol,
                related=(
                    Related(found.field.place, f"`{found.field.name}` of the request"),
                    Related(found.stored_at, "stored here"),
                ),
            )
