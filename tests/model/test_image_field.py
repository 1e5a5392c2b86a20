"""Paths of image fields as text, and texts of people as paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InputError
from reconciler.model.image_field import parse_path, path_text

keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=0, max_size=5)
paths = st.lists(keys | st.integers(0, 999_999), min_size=1, max_size=5).map(tuple)


@given(paths)
def test_a_path_that_is_written_is_read_as_itself(path: tuple[str | int, ...]) -> None:
    assert parse_path(path_text(path)) == path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("image.tag", ("image", "tag")),
        ("containers[0].image", ("containers", 0, "image")),
        ('labels["app.kubernetes.io/version"]', ("labels", "app.kubernetes.io/version")),
        ('["a.b"].tag', ("a.b", "tag")),
        ('a["b%20c"]', ("a", "b c")),
    ],
)
def test_a_path_has_dots_indexes_and_quoted_keys(text: str, path: tuple[str | int, ...]) -> None:
    assert parse_path(text) == path
    assert path_text(path) == text


@pytest.mark.parametrize(
    "text", ["", ".a", "a.", "a..b", "a b", "a[", "a[x]", 'a["b', "a[-1]", "a[0]b", "a[1234567890]"]
)
def test_another_text_is_not_a_path(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_path(text)
    assert "is not a path. Write keys with dots between them" in str(caught.value)
