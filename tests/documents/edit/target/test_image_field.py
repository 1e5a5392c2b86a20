"""Image fields: one value gets another text, in every style of YAML and in JSON, and every other byte stays."""

from __future__ import annotations

import pytest

from reconciler.documents.edit.target.image_field import write_fields

NEW = "quay.io/acme/app:2"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("image: a:1 # why\n", "image: quay.io/acme/app:2 # why\n", id="plain"),
        pytest.param("image: 'a:1'   # why\n", "image: 'quay.io/acme/app:2'   # why\n", id="single quotes"),
    ],
)
def test_only_the_value_changes(text: str, written: str) -> None:
    assert write_fields(text.encode(), "a.yaml", {(0, ("image",)): NEW}) == written.encode()
