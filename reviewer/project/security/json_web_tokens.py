"""Calls that make and read JSON Web Tokens: which read them without looking at the signature, which make them for ever.

Takes the modules that import one of the libraries. What is not known of a payload or of options makes no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.source_text import called_name, source_text
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import FunctionValue
from reviewer.project.functions.callers import Callers, bound_arguments
from reviewer.project.functions.calls import Calls, targets
from reviewer.project.model import CallSite
from reviewer.rule import Place

LIBRARIES = ("jwt", "jose", "authlib", "joserfc", "python_jwt")
READING = ("decode", "decode_complete", "process_jwt", "get_unverified_claims")
MAKING = ("encode",)
DECODERS = frozenset(
    {f"jwt.{name}" for name in ("decode", "decode_complete", "api_jwt.decode", "api_jwt.decode_complete")}
    | {"jose.jwt.decode", "jose.jwt.get_unverified_claims"}
)
ENCODERS = frozenset({"jwt.encode", "jwt.api_jwt.encode", "jose.jwt.encode"})
#: Claims that say which key or how long, and that a program may read before it verifies, or of a token of its own.
OUTER_CLAIMS = frozenset({"exp", "kid", "iss", "alg", "iat", "nbf", "typ", "tid"})
#: Claims that say for whom a token stands; without one it speaks for a program to another, which decides on its form.
SUBJECT = re.compile(r"^(?:sub|id|uid|email|role|name)$|user|account|member|customer|tenant", re.IGNORECASE)
CALL_DEPTH = 3


class UnverifiedToken(msgspec.Struct, frozen=True, eq=False):
    """A call that reads a token without verifying who signed it."""

    place: Place
    function_name: str
    symbol: str
    how: str  # what switches the check off, as written


class EndlessToken(msgspec.Struct, frozen=True, eq=False):
    """A call that makes a token that never expires."""

    place: Place
    function_name: str
    symbol: str


class JsonWebTokens:
    """Answers how the program reads and makes tokens; tests are left out."""

    def __init__(self, evaluator: Evaluator, calls: Calls, callers: Callers) -> None:
        self._evaluator = evaluator
        self._calls = calls
        self._callers = callers
        self._names_somebody = False

    def _sites(self, *names: str) -> Iterator[CallSite]:
        for module, declaration in self._calls.declarations_calling(*names):
            if module.is_test or declaration.kind != "function" or not module.mentions(*LIBRARIES):
                continue
            yield from self._calls.named(self._calls.function_of(module, declaration), *names)

    # Reading

    def unverified(self) -> Iterator[UnverifiedToken]:
        """The calls that take what a token says without its signature."""
        for site in self._sites(*READING):
            how = self._disabled(site)
            if how and not self._is_harmless(site):
                function = site.caller
                yield UnverifiedToken(site.place, function.qualname, function.symbol, how)

    def _disabled(self, site: CallSite) -> str:
        """What switches the check of the signature off, empty where it is on or not known."""
        if site.external_name not in DECODERS:
            return ""
        if called_name(site.node) == "get_unverified_claims":
            return "get_unverified_claims"
        scope = self._evaluator.declared(site.caller)
        for keyword in site.node.keywords:
            value = self._evaluator.evaluate(keyword.value, scope)
            if keyword.name == "verify" and value is False:
                return "verify=False"
            if keyword.name == "options" and isinstance(value, dict) and value.get("verify_signature") is False:
                return "verify_signature=False"
            if keyword.name == "algorithms" and isinstance(value, (list, tuple)) and "none" in value:
                return 'algorithms=["none"]'
        return ""

    def _is_harmless(self, site: CallSite) -> bool:
        """Whether a signature is verified as well, the token came from its issuer, or only its frame is read."""
        given = source_text(site.node.arguments[0]) if site.node.arguments else ""
        if "id_token" in given or self._verifies(site.caller, 0, set()) or self._reads_frame_alone(site):
            return True
        return any(self._verifies(one.caller, 0, set()) for one in self._callers.of(site.caller).sites)

    def _verifies(self, function: FunctionValue, depth: int, seen: set[int]) -> bool:
        seen.add(id(function))
        for site in self._calls.of(function):
            if site.external_name in DECODERS and not self._disabled(site):
                return True
            if depth < CALL_DEPTH:
                for target in targets(site.callee):
                    if id(target) not in seen and self._verifies(target, depth + 1, seen):
                        return True
        return False

    def _reads_frame_alone(self, site: CallSite) -> bool:
        """Whether nothing but `exp`, `iss` and alike is read of what was decoded."""
        names = {
            target.id
            for node in site.caller.nodes_of(tree.Assign)
            if any(inner is site.node for inner in tree.walk(node.value))
            for target in node.targets
            if isinstance(target, tree.Name)
        }

        def is_decoded(node: tree.Expression) -> bool:
            return node is site.node or (isinstance(node, tree.Name) and node.id in names)

        read: list[str] = []
        for node in site.caller.nodes_of(tree.Subscript, tree.Call):
            match node:
                case tree.Subscript(value=value, index=tree.Text(value=claim)) if is_decoded(value):
                    read.append(claim)
                case tree.Call(
                    function=tree.Attribute(value=value, name="get"), arguments=(tree.Text(value=claim), *_)
                ):
                    if is_decoded(value):
                        read.append(claim)
                case _:
                    pass
        uses = sum(node.id in names for node in site.caller.nodes_of(tree.Name))
        return bool(read) and uses - len(names) <= len(read) and OUTER_CLAIMS.issuperset(read)

    # Making

    def endless(self) -> Iterator[EndlessToken]:
        """The calls that make a token without a claim `exp`, as far as the whole payload is known."""
        for site in self._sites(*MAKING):
            if site.external_name in ENCODERS and site.node.arguments and self._lacks_expiry(site):
                yield EndlessToken(site.place, site.caller.qualname, site.caller.symbol)

    def _lacks_expiry(self, site: CallSite) -> bool:
        function = site.caller
        if _mentions_expiry(function) or any(self._calls.nodes_named(function, "decode")):
            return False  # what reads its own token at once tries a key
        self._names_somebody = False
        return self._is_without_expiry(site.node.arguments[0], function, 0) and self._names_somebody

    def _is_without_expiry(self, node: tree.Expression, function: FunctionValue, depth: int) -> bool:
        """Whether an expression is for certain a payload without `exp`."""
        match node:
            case tree.Dictionary(keys=keys, values=values):
                self._names_somebody |= any(isinstance(key, tree.Text) and SUBJECT.search(key.value) for key in keys)
                return all(
                    (isinstance(key, tree.Text) and key.value != "exp")
                    or (key is None and self._is_without_expiry(value, function, depth))
                    for key, value in zip(keys, values, strict=True)
                )
            case tree.Call(function=tree.Name(id="dict"), arguments=arguments, keywords=keywords):
                self._names_somebody |= any(SUBJECT.search(keyword.name or "") for keyword in keywords)
                return all(self._is_without_expiry(one, function, depth) for one in arguments) and all(
                    keyword.name not in (None, "exp") for keyword in keywords
                )
            case tree.Call(function=tree.Attribute(value=value, name="copy"), arguments=()):
                return self._is_without_expiry(value, function, depth)
            case tree.Name(id=name):
                return self._is_name_without_expiry(name, function, depth)
            case _:
                return False

    def _is_name_without_expiry(self, name: str, function: FunctionValue, depth: int) -> bool:
        bindings = self._evaluator.declared(function).bindings.get(name)
        if not bindings or depth > CALL_DEPTH or not _is_only_filled(function, name):
            return False
        for kind, source in bindings:
            if kind == "value" and source is not None:
                if isinstance(source, tree.Name) and source.id == name:
                    return False
                if not self._is_without_expiry(source, function, depth + 1):
                    return False
            elif kind != "parameter" or not self._callers_pass_none(name, function, depth):
                return False
        return True

    def _callers_pass_none(self, name: str, function: FunctionValue, depth: int) -> bool:
        """Whether all callers are known and pass a payload without `exp`."""
        calling = self._callers.of(function)
        if not calling.sites or not calling.is_complete:
            return False
        for site in calling.sites:
            given = bound_arguments(site, function)
            if given is None or name not in given or _mentions_expiry(site.caller):
                return False
            if not self._is_without_expiry(given[name], site.caller, depth + 1):
                return False
        return True


def _mentions_expiry(function: FunctionValue) -> bool:
    """Whether a function names the claim, or something about an end."""
    return any(
        (isinstance(node, tree.Text) and node.value == "exp")
        or (isinstance(node, tree.Keyword) and node.name == "exp")
        or (isinstance(node, tree.Attribute) and node.name == "exp")
        for node in function.nodes
    )


def _is_only_filled(function: FunctionValue, name: str) -> bool:
    """Whether a dictionary is handed to nothing that may put something into it but the call that makes the token."""
    for node in function.nodes_of(tree.Call):
        if called_name(node) in MAKING:
            continue
        if isinstance(node.function, tree.Attribute) and node.function.name == "update":
            receiver = node.function.value
            if isinstance(receiver, tree.Name) and receiver.id == name:
                known = all(isinstance(one, tree.Dictionary) and None not in one.keys for one in node.arguments)
                if not known or any(keyword.name is None for keyword in node.keywords):
                    return False
                continue
        if any(isinstance(one, tree.Name) and one.id == name for one in node.arguments):
            return False
    return True
