"""The model of a web application in the language of the field: what linkers make and rules ask.

Frozen data. What cannot be known is `Unknown` with its reason, never a guess; three-valued answers are `Answer`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Union

import msgspec

from reviewer.modules.module import Module
from reviewer.modules.tree import Call, Expression, Node
from reviewer.project.evaluation.values import ClassValue, External, FunctionValue, Instance, Unknown, Value
from reviewer.rule import Place

if TYPE_CHECKING:
    from reviewer.project.data.columns import Column, Relationship
    from reviewer.project.data.schema_fields import FieldDetails
    from reviewer.project.templates.template_content import TemplateContent
    from reviewer.project.templates.template_contexts import Context
    from reviewer.project.templates.template_environments import TemplateEnvironment

#: What stands in a path for a part that is not known.
UNKNOWN_PART = "{?}"


class Answer(Enum):
    """A three-valued answer."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Application(msgspec.Struct, frozen=True, eq=False):
    """A web application: the object that a server serves, or the factory that makes it."""

    name: str  # `module:attribute`, or `module:factory`
    framework: str  # "fastapi", "starlette" or "flask"
    instance: Instance
    place: Place


class Dependency(msgspec.Struct, frozen=True, eq=False):
    """A dependency of a route: what `Depends` or `Security` names, or the annotation where it names none."""

    name: str  # as a reader knows it: `get_current_user`, `OAuth2PasswordBearer`
    callable: Value  # FunctionValue, ClassValue, Instance, External or Unknown
    place: Place  # where it is declared as a dependency
    level: str  # "parameter", "decorator", "router", "include", "application", or "dependency" for sub-dependencies
    parameter: str | None  # the parameter that receives its result
    scopes: tuple[str, ...]  # of Security
    dependencies: tuple[Dependency, ...]
    enforces_authentication: Answer

    def flattened(self) -> tuple[Dependency, ...]:
        """Itself and all below it, in the order of the signatures; what several share is there once."""
        found: dict[int, Dependency] = {}
        pending = [self]
        while pending:
            one = pending.pop()
            if id(one) not in found:
                found[id(one)] = one
                pending.extend(reversed(one.dependencies))
        return tuple(found.values())


class RouteParameter(msgspec.Struct, frozen=True, eq=False):
    """A parameter of an endpoint's signature that the request fills."""

    name: str  # as the request names it (its alias)
    kind: str  # "path", "query", "header", "cookie", "body", "form", "file", "special" or "unknown"
    annotation: Expression | None
    type: Value  # the annotated type, Unknown where there is none
    has_default: bool
    place: Place
    own_name: str = ""  # as the signature names it
    annotated: Value = None  # the value of the whole annotation, `Annotated` and `list` included
    marker: Union[Instance, None] = None  # `Query(…)`, `Body(…)` …, as default or in `Annotated`
    default: Union[Expression, None] = None  # as written in the signature
    is_positional_only: bool = False  # cannot be filled by name, which is how FastAPI calls


class Authentication(msgspec.Struct, frozen=True):
    """Whether a route demands authentication, and by which dependencies, decorators or hooks."""

    answer: Answer
    names: tuple[str, ...] = ()
    reason: str = ""  # why it is unknown


