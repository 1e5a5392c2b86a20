"""Small texts that several commands print."""

from __future__ import annotations

from reconciler.cli.output.text import short
from tests.kit.world import A


def test_images_are_cut_and_references_are_not() -> None:
    assert (short(A), short("quay.io/acme/app:1"), short(None)) == (
        "sha256:aaaaaaaaaaaa",
        "quay.io/acme/app:1",
        "<none>",
    )
