"""The one door for rules, ours and a team's: everything a rule file imports.

`Rule` and its findings, the model's types, the typed tree, and `project` to build one from texts in a test.
"""

from __future__ import annotations

from reviewer.filters.suppressions import JudgedComment, SuppressionRule
from reviewer.git_graph import FileChange, LoggedCommit
from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.modules.source_text import dotted_name, source_text
from reviewer.project.concurrency.blocking_work import BlockingCall, BlockingWork
from reviewer.project.concurrency.shared_state import SharedChange
from reviewer.project.concurrency.unawaited import UnawaitedCoroutine
from reviewer.project.data.column_defaults import ColumnDefault, NaiveColumn
from reviewer.project.data.columns import Column, Relationship
from reviewer.project.data.database_objects import DatabaseObject
from reviewer.project.data.engines import EngineMade, RepeatedEngine
from reviewer.project.data.field_defaults import BrokenDefault
from reviewer.project.data.looped_queries import LoopedQuery
from reviewer.project.data.mass_assignment import MassAssignment
from reviewer.project.data.migrations import BrokenChain, Revision
from reviewer.project.data.pagination import UnorderedPage
from reviewer.project.data.pydantic_first import FirstVersionUse
from reviewer.project.data.query_building import BuiltQuery, QueryStep
from reviewer.project.data.query_conditions import PythonOperator
from reviewer.project.data.returned_objects import ReturnedObject
from reviewer.project.data.schema_comparison import OutOfSync
from reviewer.project.data.schema_tables import SchemaTable
from reviewer.project.data.secret_fields import ExposedSecret
from reviewer.project.data.sessions import SessionOpening, is_script
from reviewer.project.data.table_creation import TableCreation
from reviewer.project.data.validators import Validator, gives_nothing
from reviewer.project.errors.caught_exceptions import CaughtException
from reviewer.project.errors.detail_leaks import DetailLeak
from reviewer.project.errors.error_bodies import ErrorBody
from reviewer.project.errors.error_reasons import MistakenStatus
from reviewer.project.errors.unchecked_lookups import UncheckedLookup
from reviewer.project.evaluation.values import (
    BoundMethod,
    Choice,
    ClassValue,
    Event,
    External,
    FunctionValue,
    Instance,
    InstanceAttribute,
    ModuleValue,
    Unknown,
    Value,
    is_known,
    place_of,
)
from reviewer.project.in_memory import project
from reviewer.project.layers.framework_uses import FrameworkImport
from reviewer.project.layers.import_cycles import ImportCycle
from reviewer.project.layers.layer_imports import LayerImport
from reviewer.project.layers.layers import Layers, ModuleLayer
from reviewer.project.model import (
    Answer,
    Application,
    Authentication,
    CallSite,
    Dependency,
    InterpolatedValue,
    MissingTemplate,
    MissingVariable,
    Query,
    RaisedError,
    ReachedQuery,
    Rendering,
    Route,
    RouteParameter,
    Router,
    Schema,
    SchemaField,
    SqlStatement,
    Table,
    Task,
    Template,
    TemplateVariable,
    TestRequest,
)
from reviewer.project.project import Project
from reviewer.project.routes.creations import Creation
from reviewer.project.routes.dependency_types import MistypedDependency
from reviewer.project.routes.endpoint_work import EndpointWork
from reviewer.project.routes.fastapi.middleware_order import OuterMiddleware
from reviewer.project.routes.json_reads import UncheckedJson
from reviewer.project.routes.open_routes import OpenRoutes
from reviewer.project.routes.operations import Operation, OperationGroup
from reviewer.project.routes.partial_updates import PartialUpdate
from reviewer.project.routes.path_segments import StyledSegment
from reviewer.project.routes.repeated_guards import RepeatedGuard
from reviewer.project.routes.request_parameters import RequestParameter
from reviewer.project.routes.route_errors import UndocumentedErrors
from reviewer.project.routes.unpaged_lists import UnpagedList
from reviewer.project.security.secret_values import SecretValue
from reviewer.project.settings.database_urls import DatabaseUrl
from reviewer.project.settings.environment_reads import EnvironmentRead
from reviewer.project.tests.tested_routes import UntestedRegistration
from reviewer.rule import (
    AddImport,
    AddKeyword,
    Category,
    Confidence,
    Example,
    Finding,
    Fix,
    NoOptions,
    Place,
    Preset,
    Related,
    RemoveKeyword,
    ReplaceText,
    Rule,
    Severity,
)
from reviewer.settings import Settings

__all__ = [
    "AddImport",
    "AddKeyword",
    "Answer",
    "Application",
    "Authentication",
    "BlockingCall",
    "BlockingWork",
    "BoundMethod",
    "BrokenChain",
    "BrokenDefault",
    "BuiltQuery",
    "CallSite",
    "Category",
    "CaughtException",
    "Choice",
    "ClassValue",
    "Column",
    "ColumnDefault",
    "Confidence",
    "Creation",
    "DatabaseObject",
    "DatabaseUrl",
    "Dependency",
    "DetailLeak",
    "EndpointWork",
    "EngineMade",
    "EnvironmentRead",
    "ErrorBody",
    "Event",
    "Example",
    "ExposedSecret",
    "External",
    "FileChange",
    "Finding",
    "FirstVersionUse",
    "Fix",
    "FrameworkImport",
    "FunctionValue",
    "ImportCycle",
    "Instance",
    "InstanceAttribute",
    "InterpolatedValue",
    "JudgedComment",
    "LayerImport",
    "Layers",
    "LoggedCommit",
    "LoopedQuery",
    "MassAssignment",
    "MissingTemplate",
    "MissingVariable",
    "MistakenStatus",
    "MistypedDependency",
    "Module",
    "ModuleLayer",
    "ModuleValue",
    "NaiveColumn",
    "NoOptions",
    "OpenRoutes",
    "Operation",
    "OperationGroup",
    "OutOfSync",
    "OuterMiddleware",
    "PartialUpdate",
    "Place",
    "Preset",
    "Project",
    "PythonOperator",
    "Query",
    "QueryStep",
    "RaisedError",
    "ReachedQuery",
    "Related",
    "Relationship",
    "RemoveKeyword",
    "Rendering",
    "RepeatedEngine",
    "RepeatedGuard",
    "ReplaceText",
    "RequestParameter",
    "ReturnedObject",
    "Revision",
    "Route",
    "RouteParameter",
    "Router",
    "Rule",
    "Schema",
    "SchemaField",
    "SchemaTable",
    "SecretValue",
    "SessionOpening",
    "Settings",
    "Severity",
    "SharedChange",
    "SqlStatement",
    "StyledSegment",
    "SuppressionRule",
    "Table",
    "TableCreation",
    "Task",
    "Template",
    "TemplateVariable",
    "TestRequest",
    "UnawaitedCoroutine",
    "UncheckedJson",
    "UncheckedLookup",
    "UndocumentedErrors",
    "Unknown",
    "UnorderedPage",
    "UnpagedList",
    "UntestedRegistration",
    "Validator",
    "Value",
    "dotted_name",
    "gives_nothing",
    "is_known",
    "is_script",
    "place_of",
    "project",
    "source_text",
    "tree",
]