class Route(msgspec.Struct, frozen=True, eq=False):
    """One method and path that an application serves, with everything that routers and includes add to it."""

    application: Application
    framework: str
    method: str  # upper case; `WEBSOCKET` for web sockets
    path: str  # effective, in the framework's spelling; `{?}` for what is not known
    endpoint: Union[FunctionValue, ClassValue, None]  # what answers
    endpoint_name: str  # `module:qualname`
    name: str  # the route's or endpoint's name in the framework
    place: Place  # the registration: the decorator or call that adds the route
    path_place: Place  # the path in it, or the registration
    module: Module  # of the registration
    node: Call | Node  # the registering call
    router: Instance  # the application, router or blueprint that it is registered on
    own_path: str  # the path as registered, without prefixes
    status_code: Union[int, Unknown, None] = None  # declared success status
    response_model: Union[Expression, None] = None  # as written: `response_model=` or the return annotation
    response_model_value: Value = None  # its value; Unknown where it is not known, None where there is none
    response_model_source: str = ""  # "response_model", "annotation" or ""
    response_class: Value = None
    tags: Union[tuple[str, ...], Unknown] = ()
    summary: str | None = None
    description: str | None = None
    documented: bool = False
    deprecated: bool = False
    include_in_schema: Union[bool, Unknown] = True
    documented_statuses: frozenset[int] = frozenset()  # of `responses=` at all levels
    has_unknown_responses: bool = False
    dependencies: tuple[Dependency, ...] = ()
    parameters: tuple[RouteParameter, ...] = ()
    authentication: Authentication = Authentication(Answer.NO)
    unknowns: tuple[Unknown, ...] = ()
    conditions: tuple[str, ...] = ()  # on which the registration depends
    decorators: tuple[Value, ...] = ()  # other decorators of the endpoint
    described_by: Instance | None = None  # the application, mounted or not, in whose OpenAPI document it would stand
    host: str = ""  # the host or subdomain that it is restricted to; `{?}` where it is not known

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def symbol(self) -> str:
        """The endpoint, for fingerprints."""
        return self.endpoint_name

    @property
    def function_name(self) -> str:
        """The endpoint as its module calls it: `create_user`, `Users.post`."""
        return self.endpoint_name.rpartition(":")[2] or self.name

    @property
    def all_dependencies(self) -> tuple[Dependency, ...]:
        """Dependencies of all levels, sub-dependencies included."""
        return tuple(one for dependency in self.dependencies for one in dependency.flattened())

    @property
    def has_unknown_path(self) -> bool:
        """Whether a part of the path is not known."""
        return UNKNOWN_PART in self.path


class Mount(msgspec.Struct, frozen=True, eq=False):
    """An application that is mounted on another: it takes every request below its path that no earlier route took."""

    application: Application  # on which it is mounted
    path: str  # effective, without a slash at the end; `{?}` for what is not known
    place: Place  # of the path in the call
    position: int  # how many routes of the application come before it, its own ones included
    conditions: tuple[str, ...] = ()
    #: "application" where its routes are in the table, "static files", "WSGI application" or "ASGI application".
    kind: str = "ASGI application"
    target_name: str = ""  # what is mounted, as a reader knows it: `app.admin:app`, `StaticFiles`; empty: not known

    def __str__(self) -> str:
        return f"mount {self.path or '/'}"

    @property
    def path_place(self) -> Place:
        """The path in the call."""
        return self.place


class Router(msgspec.Struct, frozen=True, eq=False):
    """A router, blueprint or application with what is known of its registration."""

    instance: Instance
    framework: str
    kind: str  # "application", "router" or "blueprint"
    names: tuple[str, ...]  # `module:name` it is bound to
    place: Place
    is_served: Answer  # whether an application includes it, directly or through others
    route_count: int  # routes registered on it directly


class CallSite(msgspec.Struct, frozen=True, eq=False):
    """A call in the body of a function, and what is called."""

    caller: FunctionValue
    node: Call
    callee: Value  # FunctionValue, BoundMethod, ClassValue, External, InstanceAttribute, … or Unknown
    external_name: str  # dotted name where a library is called: `sqlalchemy.orm.Session.execute`; else empty
    place: Place


class RaisedError(msgspec.Struct, frozen=True, eq=False):
    """An error with an HTTP status that a function raises."""

    status: Union[int, Unknown]
    exception: str  # as written: `HTTPException`, `UserNotFound`
    place: Place
    function: FunctionValue  # that raises it
    chain: tuple[CallSite, ...]  # the calls that lead there, outermost first


