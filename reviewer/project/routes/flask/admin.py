"""Views of Flask-Admin: the project's methods that `@expose` makes routes, under the address of their view.

Source: flask_admin's `BaseView.create_blueprint`, `_get_view_url` and `Admin.add_view`.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.project.evaluation.builtin_calls import joined_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import (
    ClassValue,
    Event,
    FunctionValue,
    Instance,
    Unknown,
    Value,
    alternatives,
)
from reviewer.project.routes.flask.attachments import Attachments
from reviewer.project.routes.flask.exposed import ExposedView, exposed_registrations, view_class
from reviewer.project.routes.flask.registrations import Registration, argument, constructor_argument
from reviewer.project.routes.path_text import known_text

ADMIN_CLASSES = ("flask_admin.Admin", "flask_admin.base.Admin")
VIEW_PACKAGE = "flask_admin."
#: Positions of `endpoint` and `url` in the constructors: after the name of a view, after the model and session.
VIEW_POSITIONS = (2, 3)
MODEL_POSITIONS = (4, 5)


class AdminViews:
    """Reads the views that are added to administrations."""

    def __init__(self, evaluator: Evaluator, attachments: Attachments) -> None:
        self._evaluator = evaluator
        self._attachments = attachments

    def attach(self) -> None:
        """Finds the administrations and what they are attached to."""
        self._attachments.find(ADMIN_CLASSES)

    def registrations(self, instance: Instance) -> Iterator[Registration]:
        """What administrations add to an application."""
        for admin in self._attachments.of(instance, ADMIN_CLASSES):
            index = self._index_view(admin)
            address = self._address(admin, index)
            if index is not None:
                yield from self._view(index, admin, None, self._index_address(index))
            for event in list(admin.events):
                for view in _added(event):
                    for one in alternatives(view):
                        if isinstance(one, Instance):
                            yield from self._view(one, admin, event, address)

    def _index_view(self, admin: Instance) -> Instance | None:
        given = constructor_argument(admin, 4, "index_view")
        for event in admin.events:
            if event.method == "init_app":
                given = argument(event, 1, "index_view") or given
        return given if isinstance(given, Instance) else None

    def _address(self, admin: Instance, index: Instance | None) -> Value:
        """Where an administration stands: its own address, else that of its index."""
        own = constructor_argument(admin, 2, "url")
        for event in admin.events:
            if event.method == "init_app":
                own = argument(event, 3, "url") or own
        if own is not None:
            return own
        return "/admin" if index is None else self._index_address(index)

    def _index_address(self, index: Instance) -> Value:
        given = self._given(index, VIEW_POSITIONS[1], "url")
        return "/admin" if given is None else given

    def _given(self, view: Instance, position: int, name: str) -> Value:
        self._evaluator.initialise(view)
        return constructor_argument(view, position, name)

    def _view(self, view: Instance, admin: Instance, event: Event | None, address: Value) -> Iterator[Registration]:
        value = view_class(view)
        if value is None or not any(name.startswith(VIEW_PACKAGE) for name in self._evaluator.external_names(value)):
            return
        is_index = event is None
        is_model = any(name.rpartition(".")[2] == "ModelView" for name in self._evaluator.external_names(value))
        positions = MODEL_POSITIONS if is_model else VIEW_POSITIONS
        endpoint = self._given(view, positions[0], "endpoint")
        if endpoint is None:
            endpoint = "admin" if is_index else self._default_endpoint(view, value, is_model)
        url = self._given(view, positions[1], "url")
        if is_index:
            prefix = address
        elif url is None:
            prefix = joined_text(["" if address == "/" else address, "/", endpoint], None)
        elif isinstance(url, str) and not url.startswith("/"):
            prefix = joined_text([address, "/", url], None)
        else:
            prefix = url
        accessible = self._evaluator.find_in_class(value, "is_accessible")
        exposed = ExposedView(
            value,
            "" if prefix == "/" else prefix,
            known_text(endpoint) or "{?}",
            admin,
            event,
            checks=(accessible[1],) if accessible is not None and isinstance(accessible[1], FunctionValue) else (),
        )
        yield from exposed_registrations(self._evaluator, exposed)

    def _default_endpoint(self, view: Instance, value: ClassValue, is_model: bool) -> Value:
        if not is_model:
            return value.name.lower()
        model = self._given(view, 0, "model")
        if isinstance(model, ClassValue):
            return model.name.lower()
        return Unknown("view of a model that is not known", view.place)


def _added(event: Event) -> tuple[Value, ...]:
    """The views that a call adds."""
    if event.method == "add_view":
        return (argument(event, 0, "view"),)
    return event.arguments if event.method == "add_views" else ()
