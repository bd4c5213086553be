"""Which file or folder a path value means."""

from __future__ import annotations

import pytest

from reviewer.project.evaluation.file_places import FilePlace, file_place
from reviewer.project.in_memory import project


def place_of(expression: str) -> FilePlace | None:
    source = f"import os\nfrom pathlib import Path\nHERE = os.path.dirname(os.path.abspath(__file__))\nfolder = 'templates'\nX = {expression}\n"
    built = project({"app/core/paths.py": source})
    return file_place(built.evaluator.name(built.modules[0], "X"))


@pytest.mark.parametrize(
    "expression",
    [
        'Path(__file__).parent.parent / "templates"',
        'Path(__file__).resolve().parents[1] / "templates"',
        'os.path.join(HERE, "..", "templates")',
        'str(Path(__file__).parent.parent.joinpath("templates"))',
        'Path(os.path.dirname(HERE)) / "pages" / ".." / "templates"',
        'HERE + "/../templates"',
        'f"{HERE}/../{folder}"',
    ],
)
def test_a_path_built_from_the_module_is_anchored(expression: str) -> None:
    assert place_of(expression) == FilePlace(("app", "templates"), True)


@pytest.mark.parametrize(
    "expression", ['"templates"', 'Path("templates")', 'Path.cwd() / "templates"', 'unknown + "/templates"']
)
def test_a_relative_path_is_known_by_its_end(expression: str) -> None:
    assert place_of(expression) == FilePlace(("templates",), False)


@pytest.mark.parametrize(
    "expression", ['os.environ["FOLDER"]', "Path(os.environ['FOLDER']) / 'x'", "unknown / 'x'", "3"]
)
def test_a_path_from_elsewhere_is_not_known(expression: str) -> None:
    assert place_of(expression) is None


def test_an_anchored_place_matches_only_itself() -> None:
    place = FilePlace(("app", "templates"), True)

    assert place.matches("app/templates")
    assert not place.matches("src/app/templates")


def test_a_relative_place_matches_any_folder_that_ends_so() -> None:
    place = FilePlace(("app", "templates"), False)

    assert place.matches("src/app/templates")
    assert not place.matches("src/myapp/templates")
