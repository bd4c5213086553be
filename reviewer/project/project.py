"""The project: all modules linked, as the rules ask it. Each part is linked when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from reviewer.git import GitState
from reviewer.modules.module import Module
from reviewer.modules.tree import Parameter
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.following import Following
from reviewer.project.evaluation.values import ClassValue, FunctionValue, Unknown, Value
from reviewer.project.functions.calls import Calls
from reviewer.project.functions.errors import Errors
from reviewer.project.library_versions import LibraryVersions
from reviewer.project.model import (
    Answer,
    Application,
    CallSite,
    MissingTemplate,
    MissingVariable,
    Mount,
    Query,
    RaisedError,
    ReachedQuery,
    Rendering,
    Route,
    Router,
    Schema,
    SqlStatement,
    Table,
    Task,
    Template,
    TestRequest,
)
from reviewer.project.program import Program
from reviewer.project.routes.application_modules import run_application_modules
from reviewer.project.routes.authentication import AuthenticationJudge
from reviewer.project.routes.fastapi import class_views as fastapi_class_views
from reviewer.project.routes.fastapi import registrations as fastapi_registrations
from reviewer.project.routes.fastapi.dependencies import DependencyReader
from reviewer.project.routes.fastapi.linker import FastAPILinker
from reviewer.project.routes.flask import classes as flask_classes
from reviewer.project.routes.linked_framework import LinkedFramework, joined_mounts

if TYPE_CHECKING:
    from reviewer.git_history import History
    from reviewer.modules import tree
    from reviewer.modules.tree import Call
    from reviewer.project.access.always_true_checks import AlwaysTrueCheck
    from reviewer.project.access.caller_use import CallerUse
    from reviewer.project.access.function_words import FunctionWords
    from reviewer.project.access.inactive_users import InactiveUsers
    from reviewer.project.access.missing_roles import MissingRole
    from reviewer.project.access.open_sockets import OpenSocket
    from reviewer.project.access.privileged_fields import PrivilegedField
    from reviewer.project.access.rate_limits import UnlimitedRoute
    from reviewer.project.access.role_demands import RoleDemands
    from reviewer.project.access.unchecked_callers import UncheckedCaller
    from reviewer.project.access.unguarded_objects import UnguardedObject
    from reviewer.project.celery import CeleryLinker, TaskCall, TaskRunInRequest
    from reviewer.project.concurrency.event_loop import EventLoop
    from reviewer.project.concurrency.sequential_awaits import SequentialAwaits
    from reviewer.project.concurrency.shared_state import SharedChange
    from reviewer.project.concurrency.unawaited import UnawaitedCoroutine
    from reviewer.project.containers.containers import Containers, DevelopmentServer
    from reviewer.project.data.column_defaults import ColumnDefaults
    from reviewer.project.data.commits import UncommittedWrite
    from reviewer.project.data.database_objects import DatabaseObject
    from reviewer.project.data.engines import Engines
    from reviewer.project.data.field_defaults import BrokenDefault, FieldDefaults
    from reviewer.project.data.global_sessions import GlobalSession
    from reviewer.project.data.lazy_loads import LazyLoad
    from reviewer.project.data.looped_queries import LoopedQueries, LoopedQuery
    from reviewer.project.data.mass_assignment import MassAssignment
    from reviewer.project.data.migrations import Migrations
    from reviewer.project.data.naive_times import NaiveTimeCall
    from reviewer.project.data.pagination import UnorderedPage
    from reviewer.project.data.pydantic import Schemas
    from reviewer.project.data.pydantic_first import FirstVersionUse
    from reviewer.project.data.pydantic_version import PydanticVersion
    from reviewer.project.data.queries import Queries
    from reviewer.project.data.query_building import QueryBuilding
    from reviewer.project.data.query_conditions import PythonOperator
    from reviewer.project.data.querying_properties import QueryingProperty
    from reviewer.project.data.relations import Relations
    from reviewer.project.data.returned_objects import ReturnedObject
    from reviewer.project.data.schema_comparison import OutOfSync
    from reviewer.project.data.schema_config import SchemaConfig, SchemaConfigs
    from reviewer.project.data.schema_declarations import SchemaDeclarations
    from reviewer.project.data.schema_tables import SchemaTable, SchemaTables
    from reviewer.project.data.secret_fields import ExposedSecret
    from reviewer.project.data.sessions import Sessions
    from reviewer.project.data.set_work import SetWork
    from reviewer.project.data.shared_sessions import SharedSession
    from reviewer.project.data.sqlalchemy import Tables
    from reviewer.project.data.table_creation import TableCreation
    from reviewer.project.data.table_objects import TableObjects
    from reviewer.project.data.unbounded_queries import UnboundedQuery
    from reviewer.project.data.validator_mistakes import Mistake
    from reviewer.project.data.validators import Validator
    from reviewer.project.errors.caught_exceptions import CaughtException, CaughtExceptions
    from reviewer.project.errors.detail_leaks import DetailLeak
    from reviewer.project.errors.error_bodies import ErrorBody
    from reviewer.project.errors.error_reasons import MistakenStatus
    from reviewer.project.errors.exception_classes import ExceptionClasses
    from reviewer.project.errors.exception_handlers import ExceptionHandlers
    from reviewer.project.errors.forgotten_failures import ForgottenFailures
    from reviewer.project.errors.forgotten_raises import ForgottenRaises
    from reviewer.project.errors.key_origins import KeyOrigins
    from reviewer.project.errors.lookups import Lookups
    from reviewer.project.errors.masked_errors import MaskedError
    from reviewer.project.errors.swallowing_dependencies import SwallowingDependency
    from reviewer.project.errors.unchecked_lookups import UncheckedLookup
    from reviewer.project.errors.unhandled_exceptions import UnhandledException
    from reviewer.project.evaluation.values import ClassValue
    from reviewer.project.forms.flask_forms import Form, FormObject, Forms
    from reviewer.project.forms.form_validation import UnvalidatedUse
    from reviewer.project.functions.callers import Callers
    from reviewer.project.functions.object_makings import ObjectMakings
    from reviewer.project.functions.request_reach import RequestReach
    from reviewer.project.functions.request_values import RequestValues
    from reviewer.project.layers.duplicated_code import DuplicatedCode
    from reviewer.project.layers.framework_uses import FrameworkUses
    from reviewer.project.layers.import_cycles import ImportCycle
    from reviewer.project.layers.layer_imports import LayerImport
    from reviewer.project.layers.layers import Layers
    from reviewer.project.model import SchemaField
    from reviewer.project.redis import ClientInRequest, RedisLinker
    from reviewer.project.routes.creations import Creations
    from reviewer.project.routes.dependency_types import MistypedDependency
    from reviewer.project.routes.direct_dependency_calls import DirectDependencyCall
    from reviewer.project.routes.endpoint_results import EndpointResults
    from reviewer.project.routes.endpoint_work import EndpointWork
    from reviewer.project.routes.fastapi.generic_registrations import GenericRegistration
    from reviewer.project.routes.fastapi.late_registrations import LateRegistrations
    from reviewer.project.routes.fastapi.middleware_order import OuterMiddleware
    from reviewer.project.routes.fastapi.unwrapped_dependencies import UnwrappedDependency
    from reviewer.project.routes.guards_above_routes import GuardAboveRoute
    from reviewer.project.routes.json_reads import UncheckedJson
    from reviewer.project.routes.open_routes import OpenRoutes
    from reviewer.project.routes.operation_ids import DuplicateOperationId
    from reviewer.project.routes.operations import Operation, OperationGroup
    from reviewer.project.routes.partial_updates import PartialUpdate
    from reviewer.project.routes.path_parameters import PathParameterReads, PathParameters, UnreadPathParameter
    from reviewer.project.routes.path_segments import PathVerb, StyledSegment
    from reviewer.project.routes.query_reads import QueryRead
    from reviewer.project.routes.repeated_dependencies import RepeatedDependency
    from reviewer.project.routes.repeated_guards import RepeatedGuard
    from reviewer.project.routes.request_parameters import RequestParameter
    from reviewer.project.routes.response_shapes import ShapeMismatch
    from reviewer.project.routes.route_errors import RouteErrors
    from reviewer.project.routes.route_order import HiddenRoutes
    from reviewer.project.routes.side_effects import SideEffect
    from reviewer.project.routes.undeclared_parameters import UndeclaredPathParameter
    from reviewer.project.routes.unpaged_lists import UnpagedList, UnpagedLists
    from reviewer.project.security.json_web_tokens import JsonWebTokens
    from reviewer.project.security.secret_values import SecretValue, SecretValues
    from reviewer.project.security.timed_comparisons import TimedComparison
    from reviewer.project.security.unmaintained_libraries import LibraryInUse
    from reviewer.project.settings.database_urls import DatabaseUrl
    from reviewer.project.settings.environment_files import EnvironmentFile
    from reviewer.project.settings.environment_reads import EnvironmentRead
    from reviewer.project.settings.service_hosts import ServiceHost
    from reviewer.project.settings.settings_fields import UnshownSetting
    from reviewer.project.settings.settings_values import SettingValue
    from reviewer.project.settings.unparsed_environment import UnparsedEnvironment
    from reviewer.project.templates.templates import Templates
    from reviewer.project.tests.application_clients import ApplicationClient
    from reviewer.project.tests.requests_in_tests import RequestsInTests
    from reviewer.project.tests.tested_routes import TestedRoutes


class HistoryWithheld(Exception):
    """The commits are to be asked for in another process."""


def _withheld() -> NoReturn:
    raise HistoryWithheld


class Project:
    """Everything that is known of the reviewed repository. Rules only ask, and change nothing."""

    def __init__(
        self,
        modules: Sequence[Module],
        source_roots: Sequence[str],
        git: GitState,
        read_text: Callable[[str], str | None],
        other_files: Mapping[str, str],
        read_history: Callable[[], History] | None = None,
    ) -> None:
        self.program = Program(modules, source_roots)
        self.evaluator = Evaluator(
            self.program,
            Following(self.program.modules),
            (
                *fastapi_registrations.LIBRARY_CLASSES,
                *fastapi_class_views.LIBRARY_CLASSES,
                *flask_classes.LIBRARY_CLASSES,
            ),
        )
        self.calls = Calls(self.program, self.evaluator)
        self._git = git
        #: Whether anything was asked that git answers, and not the files.
        self.asks_git = False
        #: Files besides Python by path, with their kind ("template", "dockerfile", "compose", …).
        self.other_files = dict(other_files)
        self._read_text = read_text
        #: The paths of the other files that were asked for, in that order.
        self.texts_read: dict[str, None] = {}
        self._read_history = read_history

    @property
    def modules(self) -> tuple[Module, ...]:
        """All Python modules, by path."""
        return self.program.modules

    @property
    def git(self) -> GitState:
        """The branch and the message of HEAD."""
        self.asks_git = True
        return self._git

    @cached_property
    def history(self) -> History:
        """The commits of the work at hand, read when they are asked for."""
        from reviewer.git_history import History, no_graph

        self.asks_git = True
        return self._read_history() if self._read_history is not None else History(no_graph, self.git)

    def withhold_history(self) -> None:
        """Lets who asks for the commits get HistoryWithheld, in a process whose questions to git nobody would see."""
        self._read_history = _withheld

    def text_of(self, path: str) -> str | None:
        """The text of a file that is not Python, None where it cannot be read."""
        self.texts_read[path] = None
        if path.startswith(".git/"):
            self.asks_git = True
        return self._read_text(path)

    def files_of_kind(self, kind: str) -> Iterator[str]:
        """The paths of the other files of a kind, sorted."""
        return (path for path, one in sorted(self.other_files.items()) if one == kind)

    @cached_property
    def applications(self) -> tuple[Application, ...]:
        """All web applications of the repository, tests left out."""
        return tuple(one for linked in self._linked_frameworks for one in linked.applications)

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """All routes that the applications serve, in the order of registration."""
        return tuple(one for linked in self._linked_frameworks for one in linked.routes)

    def applications_named(self, name: str, folders: Sequence[str] = ()) -> tuple[Application, ...]:
        """The application that `module:attribute`, `module:factory` or a module means; `folders` hold the reviewed one.

        Raises `application_names.UnknownApplicationError`.
        """
        from reviewer.project.routes.application_names import ApplicationNames

        names = ApplicationNames(self.program, self.evaluator, self.applications, folders)
        assert self.routes is not None  # linked before factories are executed again
        return names.find(name)

    @cached_property
    def routers(self) -> tuple[Router, ...]:
        """All applications, routers and blueprints, tests left out."""
        return tuple(one for linked in self._linked_frameworks for one in linked.routers)

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """The applications that others mount, by application in the order of registration."""
        return tuple(one for linked in self._linked_frameworks for one in linked.mounts)

    @property
    def unserved_routes(self) -> tuple[Route, ...]:
        """The routes of routers that no application is known to include, as far as the routers themselves tell."""
        return tuple(one for linked in self._linked_frameworks for one in linked.unserved_routes)

    def duplicate_routes(self) -> Iterator[HiddenRoutes]:
        """Routes that never answer, since an earlier one has the same method and path."""
        from reviewer.project.routes.route_order import duplicate_routes, names_an_endpoint

        found = duplicate_routes((*self.routes, *self.unserved_routes))
        return (one for one in found if not names_an_endpoint(self.modules, one.routes[0]))

    def shadowed_routes(self) -> Iterator[HiddenRoutes]:
        """Routes that never answer, since an earlier, more general one takes all their requests."""
        from reviewer.project.routes.route_order import shadowed_routes

        return shadowed_routes((*self.routes, *self.unserved_routes), self.mounts)

    def forgotten_routers(self) -> Iterator[Router]:
        """Routers and blueprints with routes that no application includes."""
        from reviewer.project.routes.forgotten_routers import ForgottenRouters

        return ForgottenRouters(self.program, self.evaluator, self.applications, self.routers).find()

    @cached_property
    def errors(self) -> Errors:
        """Which HTTP errors functions raise."""
        return Errors(self.program, self.evaluator, self.calls)

    @cached_property
    def raised_errors(self) -> tuple[RaisedError, ...]:
        """All HTTP errors that functions raise, caught or not, in order; tests left out."""
        return tuple(error for _, error in self.errors.raised_in_project())

    @cached_property
    def exception_classes(self) -> ExceptionClasses:
        """What kind of exception classes are."""
        from reviewer.project.errors.exception_classes import ExceptionClasses

        return ExceptionClasses(self.evaluator)

    @cached_property
    def forgotten_raises(self) -> ForgottenRaises:
        """Exceptions that are made and not raised."""
        from reviewer.project.errors.forgotten_raises import ForgottenRaises

        return ForgottenRaises(self.calls, self.exception_classes, self.errors, self.request_reach)

    @cached_property
    def exception_handlers(self) -> ExceptionHandlers:
        """Which exception handlers applications register."""
        from reviewer.project.errors.exception_handlers import ExceptionHandlers

        return ExceptionHandlers(self.evaluator, self.routers)

    def unhandled_exceptions(self) -> Iterator[UnhandledException]:
        """Exceptions of the project about the caller's request that leave a route."""
        from reviewer.project.errors.unhandled_exceptions import UnhandledExceptions

        return UnhandledExceptions(
            self.program,
            self.evaluator,
            self.calls,
            self.request_reach,
            self.exception_classes,
            self.exception_handlers,
            self.caught_exceptions,
        ).find()

    def swallowing_dependencies(self) -> Iterator[SwallowingDependency]:
        """Dependencies with `yield` that catch an exception and raise none."""
        from reviewer.project.errors.swallowing_dependencies import swallowing_dependencies

        return swallowing_dependencies(self.request_reach.handlers)

    @cached_property
    def key_origins(self) -> KeyOrigins:
        """Where values come from that something is looked up by."""
        from reviewer.project.errors.key_origins import KeyOrigins

        return KeyOrigins(self.evaluator, self.request_reach, self.request_values)

    @cached_property
    def request_values(self) -> RequestValues:
        """Which values a client decides."""
        from reviewer.project.functions.request_values import RequestValues

        return RequestValues(self.evaluator, lambda: self.routes)

    @cached_property
    def caught_exceptions(self) -> CaughtExceptions:
        """What functions that answer requests do with the exceptions they catch."""
        from reviewer.project.errors.caught_exceptions import CaughtExceptions

        return CaughtExceptions(self.errors, self.request_reach)

    def detail_leaks(self) -> Iterator[DetailLeak]:
        """Answers that hold the text of unexpected exceptions."""
        from reviewer.project.errors.detail_leaks import DetailLeaks

        return DetailLeaks(self.caught_exceptions, self.exception_handlers, self.request_reach).find()

    def masked_errors(self) -> Iterator[MaskedError]:
        """HTTP errors that a broad `except` turns into another one."""
        from reviewer.project.errors.masked_errors import MaskedErrors

        return MaskedErrors(self.caught_exceptions, self.errors, self.calls).find()

    def error_bodies(self) -> Iterator[ErrorBody]:
        """Answers of endpoints that tell of an error and have status 200."""
        from reviewer.project.errors.error_bodies import error_bodies

        return error_bodies(self.endpoint_functions)

    @cached_property
    def forgotten_failures(self) -> ForgottenFailures:
        """Failures that nobody hears of."""
        from reviewer.project.errors.forgotten_failures import ForgottenFailures

        return ForgottenFailures(self.caught_exceptions, self.exception_handlers, self.query_index, self.request_reach)

    def unlogged_server_errors(self) -> Iterator[CaughtException]:
        """`except` blocks that turn every exception into a server error and log nothing."""
        return self.forgotten_failures.unlogged()

    def swallowed_changes(self) -> Iterator[CaughtException]:
        """`except` blocks of endpoints around a change of the database that let the endpoint go on."""
        return self.forgotten_failures.swallowed_changes()

    def errors_without(self, status: int, keyword: str, position: int) -> Iterator[RaisedError]:
        """The `HTTPException`s of FastAPI with a status that are raised without an argument, in order."""
        from reviewer.project.errors.exception_classes import errors_without

        return errors_without(self.errors, self.exception_handlers, status, keyword, position)

    def mistaken_statuses(self) -> Iterator[MistakenStatus]:
        """HTTP errors whose status does not tell what their reason is."""
        from reviewer.project.errors.error_reasons import ErrorReasons

        return ErrorReasons(
            self.evaluator, self.errors, self.request_reach, self.request_values, self.endpoint_functions
        ).find()

    @cached_property
    def lookups(self) -> Lookups:
        """Which calls may give None."""
        from reviewer.project.errors.lookups import Lookups

        return Lookups(self.evaluator, self.calls, self.query_index, self.key_origins)

    def unchecked_lookups(self) -> Iterator[UncheckedLookup]:
        """Results of lookups that requests use without a check that something was found."""
        from reviewer.project.errors.unchecked_lookups import UncheckedLookups

        return UncheckedLookups(self.calls, self.lookups, self.key_origins, self.request_reach).find()

    @cached_property
    def authentication_judge(self) -> AuthenticationJudge:
        """Which callables enforce authentication."""
        return AuthenticationJudge(self.evaluator, self.calls, self.errors)

    @cached_property
    def dependency_reader(self) -> DependencyReader:
        """FastAPI's dependencies and parameters of callables."""
        return DependencyReader(self.evaluator, self.authentication_judge)

    @cached_property
    def library_versions(self) -> LibraryVersions:
        """Which versions of libraries the project declares."""
        return LibraryVersions(self.other_files.items(), self.text_of)

    @cached_property
    def _linked_frameworks(self) -> tuple[LinkedFramework, ...]:
        run_application_modules(self.program, self.evaluator)
        versions = self.library_versions
        fastapi = FastAPILinker(
            self.program,
            self.evaluator,
            self.calls,
            self.authentication_judge,
            self.dependency_reader,
            versions,
        )
        return joined_mounts(fastapi.link(), self._linked_flask(versions))

    def _linked_flask(self, versions: LibraryVersions) -> LinkedFramework:
        if not any(module.mentions(*flask_classes.PACKAGES) for module in self.modules):
            return LinkedFramework((), (), (), ())
        from reviewer.project.routes.flask.linker import FlaskLinker

        return FlaskLinker(self.program, self.evaluator, self.calls, self.authentication_judge, versions).link()

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """What OpenAPI describes: one operation for each registration of a FastAPI route that is in the schema."""
        from reviewer.project.routes.operations import operations_of

        is_generated = any(module.mentions("get_openapi") for module in self.modules if not module.is_test)
        return operations_of(self.routes, is_generated)

    @cached_property
    def endpoint_functions(self) -> dict[FunctionValue, Route]:
        """The functions and methods that answer routes, each with the first of them, in order."""
        from reviewer.project.routes.endpoint_functions import endpoint_functions

        return endpoint_functions(self.evaluator, self.routes)

    def title_of(self, function: FunctionValue) -> str:
        """What a reader calls a function: the first route that it answers, or its own name; in backquotes."""
        return f"`{self.endpoint_functions.get(function) or function.qualname}`"

    def operations_outside(self, patterns: Collection[str]) -> tuple[Operation, ...]:
        """The operations none of whose paths matches a pattern such as `*/health*`."""
        from reviewer.project.routes.operations import outside

        return outside(self.operations, patterns)

    def operations_by_application(self, operations: Collection[Operation] | None = None) -> tuple[OperationGroup, ...]:
        """Operations, all by default, under the applications that describe them."""
        from reviewer.project.routes.operations import by_application

        return by_application(self.operations if operations is None else operations)

    def grouped(
        self,
        operations: Collection[Operation],
        lacking: Collection[Operation],
        application_minimum: int = 3,
        router_minimum: int = 3,
        share: float = 1,
    ) -> Iterator[OperationGroup]:
        """Operations that lack something, as one group where such a share of an application or router lacks it."""
        from reviewer.project.routes.operations import grouped

        return grouped(operations, lacking, application_minimum, router_minimum, share)

    @cached_property
    def endpoint_results(self) -> EndpointResults:
        """What endpoints return."""
        from reviewer.project.routes.endpoint_results import EndpointResults

        return EndpointResults(self.evaluator)

    @cached_property
    def request_parameters(self) -> tuple[RequestParameter, ...]:
        """What FastAPI's endpoints and their dependencies take from requests, each declaration once."""
        from reviewer.project.routes.request_parameters import request_parameters

        return request_parameters(self.routes, self.dependency_reader)

    def verb_in_path(self, route: Route) -> PathVerb | None:
        """A segment of a route's own path that begins with a verb for which there is a method."""
        from reviewer.project.routes.path_segments import verb_in

        return verb_in(route)

    def styled_segments(self, routes: Collection[Route]) -> list[StyledSegment]:
        """The literal segments of several words in the paths of routes, each once, with their styles."""
        from reviewer.project.routes.path_segments import styled_segments

        return styled_segments(routes)

    def prevailing_style(self, segments: Collection[StyledSegment], minimum: int, share: float) -> str:
        """The style that at least a minimum and a share of segments have; empty where there is none."""
        from reviewer.project.routes.path_segments import prevailing_style

        return prevailing_style(segments, minimum, share)

    @property
    def repeated_prefixes(self) -> Iterator[tuple[Route, str]]:
        """The first route of each router whose prefix is repeated, with what its path has twice in a row."""
        from reviewer.project.routes.path_segments import repeated_prefixes

        return repeated_prefixes(self.routes)

    def trailing_slashes(self, routes: Collection[Route]) -> Iterator[tuple[Route, bool]]:
        """The routes whose path could be written either way, each with whether it ends with a slash."""
        from reviewer.project.routes.path_segments import trailing_slashes

        return trailing_slashes(routes)

    @property
    def duplicate_operation_ids(self) -> Iterator[DuplicateOperationId]:
        """The operations whose id, written down or made by the project, an earlier one of the document has."""
        from reviewer.project.routes.operation_ids import duplicate_operation_ids

        return duplicate_operation_ids(self.operations, self.modules)

    @property
    def late_registrations(self) -> Iterator[LateRegistrations]:
        """The routers of FastAPI that are included before all of their routes are registered."""
        from reviewer.project.routes.fastapi.late_registrations import late_registrations

        return late_registrations(self.routers, self.library_versions)

    @property
    def outer_middleware(self) -> Iterator[OuterMiddleware]:
        """The middleware that runs before the one for CORS."""
        from reviewer.project.routes.fastapi.middleware_order import outer_middleware

        return outer_middleware(self.applications, self.evaluator, self.calls)

    @property
    def shape_mismatches(self) -> Iterator[ShapeMismatch]:
        """The dictionaries that endpoints return without required fields of their response models."""
        from reviewer.project.routes.response_shapes import shape_mismatches

        return shape_mismatches(self.operations, self.endpoint_results, self.schema_index)

    @cached_property
    def partial_updates(self) -> tuple[PartialUpdate, ...]:
        """How PUT and PATCH operations read their bodies."""
        from reviewer.project.routes.partial_updates import PartialUpdates

        return tuple(PartialUpdates(self.evaluator, self.calls, self.schema_index).all(self.operations))

    @property
    def unchecked_json(self) -> Iterator[UncheckedJson]:
        """The JSON of requests that endpoints take themselves and read without checking it."""
        from reviewer.project.routes.json_reads import JsonReads

        return JsonReads(self.evaluator).unchecked(self.endpoint_functions.items())

    @property
    def query_reads(self) -> Iterator[QueryRead]:
        """What endpoints read from the query by hand: `request.args["name"]`."""
        from reviewer.project.routes.query_reads import query_reads

        return query_reads(self.endpoint_functions.items(), self.evaluator)

    def is_given_shape(self, parameter: RequestParameter) -> bool:
        """Whether what declares a parameter makes a model of it, validates it or only hands it to another service."""
        from reviewer.project.routes.raw_bodies import RawBodies

        function = parameter.function
        bodies = RawBodies(self.evaluator, self.calls, self.schema_index)
        return function is None or bodies.is_given_shape(function, parameter.parameter.own_name)

    def says_nothing(self, value: Value, shapeless: Collection[str]) -> bool:
        """Whether a type says nothing about the shape of data: one of some names, alone or with arguments like it."""
        from reviewer.project.routes.endpoint_results import says_nothing

        return says_nothing(value, shapeless)

    def unbounded_page_sizes(self) -> Iterator[RequestParameter]:
        """The parameters by which a client may ask for any number of items."""
        from reviewer.project.routes.page_sizes import PageSizes

        sizes = PageSizes(self.evaluator, self.calls, self.schema_index)
        return (one for one in sizes.all(self.request_parameters) if sizes.is_bounded(one) is Answer.NO)

    @property
    def marked_defaults(self) -> Iterator[tuple[FunctionValue, tuple[Parameter, ...]]]:
        """The functions that FastAPI calls with parameters that have `Depends(…)`, `Query(…)` … as default values."""
        from reviewer.project.routes.fastapi.marked_defaults import marked_defaults

        return marked_defaults((*self.routes, *self.unserved_routes), self.evaluator)

    @property
    def generic_registrations(self) -> Iterator[GenericRegistration]:
        """The decorators `route` and `api_route` of FastAPI that name one method."""
        from reviewer.project.routes.fastapi.generic_registrations import generic_registrations

        return generic_registrations(self.modules, self.evaluator, self.calls)

    @cached_property
    def path_parameters(self) -> PathParameters:
        """Which path parameters routes read."""
        from reviewer.project.routes.path_parameters import PathParameters

        return PathParameters(self.program, self.evaluator, self.calls, self.dependency_reader)

    def path_parameter_reads(self, route: Route) -> PathParameterReads:
        """The path parameters of a route, and which of them the endpoint, a dependency or middleware reads."""
        return self.path_parameters.reads(route)

    @property
    def unread_path_parameters(self) -> Iterator[UnreadPathParameter]:
        """The parameters of paths that nothing reads for certain, or that a Flask view does not take."""
        from reviewer.project.routes.undeclared_parameters import untaken

        yield from self.path_parameters.unread(self.routes)
        yield from untaken(self.routes, self.modules)

    @property
    def undeclared_path_parameters(self) -> Iterator[UndeclaredPathParameter]:
        """The parameters that endpoints expect in paths which do not have them."""
        from reviewer.project.routes.undeclared_parameters import undeclared

        return undeclared(self.request_parameters, (*self.routes, *self.unserved_routes), self.modules)

    def open_routes(self, public: Collection[str]) -> Iterator[OpenRoutes]:
        """The routes that anybody may call, without redirects and those that are named as one of some patterns."""
        from reviewer.project.routes.open_routes import is_named, open_routes

        is_redirect = self.endpoint_results.is_redirect
        return open_routes(
            self.routes, lambda route: is_named(route, public) or is_redirect(route) or self.is_registration(route)
        )

    def is_registration(self, route: Route) -> bool:
        """Whether people make an account of their own with a route: `POST /users` with a password they choose."""
        from reviewer.project.routes.open_routes import may_register, reads_password

        if not may_register(route):
            return False
        if route.framework == "flask":
            return reads_password(route)
        schemas = [self.schema_of(one.type) for one in route.parameters if one.kind in ("body", "unknown")]
        return any("password" in field.name for schema in schemas if schema is not None for field in schema.fields)

    @cached_property
    def route_errors(self) -> RouteErrors:
        """Which HTTP errors routes answer with."""
        from reviewer.project.routes.route_errors import RouteErrors

        return RouteErrors(self.evaluator, self.errors)

    @cached_property
    def creations(self) -> Creations:
        """Which routes create a resource."""
        from reviewer.project.routes.creations import Creations

        return Creations(self.calls, self.query_index, self.endpoint_results)

    @cached_property
    def side_effects_of_get(self) -> tuple[SideEffect, ...]:
        """The GET routes that change what the application keeps."""
        from reviewer.project.routes.side_effects import SideEffects

        return tuple(SideEffects(self.evaluator, self.calls, self.query_index, self.routes).find())

    @cached_property
    def unpaged_lists(self) -> tuple[UnpagedList, ...]:
        """The GET operations that answer with all rows of a table."""
        return tuple(self._unpaged_list_search.find())

    @cached_property
    def _unpaged_list_search(self) -> UnpagedLists:
        from reviewer.project.routes.unpaged_lists import UnpagedLists

        return UnpagedLists(self.calls, self.query_building, self.table_index, self.operations)

    def unbounded_queries(self) -> Iterator[UnboundedQuery]:
        """Queries of requests for a whole table whose rows Python picks, pages, sorts or goes through."""
        from reviewer.project.data.unbounded_queries import UnboundedQueries

        search = self._unpaged_list_search
        return UnboundedQueries(self.calls, self.query_building, search, self.request_reach).find()

    @cached_property
    def unknowns(self) -> tuple[Unknown, ...]:
        """What could not be known of routes and applications."""
        linked = [one for framework in self._linked_frameworks for one in framework.unknowns]
        return (*linked, *self.evaluator.unknowns)

    @cached_property
    def schema_index(self) -> Schemas:
        """Which classes are schemas, and their fields."""
        from reviewer.project.data.pydantic import Schemas

        return Schemas(self.program, self.evaluator, self.calls)

    @property
    def schemas(self) -> tuple[Schema, ...]:
        """All schemas of the project, settings classes and tests left out."""
        return self.schema_index.all

    def schema_of(self, value: Value) -> Schema | None:
        """The schema that a type is: a class, a generic one, `Annotated` with one; None where it is none."""
        return self.schema_index.of(value)

    @property
    def schemas_and_settings(self) -> tuple[Schema, ...]:
        """All schemas and settings classes of the project, tests left out."""
        return self.schema_index.with_settings

    @cached_property
    def schema_configs(self) -> SchemaConfigs:
        """How schemas are configured."""
        from reviewer.project.data.schema_config import SchemaConfigs

        return SchemaConfigs(self.evaluator)

    def schema_config(self, schema: Schema) -> SchemaConfig:
        """The configuration that holds for a schema: its own one over those of its bases."""
        return self.schema_configs.of(schema.value)

    @cached_property
    def pydantic_version(self) -> PydanticVersion:
        """Which major version of Pydantic files are written for."""
        from reviewer.project.data.pydantic_version import PydanticVersion

        return PydanticVersion(self.program, self.library_versions)

    @cached_property
    def validators(self) -> tuple[Validator, ...]:
        """The validators of all schemas and settings classes, tests left out."""
        from reviewer.project.data.validators import Validators

        return Validators(self.program, self.evaluator, self.calls, self.schema_index).all

    def wrong_results(self, validator: Validator) -> Iterator[Mistake]:
        """The results of a validator that cannot be what is meant."""
        from reviewer.project.data.validator_mistakes import wrong_results

        return wrong_results(validator)

    def wrong_parameters(self, validator: Validator) -> Iterator[Mistake]:
        """Parameters and decorators of a validator that do not fit the way it is called."""
        from reviewer.project.data.validator_mistakes import wrong_parameters

        return wrong_parameters(validator, self.pydantic_version.major(validator.place.path))

    @cached_property
    def field_defaults(self) -> FieldDefaults:
        """Defaults of fields that are not what they should be."""
        from reviewer.project.data.field_defaults import FieldDefaults

        return FieldDefaults(self.evaluator, self.schema_configs, self.validators)

    @property
    def eager_field_defaults(self) -> Iterator[tuple[SchemaField, Call]]:
        """The fields of schemas whose default is computed at import and changes, each with the call."""
        return self.field_defaults.eager(self.schemas_and_settings)

    @property
    def broken_defaults(self) -> Iterator[BrokenDefault]:
        """The defaults that do not fit the type or the constraints of their field."""
        return self.field_defaults.broken(self.schemas_and_settings)

    @cached_property
    def form_index(self) -> Forms:
        """Which classes are forms of Flask-WTF or WTForms, and who makes objects of them."""
        from reviewer.project.forms.flask_forms import Forms

        return Forms(self.program, self.evaluator, self.calls)

    @property
    def forms(self) -> tuple[Form, ...]:
        """All form classes of the project; those of tests are left out."""
        return self.form_index.all

    def unvalidated_form_uses(self) -> Iterator[tuple[FormObject, tuple[UnvalidatedUse, ...]]]:
        """The forms that functions use without any validation, with the places where they read what was submitted."""
        from reviewer.project.forms.form_validation import unvalidated_uses

        for made in self.form_index.objects():
            uses = unvalidated_uses(made)
            if uses:
                yield made, uses

    @cached_property
    def table_index(self) -> Tables:
        """Which classes are tables."""
        from reviewer.project.data.sqlalchemy import Tables

        return Tables(self.program, self.evaluator, self.calls)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables of the project; those of tests and migrations are left out."""
        return self.table_index.all

    @cached_property
    def table_objects(self) -> TableObjects:
        """Which expressions are objects of tables."""
        from reviewer.project.data.table_objects import TableObjects

        return TableObjects(self.evaluator, self.calls, self.table_index)

    @cached_property
    def relations(self) -> Relations:
        """What relationships and their back references give."""
        from reviewer.project.data.relations import Relations

        return Relations(self.table_index)

    @cached_property
    def schema_tables(self) -> SchemaTables:
        """Which schemas objects of tables fill."""
        from reviewer.project.data.schema_tables import SchemaTables

        return SchemaTables(
            self.evaluator,
            self.calls,
            self.schema_index,
            self.schema_configs,
            self.table_index,
            self.relations,
            self.table_objects,
            lambda: self.routes,
        )

    @property
    def first_version_uses(self) -> Iterator[FirstVersionUse]:
        """Names of Pydantic 1 in code that is written for Pydantic 2."""
        from reviewer.project.data.pydantic_first import FirstVersionUses

        uses = FirstVersionUses(
            self.evaluator, self.calls, self.schema_index, self.schema_configs, self.pydantic_version
        )
        return uses.find()

    @cached_property
    def schema_declarations(self) -> SchemaDeclarations:
        """What is wrong with the declarations of schemas."""
        from reviewer.project.data.schema_declarations import SchemaDeclarations

        return SchemaDeclarations(self.evaluator, self.calls, self.schema_index, self.schema_configs)

    @property
    def unreadable_objects(self) -> Iterator[SchemaTable]:
        """The objects of tables that the program makes a schema of which reads no attributes."""
        from reviewer.project.data.schema_tables import unreadable
        from reviewer.project.data.validators import fields_changed_before

        changed = fields_changed_before(self.validators)
        return unreadable(self.schema_tables.validated(), self.schema_configs, self.evaluator, changed)

    @cached_property
    def body_schemas(self) -> tuple[Schema, ...]:
        """The schemas that are the body of a route, those of tables left out."""
        from reviewer.project.data.schema_tables import body_schemas

        return body_schemas(self.routes, self.schema_tables)

    def names_none(self, field: SchemaField) -> bool:
        """Whether the type of a field says that it may be None, and not just anything."""
        from reviewer.project.data.schema_fields import is_anything

        return not is_anything(field.type)

    def is_plain_text(self, field: SchemaField) -> bool:
        """Whether a field takes any text."""
        from reviewer.project.data.schema_fields import is_plain_text

        return is_plain_text(field)

    def plain_members(self, schema: Schema) -> int:
        """How many statements the class of a schema has that only declare fields; -1 where it has others."""
        from reviewer.project.data.schema_fields import plain_members

        return plain_members(schema)

    @property
    def returned_objects(self) -> Iterator[ReturnedObject]:
        """The results of endpoints that are objects of tables, with nothing that says what of them is sent."""
        from reviewer.project.data.returned_objects import returned_objects

        return returned_objects(self.routes, self.table_objects) if self.tables else iter(())

    @cached_property
    def mass_assignments(self) -> tuple[MassAssignment, ...]:
        """The places where clients decide which columns are written."""
        from reviewer.project.data.mass_assignment import MassAssignments

        if not self.tables:
            return ()
        found = MassAssignments(
            self.evaluator,
            self.calls,
            self.table_objects,
            self.schema_index,
            self.schema_configs,
            self.request_values,
        )
        return tuple(found.find(self.endpoint_functions))

    @property
    def mistyped_dependencies(self) -> Iterator[MistypedDependency]:
        """The parameters whose annotation does not fit what their dependency gives."""
        from reviewer.project.routes.dependency_types import DependencyTypes

        return DependencyTypes(self.evaluator, self.table_objects).mistyped(self.routes)

    @property
    def repeated_enumerations(self) -> Iterator[tuple[ClassValue, ClassValue]]:
        """Enumerations that repeat an earlier one, each with the first."""
        from reviewer.project.data.enumerations import repeated_enumerations

        return repeated_enumerations(self.program, self.evaluator, self.calls)

    @cached_property
    def table_creations(self) -> tuple[TableCreation, ...]:
        """The places that make tables from the models, tests and migrations left out."""
        from reviewer.project.data.table_creation import TableCreations

        found = TableCreations(
            self.modules,
            self.evaluator,
            self.calls,
            self.callers,
            self.query_index.module_body,
            lambda: self.applications,
        )
        return found.all

    @cached_property
    def exposed_secrets(self) -> tuple[ExposedSecret, ...]:
        """The secrets in the response models of routes."""
        from reviewer.project.data.secret_fields import SecretFields

        return SecretFields(self.schema_tables).exposed(self.routes)

    @property
    def fields_out_of_sync(self) -> Iterator[OutOfSync]:
        """The fields of schemas that do not fit the table whose objects fill them."""
        from reviewer.project.data.schema_comparison import SchemaComparison
        from reviewer.project.data.validators import fields_changed_before

        links = self.schema_tables.all
        if links:
            changed = fields_changed_before(self.validators)
            comparison = SchemaComparison(self.evaluator, self.table_index, self.relations, self.schemas, changed)
            for link in links:
                yield from comparison.differences(link)

    @cached_property
    def column_defaults(self) -> ColumnDefaults:
        """What columns are filled with."""
        from reviewer.project.data.column_defaults import ColumnDefaults

        return ColumnDefaults(self.modules, self.evaluator, self.calls, self.table_index)

    @property
    def naive_time_calls(self) -> Iterator[NaiveTimeCall]:
        """The calls that make times without a time zone, tests left out."""
        from reviewer.project.data.naive_times import NaiveTimeCalls

        return NaiveTimeCalls(self.evaluator, self.calls).find()

    @cached_property
    def migrations(self) -> Migrations:
        """Alembic's revisions."""
        from reviewer.project.data.migrations import Migrations

        return Migrations(self.modules)

    @cached_property
    def query_index(self) -> Queries:
        """Which calls reach the database."""
        from reviewer.project.data.queries import Queries

        return Queries(self.program, self.evaluator, self.calls, self.table_index)

    def queries_of(self, function: FunctionValue) -> tuple[Query, ...]:
        """The calls in a function's own body that reach the database, in source order; of a chain the last one."""
        from reviewer.project.data.queries import outermost

        return outermost(self.query_index.of(function))

    def database_object(self, node: tree.Expression, function: FunctionValue) -> DatabaseObject | None:
        """The session, connection, engine or session maker that an expression in a function's body gives, or None.

        Its `role` says what it is, `is_async` whether its methods have to be awaited. `Query.is_async` says the same
        of a query's object.
        """
        return self.query_index.object_of(node, function)

    @cached_property
    def query_building(self) -> QueryBuilding:
        """How queries are put together: what they begin with, their clauses, what fetches their rows."""
        from reviewer.project.data.query_building import QueryBuilding

        return QueryBuilding(self.evaluator, self.calls, self.table_index, self.query_index)

    @cached_property
    def callers(self) -> Callers:
        """Who calls a function of the project."""
        from reviewer.project.functions.callers import Callers

        return Callers(self.program, self.calls, self.query_index.module_body)

    @cached_property
    def unordered_pages(self) -> tuple[UnorderedPage, ...]:
        """The queries that skip rows by an offset and put them in no order."""
        from reviewer.project.data.pagination import Pages

        pages = Pages(self.evaluator, self.calls, self.query_index, self.query_building, self.callers)
        return tuple(pages.unordered())

    @cached_property
    def python_operators_in_conditions(self) -> tuple[PythonOperator, ...]:
        """The operators of Python that stand in conditions of queries, where SQL was meant."""
        from reviewer.project.data.query_conditions import QueryConditions

        return tuple(QueryConditions(self.calls, self.table_index, self.query_index).python_operators())

    @cached_property
    def sessions(self) -> Sessions:
        """Where sessions are opened, and what closes them."""
        from reviewer.project.data.sessions import Sessions

        return Sessions(self.calls, self.query_index)

    @cached_property
    def engines(self) -> Engines:
        """The database engines, and which of them are made over and over."""
        from reviewer.project.data.engines import Engines

        return Engines(self.program, self.calls, self.query_index, self.request_reach, self.object_makings)

    @cached_property
    def object_makings(self) -> ObjectMakings:
        """Who makes the objects of a class."""
        from reviewer.project.functions.object_makings import ObjectMakings

        return ObjectMakings(self.program, self.evaluator, self.calls, self.query_index.module_body)

    @cached_property
    def global_sessions(self) -> tuple[GlobalSession, ...]:
        """The sessions that are opened once for the life of the process."""
        from reviewer.project.data.global_sessions import GlobalSessions

        return tuple(GlobalSessions(self.program, self.sessions, self.object_makings).find())

    @cached_property
    def _looped_query_index(self) -> LoopedQueries:
        from reviewer.project.data.looped_queries import LoopedQueries

        return LoopedQueries(self.modules, self.calls, self.query_index, self.query_building, self.request_reach)

    @cached_property
    def looped_queries(self) -> tuple[LoopedQuery, ...]:
        """The queries that a request runs for each item of a loop, the first of each function."""
        return tuple(self._looped_query_index.find())

    @cached_property
    def querying_properties(self) -> tuple[QueryingProperty, ...]:
        """The properties of tables that cost a query for each object of a list."""
        from reviewer.project.data.querying_properties import QueryingProperties

        properties = QueryingProperties(
            self.evaluator, self.table_index, self.schema_index, self._looped_query_index, self.routes
        )
        return tuple(properties.find())

    @cached_property
    def uncommitted_writes(self) -> tuple[UncommittedWrite, ...]:
        """The writes of requests that nothing commits, the first of each function."""
        from reviewer.project.data.commits import Commits

        commits = Commits(self.program, self.calls, self.query_index, self.query_building, self.request_reach)
        return tuple(commits.uncommitted())

    @cached_property
    def lazy_loads(self) -> tuple[LazyLoad, ...]:
        """The relationships that requests read from rows whose query did not load them."""
        from reviewer.project.data.lazy_loads import LazyLoads

        loads = LazyLoads(
            self.modules,
            self.evaluator,
            self.calls,
            self.table_index,
            self.query_index,
            self.query_building,
            self.request_reach,
        )
        return tuple(loads.find())

    @cached_property
    def set_work(self) -> SetWork:
        """What is done row by row and could be done by one statement."""
        from reviewer.project.data.set_work import SetWork

        return SetWork(self.calls, self.query_index, self.query_building, self.request_reach)

    @cached_property
    def shared_sessions(self) -> tuple[SharedSession, ...]:
        """The sessions that are handed to work which nobody waits for."""
        from reviewer.project.data.shared_sessions import SharedSessions

        return tuple(SharedSessions(self.evaluator, self.calls, self.query_index).find())

    def queries_reached_from(self, function: FunctionValue) -> Iterator[ReachedQuery]:
        """The queries of a function and of the functions that it leads to, each with a shortest chain of calls."""
        return self.query_index.reached_from(function)

    @cached_property
    def sql_statements(self) -> tuple[SqlStatement, ...]:
        """The SQL texts with values in them that are not bound, in order; tests and migrations are left out."""
        from reviewer.project.data.sql_text import SqlTexts

        texts = SqlTexts(self.program, self.evaluator, self.calls, self.query_index, lambda: self.routes)
        return texts.statements

    @cached_property
    def request_reach(self) -> RequestReach:
        """What runs while a request is answered."""
        from reviewer.project.functions.request_reach import RequestReach

        return RequestReach(self.program, self.evaluator, self.calls, self.routes)

    @cached_property
    def event_loop(self) -> EventLoop:
        """What blocks the event loop."""
        from reviewer.project.concurrency.event_loop import EventLoop
        from reviewer.project.concurrency.queued_work import QueuedWork

        queued = QueuedWork(self.program, self.evaluator, self.calls, self.callers)
        return EventLoop(self.program, self.evaluator, self.calls, self.query_index, queued)

    @cached_property
    def unawaited_coroutines(self) -> tuple[UnawaitedCoroutine, ...]:
        """The calls that give coroutines which nobody awaits."""
        from reviewer.project.concurrency.unawaited import UnawaitedCoroutines

        return UnawaitedCoroutines(self.program, self.evaluator, self.calls, self.query_index).all

    @cached_property
    def lost_tasks(self) -> tuple[CallSite, ...]:
        """The calls that start a task of asyncio and do not keep it."""
        from reviewer.project.concurrency.lost_tasks import lost_tasks

        return tuple(lost_tasks(self.calls))

    @cached_property
    def http_clients_per_use(self) -> tuple[CallSite, ...]:
        """The calls that make an HTTP client for a single use while requests are served."""
        from reviewer.project.concurrency.http_clients import clients_per_use

        return tuple(clients_per_use(self.calls, self.request_reach))

    @cached_property
    def cached_coroutines(self) -> tuple[tuple[FunctionValue, str], ...]:
        """The coroutine functions behind a cache for plain functions, with the name of the cache."""
        from reviewer.project.concurrency.cached_coroutines import cached_coroutines

        return tuple(cached_coroutines(self.program, self.evaluator, self.calls))

    @cached_property
    def sequential_awaits(self) -> tuple[SequentialAwaits, ...]:
        """Awaits of other servers that wait for each other for nothing."""
        from reviewer.project.concurrency.sequential_awaits import SequentialAwaitsLinker

        return SequentialAwaitsLinker(self.program, self.calls).all

    @cached_property
    def import_cycles(self) -> tuple[ImportCycle, ...]:
        """Modules that import each other in a circle when they are loaded."""
        from reviewer.project.layers.import_cycles import ImportCycles

        return ImportCycles(self.program).all

    @cached_property
    def repeated_guards(self) -> tuple[RepeatedGuard, ...]:
        """Checks that several endpoints repeat word for word."""
        from reviewer.project.routes.repeated_guards import repeated_guards

        return tuple(repeated_guards(self.endpoint_functions.items()))

    def repeated_dependencies(self) -> Iterator[RepeatedDependency]:
        """Dependencies that all routes of a router declare in their decorators."""
        from reviewer.project.routes.repeated_dependencies import repeated_dependencies

        return repeated_dependencies(self.routers, self.routes)

    def duplicated_code(self) -> Iterator[DuplicatedCode]:
        """Runs of statements that stand in two functions; the checks that endpoints repeat are left out."""
        from reviewer.project.layers.duplicated_code import DuplicatedCodes

        known = [block.place for guard in self.repeated_guards for block in guard.blocks]
        return DuplicatedCodes(self.program, self.calls).find(known)

    @cached_property
    def direct_dependency_calls(self) -> tuple[DirectDependencyCall, ...]:
        """Plain calls of endpoints and dependencies that leave out what only FastAPI fills in."""
        from reviewer.project.routes.direct_dependency_calls import direct_dependency_calls

        return tuple(direct_dependency_calls(self.program, self.evaluator, self.calls, self.request_reach))

    @cached_property
    def shared_changes(self) -> tuple[SharedChange, ...]:
        """Where endpoints and dependencies change what a module keeps in a global name."""
        from reviewer.project.concurrency.shared_state import shared_changes

        return tuple(shared_changes(handler.function for handler in self.request_reach.handlers))

    def classes_inheriting(self, dotted: str) -> Iterator[ClassValue]:
        """The classes of the project that inherit from a class of a library, directly or not; tests left out."""
        last = dotted.rpartition(".")[2]
        for module in self.modules:
            if module.is_test or not module.mentions(last):
                continue
            for declaration in module.index.declarations:
                if declaration.kind == "class":
                    found = self.calls.class_of(module, declaration)
                    if found.node.bases and dotted in self.evaluator.external_names(found):
                        yield found

    @cached_property
    def celery(self) -> CeleryLinker:
        """Celery's tasks and their calls."""
        from reviewer.project.celery import CeleryLinker

        return CeleryLinker(self.program, self.evaluator, self.calls)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The Celery tasks of the project, tests left out."""
        return self.celery.tasks

    @property
    def task_calls(self) -> tuple[TaskCall, ...]:
        """The calls that queue or run tasks."""
        return self.celery.calls

    @cached_property
    def tasks_run_in_requests(self) -> tuple[TaskRunInRequest, ...]:
        """The calls that run a task's body while a request is answered."""
        return tuple(self.celery.run_in_requests(self.request_reach))

    @cached_property
    def layers(self) -> Layers:
        """Which layer of the application modules belong to."""
        from reviewer.project.layers.layers import Layers

        return Layers(self)

    @cached_property
    def redis(self) -> RedisLinker:
        """Redis clients and where they are made."""
        from reviewer.project.redis import RedisLinker

        return RedisLinker(self.program, self.evaluator, self.calls)

    @cached_property
    def redis_clients_made_in_requests(self) -> tuple[ClientInRequest, ...]:
        """The Redis clients with a pool of their own that are made while a request is answered."""
        return tuple(self.redis.made_in_requests(self.request_reach))

    def imports_between_layers(self, pairs: Mapping[str, Collection[str]], layers: Layers) -> Iterator[LayerImport]:
        """The imports from modules of a layer into one of the layers it is paired with, in order."""
        from reviewer.project.layers.layer_imports import LayerImports

        return LayerImports(self.program, self.evaluator, layers).between(pairs)

    @cached_property
    def template_index(self) -> Templates:
        """Templates joined with the calls that render them."""
        from reviewer.project.templates.templates import Templates

        paths = tuple(self.files_of_kind("template"))
        routers = self.routers if paths else ()
        return Templates(self.program, self.evaluator, self.calls, routers, paths, self.text_of)

    @property
    def templates(self) -> tuple[Template, ...]:
        """The Jinja2 template files, by path."""
        return self.template_index.all

    @property
    def renderings(self) -> tuple[Rendering, ...]:
        """The calls that render templates, tests left out."""
        return self.template_index.renderings

    @property
    def missing_templates(self) -> tuple[MissingTemplate, ...]:
        """Templates that calls and other templates name and that do not exist."""
        return self.template_index.missing

    @property
    def missing_template_variables(self) -> tuple[MissingVariable, ...]:
        """Variables that templates need and their renderings do not pass."""
        return self.template_index.missing_variables

    @cached_property
    def framework_uses(self) -> FrameworkUses:
        """What modules use a web framework for."""
        from reviewer.project.layers.framework_uses import FrameworkUses

        return FrameworkUses(self.modules, self.routes)

    @cached_property
    def settings_values(self) -> tuple[SettingValue, ...]:
        """The settings that the source gives a value: fields, attributes, constants and items of `app.config`."""
        from reviewer.project.settings.settings_values import SettingsLinker

        return SettingsLinker(self.program, self.evaluator, self.calls).values

    @cached_property
    def database_urls(self) -> tuple[DatabaseUrl, ...]:
        """Database URLs and passwords in the source and in `alembic.ini`; tests and documentation left out."""
        from reviewer.project.settings.database_urls import alembic_url, database_urls

        texts = ((path, self.text_of(path)) for path in self.files_of_kind("alembic"))
        found = [alembic_url(path, text) for path, text in texts if text is not None]
        return (*database_urls(self.program), *(one for one in found if one is not None))

    @property
    def test_database_urls(self) -> Iterator[DatabaseUrl]:
        """Database URLs and passwords that stand in tests."""
        from reviewer.project.settings.database_urls import database_urls

        return database_urls(self.program, of_tests=True)

    @cached_property
    def environment_reads(self) -> tuple[EnvironmentRead, ...]:
        """Where the program reads its environment, in order; tests, documentation and examples are left out."""
        from reviewer.project.settings.environment_reads import environment_reads

        return tuple(environment_reads(self.program))

    def service_hosts(self) -> Iterator[ServiceHost]:
        """Calls that connect to a service whose address stands in the source; tests and scripts left out."""
        from reviewer.project.settings.service_hosts import ServiceHosts

        return ServiceHosts(
            self.calls, self.evaluator, self.query_index.module_body, lambda: self.settings_values
        ).find()

    def scattered_reads(self) -> tuple[Module | None, Iterator[EnvironmentRead]]:
        """The module of the settings, None where there is none, and the reads of the environment beside it."""
        from reviewer.project.settings.scattered_reads import ScatteredReads

        reads = ScatteredReads(self.environment_reads, self.settings_values)
        return reads.home(), reads.find()

    @cached_property
    def environment_files(self) -> tuple[EnvironmentFile, ...]:
        """The files of environment variables, those that only show which there are too."""
        from reviewer.project.settings.environment_files import environment_files

        return tuple(environment_files(self.files_of_kind("environment"), self.text_of))

    def plain_secrets(self) -> Iterator[SchemaField]:
        """Fields of settings classes that hold a secret as a plain text."""
        from reviewer.project.settings.settings_fields import plain_secrets, settings_classes

        return plain_secrets(settings_classes(self.schemas_and_settings, self.evaluator))

    def unshown_settings(self) -> Iterator[UnshownSetting]:
        """Required fields of settings classes that the example of environment variables leaves out."""
        from reviewer.project.settings.settings_fields import settings_classes, unshown_settings

        classes = settings_classes(self.schemas_and_settings, self.evaluator)
        return unshown_settings(classes, self.schema_config, self.environment_files)

    @cached_property
    def json_web_tokens(self) -> JsonWebTokens:
        """How the program makes and reads JSON Web Tokens."""
        from reviewer.project.security.json_web_tokens import JsonWebTokens

        return JsonWebTokens(self.evaluator, self.calls, self.callers)

    def guards_above_routes(self) -> Iterator[GuardAboveRoute]:
        """Decorators that turn callers away and stand above the one that registers the route."""
        from reviewer.project.routes.guards_above_routes import guards_above_routes

        return guards_above_routes(self.evaluator, self.routes)

    def unwrapped_dependencies(self) -> Iterator[UnwrappedDependency]:
        """Functions that are meant as dependencies of FastAPI, and that it does not call."""
        from reviewer.project.routes.fastapi.unwrapped_dependencies import UnwrappedDependencies

        return UnwrappedDependencies(self.evaluator).find(self.routes, self.routers, self.request_reach.handlers)

    @cached_property
    def function_words(self) -> FunctionWords:
        """The names and short texts of functions and of what they call."""
        from reviewer.project.access.function_words import FunctionWords

        return FunctionWords(self.calls)

    @cached_property
    def role_demands(self) -> RoleDemands:
        """Which routes demand more than a known caller."""
        from reviewer.project.access.role_demands import RoleDemands

        return RoleDemands(self.evaluator, self.function_words)

    @cached_property
    def caller_use(self) -> CallerUse:
        """Whether the caller makes a difference to what routes do."""
        from reviewer.project.access.caller_use import CallerUse

        return CallerUse(self.evaluator, self.function_words)

    def open_sockets(self) -> Iterator[OpenSocket]:
        """Web sockets and Socket.IO events that ask nobody who they are."""
        from reviewer.project.access.open_sockets import OpenSockets

        return OpenSockets(self.modules, self.evaluator, self.calls, self.function_words, self.routes).find()

    def unchecked_callers(self) -> Iterator[UncheckedCaller]:
        """Uses of callers who may be nobody, where nothing asks whether there is one."""
        from reviewer.project.access.unchecked_callers import unchecked_callers

        judge = self.authentication_judge
        return unchecked_callers(self.routes, self.evaluator, lambda one: judge.gives_nothing(one.callable))

    def unlimited_routes(self) -> Iterator[UnlimitedRoute]:
        """Routes that take passwords or codes as often as a caller likes."""
        from reviewer.project.access.rate_limits import RateLimits

        return RateLimits(self.modules, self.evaluator, self.function_words, self.routes).find()

    def timed_comparisons(self) -> Iterator[TimedComparison]:
        """Comparisons of secrets that take longer the more of a guess is right."""
        from reviewer.project.security.timed_comparisons import functions_that_compare, timed_comparisons

        handlers = (handler.function for handler in self.request_reach.handlers)
        return timed_comparisons(functions_that_compare(self.modules, self.calls, handlers))

    def always_true_checks(self) -> Iterator[AlwaysTrueCheck]:
        """Checks of permissions that are always true, since an object or a method stands where its answer is meant."""
        from reviewer.project.access.always_true_checks import AlwaysTrueChecks

        return AlwaysTrueChecks(self.modules, self.evaluator, self.calls).find()

    def unguarded_objects(self) -> Iterator[UnguardedObject]:
        """Routes that work on an object by its number in the path, whomever it belongs to."""
        from reviewer.project.access.object_checks import ObjectChecks
        from reviewer.project.access.unguarded_objects import UnguardedObjects

        checks = ObjectChecks(self.calls, self.function_words)
        return UnguardedObjects(self.evaluator, self.role_demands, self.caller_use, checks, self.routes).find()

    def inactive_users(self) -> Iterator[InactiveUsers]:
        """Guards that let inactive users in, with the routes behind them, where a stricter one exists."""
        from reviewer.project.access.inactive_users import InactiveUserSearch

        return InactiveUserSearch(self.function_words, self.routes).find()

    def unmaintained_libraries(self) -> Iterator[LibraryInUse]:
        """Libraries for passwords and tokens that nobody maintains, and where the project requires them."""
        from reviewer.project.security.unmaintained_libraries import libraries_in_use

        return libraries_in_use(self.program, self.other_files.items(), self.text_of)

    def privileged_fields(self) -> Iterator[PrivilegedField]:
        """Fields of request models by which a plain caller gets what only others may give, such as a role."""
        from reviewer.project.access.privileged_fields import PrivilegedFields

        fields = PrivilegedFields(
            self.evaluator,
            self.calls,
            self.role_demands,
            self.schema_of,
            lambda: self.tables,
            self.table_index.of_class,
        )
        return fields.find(self.routes)

    def missing_roles(self) -> Iterator[MissingRole]:
        """Routes that demand no role where the routes beside them do, or where only administrators belong."""
        from reviewer.project.access.missing_roles import MissingRoles

        return MissingRoles(self.evaluator, self.role_demands, self.caller_use, self.routes).find()

    @cached_property
    def unparsed_environment(self) -> tuple[UnparsedEnvironment, ...]:
        """The reads of the environment whose text is used as a flag or a number."""
        from reviewer.project.settings.unparsed_environment import unparsed_environment

        return tuple(unparsed_environment(self.program, self.environment_reads))

    @cached_property
    def _secret_search(self) -> SecretValues:
        from reviewer.project.security.secret_values import SecretValues

        return SecretValues(self.program, self.evaluator, self.environment_reads)

    @cached_property
    def secret_values(self) -> tuple[SecretValue, ...]:
        """Keys, passwords and tokens that stand in the source; tests, documentation and examples are left out."""
        return tuple(self._secret_search.find())

    def is_secret_compared(self, value: SecretValue) -> bool:
        """Whether the program compares something with the text of a secret, as who refuses to start with it does."""
        return self._secret_search.is_compared(value)

    def endpoint_works(self, statements: int) -> Iterator[EndpointWork]:
        """How much those endpoints do themselves that have at least so many statements which do work."""
        from reviewer.project.routes.endpoint_work import EndpointWorks

        return EndpointWorks(self.evaluator, self.query_index, self.routes).above(statements)

    @cached_property
    def containers(self) -> Containers:
        """Images and services of Dockerfiles and Compose files."""
        from reviewer.project.containers.containers import Containers

        dockerfiles, compose_files = tuple(self.files_of_kind("dockerfile")), tuple(self.files_of_kind("compose"))
        return Containers(self.program, self.evaluator, dockerfiles, compose_files, self.text_of)

    @property
    def container_development_servers(self) -> tuple[DevelopmentServer, ...]:
        """The development servers and debuggers in images and services that are for production."""
        return self.containers.development_servers

    @cached_property
    def requests_in_tests(self) -> RequestsInTests:
        """The requests that tests make."""
        from reviewer.project.tests.requests_in_tests import RequestsInTests

        return RequestsInTests(self.program, self.evaluator, self.calls, lambda: self.routes)

    @property
    def test_requests(self) -> tuple[TestRequest, ...]:
        """All requests that tests make with a client."""
        return self.requests_in_tests.all

    @cached_property
    def tested_routes(self) -> TestedRoutes:
        """Which routes tests request."""
        from reviewer.project.tests.tested_routes import TestedRoutes

        return TestedRoutes(self.routes, self.requests_in_tests)

    @property
    def application_clients(self) -> Iterator[ApplicationClient]:
        """The httpx clients that are given an application in the way that httpx removed."""
        from reviewer.project.tests.application_clients import application_clients

        return application_clients(self.calls, self.library_versions)

    def requests_to(self, route: Route) -> tuple[TestRequest, ...]:
        """The requests of tests that reach a route, as far as is known."""
        return self.tested_routes.requests_to(route)
