"""What Flask's extensions add to templates: variables and functions, templates of their own, or nothing.

An extension that is not known here makes the names and folders of Flask's environment incomplete.
"""

from __future__ import annotations

#: Names that Jinja2 itself knows everywhere; those of translations come with the extension that most use them with.
JINJA_NAMES = frozenset(
    {
        "range", "dict", "lipsum", "cycler", "joiner", "namespace", "_", "gettext", "ngettext", "pgettext",
        "npgettext", "debug", "true", "false", "none", "True", "False", "None", "caller", "varargs", "kwargs",
        "loop", "super", "self",
    }
)  # fmt: skip
FLASK_NAMES = frozenset({"request", "session", "g", "config", "url_for", "get_flashed_messages"})
STARLETTE_NAMES = frozenset({"request", "url_for"})

#: Names that an extension adds, by its import name.
EXTENSION_NAMES: dict[str, frozenset[str]] = {
    "flask_login": frozenset({"current_user"}),
    "flask_user": frozenset({"current_user", "user_manager", "call_or_get"}),
    "flask_security": frozenset({"current_user", "security", "csrf_token", "_fsctx", "_fs_is_user_authenticated"}),
    "flask_principal": frozenset(),
    "flask_wtf": frozenset({"csrf_token"}),
    "flask_seasurf": frozenset({"csrf_token"}),
    "flask_moment": frozenset({"moment"}),
    "flask_bootstrap": frozenset(
        {
            "bootstrap",
            "bootstrap_find_resource",
            "bootstrap_is_hidden_field",
            "get_table_titles",
            "warn_deprecated",
            "raise_helper",
        }
    ),
    "flask_ckeditor": frozenset({"ckeditor"}),
    "flask_dropzone": frozenset({"dropzone"}),
    "flask_avatars": frozenset({"avatars"}),
    "flask_share": frozenset({"share"}),
    "flask_pagedown": frozenset({"pagedown"}),
    "flask_babel": frozenset({"_", "gettext", "ngettext"}),
    "flask_babelex": frozenset({"_", "gettext", "ngettext"}),
    "flask_babelplus": frozenset({"_", "gettext", "ngettext"}),
    "flask_htmx": frozenset({"htmx"}),
    "flask_talisman": frozenset({"csp_nonce"}),
    "flask_googlemaps": frozenset({"googlemap", "googlemap_html", "googlemap_js", "googlemap_obj"}),
    "flask_jwt_extended": frozenset({"current_user"}),
    "flask_assets": frozenset({"assets"}),
    "flask_static_digest": frozenset({"static_url_for"}),
    "flask_nav": frozenset({"nav"}),
    "flask_menu": frozenset({"current_menu"}),
    "flask_breadcrumbs": frozenset({"breadcrumbs"}),
    "flask_recaptcha": frozenset({"recaptcha"}),
    "flask_gravatar": frozenset(),
    "flask_misaka": frozenset(),
    "flask_markdown": frozenset(),
    "flask_whooshee": frozenset(),
}
#: Extensions that bring templates of their own.
TEMPLATE_EXTENSIONS = frozenset({"flask_appbuilder", "flask_themes", "flask_themes2", "flask_themer", "flask_material"})
#: The folders of names that libraries bring templates under, with the libraries.
PACKAGE_FOLDERS: dict[str, frozenset[str]] = {
    "bootstrap": frozenset({"flask_bootstrap"}),
    "bootstrap4": frozenset({"flask_bootstrap"}),
    "bootstrap5": frozenset({"flask_bootstrap"}),
    "bootstrap_wtf": frozenset({"flask_bootstrap"}),
    "admin": frozenset({"flask_admin", "flask_superadmin"}),
    "security": frozenset({"flask_security"}),
    "flask_security": frozenset({"flask_security"}),
    "flask_user": frozenset({"flask_user", "flask_user_sdk"}),
    "appbuilder": frozenset({"flask_appbuilder"}),
    "flask_wtf": frozenset({"flask_wtf"}),
    "debug_toolbar": frozenset({"flask_debugtoolbar"}),
    "flasgger": frozenset({"flasgger"}),
    "material": frozenset({"flask_material"}),
    "openapi": frozenset({"apiflask", "flask_openapi3"}),
    "sqladmin": frozenset({"sqladmin"}),
    "adminlte": frozenset({"flask_adminlte", "flask_adminlte3"}),
}
#: Extensions that add nothing to templates.
SILENT_EXTENSIONS = frozenset(
    {
        "flask_simpleldap", "flask_allows2",
        "flask_sqlalchemy", "flask_migrate", "flask_mail", "flask_mailman", "flask_cors", "flask_limiter",
        "flask_caching", "flask_cache", "flask_session", "flask_restful", "flask_restx", "flask_restplus",
        "flask_jwt", "flask_httpauth", "flask_marshmallow", "flask_bcrypt", "flask_argon2", "flask_socketio",
        "flask_sock", "flask_compress", "flask_apscheduler", "flask_script", "flask_testing", "flask_pymongo",
        "flask_redis", "flask_celeryext", "flask_mongoengine", "flask_peewee", "flask_smorest",
        "flask_openapi3", "flask_oauthlib", "flask_dance", "flask_uploads", "flask_sslify", "flask_cli",
        "flask_rq", "flask_rq2", "flask_executor", "flask_apispec", "flask_graphql", "flask_sse",
        "flask_mysqldb", "flask_mysql", "flask_elasticsearch", "flask_profiler", "flask_alembic",
        "flask_shell_ipython", "flask_oidc", "flask_simplelogin", "flask_wtforms", "flask_healthz",
        "flask_pydantic", "flask_injector", "flask_vite", "flask_pyjwt", "flask_minify", "flask_allows",
        "flask_debug", "flask_debugtoolbar", "flask_admin", "flask_basicauth", "flask_ldap3_login",
        "flask_reuploaded", "flask_msearch", "flask_paginate", "flask_swagger_ui", "flask_swagger",
        "flask_inputs", "flask_dotenv", "flask_environments", "flask_logconfig", "flask_statsd",
        "flask_sqlacodegen", "flask_sitemap", "flask_images", "flask_ipban", "flask_cloudy", "flask_resize",
        "flask_unittest", "flask_principal", "flask_gzip", "flask_expects_json", "flask_parameter_validation",
    }
)  # fmt: skip
#: Other packages that put names or folders of their own into environments.
OTHER_EXTENSIONS = frozenset(
    {"jinja_partials", "jinjax", "pluggy", "flask_appbuilder", "fastapi_babel", "jinja2_fragments", "turbo_flask"}
)


def is_template_extension(module: str) -> bool:
    """Whether an imported module brings templates under names that are not known."""
    top = module.partition(".")[0]
    return top in TEMPLATE_EXTENSIONS or (
        top.startswith("flask_") and top not in SILENT_EXTENSIONS and top not in EXTENSION_NAMES
    )


def extension_names(module: str) -> frozenset[str] | None:
    """The names that an imported module adds to templates; None where that is not known."""
    top = module.partition(".")[0]
    if top in EXTENSION_NAMES:
        return EXTENSION_NAMES[top]
    if top in OTHER_EXTENSIONS or (top.startswith("flask_") and top not in SILENT_EXTENSIONS):
        return None
    return frozenset()


def is_package_template(name: str, imported: frozenset[str] | None = None) -> bool:
    """Whether a template's name is in a folder that a library brings: one of the imported ones, or any."""
    folder, slash, _ = name.partition("/")
    libraries = PACKAGE_FOLDERS.get(folder) if slash else None
    return libraries is not None and (imported is None or not libraries.isdisjoint(imported))
