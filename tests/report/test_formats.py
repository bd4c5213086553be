from __future__ import annotations

import subprocess
import sys

import pytest
from sample_reviews import REVIEW

from reviewer.report import FORMATS, render


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_lines_that_end(name: str) -> None:
    shown = render(REVIEW, name)

    assert shown.endswith("\n")
    assert not shown.endswith("\n\n")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_review_gives_the_same_report(name: str) -> None:
    assert render(REVIEW, name) == render(REVIEW, name)


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown format 'xml'; there are text, json, sarif, github"):
        render(REVIEW, "xml")


def test_only_the_format_asked_for_is_imported() -> None:
    program = (
        "import sys\n"
        "from reviewer.report import FORMATS, render\n"
        "from reviewer.results import Review\n"
        "render(Review(root=''), 'text')\n"
        "print(sorted(name for name in FORMATS.values() if f'reviewer.report.{name}' in sys.modules))\n"
    )

    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert result.stdout == "['text']\n"
