"""How applications name their layers: files, folders, and the first or last word of a file's name. Data only."""

from __future__ import annotations

ROUTES = "routes"

_LAYERS: dict[str, tuple[str, ...]] = {
    ROUTES: (
        "routes", "route", "routers", "router", "views", "view", "endpoints", "endpoint", "controllers", "controller",
        "blueprints", "blueprint", "handlers", "api", "apis", "resources",
    ),
    "services": (
        "services", "service", "usecases", "usecase", "use_cases", "use_case", "interactors", "business_logic",
    ),
    "repositories": (
        "repositories", "repository", "repos", "repo", "crud", "cruds", "dao", "daos", "dal", "data_access",
    ),
    "models": ("models", "model", "entities", "entity", "tables", "orm"),
    "schemas": ("schemas", "schema", "dto", "dtos", "serializers"),
    "domain": ("domain",),
    "clients": ("client", "clients", "gateways", "adapters"),
    "vocabulary": ("types", "enums", "enum", "protocols", "interfaces", "typing", "vo"),
    "application": ("main", "app", "application", "wsgi", "asgi", "factory", "server"),
    "dependencies": ("dependencies", "dependency", "deps", "dependancies", "depends"),
    "middleware": ("middleware", "middlewares", "hooks", "decorators"),
    "errors": ("errors", "error", "exceptions", "exception", "exception_handlers", "error_handlers"),
    "security": ("security", "auth", "authentication", "authorization", "permissions", "oauth", "jwt"),
    "configuration": ("config", "configuration", "settings", "core", "constants", "extensions", "logging"),
    "tasks": ("tasks", "task", "workers", "worker", "jobs", "celery", "celery_app", "scheduled", "flows", "scheduler"),
    "commands": ("cli", "commands", "command", "scripts", "management", "manage", "bin", "tools"),
    "plugins": ("plugins", "plugin", "addons"),
    "templates": ("templates", "filters", "forms"),
}  # fmt: skip

#: Folders of what talks to other systems: a `service.py` in them is a client that any layer may use.
OUTWARD_FOLDERS = frozenset(
    {"integrations", "integration", "adapters", "clients", "gateways", "external", "infrastructure"}
)
#: Folders that hold what answers requests, at any depth; `api/` and `routes/` may be split by feature as well.
CONTROLLER_FOLDERS = frozenset({"controllers", "controller"})
#: Layers that hold what the application does and knows, apart from requests.
INNER_LAYERS = frozenset({"services", "repositories", "models", "schemas", "domain"})
#: Layers that are told by a name alone.
BESIDE_LAYERS = frozenset(_LAYERS) - INNER_LAYERS - {ROUTES}
#: Layers whose names are never those of a thing that the application is about, as a task or a plugin may be.
UNMISTAKABLE_LAYERS = frozenset({"dependencies", "middleware", "errors", "vocabulary"})
#: Names of files that tell a layer.
MODULE_NAMES: dict[str, str] = {word: layer for layer, words in _LAYERS.items() for word in words}
#: Names of folders that tell a layer; those of a feature or a whole application tell none.
FOLDER_NAMES: dict[str, str] = {
    **{word: layer for word, layer in MODULE_NAMES.items() if layer not in ("application", "security", "errors")},
    "business": "services",
    "core": "",
    "tools": "",
}
#: Last words of file names that tell a layer: `user_service.py`.
SUFFIXES: dict[str, str] = {
    "route": ROUTES, "routes": ROUTES, "router": ROUTES, "routers": ROUTES, "views": ROUTES, "endpoints": ROUTES,
    "controller": ROUTES, "service": "services", "services": "services", "usecase": "services",
    "repository": "repositories", "crud": "repositories", "dao": "repositories",
    "schema": "schemas", "schemas": "schemas", "dependencies": "dependencies", "deps": "dependencies",
    "middleware": "middleware", "exceptions": "errors", "errors": "errors", "tasks": "tasks",
}  # fmt: skip
#: First words of file names that tell a layer: `crud_user.py`.
PREFIXES: dict[str, str] = {"crud": "repositories", "dao": "repositories"}


def layer_of_file_name(stem: str) -> str:
    """The layer that the name of a file tells: `service`, `user_service`, `crud_user`; empty for none."""
    stem = stem.lower().strip("_")
    if stem in MODULE_NAMES:
        return MODULE_NAMES[stem]
    if "_" not in stem:
        return ""
    return SUFFIXES.get(stem.rpartition("_")[2]) or PREFIXES.get(stem.partition("_")[0], "")
