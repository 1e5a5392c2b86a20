"""The reference page is the output of `make reference`."""

from __future__ import annotations

from pathlib import Path

from tests.kit.reference import page

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"


def test_the_reference_page_is_what_the_program_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make reference`"
