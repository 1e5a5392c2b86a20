"""The warning about an event that was never recorded."""

from __future__ import annotations

from reconciler.cli.output.unrecorded import unrecorded
from reconciler.model.person import Person
from tests.kit.branch import PROD
from tests.kit.world import digest


def test_the_person_who_added_an_unrecorded_event_is_named() -> None:
    assert unrecorded(PROD, digest("b"), "8c1d" * 10, Person("Jane Doe", "jane@example.com")) == (
        f"team-a/app:prod: sha256:{'b' * 12} was never recorded, but put there by Jane Doe in commit 8c1d8c1d8c1d. "
        "`imagestream verify` shows more."
    )


def test_an_event_that_only_a_merge_added_has_no_person() -> None:
    assert unrecorded(PROD, "quay.io/acme/app:1", None, None) == (
        "team-a/app:prod: quay.io/acme/app:1 was never recorded. `imagestream verify` shows more."
    )
