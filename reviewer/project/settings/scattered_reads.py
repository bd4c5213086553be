"""Finds reads of the environment that bypass the project's settings.

Says which modules hold the settings, and gives the reads in others; a project without such a module has none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from reviewer.modules import tree
from reviewer.modules.module import Module
from reviewer.project.data.sqlalchemy import is_migration
from reviewer.project.settings.environment_reads import EnvironmentRead
from reviewer.project.settings.settings_values import SettingValue
from reviewer.project.settings.text_places import is_in_main_block, is_script

#: Modules that hold settings by their name.
SETTINGS_MODULE = re.compile(
    r"(?:^|[._])(?:config\w*|settings\w*|conf|cfg|configuration|constants|const|env|environ|environment|options|"
    r"feature_flags?|flags|defaults?|globals|vars|secrets)(?:$|[._])"
)
#: Programs that run before the settings are there, or beside the application.
OWN_PROGRAM = re.compile(
    r"(?:^|/)(?:setup|manage|conftest|noxfile|tasks|fabfile|gunicorn\w*|uvicorn\w*|wsgi|asgi|__main__|version)\.py$"
    r"|(?:^|[/_])(?:cli|commands?|alembic|migrations?|deploy\w*|docker|infra|lambda)(?=[/_.])"
)
#: Variables that choose the settings, or that the system and not the operator sets.
SYSTEM_VARIABLE = re.compile(
    r"(?:\w+_)?(?:CONFIG|CONFIGURATION|SETTINGS|SETTINGS_MODULE|ENV|ENVIRONMENT|ENV_FILE|CONFIG_FILE|CONFIG_PATH)"
    r"|CI|GITHUB_\w+|HOME|PATH|USER|USERNAME|HOSTNAME|PWD|SHELL|LANG|LC_\w+|TZ|TMP|TEMP|TMPDIR|TERM|EDITOR|COLUMNS"
    r"|APPDATA|LOCALAPPDATA|XDG_\w+|PYTHON\w*|PYTEST\w*|VIRTUAL_ENV|CONDA_\w+|KUBERNETES_\w+|POD_\w+|DYNO|"
    r"WERKZEUG_\w+|WATCHFILES_\w+|AWS_LAMBDA_\w+|AWS_EXECUTION_ENV|RENDER_\w+|FLY_\w+|HEROKU_\w+|K_SERVICE|OPENBLAS_\w+|OMP_\w+|CUDA_\w+|LD_LIBRARY_PATH|SSH_\w+|DISPLAY|NO_COLOR|FORCE_COLOR"
)


class ScatteredReads:
    """Answers which reads bypass the settings."""

    def __init__(self, reads: tuple[EnvironmentRead, ...], values: tuple[SettingValue, ...]) -> None:
        self._reads = reads
        #: Modules with a settings class that the environment fills, by path, with the number of its fields.
        self._fields = Counter(one.module.path for one in values if one.kind == "field")
        self._modules = {one.module.path: one.module for one in values if one.kind == "field"}

    def home(self) -> Module | None:
        """The module that holds the settings: with the largest settings class, else the one that reads most.

        None where no module holds them, or most of the environment is read elsewhere: then that is the project's way.
        """
        reading = [one.module for one in self._reads if self._holds_settings(one.module)]
        if sum(1 for _ in self.find()) > len(reading) + sum(self._fields.values()):
            return None
        if self._fields:
            return self._modules[max(self._fields, key=lambda path: (self._fields[path], -len(path), path))]
        if not reading:
            return None
        counts = Counter(module.path for module in reading)
        return max(reading, key=lambda module: (counts[module.path], -len(module.path), module.path))

    def _holds_settings(self, module: Module) -> bool:
        return SETTINGS_MODULE.search(module.name) is not None or module.path in self._fields

    def find(self) -> Iterator[EnvironmentRead]:
        """The reads in modules that hold no settings."""
        for read in self._reads:
            module = read.module
            if self._holds_settings(module):
                continue
            if is_script(module.path) or OWN_PROGRAM.search(module.path) or is_migration(module):
                continue
            if not read.variable or SYSTEM_VARIABLE.fullmatch(read.variable) or _is_written(read):
                continue
            if not _is_of_settings_class(read) and not is_in_main_block(module, read.node.line):
                yield read


def _is_written(read: EnvironmentRead) -> bool:
    """Whether the variable is set or removed, not read."""
    parent = read.around[0] if read.around else None
    if isinstance(parent, tree.Assign):
        return any(one is read.node for one in parent.targets)
    return isinstance(parent, tree.Delete)


def _is_of_settings_class(read: EnvironmentRead) -> bool:
    """Whether a class of the module that is named for settings reads it."""
    return any(name.endswith(("Config", "Settings", "Configuration")) for name in read.owner)
