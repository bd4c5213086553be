"""Which major version of Pydantic a file is written for: as declared, else by the names that the project uses."""

from __future__ import annotations

from functools import cached_property

from reviewer.project.library_versions import LibraryVersions
from reviewer.project.program import Program

#: What only the second version has.
SECOND_NAMES = (
    "field_validator", "model_validator", "ConfigDict", "model_dump", "model_validate", "TypeAdapter", "RootModel",
    "field_serializer", "model_serializer", "pydantic_settings", "pydantic_core", "AfterValidator", "BeforeValidator",
    "model_config", "SettingsConfigDict",
)  # fmt: skip
#: What only the first version has, or what the second one keeps for old programs alone.
FIRST_NAMES = (
    "root_validator", "parse_obj", "parse_obj_as", "parse_raw", "error_wrappers", "orm_mode", "update_forward_refs",
    "pydantic_encoder", "schema_of",
)  # fmt: skip
#: What a program asks that runs with both.
VERSION_QUESTIONS = ("PYDANTIC_V2", "IS_PYDANTIC_V2", "PYDANTIC_VERSION", "pydantic_v1", "PYDANTIC_V1")
SECOND = (2,)


class PydanticVersion:
    """Answers which major version of Pydantic holds for a file."""

    def __init__(self, program: Program, versions: LibraryVersions) -> None:
        self._program = program
        self._versions = versions

    def major(self, path: str) -> int | None:
        """1 or 2; None where the project runs with both, or nothing tells."""
        if self._versions.of("pydantic", path) < SECOND:
            return 1
        oldest = self._versions.oldest("pydantic", path)
        if oldest is not None and oldest >= SECOND:
            return 2
        return self._used

    @cached_property
    def _used(self) -> int | None:
        """The version that the names used in the program belong to."""
        modules = [module for module in self._program.modules if module.mentions("pydantic", "sqlmodel")]
        if any(module.mentions(*VERSION_QUESTIONS) for module in modules):
            return None
        if any(module.mentions(*SECOND_NAMES) for module in modules):
            return 2
        if any(module.mentions(*FIRST_NAMES) for module in modules):
            return 1
        return None
