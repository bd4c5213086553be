"""Finds calls that connect to a service whose address stands in the source: brokers, caches, mail, HTTP services.

Reads the address that a call is given: a literal, or a constant that is nothing but one. Databases are left to
`database_urls`, and so is what the environment may replace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.evaluation.evaluator import Evaluator
from reviewer.project.evaluation.values import ClassValue, FunctionValue, InstanceAttribute, ModuleValue, place_of
from reviewer.project.functions.calls import Calls
from reviewer.project.model import UNKNOWN_PART, CallSite
from reviewer.project.settings.settings_values import CONFIG_MODULE, CONFIG_OBJECTS, SETTINGS_BASES, SettingValue
from reviewer.project.settings.text_places import is_example, is_in_main_block, is_script
from reviewer.rule import Place

HTTP = "a service"
STORAGE_KIND = "object storage"
BROKER_KIND = "the message broker"
HTTP_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request", "stream"})


class Service(msgspec.Struct, frozen=True):
    """What connects: the argument that takes the address, and what it leads to."""

    kind: str  # for readers: "Redis", "a mail server"
    position: int  # -1 where the address is given by keyword alone
    keywords: tuple[str, ...]


REDIS_HOST = Service("Redis", 0, ("host",))
REDIS_URL = Service("Redis", 0, ("url",))
MAIL = Service("a mail server", 0, ("host", "hostname"))
SEARCH = Service("a search engine", 0, ("hosts", "host", "url"))
KAFKA = Service("Kafka", -1, ("bootstrap_servers",))
STORAGE = Service(STORAGE_KIND, 0, ("endpoint",))
GRPC = Service("a gRPC service", 0, ("target",))
VECTORS = Service("a vector database", 0, ("url", "host", "location"))
#: What connects, by the last two parts of its dotted name, or the last one where the library's name is the first.
SERVICES: dict[str, Service] = {
    **dict.fromkeys(("redis.Redis", "redis.StrictRedis", "valkey.Valkey", "arq.RedisSettings"), REDIS_HOST),
    **dict.fromkeys(("redis.from_url", "valkey.from_url", "aioredis.from_url"), REDIS_URL),
    "aioredis.create_redis_pool": REDIS_URL,
    "celery.Celery": Service(BROKER_KIND, -1, ("broker", "backend")),
    "dramatiq.RedisBroker": Service("Redis", -1, ("url", "host")),
    "dramatiq.RabbitmqBroker": Service("RabbitMQ", -1, ("url", "host")),
    "smtplib.SMTP": MAIL,
    "smtplib.SMTP_SSL": MAIL,
    "aiosmtplib.SMTP": MAIL,
    "aiosmtplib.send": Service("a mail server", -1, ("hostname",)),
    "elasticsearch.Elasticsearch": SEARCH,
    "elasticsearch.AsyncElasticsearch": SEARCH,
    "opensearchpy.OpenSearch": SEARCH,
    "meilisearch.Client": SEARCH,
    **dict.fromkeys(("kafka.KafkaProducer", "kafka.KafkaConsumer"), KAFKA),
    **dict.fromkeys(("aiokafka.AIOKafkaProducer", "aiokafka.AIOKafkaConsumer"), KAFKA),
    "pika.ConnectionParameters": Service("RabbitMQ", 0, ("host",)),
    "pika.URLParameters": Service("RabbitMQ", 0, ("url",)),
    "aio_pika.connect": Service("RabbitMQ", 0, ("url", "host")),
    "aio_pika.connect_robust": Service("RabbitMQ", 0, ("url", "host")),
    "nats.connect": Service("NATS", 0, ("servers",)),
    "minio.Minio": STORAGE,
    "boto3.client": Service(STORAGE_KIND, -1, ("endpoint_url",)),
    "boto3.resource": Service(STORAGE_KIND, -1, ("endpoint_url",)),
    "qdrant_client.QdrantClient": VECTORS,
    "qdrant_client.AsyncQdrantClient": VECTORS,
    "chromadb.HttpClient": Service("a vector database", 0, ("host",)),
    "ldap3.Server": Service("LDAP", 0, ("host",)),
    "grpc.insecure_channel": GRPC,
    "grpc.secure_channel": GRPC,
    "memcache.Client": Service("Memcached", 0, ("servers",)),
    "pymemcache.Client": Service("Memcached", 0, ("server",)),
    "flask_limiter.Limiter": Service("the storage of the limiter", -1, ("storage_uri",)),
    "slowapi.Limiter": Service("the storage of the limiter", -1, ("storage_uri",)),
    **dict.fromkeys(("httpx.AsyncClient", "httpx.Client", "aiohttp.ClientSession"), Service(HTTP, -1, ("base_url",))),
}
HTTP_CALL = Service(HTTP, 0, ("url",))
#: What the methods of HTTP belong to.
HTTP_CLIENTS = frozenset(
    {"requests", "requests.api", "requests.Session", "requests.session", "requests.sessions.Session", "httpx",
     "httpx.AsyncClient", "httpx.Client", "aiohttp.ClientSession"}
)  # fmt: skip
NAMES = tuple({name.rpartition(".")[2] for name in SERVICES})
HTTP_NAMES = (*HTTP_METHODS, "urlopen")
LIBRARIES = tuple({name.partition(".")[0] for name in SERVICES})
HTTP_LIBRARIES = ("requests", "httpx", "aiohttp", "urllib")
#: Arguments of a client that leads to no network, or to a socket on the own machine.
OWN_TRANSPORT = frozenset({"transport", "app", "connector", "uds", "unix_socket_path"})
ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?:[^@/\s]*@)?(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9_.-]+)(?::(?P<port>\d+))?(?:[/?#].*)?",
    re.DOTALL,
)
LOCAL_HOSTS = frozenset({"localhost", "host.docker.internal"})
PRIVATE_ADDRESS = re.compile(r"(?:10|127|0|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.|\[(?:::1|f[cd])", re.IGNORECASE)
METADATA_HOSTS = frozenset({"metadata.google.internal", "metadata"})
INTERNAL_ENDINGS = (".internal", ".local", ".lan", ".corp", ".svc", ".consul", ".intranet", ".localdomain")
#: Schemes without a host on a network.
PLACELESS_SCHEMES = frozenset({"memory", "file", "unix", "cache+memory", "filesystem", "sqla", "db"})
#: Methods of Flask's configuration that read another one.
LOADING = ("from_envvar", "from_pyfile", "from_prefixed_env", "from_file")
BROKER_SCHEMES = {
    **dict.fromkeys(("redis", "rediss", "redis+socket", "valkey"), "Redis"),
    **dict.fromkeys(("amqp", "amqps", "pyamqp"), "RabbitMQ"),
    **dict.fromkeys(("nats", "kafka"), BROKER_KIND),
}
BROKER_TEXTS = tuple(f"{scheme}://" for scheme in BROKER_SCHEMES)
DEVELOPMENT_NAME = re.compile(r"(?i:test|local|debug|develop)|Dev(?![a-z])|(?:^|[/_])dev(?=[/_.])")
PLACEHOLDER_HOST = re.compile(r"example(?:\.|$)|^test(?:server)?$|^your|^host(?:name)?$|^base$|^mock", re.IGNORECASE)
COMMAND_MODULE = re.compile(r"(?:^|[/_])(?:cli|commands?|manage|healthcheck|health_check|seeds?|dev|demo)(?=[/_.])")


class ServiceHost(msgspec.Struct, frozen=True, eq=False):
    """An address of a service in the source."""

    place: Place
    service: str
    name: str  # what connects, as a reader knows it (`redis.Redis`), or the setting
    host: str
    symbol: str


class ServiceHosts:
    """Finds them; tests, examples, scripts and commands are left out."""

    def __init__(
        self,
        calls: Calls,
        evaluator: Evaluator,
        module_body: Callable[[Module], FunctionValue],
        settings: Callable[[], tuple[SettingValue, ...]],
    ) -> None:
        self._settings = settings
        self._calls = calls
        self._evaluator = evaluator
        self._module_body = module_body

    def find(self) -> Iterator[ServiceHost]:
        """All in order."""
        yield from self._of_calls(NAMES, lambda module: module.mentions(*LIBRARIES))
        yield from self._of_calls(HTTP_NAMES, lambda module: module.mentions(*HTTP_LIBRARIES))
        yield from self._of_settings()

    def _of_calls(self, names: tuple[str, ...], may_connect: Callable[[Module], bool]) -> Iterator[ServiceHost]:
        for module, declaration in self._calls.declarations_calling(*names):
            if not may_connect(module) or not _is_served(module) or declaration.kind == "class":
                continue
            is_function = declaration.kind == "function"
            function = self._calls.function_of(module, declaration) if is_function else self._module_body(module)
            for site in self._calls.named(function, *names):
                found = self._of_call(site)
                if found is not None:
                    yield found

    def _of_settings(self) -> Iterator[ServiceHost]:
        """Settings that are nothing but the address of a broker or cache: `app.config["BROKER_URL"] = "redis://…"`."""
        if any(name in self._calls.called_names for name in LOADING):
            return  # what stands in the source is what a file or the environment may replace
        if not any(map(_may_set_broker, self._evaluator.program.modules)):
            return
        settings = self._settings()
        given = [one for one in settings if isinstance(one.value, tree.Text)]
        computed = {one.name for one in settings if not isinstance(one.value, tree.Text)}
        for one in given:
            assert isinstance(one.value, tree.Text)
            found = ADDRESS.fullmatch(one.value.value)
            if found is None or found["scheme"] not in BROKER_SCHEMES or one.name in computed or one.kind == "field":
                continue
            owner = one.owner.name if one.owner is not None else ""
            if not _is_served(one.module) or DEVELOPMENT_NAME.search(f"{owner} {one.module.path}"):
                continue
            place = place_of(one.module, one.value)
            yield ServiceHost(place, BROKER_SCHEMES[found["scheme"]], one.name, found["host"], one.symbol)

    def _of_call(self, site: CallSite) -> ServiceHost | None:
        service = service_of(site.external_name)
        if service is None or _has_own_transport(site):
            return None
        for node in _arguments(site.node, service):
            text = self._text(node, site.caller)
            host = _host_of(text) if text is not None else None
            if host is None or PLACEHOLDER_HOST.search(host):
                continue
            if service.kind == HTTP and not (text is not None and "://" in text and is_own_service(host)):
                continue
            if service.kind == STORAGE_KIND and not is_internal(host):
                continue  # a public one is the same everywhere
            if is_in_main_block(site.caller.module, site.place.line):
                return None
            place = place_of(site.caller.module, node)
            return ServiceHost(place, service.kind, site.external_name, host, site.caller.symbol)
        return None

    def _text(self, node: tree.Expression, function: FunctionValue) -> str | None:
        """The literal that an expression is, what is computed in it marked; None where it is anything else."""
        match node:
            case tree.Text(value=value):
                return value
            case tree.FormattedText(parts=parts):
                return "".join(part.value if isinstance(part, tree.Text) else UNKNOWN_PART for part in parts)
            case tree.BinaryOperation(operator="+", left=left):
                inner = self._text(left, function)
                return None if inner is None else inner + UNKNOWN_PART
            case tree.List(items=(first, *_)) | tree.Tuple(items=(first, *_)):
                return self._text(first, function)
            case tree.Dictionary(keys=keys, values=values):
                by_key = {
                    key.value: value for key, value in zip(keys, values, strict=True) if isinstance(key, tree.Text)
                }
                return self._text(by_key["host"], function) if "host" in by_key else None
            case tree.Name() | tree.Attribute():
                return self._constant(node, function)
            case _:
                return None

    def _constant(self, node: tree.Name | tree.Attribute, function: FunctionValue) -> str | None:
        """The literal that a constant of a module or of a plain class is given, and nothing else."""
        if isinstance(node, tree.Name):
            if node.id.lower() == node.id:
                return None  # no constant by its name
            return self._constant_of_module(function.module, node.id)
        owner = self._evaluator.evaluate(node.value, self._evaluator.declared(function))
        if isinstance(owner, ModuleValue):
            return _only_text(owner.module.tree.body, node.name)
        if isinstance(owner, ClassValue) and not self._evaluator.inherits(owner, *SETTINGS_BASES):
            return _only_text(owner.node.body, node.name)
        return None

    def _constant_of_module(self, module: Module, name: str) -> str | None:
        own = _only_text(module.tree.body, name)
        if own is not None:
            return own
        imported = next((one for one in module.index.imports if one.local == name), None)
        if imported is None or not imported.name:
            return None
        program = self._evaluator.program
        is_relative = imported.level > 0
        source = (
            program.relative(module, imported.level, imported.module)
            if is_relative
            else program.find(module.path, imported.module)
        )
        return _only_text(source.module.tree.body, imported.name) if isinstance(source, ModuleValue) else None


def service_of(name: str) -> Service | None:
    """What a library's function connects to; None where it connects to nothing that is known."""
    library, _, rest = name.partition(".")
    last = rest.rpartition(".")[2] or rest
    if not library or not last:
        return None
    if last in HTTP_METHODS and name.rpartition(".")[0] in HTTP_CLIENTS:
        is_request = last in ("request", "stream")
        return Service(HTTP, 1, ("url",)) if is_request else HTTP_CALL
    if name == "urllib.request.urlopen":
        return HTTP_CALL
    return SERVICES.get(f"{library}.{last}")


