"""The bell: nothing rung is lost, rings merge, and a flood costs no memory."""

from __future__ import annotations

import threading

from reconciler.daemon.wakeup import MAX_REPOSITORIES, Wakeup, Wakeups
from reconciler.model.host import Host


def test_rings_before_a_wait_are_one_and_are_taken_once() -> None:
    bell = Wakeups()
    bell.ring(Wakeup(branch=True))
    bell.ring(Wakeup(repositories=frozenset({("quay.io", "acme/app")})))
    bell.ring(Wakeup(repositories=frozenset({(None, "acme/web")}), everything=True))
    before = bell.stopping
    bell.ring(Wakeup(settings=True, stop=True))
    assert (before, bell.stopping) == (False, True)
    both = frozenset({("quay.io", "acme/app"), (None, "acme/web")})
    assert bell.wait(0) == Wakeup(branch=True, repositories=both, everything=True, settings=True, stop=True)
    assert bell.wait(0) == Wakeup()


def test_a_ring_from_another_thread_ends_a_wait() -> None:
    bell = Wakeups()
    ringer = threading.Thread(target=bell.ring, args=(Wakeup(branch=True),))
    ringer.start()
    assert bell.wait(None) == Wakeup(branch=True)
    ringer.join()


def test_of_many_threads_no_ring_is_lost() -> None:
    bell, heard = Wakeups(), Wakeup()
    names = [("host", f"app{number}") for number in range(200)]
    threads = [threading.Thread(target=bell.ring, args=(Wakeup(repositories=frozenset({name})),)) for name in names]
    for thread in threads:
        thread.start()
        heard |= bell.wait(0)
    for thread in threads:
        thread.join()
    assert (heard | bell.wait(0)).repositories == frozenset(names)


def test_claims_are_joined_and_a_contradiction_is_nobodys() -> None:
    app, web = (Host("quay.io"), "acme/app", "1"), (Host("quay.io"), "acme/web", "1")
    bell = Wakeups()
    for claims in ({app: "alice"}, {app: "alice", web: "alice"}, {web: "bob"}):
        bell.ring(Wakeup(claims=claims))
    assert bell.wait(0).claims == {app: "alice", web: None}
    assert bell.wait(0).claims == {}


def test_a_flood_becomes_a_look_at_everything() -> None:
    heard = Wakeup(repositories=frozenset((None, str(number)) for number in range(MAX_REPOSITORIES)))
    heard |= Wakeup(repositories=frozenset({(None, "one more")}))
    assert heard == Wakeup(everything=True)


def test_too_many_tags_become_their_repositories() -> None:
    heard = Wakeup(tags=frozenset(("quay.io", "acme/app", str(number)) for number in range(MAX_REPOSITORIES)))
    heard |= Wakeup(tags=frozenset({("quay.io", "acme/web", "1")}), repositories=frozenset({(None, "x")}))
    named = {("quay.io", "acme/app"), ("quay.io", "acme/web"), (None, "x")}
    assert heard == Wakeup(repositories=frozenset(named))
