"""The end of a command: sinks are told, and what is left is said."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from reconciler.delivery.at_end import PATIENCE, tell_sinks
from reconciler.delivery.position import Branch as SentBranch
from reconciler.gitstore import Repository
from reconciler.model.config import Sink
from reconciler.notify.outcome import Failed
from tests.kit.branch import Branch
from tests.kit.clock import FakeClock
from tests.kit.git import GitKit
from tests.kit.sinks import ScriptedSenders

CI, CHAT = Sink("ci", url="https://ci.example.com"), Sink("chat", url="https://chat.example.com")


class TickingClock(FakeClock):
    """A second passes whenever somebody looks, so that patience ends."""

    def monotonic(self) -> float:
        self.advance(1)
        return super().monotonic()

    def jitter(self, seconds: float) -> float:
        return min(seconds, 0.001)


@pytest.fixture
def branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Branch:
    kit = GitKit(tmp_path).alone(monkeypatch)
    made = Branch(kit.repository())
    made.start()
    return made


def tell(branch: Branch, senders: ScriptedSenders, span: tuple[str, str], clock: FakeClock | None = None) -> list[str]:
    there = SentBranch(Repository.discover(branch.git.path), None, "main")
    return list(tell_sinks(there, [CI, CHAT], span, senders, clock or FakeClock()))


def test_sinks_are_told_of_what_a_command_wrote(branch: Branch) -> None:
    start, senders = branch.git.head(), ScriptedSenders()
    branch.move("ab")
    assert tell(branch, senders, (start, branch.git.head())) == []
    assert senders.changes("ci") == senders.changes("chat") == ["move a", "move b"]
    assert tell(branch, senders, (branch.git.head(), branch.git.head())) == []
    assert len(senders.sent) == 4


def test_a_sink_that_hangs_or_fails_is_left_to_the_next_process(branch: Branch) -> None:
    start, senders = branch.git.head(), ScriptedSenders()
    senders.gates["ci"] = gate = threading.Event()
    senders.answers["chat"] = lambda _: Failed("chat.example.com answers 500.")
    branch.move("ab")
    lines = tell(branch, senders, (start, branch.git.head()), TickingClock())
    gate.set()
    assert lines == [
        "sink chat was not told: chat.example.com answers 500.",
        "sink ci was not told of 2 changes yet; the next pass goes on.",
        "sink chat was not told of 2 changes yet; the next pass goes on.",
    ]
    again = ScriptedSenders()
    assert tell(branch, again, (branch.git.head(), branch.git.head())) == []
    assert again.changes("chat") == ["move a", "move b"]
    assert again.changes("ci") == ["move a", "move b"]
    assert PATIENCE == 30


def test_a_command_does_not_wait_for_a_sink_that_needs_a_person(branch: Branch) -> None:
    """The clock stands still, so only the reason can end the wait."""
    start, senders = branch.git.head(), ScriptedSenders()
    senders.answers["ci"] = lambda _: Failed("ci.example.com answers 401. Check its secret.", retryable=False)
    branch.move("ab")
    assert tell(branch, senders, (start, branch.git.head())) == [
        "sink ci was not told: ci.example.com answers 401. Check its secret.",
        "sink ci was not told of 2 changes yet; the next pass goes on.",
    ]
    assert senders.changes("chat") == ["move a", "move b"]
