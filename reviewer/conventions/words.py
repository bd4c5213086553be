"""The words that git conventions turn on: synonyms of types, verbs that tell a type, names written with capitals."""

from __future__ import annotations

#: How people spell the usual types.
TYPES_BY_SYNONYM = {
    **dict.fromkeys(("feature", "features", "feats", "enhancement", "enhance", "add"), "feat"),
    **dict.fromkeys(("bugfix", "bug", "fixes", "fixed", "bugfixes", "hotfix", "patch"), "fix"),
    **dict.fromkeys(("doc", "documentation", "readme"), "docs"),
    **dict.fromkeys(("tests", "testing"), "test"),
    **dict.fromkeys(("refactoring", "refact", "refac", "cleanup"), "refactor"),
    **dict.fromkeys(("performance", "optimization"), "perf"),
    **dict.fromkeys(("chores", "maintenance", "misc", "housekeeping"), "chore"),
    **dict.fromkeys(("deps", "dependencies"), "build"),
    **dict.fromkeys(("styles", "format", "formatting", "lint"), "style"),
}

#: The type that a description's first verb suggests.
TYPES_BY_VERB = {
    **dict.fromkeys(("add", "allow", "create", "expose", "implement", "introduce", "support"), "feat"),
    **dict.fromkeys(("correct", "fix", "prevent", "repair", "resolve"), "fix"),
    **dict.fromkeys(("document", "explain"), "docs"),
    **dict.fromkeys(("extract", "move", "refactor", "rename", "reorganize", "restructure", "simplify"), "refactor"),
    **dict.fromkeys(("cache", "optimise", "optimize"), "perf"),
    **dict.fromkeys(("bump", "upgrade"), "build"),
    **dict.fromkeys(("format", "reformat"), "style"),
}
_SILENT_E = "e"
_STEMS = {"simplify": "simplifi", "format": "formatt", "reformat": "reformatt"}
#: Other forms of these verbs, with the form that a description has.
VERBS_BY_FORM = {
    form: verb
    for verb in TYPES_BY_VERB
    for stem in [_STEMS.get(verb, verb.removesuffix(_SILENT_E))]
    for form in (verb, verb + "s", stem + "ed", stem + "es", stem + "ing")
} | {"simplifying": "simplify"}

#: Names and abbreviations that keep their capitals at the beginning of a description.
NAMES_WITH_CAPITALS = frozenset(
    """
    ACL API APIs ASGI AST AWS CD CI CLI CORS CPU CRUD CSP CSRF CSS CSV DB DDL DNS DSN DTO DTOs ETag GCP GDPR GPU GraphQL
    GUI HMAC HSTS HTML HTTP HTTPS HTTPX I18n IAM ID IDs IDE IO IP IPv4 IPv6 JS JSON JSONB JWT JWTs K8s LDAP MFA MIME
    OAuth OAuth2 OIDC ORM OS OTP PDF PII PR PRs RBAC README REST RPC S3 SAML SDK SMTP SQL SSE SSH SSL SSO TLS TOML TOTP
    TTL UI URI URIs URL URLs UTC UTF UUID UUIDs UX VM WSGI WTForms XML XSS YAML
    GET HEAD POST PUT PATCH DELETE OPTIONS
    Alembic Ansible Azure Celery Docker Dockerfile Elasticsearch FastAPI Flask GitHub GitLab Grafana Gunicorn Helm
    Jinja Jinja2 Kafka Keycloak Kubernetes Linux Makefile MariaDB MongoDB MySQL Nginx OpenAPI OpenTelemetry Postgres
    PostgreSQL Prometheus PyPI Pydantic Python RabbitMQ Redis SQLAlchemy SQLite SQLModel Sentry Starlette Stripe Swagger
    Terraform TypeScript Ubuntu Uvicorn Werkzeug Windows
    """.split()  # noqa: SIM905 - quotes around each would drown the words
)