def is_own_service(host: str) -> bool:
    """Whether a host is an own service that another environment has elsewhere.

    What is asked for at `127.0.0.1` runs beside the program in one container, and moves with it.
    """
    return is_internal(host) and not host.startswith("127.") and host not in METADATA_HOSTS


def is_internal(host: str) -> bool:
    """Whether a host is one of an own network: of the machine, of a Compose file, of a private range."""
    if host.startswith("[") or host.replace(".", "").isdigit():
        return PRIVATE_ADDRESS.match(host) is not None
    return "." not in host or host in LOCAL_HOSTS or host.endswith(INTERNAL_ENDINGS)


def _host_of(text: str) -> str | None:
    """The host of an address; None where it has none, or where a part of the authority is computed."""
    authority = text.split("://", 1)[-1].split("/", 1)[0]
    if UNKNOWN_PART in authority or not text:
        return None
    found = ADDRESS.fullmatch(text.replace(UNKNOWN_PART, "x").split(",", 1)[0])
    if found is None or found["scheme"] in PLACELESS_SCHEMES:
        return None
    return found["host"]


def _has_own_transport(site: CallSite) -> bool:
    """Whether a client leads to no network."""
    names = {one.name for one in site.node.keywords}
    if isinstance(site.callee, InstanceAttribute):
        names.update(site.callee.instance.keywords)
    return not OWN_TRANSPORT.isdisjoint(names)


