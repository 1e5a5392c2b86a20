"""Edits of specs: the warnings beside the edit."""

from __future__ import annotations

from reconciler.edit.spec_edit import checked
from reconciler.edit.tag import TagRequest, tag
from tests.kit.branch import OTHER, Branch
from tests.kit.git import GitKit


def test_a_new_stream_with_the_name_of_one_elsewhere_is_reported(kit: GitKit) -> None:
    branch = Branch(kit.repository())
    branch.start()
    snapshot, repository = branch.snapshot(), branch.repository()
    added = checked(repository, snapshot, tag(snapshot, repository, TagRequest(OTHER, ("app:prod",))))
    assert added.lines[-1] == (
        "default/app is a new stream. If team-a/app is meant, write it so, or name its namespace by --namespace."
    )
    for destination in ("team-a/app:test", "default/other:prod"):
        edited = checked(repository, snapshot, tag(snapshot, repository, TagRequest(OTHER, (destination,))))
        assert "is a new stream" not in " ".join(edited.lines)
