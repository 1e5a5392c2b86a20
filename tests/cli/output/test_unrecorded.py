"""What a person is told of an event that nobody recorded."""

from __future__ import annotations

from reconciler.cli.output.unrecorded import unrecorded
from reconciler.model.person import Person
from tests.kit.branch import PROD
from tests.kit.world import digest


def test_it_is_said_who_put_an_event_there_that_nobody_recorded() -> None:
    assert unrecorded(PROD, digest("b"), "8c1d" * 10, Person("Jane Doe", "jane@example.com")) == (
        f"team-a/app:prod: sha256:{'b' * 12} was never recorded, but put there by Jane Doe in commit 8c1d8c1d8c1d. "
        "`imagestream verify` shows more."
    )


def test_where_only_a_merge_put_it_there_nobody_is_named() -> None:
    assert unrecorded(PROD, "quay.io/acme/app:1", None, None) == (
        "team-a/app:prod: quay.io/acme/app:1 was never recorded. `imagestream verify` shows more."
    )