def _arguments(node: tree.Call, service: Service) -> Iterator[tree.Expression]:
    if 0 <= service.position < len(node.arguments):
        yield node.arguments[service.position]
    for keyword in node.keywords:
        if keyword.name in service.keywords:
            yield keyword.value


def _only_text(body: tuple[tree.Statement, ...], name: str) -> str | None:
    """The text that a block gives a name, where it gives it once and at its top."""
    texts: list[tree.Expression | None] = []
    for node in body:
        match node:
            case tree.Assign(targets=(tree.Name(id=found),), value=value) if found == name:
                texts.append(value)
            case tree.AnnotatedAssign(target=tree.Name(id=found), value=value) if found == name:
                texts.append(value)
            case _:
                pass
    only = texts[0] if len(texts) == 1 else None
    return only.value if isinstance(only, tree.Text) else None


def _may_set_broker(module: Module) -> bool:
    """Whether a module may give a setting the address of a broker: cheaper than to read all settings."""
    is_one = CONFIG_MODULE.search(module.name) is not None or module.mentions(*CONFIG_OBJECTS)
    return is_one and not module.is_test and module.contains(*BROKER_TEXTS)


def _is_served(module: Module) -> bool:
    is_apart = is_example(module.path) or is_script(module.path) or COMMAND_MODULE.search(module.path)
    return not (module.is_test or is_apart)