class SchemaField(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A field of a Pydantic model."""

    name: str
    annotation: Expression
    owner: ClassValue  # the class that declares it
    default: Expression | None  # as written: a value or `Field(…)`
    place: Place
    read_type: Callable[[Expression], Value]  # evaluates an expression where the field is declared

    @cached_property
    def type(self) -> Value:
        """The annotated type as a value."""
        return self.read_type(self.annotation)

    @cached_property
    def details(self) -> FieldDetails:
        """Default, aliases and constraints, as `Field(…)` and `Annotated` give them."""
        from reviewer.project.data.schema_fields import details_of

        return details_of(self)


class Schema(msgspec.Struct, frozen=True, eq=False):
    """A Pydantic model with the fields it inherits."""

    value: ClassValue
    fields: tuple[SchemaField, ...]
    has_unknown_bases: bool
    is_table: bool = False  # SQLModel with table=True
    place: Place | None = None
    is_settings: bool = False  # a settings class: filled from the environment, not from a request

    def field(self, name: str) -> SchemaField | None:
        """The field of a name."""
        return next((one for one in self.fields if one.name == name), None)

    @property
    def name(self) -> str:
        """The class name."""
        return self.value.name


class Table(msgspec.Struct, frozen=True, eq=False):
    """A SQLAlchemy (or SQLModel) model; of other libraries' models only the class is known."""

    value: ClassValue
    table_name: str | None
    columns: tuple[Column, ...]
    relationships: tuple[Relationship, ...]
    place: Place
    library: str = "sqlalchemy"  # "sqlmodel", "tortoise", "beanie" …
    has_unknown_columns: bool = False  # there may be columns besides these

    def column(self, name: str) -> Column | None:
        """The column behind an attribute."""
        return next((one for one in self.columns if one.name == name), None)

    def relationship(self, name: str) -> Relationship | None:
        """The relationship behind an attribute."""
        return next((one for one in self.relationships if one.name == name), None)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The attributes that are columns, in order."""
        return tuple(one.name for one in self.columns)

    @property
    def relationship_names(self) -> tuple[str, ...]:
        """The attributes that are relationships, in order."""
        return tuple(one.name for one in self.relationships)

    @property
    def name(self) -> str:
        """The class name."""
        return self.value.name


class Query(msgspec.Struct, frozen=True, eq=False):
    """A call that reaches the database: `session.execute(…)`, `db.query(…)`, `cursor.execute(…)`."""

    call: CallSite
    method: str  # `execute`, `query`, `scalars`, `get`, `add`, `commit` …
    #: "statement" (runs SQL), "query" (builds a legacy query), "object" (add, get, delete, merge) or "transaction".
    kind: str
    statement: Expression | None  # the SQL or construct that it runs
    is_text: Answer  # whether the statement is SQL text: a string or `text(…)`
    text: str = ""  # the text as far as it is known, `x` for what is put into it
    is_async: Answer = Answer.UNKNOWN  # whether it is called on an asynchronous object, so that it must be awaited
    role: str = ""  # of that object, as in `database_roles`: "session", "connection", "cursor"; empty: not known

    @property
    def place(self) -> Place:
        """The call."""
        return self.call.place


class ReachedQuery(msgspec.Struct, frozen=True, eq=False):
    """A query that a call of some function leads to, with the calls that lead there, outermost first; none: its own."""

    query: Query
    chain: tuple[CallSite, ...]


class InterpolatedValue(msgspec.Struct, frozen=True, eq=False):
    """A value that is a part of an SQL text, so that the database reads it as SQL and not as data."""

    expression: Expression
    function: FunctionValue  # in whose body it stands
    place: Place
    origin: str  # "request", "parameter" (of a function whose callers decide) or "unknown"
    origin_name: str  # what it comes from, as a reader knows it: `username`, `request.args`
    is_data: bool  # stands where SQL expects a value: in quotes, after a comparison, in `VALUES (`


class SqlStatement(msgspec.Struct, frozen=True, eq=False):
    """An SQL text where the program gives it to the database or to `text()`, with one way it is built."""

    call: CallSite  # that takes the text
    function: (
        FunctionValue  # whose body gives the text: the caller's, where the executing function takes it as a parameter
    )
    place: Place  # the call in that body that hands the text over
    chain: tuple[CallSite, ...]  # from that body to the executing call
    built_at: Place | None  # where the text is put together, if in another function
    values: tuple[InterpolatedValue, ...]  # what is interpolated, static parts left out
    is_known: bool  # every part of the text is known: literal, static, or one of `values`


class Task(msgspec.Struct, frozen=True, eq=False):
    """A Celery task."""

    name: str  # registered or derived name
    function: FunctionValue
    place: Place
    options: dict[str, Value] = msgspec.field(default_factory=dict)
    is_bound: bool = False


class Rendering(msgspec.Struct, frozen=True, eq=False):
    """A call that renders a template from Python: the outermost one that says which template and with what."""

    names: Union[tuple[str, ...], Unknown]  # the template's; of a list, the first that exists is taken
    is_list: bool
    context: Context  # the names that are passed
    framework: str  # "flask", "starlette", "jinja2", or empty where it is not known
    environment: Union[TemplateEnvironment, None]  # where the template is looked up
    function: FunctionValue  # in whose body the call stands
    place: Place
    name_place: Place  # the template's name in the call, or the call


class Template(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A Jinja2 template file; it is parsed when it is first asked for what it says."""

    path: str
    name: str  # as environments know it: relative to its template folder
    folder: str
    read_text: Callable[[str], Union[str, None]]

    @cached_property
    def text(self) -> str:
        """The text, empty where it cannot be read."""
        return self.read_text(self.path) or ""

    @cached_property
    def content(self) -> TemplateContent:
        """What Jinja2's parser finds in it."""
        from reviewer.project.templates.template_reading import read_template

        return read_template(self.text)

    @property
    def problem(self) -> str | None:
        """Why it could not be parsed."""
        return self.content.problem

    @cached_property
    def variables(self) -> tuple[TemplateVariable, ...]:
        """The names that it reads from its context, those of parents and includes not joined in; each once."""
        found: dict[str, TemplateVariable] = {}
        for use in self.content.uses():
            known = found.get(use.name)
            is_optional = use.need == "optional" or bool(use.guards)
            if known is None or (known.is_optional and not is_optional):
                found[use.name] = TemplateVariable(use.name, use.line, is_optional)
        return tuple(found.values())

    @property
    def place(self) -> Place:
        """The first character."""
        return Place(self.path, 1, 0, 1, 0)


class TemplateVariable(msgspec.Struct, frozen=True, eq=False):
    """A free variable of a template."""

    name: str
    line: int
    is_optional: bool  # every use stands under a condition, `is defined` or `default`


class MissingTemplate(msgspec.Struct, frozen=True, eq=False):
    """A template that a call or tag names and that no template folder has."""

    name: str
    source: str  # "rendered", or the tag: "extends", "include", "import"
    place: Place
    symbol: str
    nearest: str | None  # the most similar name there is


class MissingVariable(msgspec.Struct, frozen=True, eq=False):
    """A variable that a template needs and that a rendering of it does not pass."""

    name: str
    rendering: Rendering
    template: Template  # that uses it: the rendered one, a parent or an include
    use_place: Place
    fails: bool  # rendering raises; else a gap is printed
    is_never_passed: bool  # no rendering passes it
    nearest: str | None  # the most similar name that is passed


class TestRequest(msgspec.Struct, frozen=True, eq=False):
    """A request that a test makes with a client."""

    __test__ = False

    method: str
    path: Union[str, Unknown]  # `{?}` for interpolated parts, without query
    function: FunctionValue | None
    module: Module
    place: Place


__all__ = [
    "UNKNOWN_PART",
    "Answer",
    "Application",
    "Authentication",
    "CallSite",
    "Dependency",
    "External",
    "InterpolatedValue",
    "MissingTemplate",
    "MissingVariable",
    "Mount",
    "Query",
    "RaisedError",
    "ReachedQuery",
    "Rendering",
    "Route",
    "RouteParameter",
    "Router",
    "Schema",
    "SchemaField",
    "SqlStatement",
    "Table",
    "Task",
    "Template",
    "TemplateVariable",
    "TestRequest",
]
