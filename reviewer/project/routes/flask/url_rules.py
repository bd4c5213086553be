"""Rules that are put into the URL map by hand: `app.url_map.add(Rule("/x", endpoint="x"))`, with their factories.

Source: `werkzeug.routing.Map.add`, `Rule`, `Submount`, `Subdomain` and `EndpointPrefix`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reviewer.project.evaluation.builtin_calls import joined_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import Event, Instance, Value
from reviewer.project.model import UNKNOWN_PART
from reviewer.project.routes.flask.registrations import Registration, RegistrationReader, given_methods, joined_value
from reviewer.project.routes.path_text import known_text

ADDING = "url_map.add"
DEPTH_LIMIT = 10


def mapped_registrations(
    event: Event, named_views: Mapping[str, Value], reader: RegistrationReader, evaluator: Evaluator
) -> Iterator[Registration]:
    """The registrations of a call that adds rules; those whose endpoint has no view only build addresses."""
    if event.method == ADDING:
        for factory in event.arguments:
            for rule, path, endpoint, keywords in _rules(evaluator, factory, "", "", {}):
                view = named_views.get(endpoint)
                if view is None:
                    continue
                methods = given_methods(rule.keywords.get("methods"))
                place = rule.place or event.place
                yield Registration(event, ((path, place),), reader.view(view), endpoint, methods, keywords)


def _rules(
    evaluator: Evaluator, factory: Value, prefix: Value, name_prefix: str, keywords: dict[str, Value], depth: int = 0
) -> Iterator[tuple[Instance, Value, str, dict[str, Value]]]:
    """Each rule of a factory: the rule, its path, endpoint and options."""
    if not isinstance(factory, Instance) or depth > DEPTH_LIMIT:
        return
    name = next((one.rpartition(".")[2] for one in evaluator.external_names(factory) if "werkzeug" in one), "")
    if name == "Rule":
        endpoint = known_text(factory.argument(6, "endpoint"))
        path = factory.argument(0, "string")
        own = {key: value for key, value in factory.keywords.items() if key in ("subdomain", "host")}
        joined = joined_value(prefix, path) if prefix else path
        yield factory, joined, name_prefix + (endpoint or UNKNOWN_PART), {**keywords, **own}
        return
    rules = factory.argument(1, "rules")
    for one in rules if isinstance(rules, (list, tuple)) else ():
        if name == "Submount":
            below = joined_text([prefix, factory.argument(0, "path")], None)
            yield from _rules(evaluator, one, below, name_prefix, keywords, depth + 1)
        elif name == "Subdomain":
            given = {**keywords, "subdomain": factory.argument(0, "subdomain")}
            yield from _rules(evaluator, one, prefix, name_prefix, given, depth + 1)
        elif name == "EndpointPrefix":
            more = known_text(factory.argument(0, "prefix")) or UNKNOWN_PART
            yield from _rules(evaluator, one, prefix, name_prefix + more, keywords, depth + 1)
