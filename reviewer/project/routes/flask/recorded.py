"""What a blueprint defers to its registration: `blueprint.record(function)`, called with the state of the registration.

Source: `flask.sansio.blueprints.Blueprint.record` and `BlueprintSetupState`.
"""

from __future__ import annotations

from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import BoundMethod, External, FunctionValue, Instance

RECORDING = frozenset({"record", "record_once"})
STATE = External("flask.blueprints.BlueprintSetupState")


def run_recorded(evaluator: Evaluator, blueprint: Instance, application: Instance) -> None:
    """Runs what a blueprint recorded, so that what it adds to the application is seen there."""
    for event in list(blueprint.events):
        if event.method not in RECORDING:
            continue
        recorded = event.arguments[0] if event.arguments else event.decorated
        state = Instance(STATE, module=event.module, node=event.node)
        state.attributes.update(app=application, blueprint=blueprint)
        if isinstance(recorded, FunctionValue):
            evaluator.call_function(recorded, (state,), {})
        elif isinstance(recorded, BoundMethod):
            evaluator.call_function(recorded.function, (recorded.receiver, state), {})
