"""Histories and holds as values."""

from __future__ import annotations

import pytest

from reconciler.model.history import HeldImage, held_by_this_commit


@pytest.mark.parametrize("length", [40, 64])
def test_an_entry_that_cannot_name_its_commit_is_known_in_either_object_format(length: int) -> None:
    assert HeldImage("sha256:1", None, held_by_this_commit(length), None).is_by_this_commit
    assert not HeldImage("sha256:1", None, "0" * (length - 1) + "1", None).is_by_this_commit
