"""Sinks in the turns of the loop."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from reconciler.daemon.wakeup import Wakeup
from reconciler.notify.outcome import Failed
from tests.kit.git import GitKit
from tests.kit.loop import until
from tests.kit.turning import Turning, stream, tag
from tests.kit.world import digest

SINKS = "sinks: [{name: ci, url: 'https://ci.example.com/in'}]"
REF = "refs/imagestream/sinks/ci"
ONE = "registry.example/app:1"


@pytest.fixture
def turning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Turning:
    made = Turning(GitKit(tmp_path).alone(monkeypatch))
    made.shelf.images[ONE] = digest("a")
    return made


def told(turning: Turning, *changes: str) -> bool:
    """Take the turns that workers ask for; whether the sink took these changes."""
    turning.turn()
    return turning.senders.changes("ci") == list(changes)


def test_the_changes_of_a_pass_are_told_and_counted(turning: Turning) -> None:
    turning.declare(stream("app", tag("prod", ONE)), more=SINKS)
    turning.start()
    until(lambda: told(turning, "move a"))
    until(lambda: told(turning, "move a") and turning.remote.refs()[REF] == turning.remote.head("main"))
    lines = turning.metrics.exposition().decode().splitlines()
    assert 'imagestream_notifications_total{result="delivered",sink="ci"} 1.0' in lines
    assert 'imagestream_sink_behind_seconds{sink="ci"} 0.0' in lines


def test_a_new_sink_has_its_cursor_before_the_pass_that_sees_it_pushes(turning: Turning) -> None:
    declared = turning.declare(stream("app", tag("prod", ONE)), more=SINKS)
    turning.remote.hook("update", 'case "$1" in refs/heads/*) exit 1;; esac')
    turning.start()
    assert turning.remote.refs()[REF] == declared
    assert turning.health.is_alive


def test_a_failing_pass_does_not_keep_sinks_from_being_told(turning: Turning) -> None:
    turning.declare(stream("app", tag("prod", ONE)), more=SINKS)
    turning.senders.answers["ci"] = lambda _: Failed("down.", retry_after=0.1)
    turning.start()
    turning.remote.hook("update", 'case "$1" in refs/heads/*) exit 1;; esac')
    turning.shelf.images[ONE] = digest("b")
    turning.turn(Wakeup(everything=True))
    del turning.senders.answers["ci"]
    until(lambda: told(turning, "move a"))


def test_a_sink_that_hangs_keeps_no_turn_waiting(turning: Turning) -> None:
    turning.declare(stream("app", tag("prod", ONE)), more=SINKS)
    turning.senders.gates["ci"] = gate = threading.Event()
    turning.start()
    for image in "bc":
        turning.shelf.images[ONE] = digest(image)
        turning.turn(Wakeup(everything=True))
    assert turning.stack("app:prod") == "cba"
    assert turning.senders.taken == []
    gate.set()
    until(lambda: told(turning, "move a", "move b", "move c"))
