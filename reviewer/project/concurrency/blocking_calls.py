"""Which library calls block the thread that makes them, of which kind they are, and which do not although they look so.

Data only: dotted names as the evaluator gives them (`requests.Session.get`), looked up from the whole name to its
beginnings. It looks at no program.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from reviewer.project.data.database_roles import METHOD_NAMES

SLEEP = "sleep"
HTTP = "http"  # requests over the network, SDKs of services too
PROCESS = "process"
INPUT = "input"
MAIL = "mail"
SOCKET = "socket"
FILE = "file"
DATABASE = "database"
REDIS = "redis"
HASHING = "hashing"  # of passwords, keys: slow by design
PROCESSING = "processing"  # of images, tables, documents

HTTP_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "request")


class Library(msgspec.Struct, frozen=True):
    """A client object of a library: where it comes from, and which of its methods block; none named: all but some."""

    kind: str
    names: tuple[str, ...]
    methods: frozenset[str] = frozenset()
    harmless: frozenset[str] = frozenset()


def _each(*prefixes: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for prefix in prefixes for name in names)


#: Functions that block, by dotted name.
FUNCTIONS: dict[str, str] = {
    "time.sleep": SLEEP,
    "builtins.input": INPUT,
    **dict.fromkeys(
        (
            *_each("requests", "requests.api", "httpx", names=HTTP_METHODS),
            "httpx.stream",
            "urllib.request.urlopen",
            "urllib.request.urlretrieve",
            "urllib3.request",
            "wget.download",
            *_each(
                "stripe.Customer", "stripe.PaymentIntent", "stripe.Subscription", "stripe.Charge", "stripe.Price",
                "stripe.Refund", "stripe.Product", "stripe.Invoice", "stripe.SetupIntent", "stripe.PaymentMethod",
                "stripe.checkout.Session", "stripe.billing_portal.Session", "stripe.Account", "stripe.Event",
                names=("create", "retrieve", "modify", "list", "delete", "search"),
            ),
            "openai.ChatCompletion.create",
            "openai.Completion.create",
            "openai.Embedding.create",
            "openai.chat.completions.create",
            "openai.embeddings.create",
        ),
        HTTP,
    ),
    **dict.fromkeys(
        (
            *_each("subprocess", names=("run", "call", "check_call", "check_output", "getoutput", "getstatusoutput")),
            *_each("os", names=("system", "wait", "wait3", "wait4", "waitpid", "waitid")),
        ),
        PROCESS,
    ),
    **dict.fromkeys(
        ("socket.create_connection", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"), SOCKET
    ),
    **dict.fromkeys(
        (
            "builtins.open", "io.open", "io.open_code", "os.open", "os.fdopen", "os.popen", "codecs.open", "gzip.open",
            "bz2.open", "lzma.open", "tempfile.TemporaryFile", "tempfile.NamedTemporaryFile",
            "tempfile.SpooledTemporaryFile",
            *_each("shutil", names=("copy", "copy2", "copyfile", "copyfileobj", "copytree", "move", "rmtree")),
            "shutil.make_archive", "shutil.unpack_archive",
        ),
        FILE,
    ),
    **dict.fromkeys(
        (
            *_each("bcrypt", names=("hashpw", "checkpw", "kdf")),
            *_each("werkzeug.security", names=("generate_password_hash", "check_password_hash")),
            *_each("flask_bcrypt", names=("generate_password_hash", "check_password_hash")),
            "hashlib.pbkdf2_hmac",
            "hashlib.scrypt",
            "cryptography.hazmat.primitives.asymmetric.rsa.generate_private_key",
        ),
        HASHING,
    ),
    **dict.fromkeys(
        (
            *_each(
                "pandas",
                names=(
                    "read_csv", "read_excel", "read_parquet", "read_json", "read_sql", "read_sql_query", "read_table",
                    "read_html", "read_feather", "read_xml",
                ),
            ),
            *_each("polars", names=("read_csv", "read_excel", "read_parquet")),
            *_each("cv2", names=("imread", "imwrite", "imdecode", "imencode", "resize", "cvtColor", "GaussianBlur")),
            "pdfplumber.open", "docx.Document", "openpyxl.load_workbook", "pytesseract.image_to_string",
            "pdf2image.convert_from_bytes", "pdf2image.convert_from_path", "joblib.load", "docx2txt.process",
        ),
        PROCESSING,
    ),
}  # fmt: skip

#: Those that go through whole files and folders.
BULK_FUNCTIONS = frozenset({"shutil.copyfileobj", "shutil.copytree", "shutil.make_archive", "shutil.unpack_archive"})
_WRITING = frozenset({"read_text", "read_bytes", "write_text", "write_bytes", "open"})
_NO_REQUESTS = frozenset(
    {
        "close", "build_request", "copy", "with_options", "can_paginate", "generate_presigned_url",
        "generate_presigned_post", "get_paginator", "get_waiter", "client", "resource", "Bucket", "Object", "Table",
        "meta", "exceptions", "bucket", "blob", "format", "update", "set_default_headers", "Index", "mount",
        "add_argument", "append", "items", "keys", "values", "services",
    }
)  # fmt: skip

#: Objects that block when their methods are called.
LIBRARIES: tuple[Library, ...] = (
    Library(
        HTTP,
        ("requests.Session", "requests.session", "requests.sessions.Session", "requests.sessions.session"),
        frozenset({*HTTP_METHODS, "send"}),
    ),
    Library(HTTP, ("httpx.Client",), frozenset({*HTTP_METHODS, "send", "stream", "close"})),
    Library(HTTP, ("urllib3.PoolManager", "urllib3.HTTPConnectionPool", "urllib3.HTTPSConnectionPool"),
            frozenset({"request", "urlopen", "request_encode_body", "request_encode_url"})),
    Library(HTTP, ("http.client.HTTPConnection", "http.client.HTTPSConnection"), frozenset({"request", "getresponse"})),
    Library(
        HTTP,
        (
            "boto3.client", "boto3.resource", "boto3.Session.client", "boto3.session.Session.client",
            "boto3.Session.resource", "boto3.session.Session.resource", "botocore.client.BaseClient",
        ),
        harmless=_NO_REQUESTS,
    ),
    Library(
        HTTP,
        (
            "openai.OpenAI", "openai.AzureOpenAI", "openai.Client", "anthropic.Anthropic", "anthropic.Client",
            "groq.Groq", "cohere.Client", "cohere.ClientV2", "mistralai.client.MistralClient", "together.Together",
            "exa_py.Exa", "tavily.TavilyClient", "twilio.rest.Client", "sendgrid.SendGridAPIClient",
            "slack_sdk.WebClient", "slack_sdk.web.WebClient", "slack_sdk.web.client.WebClient", "github.Github",
            "minio.Minio", "elasticsearch.Elasticsearch", "opensearchpy.OpenSearch", "qdrant_client.QdrantClient",
            "meilisearch.Client", "notion_client.Client", "docker.from_env", "docker.DockerClient",
            "hvac.Client", "consul.Consul",
        ),
        harmless=_NO_REQUESTS,
    ),
    Library(
        HTTP,
        ("google.cloud.storage.Client",),
        frozenset(
            {
                "get_bucket", "list_blobs", "list_buckets", "create_bucket", "upload_from_filename",
                "upload_from_string", "upload_from_file", "download_to_filename", "download_as_bytes",
                "download_as_string", "download_as_text", "exists", "delete", "reload",
            }
        ),
    ),
    Library(PROCESS, ("subprocess.Popen",), frozenset({"wait", "communicate"})),
    Library(
        MAIL,
        ("smtplib.SMTP", "smtplib.SMTP_SSL", "smtplib.LMTP"),
        frozenset({"sendmail", "send_message", "login", "connect", "starttls"}),
    ),
    Library(MAIL, ("imaplib.IMAP4", "imaplib.IMAP4_SSL", "poplib.POP3", "poplib.POP3_SSL"),
            frozenset({"login", "search", "fetch", "select", "retr", "store"})),
    Library(SOCKET, ("socket.socket", "socket.create_connection"),
            frozenset({"connect", "recv", "sendall", "accept", "recvfrom"})),
    Library(SOCKET, ("paramiko.SSHClient", "ftplib.FTP", "ftplib.FTP_TLS", "telnetlib.Telnet"),
            frozenset({"connect", "exec_command", "login", "storbinary", "retrbinary", "nlst"})),
    Library(FILE, ("pathlib.Path", "pathlib.PosixPath"), _WRITING),
    Library(FILE, ("zipfile.ZipFile", "tarfile.open", "tarfile.TarFile"),
            frozenset({"extractall", "extract", "writestr"})),
    Library(
        REDIS,
        tuple(
            f"{library}{place}.{name}"
            for library in ("redis", "valkey")
            for place, names in {
                "": ("Redis", "StrictRedis", "from_url", "RedisCluster", "Valkey", "StrictValkey"),
                ".client": ("Redis", "StrictRedis", "Valkey"),
                ".cluster": ("RedisCluster",),
            }.items()
            for name in names
        ),
        frozenset(
            {
                "get", "set", "setex", "setnx", "getset", "getdel", "getex", "psetex", "mget", "mset", "incr", "incrby",
                "decr", "decrby", "incrbyfloat", "append", "delete", "unlink", "exists", "expire", "expireat",
                "pexpire",
                "ttl", "pttl", "persist", "keys", "scan", "scan_iter", "type", "rename", "ping", "flushdb", "flushall",
                "hget", "hset", "hmget", "hmset", "hgetall", "hdel", "hexists", "hincrby", "hkeys", "hvals", "hlen",
                "hsetnx", "hscan", "hscan_iter", "lpush", "rpush", "lpop", "rpop", "blpop", "brpop", "lrange", "llen",
                "lrem", "ltrim", "lindex", "rpoplpush", "sadd", "srem", "smembers", "sismember", "scard", "spop",
                "zadd", "zrange", "zrem", "zrangebyscore", "zremrangebyscore", "zcard", "zscore", "zincrby",
                "zrevrange", "publish", "xadd", "xread", "xreadgroup", "xack", "eval", "evalsha", "execute_command",
                "geoadd", "setbit", "getbit", "bitcount", "pfadd", "pfcount", "dbsize", "info",
            }
        ),
    ),
    Library(
        HASHING,
        ("passlib.context.CryptContext", "pwdlib.PasswordHash", "argon2.PasswordHasher", "flask_bcrypt.Bcrypt"),
        frozenset(
            {
                "hash", "verify", "verify_and_update", "encrypt", "generate_password_hash", "check_password_hash",
            }
        ),
    ),
    Library(PROCESSING, ("markitdown.MarkItDown",), frozenset({"convert", "convert_stream", "convert_local"})),
    Library(
        PROCESSING,
        ("PIL.Image.open", "PIL.Image.new", "PIL.Image.Image"),
        frozenset({"resize", "thumbnail", "save", "rotate", "filter", "transpose", "quantize"}),
    ),
    Library(
        DATABASE,
        ("pymongo.MongoClient", "pymongo.mongo_client.MongoClient", "pymongo.collection.Collection"),
        frozenset(
            {
                "find_one", "insert_one", "insert_many", "update_one", "update_many", "delete_one", "delete_many",
                "replace_one", "aggregate", "count_documents", "find_one_and_update", "find_one_and_delete",
                "find_one_and_replace", "bulk_write", "distinct", "create_index", "list_collection_names", "drop",
            }
        ),
    ),
)  # fmt: skip

#: Redis objects that send nothing until they are executed.
_BUFFERS = ("pipeline", "pubsub", "lock", "register_script")
#: Hash functions of passlib: `passlib.hash.bcrypt.verify`.
_PASSLIB = "passlib.hash."
#: Methods that send nothing, of SQLAlchemy's sessions.
_LOCAL = frozenset({"add", "add_all", "begin", "begin_nested", "query", "transaction"})

_BY_OBJECT: dict[str, Library] = {name: library for library in LIBRARIES for name in library.names}


@lru_cache(maxsize=8192)
def blocking_kind(dotted: str, owner: str = "") -> str | None:
    """The kind of blocking call that a library's function or method is, None where it is none or not known.

    `owner` is the dotted name of the object whose attribute is called: what a request gave blocks no more.
    """
    kind = FUNCTIONS.get(dotted)
    if kind is not None:
        return kind
    if dotted.startswith(_PASSLIB) and dotted.rpartition(".")[2] in ("hash", "verify"):
        return HASHING
    before, _, method = dotted.rpartition(".")
    name = before
    while name:
        library = _BY_OBJECT.get(name)
        if library is not None:
            made = owner[len(name) :] if owner.startswith(name) else ""
            return _kind_of_method(library, tuple(made.split(".")[1:]), method)
        name = name.rpartition(".")[0]
    return None


def _kind_of_method(library: Library, made: tuple[str, ...], method: str) -> str | None:
    """The kind of a method of an object that was made from a library's one by some calls."""
    if library.methods:
        if library.kind == REDIS and any(one in made for one in _BUFFERS):
            return REDIS if method == "execute" else None
        is_answer = any(one in library.methods and one != "open" for one in made)
        return library.kind if method in library.methods and not is_answer else None
    if any(one not in library.harmless and not one[:1].isupper() for one in made):
        return None
    is_harmless = method in library.harmless or method.startswith("_") or method[:1].isupper()
    return None if is_harmless else library.kind


