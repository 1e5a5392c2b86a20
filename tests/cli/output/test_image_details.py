"""The details of an image in `describe`: sizes with their units."""

from __future__ import annotations

import pytest

from reconciler.cli.output.image_details import details, human
from reconciler.model.observation import ImageDetails, ImageMetadata


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (None, "<unknown>"),
        (0, "0B"),
        (999, "999B"),
        (1000, "1kB"),
        (2_345_678, "2.346MB"),
        (5 * 10**15, "5000TB"),
    ],
)
def test_a_size_has_the_unit_that_fits(size: int | None, shown: str) -> None:
    assert human(size) == shown


def test_foreign_text_stays_on_its_line() -> None:
    known = ImageDetails(author="a\nb\x1b[31m", environment=("A=1\n2",), layers=(("sha256:1", None), ("sha256:2", 5)))
    shown = {label: list(values) for label, values in details(ImageMetadata(labels={"x": "y\nz"}, details=known))}
    assert shown["Author"] == ["a b"]
    assert shown["Environment"] == ["A=1 2"]
    assert shown["Docker Labels"] == ["x=y z"]
    assert shown["Image Size"] == ["<unknown> in 2 layers"]


def test_without_metadata_nothing_is_shown() -> None:
    assert list(details(None)) == []
