"""Views and APIs of Flask-AppBuilder: the project's methods that `@expose` makes routes, under their class's prefix.

Sources: flask_appbuilder's `BaseView.create_blueprint`, `BaseApi.create_blueprint`, `AppBuilder.add_view_no_menu`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.project.evaluation.builtin_calls import joined_text
from reviewer.project.evaluation.configuration import Configuration, setting
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.import_strings import imported_by_string
from reviewer.project.evaluation.values import ClassValue, Event, External, Instance, Value, alternatives
from reviewer.project.routes.flask.attachments import Attachments
from reviewer.project.routes.flask.exposed import ExposedView, class_setting, exposed_registrations, view_class
from reviewer.project.routes.flask.registrations import Registration, argument, constructor_argument
from reviewer.project.routes.path_text import known_text, known_texts

BUILDER_CLASSES = ("flask_appbuilder.AppBuilder", "flask_appbuilder.base.AppBuilder")
API_CLASSES = tuple(
    f"flask_appbuilder.{module}{name}"
    for module in ("", "api.", "api.__init__.")
    for name in ("BaseApi", "BaseModelApi", "ModelRestApi")
)
#: Prefixes that views of the library give those that inherit from them.
LIBRARY_BASES = {
    "IndexView": "",
    "UtilView": "",
    "LocaleView": "/lang",
    "PermissionModelView": "/permissions",
    "ViewMenuModelView": "/viewmenus",
    "PermissionViewModelView": "/permissionviews",
    "ResetMyPasswordView": "/resetmypassword",
    "ResetPasswordView": "/resetpassword",
    "UserModelView": "/users",
    "UserDBModelView": "/users",
    "UserLDAPModelView": "/users",
    "UserOAuthModelView": "/users",
    "UserOIDModelView": "/users",
    "UserRemoteUserModelView": "/users",
    "RoleModelView": "/roles",
    "RegisterUserModelView": "/registeruser",
    "RegisterUserDBView": "/register",
    "RegisterUserOAuthView": "/register",
    "RegisterUserOIDView": "/register",
    "AuthView": "",
    "AuthDBView": "",
    "AuthLDAPView": "",
    "AuthOAuthView": "",
    "AuthOIDView": "",
    "AuthRemoteUserView": "",
}
VIEW_PACKAGE = "flask_appbuilder."
ADDING = frozenset({"add_view", "add_view_no_menu", "add_api"})
#: What views are made blueprints with, where the project registers them itself.
BLUEPRINT_MAKER = "create_blueprint"


class BuilderViews:
    """Reads the views that are added to builders."""

    def __init__(self, evaluator: Evaluator, attachments: Attachments) -> None:
        self._evaluator = evaluator
        self._attachments = attachments

    def attach(self) -> None:
        """Finds the builders and what they are attached to."""
        self._attachments.find(BUILDER_CLASSES)

    def registrations(self, instance: Instance) -> Iterator[Registration]:
        """What builders add to an application, and blueprints of views that it registers itself."""
        for builder in self._attachments.of(instance, BUILDER_CLASSES):
            seen: set[int] = set()
            for value, event in self._added(builder, instance):
                view = view_class(value)
                if view is not None and id(view) not in seen:
                    seen.add(id(view))
                    yield from self._view(view, builder, event, known_text(self._endpoint(event)))
        for event in list(instance.events):
            if event.method == "register_blueprint":
                for made in alternatives(argument(event, 0, "blueprint")):
                    yield from self._made_blueprint(made, instance, event)

    def _added(self, builder: Instance, application: Instance) -> Iterator[tuple[Value, Event | None]]:
        """The views of a builder: its index, those of its security manager, and those that calls add."""
        yield from ((one, None) for one in self._index_views(builder, application))
        yield from ((one, None) for one in self._security_views(builder, application))
        for event in list(builder.events):
            if event.method in ADDING:
                yield from ((one, event) for one in alternatives(argument(event, 0, "baseview")))

    def _index_views(self, builder: Instance, application: Instance) -> Iterator[Value]:
        configuration = application.attributes.get("config")
        if isinstance(configuration, Configuration) and application.module is not None:
            named = setting(self._evaluator, configuration, "FAB_INDEX_VIEW", None)
            if isinstance(named, str):
                yield imported_by_string(self._evaluator, named, self._evaluator.scope_of(application.module))
                return
        yield from alternatives(builder.attributes.get("indexview", constructor_argument(builder, 3, "indexview")))

    def _security_views(self, builder: Instance, application: Instance) -> Iterator[Value]:
        """The views of the project that a security manager of its own puts in place of the library's."""
        manager = constructor_argument(builder, -1, "security_manager_class")
        method = "AUTH_DB"
        configuration = application.attributes.get("config")
        if isinstance(configuration, Configuration):
            manager = setting(self._evaluator, configuration, "CUSTOM_SECURITY_MANAGER", manager)
            manager = setting(self._evaluator, configuration, "FAB_SECURITY_MANAGER_CLASS", manager)
            given = setting(self._evaluator, configuration, "AUTH_TYPE", None)
            method = given.name.rpartition(".")[2] if isinstance(given, External) else method
        if isinstance(manager, str) and application.module is not None:
            manager = imported_by_string(self._evaluator, manager, self._evaluator.scope_of(application.module))
        if not isinstance(manager, ClassValue):
            return
        for one in self._evaluator.ancestors(manager):
            if isinstance(one, ClassValue):
                self._evaluator.run_class(one)
                for name in sorted(one.attributes):
                    value = class_setting(self._evaluator, manager, name) if name.endswith(("view", "api")) else None
                    if isinstance(value, ClassValue) and _AUTHENTICATION_KINDS.get(_kind_of(name), method) == method:
                        yield value

    def _endpoint(self, event: Event | None) -> Value:
        return None if event is None or event.method != "add_view_no_menu" else argument(event, 1, "endpoint")

    def _made_blueprint(self, made: Value, application: Instance, event: Event) -> Iterator[Registration]:
        """Of `app.register_blueprint(view.create_blueprint(builder, endpoint=…))`."""
        if isinstance(made, Instance) and made.event is not None and made.event.method == BLUEPRINT_MAKER:
            view = view_class(made.event.receiver)
            if view is not None:
                yield from self._view(view, application, event, known_text(argument(made.event, 1, "endpoint")))

    def _view(
        self, view: ClassValue, receiver: Instance, event: Event | None, endpoint: str | None
    ) -> Iterator[Registration]:
        inherited = [one for one in self._evaluator.ancestors(view) if isinstance(one, External)]
        if not any(one.name.startswith(VIEW_PACKAGE) for one in inherited):
            return
        exposed = ExposedView(
            view,
            self._prefix(view),
            endpoint or view.name,
            receiver,
            event,
            self._names(view, "exclude_route_methods") or frozenset(),
            self._names(view, "include_route_methods"),
        )
        yield from exposed_registrations(self._evaluator, exposed)

    def _prefix(self, view: ClassValue) -> Value:
        base = class_setting(self._evaluator, view, "route_base")
        if base is not None:
            return base
        for one in self._evaluator.external_names(view):
            if one.rpartition(".")[2] in LIBRARY_BASES:
                return LIBRARY_BASES[one.rpartition(".")[2]]
        if not self._evaluator.inherits(view, *API_CLASSES):
            return f"/{view.name.lower()}"
        name = class_setting(self._evaluator, view, "resource_name") or view.name
        version = class_setting(self._evaluator, view, "version")
        lowered = name.lower() if isinstance(name, str) else name
        return joined_text(["/api/", "v1" if version is None else version, "/", lowered], None)

    def _names(self, view: ClassValue, attribute: str) -> frozenset[str] | str | None:
        """Names in a class's setting, None where there is none or it is not known."""
        value = class_setting(self._evaluator, view, attribute)
        if value is None or isinstance(value, str):
            return value
        names = known_texts(sorted(value, key=repr) if isinstance(value, set) else value)
        return frozenset(names) if isinstance(names, tuple) else None


#: Which method of authentication a view is for, by what the attribute of the security manager is called.
_AUTHENTICATION_KINDS = {
    "db": "AUTH_DB",
    "ldap": "AUTH_LDAP",
    "oauth": "AUTH_OAUTH",
    "oid": "AUTH_OID",
    "remoteuser": "AUTH_REMOTE_USER",
}


def _kind_of(attribute: str) -> str:
    """`db` of `userdbmodelview` and `authdbview`; empty for views of all methods."""
    found = re.match(r"(?:user|auth|registeruser)(db|ldap|oauth|oid|remoteuser)(?:model)?view", attribute)
    return found.group(1) if found else ""
