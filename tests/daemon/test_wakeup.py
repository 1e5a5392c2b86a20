"""Wakeups: none is lost, they merge, and a flood costs no memory."""

from __future__ import annotations

import threading

from reconciler.daemon.wakeup import MAX_REPOSITORIES, Wakeup, Wakeups
from reconciler.model.hint import GitHint, Hint
from reconciler.model.host import Host


def test_wakeups_before_a_wait_are_one_and_are_taken_once() -> None:
    wakeups = Wakeups()
    wakeups.wake(Wakeup(branch=True))
    wakeups.wake(Wakeup(repositories=frozenset({("quay.io", "acme/app")})))
    wakeups.wake(Wakeup(repositories=frozenset({(None, "acme/web")}), everything=True))
    before = wakeups.stopping
    wakeups.wake(Wakeup(settings=True, stop=True))
    assert (before, wakeups.stopping) == (False, True)
    both = frozenset({("quay.io", "acme/app"), (None, "acme/web")})
    assert wakeups.wait(0) == Wakeup(branch=True, repositories=both, everything=True, settings=True, stop=True)
    assert wakeups.wait(0) == Wakeup()


def test_a_wakeup_from_another_thread_ends_a_wait() -> None:
    wakeups = Wakeups()
    waker = threading.Thread(target=wakeups.wake, args=(Wakeup(branch=True),))
    waker.start()
    assert wakeups.wait(None) == Wakeup(branch=True)
    waker.join()


def test_no_wakeup_of_many_threads_is_lost() -> None:
    wakeups, heard = Wakeups(), Wakeup()
    names = [("host", f"app{number}") for number in range(200)]
    threads = [threading.Thread(target=wakeups.wake, args=(Wakeup(repositories=frozenset({name})),)) for name in names]
    for thread in threads:
        thread.start()
        heard |= wakeups.wait(0)
    for thread in threads:
        thread.join()
    assert (heard | wakeups.wait(0)).repositories == frozenset(names)


def test_claims_are_joined_and_a_contradiction_names_no_pusher() -> None:
    app, web = (Host("quay.io"), "acme/app", "1"), (Host("quay.io"), "acme/web", "1")
    wakeups = Wakeups()
    for claims in ({app: "alice"}, {app: "alice", web: "alice"}, {web: "bob"}):
        wakeups.wake(Wakeup(claims=claims))
    assert wakeups.wait(0).claims == {app: "alice", web: None}
    assert wakeups.wait(0).claims == {}


def test_a_flood_becomes_a_look_at_everything() -> None:
    heard = Wakeup(repositories=frozenset((None, str(number)) for number in range(MAX_REPOSITORIES)))
    heard |= Wakeup(repositories=frozenset({(None, "one more")}))
    assert heard == Wakeup(everything=True)


def test_too_many_tags_become_their_repositories() -> None:
    heard = Wakeup(tags=frozenset(("quay.io", "acme/app", str(number)) for number in range(MAX_REPOSITORIES)))
    heard |= Wakeup(tags=frozenset({("quay.io", "acme/web", "1")}), repositories=frozenset({(None, "x")}))
    named = {("quay.io", "acme/app"), ("quay.io", "acme/web"), (None, "x")}
    assert heard == Wakeup(repositories=frozenset(named))


def test_hints_of_a_registry_name_tags_and_whole_repositories() -> None:
    quay = Host("quay.io")
    hints = (Hint(quay, "acme/app", "v1", "alice"), Hint(quay, "acme/web"), Hint(None, "acme/db", "v2"))
    assert Wakeup.of_hints(hints) == Wakeup(
        repositories=frozenset({("quay.io", "acme/web")}),
        tags=frozenset({("quay.io", "acme/app", "v1"), (None, "acme/db", "v2")}),
        claims={(quay, "acme/app", "v1"): "alice"},
    )


def test_moves_of_a_git_host_count_for_this_branch_or_without_a_branch() -> None:
    commit = "c0ffee" * 6 + "beef"
    assert Wakeup.of_moves([GitHint("main", commit), GitHint("other", "0" * 40)], "main") == Wakeup(
        heads=frozenset({commit})
    )
    assert Wakeup.of_moves([GitHint("main")], "main") == Wakeup(branch=True)
    assert Wakeup.of_moves([GitHint()], "main") == Wakeup(branch=True)


def test_a_move_of_another_branch_wakes_nothing() -> None:
    wakeups = Wakeups()
    wakeups.wake(Wakeup.of_moves([GitHint("other", "c0ffee" * 6 + "beef")], "main"))
    assert wakeups.wait(0) == Wakeup()