#: What sends that which objects of a kind have gathered.
_ENDING = {REDIS: frozenset({"execute"})}
#: What must be mentioned somewhere in the program for the methods of an object to matter: the root of its package.
METHOD_ROOTS: dict[str, frozenset[str]] = {}
for _library in LIBRARIES:
    for _name in _library.names:
        _root = _name.partition(".")[0]
        METHOD_ROOTS[_root] = (
            METHOD_ROOTS.get(_root, frozenset()) | _library.methods | _ENDING.get(_library.kind, frozenset())
        )
#: Functions by the root of their package.
FUNCTION_ROOTS: dict[str, frozenset[str]] = {}
for _name in FUNCTIONS:
    _root, _last = _name.partition(".")[0], _name.rpartition(".")[2]
    FUNCTION_ROOTS[_root] = FUNCTION_ROOTS.get(_root, frozenset()) | {_last}
#: Packages of objects of which every method may block: only modules that name the package are looked into.
OPEN_ROOTS: frozenset[str] = frozenset(
    name.partition(".")[0] for library in LIBRARIES if not library.methods for name in library.names
)
#: What programs that reach a database without asyncio mention.
DATABASE_ROOTS = (
    "create_engine", "sessionmaker", "SQLAlchemy", "sqlite3", "psycopg2", "pymysql", "MySQLdb", "psycopg", "pyodbc",
    "cx_Oracle", "oracledb", "pymssql", "duckdb", "mysql", "mysql.connector", "engine_from_config", "Session",
)  # fmt: skip
DATABASE_METHODS = METHOD_NAMES - _LOCAL
