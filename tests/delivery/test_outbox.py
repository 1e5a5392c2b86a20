"""The outbox over real git: every sink is told everything, in order, whatever else happens."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.delivery.outbox import Outbox
from reconciler.delivery.position import Branch as SentBranch
from reconciler.delivery.worker import REFUSED_TRIES
from reconciler.gitstore import Repository
from reconciler.model.change import ChangeKind
from reconciler.model.config import Sink
from reconciler.model.notification import Notification
from reconciler.notify.outcome import Delivered, Failed, Outcome, Refused
from tests.kit.branch import Branch
from tests.kit.clock import FakeClock
from tests.kit.git import GitFolder, GitKit
from tests.kit.loop import until
from tests.kit.sinks import ScriptedSenders

CI, CHAT = Sink("ci", url="https://ci.example.com"), Sink("chat", url="https://chat.example.com")
REF = "refs/imagestream/sinks/ci"


class HastyClock(FakeClock):
    """Pauses of workers are as short as can be."""

    def jitter(self, seconds: float) -> float:
        self.advance(seconds)
        return 0.001


@dataclass
class Process:
    """A process that tells sinks of a branch: an outbox over a repository."""

    git: GitFolder
    senders: ScriptedSenders = field(default_factory=ScriptedSenders)
    clock: HastyClock = field(default_factory=HastyClock)
    woken: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.clock, self.woken.set)
        self.outbox.use(self.senders)

    @property
    def branch(self) -> SentBranch:
        repository = Repository.discover(self.git.path)
        return SentBranch(repository, repository.upstream("main"), "main")

    @property
    def head(self) -> str:
        upstream = self.branch.upstream
        return self.git.head(upstream.tracking if upstream else "main")

    def see(self, *sinks: Sink) -> None:
        self.outbox.see(sinks, self.head)

    def fetch(self) -> None:
        upstream = self.branch.upstream
        assert upstream is not None
        self.branch.repository.fetch(upstream)

    def turn(self) -> None:
        self.outbox.turn(self.branch, self.head)

    def tell(self) -> None:
        """Take turns until every sink was told."""

        def told() -> bool:
            self.turn()
            return self.outbox.is_idle

        until(told)

    def stop(self) -> None:
        self.outbox.stop(self.branch, 10)


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitKit:
    return GitKit(tmp_path).alone(monkeypatch)


@pytest.fixture
def branch(kit: GitKit) -> Branch:
    """A branch with a remote and one move to image a."""
    made = Branch(kit.repository())
    made.start()
    remote = kit.bare()
    made.git.git("remote", "add", "origin", f"file://{remote.path}")
    made.git.git("push", "--quiet", "--set-upstream", "origin", "main")
    made.move("a")
    return made


@pytest.fixture
def remote(kit: GitKit, branch: Branch) -> GitFolder:
    assert branch.git.path.is_dir()
    return kit.folder("remote.git")


def test_a_new_sink_begins_at_the_commit_that_first_had_it(branch: Branch, remote: GitFolder) -> None:
    process = Process(branch.git)
    start = branch.git.head()
    process.see(CI)
    branch.move("bc")
    process.tell()
    assert process.senders.changes("ci") == ["move b", "move c"]
    assert remote.refs()[REF] == branch.git.head()
    fresh = Process(branch.git)
    fresh.see(CI)
    fresh.tell()
    assert fresh.senders.sent == []
    assert start != branch.git.head()


def test_a_new_sink_is_noted_before_there_is_anything_to_tell(branch: Branch, remote: GitFolder) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    assert remote.refs()[REF] == branch.git.head()
    branch.move("b")
    after_a_kill = Process(branch.git)
    after_a_kill.see(CI)
    after_a_kill.tell()
    assert after_a_kill.senders.changes("ci") == ["move b"]


def test_a_kill_between_sending_and_the_cursor_tells_again_with_the_same_id(branch: Branch) -> None:
    killed = Process(branch.git)
    killed.see(CI)
    killed.turn()
    branch.move("b")
    killed.turn()
    until(lambda: bool(killed.senders.taken))  # and it never takes another turn
    again = Process(branch.git)
    again.see(CI)
    again.tell()
    assert [each.id for _, each in again.senders.taken] == [each.id for _, each in killed.senders.taken]


def test_a_sink_that_fails_is_told_later_and_delays_no_other(branch: Branch, remote: GitFolder) -> None:
    process = Process(branch.git)
    process.see(CI, CHAT)
    process.turn()
    start = branch.git.head()
    down = True
    process.senders.answers["ci"] = lambda _: Failed("it answers 500.") if down else Delivered()
    branch.move("bc")
    process.turn()
    until(lambda: process.senders.changes("chat") == ["move b", "move c"])
    until(lambda: len(process.senders.sent) > 10)
    process.turn()
    assert process.outbox.problems() == {"sink ci was not told: it answers 500."}
    process.clock.advance(7 * 24 * 3600)
    process.turn()
    assert remote.refs()[REF] == start
    assert remote.refs()["refs/imagestream/sinks/chat"] == branch.git.head()
    assert process.outbox.behind()["ci"] > 7 * 24 * 3600
    assert process.outbox.behind()["chat"] == 0
    down = False
    process.tell()
    assert process.senders.changes("ci") == ["move b", "move c"]
    assert process.outbox.problems() == frozenset()
    assert remote.refs()[REF] == branch.git.head()


def test_a_refused_notification_is_tried_a_few_times_and_then_said(branch: Branch) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    branch.move("bc")

    def answer(notification: Notification) -> Outcome:
        return Refused("ci.example.com answers 422.") if (notification.image or "")[7] == "b" else Delivered()

    process.senders.answers["ci"] = answer
    process.tell()
    assert process.senders.changes("ci") == ["move c"]
    assert len(process.senders.sent) == REFUSED_TRIES + 1
    told = process.outbox.take_out()
    (note,) = told.notes
    commit = branch.git.head("HEAD~1")[:12]
    assert note == (
        f"sink ci refused the move of team-a/app:prod in commit {commit} 3 times and is not told of it: "
        "ci.example.com answers 422."
    )
    assert [result for _, result in told.counts] == ["failed", "failed", "refused", "delivered"]


def test_a_sink_that_is_gone_gets_nothing_more_and_keeps_its_cursor(branch: Branch, remote: GitFolder) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    start = branch.git.head()
    process.senders.answers["ci"] = lambda _: Refused("it is gone.", permanent=True)
    branch.move("bc")
    process.tell()
    process.tell()
    assert len(process.senders.sent) == 1
    assert process.outbox.problems() == {"sink ci was not told: it is gone."}
    assert remote.refs()[REF] == start
    del process.senders.answers["ci"]
    process.outbox.use(process.senders)
    process.tell()
    assert process.senders.changes("ci") == ["move b", "move c"]


def test_a_fault_of_a_sender_is_a_failure(branch: Branch) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    branch.move("b")
    faults = iter([ValueError("x")])

    def answer(_: Notification) -> Outcome:
        for fault in faults:
            raise fault
        return Delivered()

    process.senders.answers["ci"] = answer
    process.tell()
    assert process.senders.changes("ci") == ["move b"]


def test_a_sink_without_its_secret_is_left_alone(branch: Branch, remote: GitFolder) -> None:
    process = Process(branch.git)
    process.senders.problems["ci"] = "its secret is missing."
    process.see(CI)
    branch.move("b")
    process.tell()
    assert process.senders.sent == []
    assert REF not in remote.refs()
    assert process.outbox.problems() == {"sink ci is left to other processes: its secret is missing."}
    del process.senders.problems["ci"]
    process.tell()
    assert process.senders.changes("ci") == ["move b"]


def test_filters_choose_what_a_sink_hears_of(branch: Branch) -> None:
    process = Process(branch.git)
    process.see(
        CI, Sink("holds", changes=(ChangeKind.HOLD,)), Sink("others", namespaces=("team-b",)), Sink("dev", tags=("d*",))
    )
    process.turn()
    branch.move("b")
    branch.revert()
    branch.git.git("push", "--quiet")
    branch.run()
    process.tell()
    assert process.senders.changes("ci") == ["move b", "hold a"]
    assert process.senders.changes("holds") == ["hold a"]
    assert {sink for sink, _ in process.senders.sent} == {"ci", "holds"}


def test_two_processes_tell_everything_and_agree_on_the_cursor(kit: GitKit, branch: Branch, remote: GitFolder) -> None:
    one = Process(branch.git)
    other = Process(kit.clone(remote, "other"))
    for process in (one, other):
        process.see(CI)
        process.turn()
    branch.move("b")
    one.tell()
    other.fetch()
    other.tell()
    assert other.senders.sent == []  # the cursor came with the fetch
    branch.move("c")
    other.fetch()
    other.senders.gates["ci"] = gate = threading.Event()
    other.turn()
    one.tell()
    gate.set()
    other.tell()
    assert one.senders.changes("ci") == ["move b", "move c"]
    assert other.senders.changes("ci") == ["move c"]
    branch.move("d")
    other.fetch()
    other.tell()
    one.tell()
    assert remote.refs()[REF] == branch.git.head()
    assert other.senders.changes("ci") == ["move c", "move d"]


def test_a_cursor_that_a_person_moves_back_tells_again(branch: Branch) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    branch.move("bc")
    process.tell()
    branch.git.git("push", "--quiet", "--force", "origin", f"HEAD~2:{REF}")
    process.fetch()
    process.tell()
    assert process.senders.changes("ci") == ["move b", "move c", "move b", "move c"]


def test_a_cursor_that_a_person_moves_forward_skips(branch: Branch) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    process.senders.answers["ci"] = lambda _: Failed("down.")
    branch.move("bc")
    process.turn()
    until(lambda: bool(process.senders.sent))
    branch.git.git("push", "--quiet", "--force", "origin", f"HEAD~1:{REF}")
    process.fetch()
    process.turn()
    process.senders.answers.clear()
    process.tell()
    assert process.senders.changes("ci")[-1] == "move c"


@pytest.mark.parametrize("running", [True, False])
def test_a_deleted_or_broken_cursor_loses_nothing_while_a_process_runs(
    branch: Branch, remote: GitFolder, *, running: bool
) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    branch.git.git("tag", "-a", "-m", "x", "v1")
    for broken in (":", "v1:", "v1^{tree}:"):
        branch.git.tried("push", "--quiet", "--force", "origin", f"{broken.removesuffix(':')}:{REF}")
        if not running:
            process = Process(branch.git, process.senders)
            process.see(CI)
        branch.move("b" if len(process.senders.taken) % 2 == 0 else "c")
        process.fetch()
        process.tell()
        process.stop()
        assert remote.refs()[REF] == branch.git.head()
    if running:
        assert process.senders.changes("ci") == ["move b", "move c", "move b"]


def test_a_branch_that_people_rewrote_goes_on_from_the_merge_base(branch: Branch, remote: GitFolder) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    branch.move("b")
    process.tell()
    branch.git.git("reset", "--quiet", "--hard", "HEAD~1")
    branch.git.commit({"notes.txt": "rewritten\n"})
    branch.git.git("push", "--quiet", "--force", "origin", "main")
    branch.run()
    process.tell()
    process.stop()
    assert process.senders.changes("ci")[0] == "move b"
    assert remote.refs()[REF] == process.head
    fresh = Process(branch.git)
    fresh.see(CI)
    fresh.tell()
    assert fresh.senders.sent == []


def test_a_cursor_of_an_unrelated_history_begins_anew(branch: Branch, remote: GitFolder) -> None:
    branch.git.git("checkout", "--quiet", "--orphan", "alone")
    alone = branch.git.commit({"alone.txt": "x"})
    branch.git.git("checkout", "--quiet", "--force", "main")
    branch.git.git("push", "--quiet", "origin", f"{alone}:{REF}")
    process = Process(branch.git)
    process.fetch()
    process.see(CI)
    branch.move("b")
    process.tell()
    assert process.senders.changes("ci") == ["move b"]
    assert remote.refs()[REF] == branch.git.head()


def test_a_remote_that_refuses_the_references_is_told_of_once(branch: Branch, remote: GitFolder) -> None:
    remote.hook("update", 'case "$1" in refs/imagestream/sinks/*) exit 1;; esac')
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    branch.move("b")
    process.tell()
    (problem,) = process.outbox.problems()
    assert problem.startswith("origin refuses refs/imagestream/sinks/ci: hook declined")
    fresh = Process(branch.git)
    fresh.see(CI)
    branch.move("c")
    fresh.tell()
    assert fresh.senders.changes("ci") == ["move c"]


def test_without_a_remote_committed_changes_are_told(kit: GitKit) -> None:
    made = Branch(kit.repository("alone"))
    made.start()
    process = Process(made.git)
    process.see(CI)
    made.move("ab")
    process.tell()
    process.stop()
    assert process.senders.changes("ci") == ["move a", "move b"]
    assert made.git.refs()[REF] == made.git.head()


def test_a_sink_that_is_taken_out_and_comes_back_goes_on_where_it_was(branch: Branch) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    process.see()
    branch.move("b")
    process.tell()
    process.see(CI)
    process.tell()
    assert process.senders.changes("ci") == ["move b"]


def test_a_sink_whose_settings_change_is_told_by_the_new_ones(branch: Branch) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    process.senders.answers["ci"] = lambda _: Failed("down.")
    branch.move("bc")
    process.turn()
    until(lambda: bool(process.senders.sent))
    process.see(Sink("ci", url="https://elsewhere.example.com"))
    process.senders.answers.clear()
    process.tell()
    assert process.senders.changes("ci") == ["move b", "move c"]


def test_a_stop_ends_the_workers_and_saves_what_was_told(branch: Branch, remote: GitFolder) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    branch.move("bc")
    middle = branch.git.head("HEAD~1")
    down = lambda each: Failed("down.") if (each.image or "")[7] == "c" else Delivered()  # noqa: E731
    process.senders.answers["ci"] = down
    process.turn()
    until(lambda: len(process.senders.sent) > 3)
    process.stop()
    assert remote.refs()[REF] == middle
    before = threading.active_count()
    assert not any(each.name == "sink ci" for each in threading.enumerate()), before


def test_a_shallow_clone_tells_what_came_after_the_cursor(kit: GitKit, branch: Branch, remote: GitFolder) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    branch.move("bcd")
    shallow = Process(kit.clone(remote, "shallow", "--depth=1"))
    shallow.fetch()
    shallow.see(CI)
    shallow.tell()
    assert shallow.senders.changes("ci") == ["move b", "move c", "move d"]
    assert remote.refs()[REF] == branch.git.head()


def test_a_cursor_at_a_commit_that_the_branch_gets_later_skips_nothing_else(branch: Branch, remote: GitFolder) -> None:
    process = Process(branch.git)
    process.see(CI)
    process.turn()
    branch.git.git("checkout", "--quiet", "-b", "side")
    forged = branch.git.commit({"notes.txt": "side\n"})
    branch.git.git("push", "--quiet", "--force", "origin", f"{forged}:{REF}")
    branch.git.git("checkout", "--quiet", "main")
    process.fetch()
    branch.move("b")
    process.tell()
    process.stop()
    assert process.senders.changes("ci") == ["move b"]
    assert remote.refs()[REF] == branch.git.head()
