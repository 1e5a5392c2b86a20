"""Claims of who pushed are valid as long as they can be about the newest push."""

from __future__ import annotations

from reconciler.daemon.pusher_claims import LIFE, PendingClaims
from reconciler.model.change import Change, Move, Remove
from reconciler.model.hint import MAX_CLAIMS
from reconciler.model.history import Cause
from reconciler.model.host import Host
from tests.kit.world import A, docker, event, follows, istag, stack

APP, WEB = (Host("r:5000"), "team-a/app", "1"), (Host("r:5000"), "team-a/web", "1")


def move(source: str) -> Change:
    return Move(tag=istag("app:1"), history=stack("app:1", event(A, 1, docker(source), cause=Cause.PUSHED)))


def test_a_claim_is_kept_for_the_looks_that_its_event_causes_and_no_longer() -> None:
    claims = PendingClaims()
    claims.add({APP: "alice"}, 100.0)
    assert claims.valid(100.0) == claims.valid(100.0 + LIFE - 0.1) == {APP: "alice"}
    assert claims.valid(100.0 + LIFE) == {}
    claims.add({APP: "bob"}, 100.0 + LIFE)
    assert claims.valid(100.0 + LIFE) == {APP: "bob"}


def test_a_claim_ends_when_a_pass_has_recorded_its_push() -> None:
    claims = PendingClaims()
    claims.add({APP: "alice", WEB: "alice"}, 0.0)
    claims.recorded([move("r:5000/team-a/app:1"), Remove(tag=istag("app:2"), previous=A, history=stack("app:2"))])
    assert claims.valid(0.0) == {WEB: "alice"}
    claims.recorded(
        [Move(tag=istag("app:3"), history=stack("app:3", event(A, 1, follows("web:1"), cause=Cause.FOLLOWED)))]
    )
    assert claims.valid(0.0) == {WEB: "alice"}
    claims.add({APP: "bob"}, 1.0)
    assert claims.valid(1.0) == {APP: "bob", WEB: "alice"}


def test_contradicting_events_name_no_pusher_while_either_is_kept() -> None:
    claims = PendingClaims()
    claims.add({APP: "alice"}, 0.0)
    claims.add({APP: None}, 1.0)
    claims.add({APP: "alice"}, 2.0)
    assert claims.valid(2.0 + LIFE - 0.1) == {APP: None}
    assert claims.valid(2.0 + LIFE) == {}


def test_a_flood_of_claims_is_bounded_and_ends() -> None:
    claims = PendingClaims()
    for number in range(3):
        claims.add({(Host("r"), "app", f"{number}-{tag}"): "alice" for tag in range(MAX_CLAIMS)}, float(number))
    assert len(claims.valid(2.0)) == MAX_CLAIMS
    claims.add({APP: "bob"}, 100.0)
    assert claims.valid(100.0) == {APP: "bob"}
