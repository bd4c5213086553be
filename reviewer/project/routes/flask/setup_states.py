"""Blueprints that register their rules in a way of their own: a `make_setup_state` which gives a state of the project.

Source: `flask.sansio.blueprints.Blueprint.make_setup_state` and `BlueprintSetupState.add_url_rule`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import BoundMethod, ClassValue, FunctionValue, Instance, Value
from reviewer.project.routes.flask.registrations import Registration, argument

STATE_CLASSES = ("flask.blueprints.BlueprintSetupState", "flask.sansio.blueprints.BlueprintSetupState")


def setup_state(evaluator: Evaluator, blueprint: Instance, application: Instance, prefix: Value) -> Instance | None:
    """The project's own state of a registration under a prefix, None where the library's does it."""
    if not isinstance(blueprint.type, ClassValue):
        return None
    made = evaluator.find_in_class(blueprint.type, "make_setup_state")
    if made is None or not isinstance(made[1], FunctionValue):
        return None
    state = evaluator.call_function(made[1], (blueprint, application, {}), {"first_registration": True})
    if not isinstance(state, Instance) or not evaluator.inherits(state, *STATE_CLASSES):
        return None
    state.attributes.update(app=application, blueprint=blueprint, url_prefix=prefix)
    return state


def registrations_through(
    evaluator: Evaluator, state: Instance, registration: Registration
) -> Iterator[tuple[Registration, bool]]:
    """What a state makes of a registration: registrations, and whether the blueprint's prefix stands before each."""
    found = evaluator.find_in_class(state.type, "add_url_rule") if isinstance(state.type, ClassValue) else None
    if found is None or not isinstance(found[1], FunctionValue):
        yield registration, True
        return
    for rule, place in registration.rules:
        known = len(state.events)
        evaluator.apply(
            BoundMethod(found[1], state),
            (rule, registration.endpoint, None),
            registration.keywords,
            registration.event.node,
            evaluator.scope_of(registration.event.module),
        )
        for event in state.events[known:]:
            if event.method == "add_url_rule":
                changed = replace(registration, rules=((argument(event, 0, "rule"), place),))
                yield changed, event.receiver_attributes.get("url_prefix") is not None
        del state.events[known:]
