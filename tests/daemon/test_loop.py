"""The loop, turn by turn: no wakeup is lost, and no registry is asked without a reason."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

import pytest

from reconciler.daemon.backoff import FIRST_PAUSE, LONGEST_PAUSE
from reconciler.daemon.follow_up import FOLLOW_UPS
from reconciler.daemon.mirror_upkeep import TIDY_AFTER
from reconciler.daemon.wakeup import Wakeup
from reconciler.gitstore import Repository
from reconciler.model.config import Installation, RegistryRule
from reconciler.model.observation import Answer, Failure, KnownImages, Question, Reason
from tests.kit.branch import Shelf
from tests.kit.git import GitKit
from tests.kit.turning import Turning, stream, tag
from tests.kit.world import digest

ONE, TWO, THREE = (f"registry.example/{name}:1" for name in ("one", "two", "three"))
AWAY = Failure(Reason.UNREACHABLE, "registry.example is away.")


@pytest.fixture
def turning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Turning:
    kit = GitKit(tmp_path).alone(monkeypatch)
    caplog.set_level("INFO", "imagestream")
    made = Turning(kit)
    made.shelf.images = {ONE: digest("a"), TWO: digest("a"), THREE: digest("a")}
    return made


@pytest.fixture
def three(turning: Turning) -> Turning:
    """Three streams; `copy` follows the first through a third one."""
    turning.declare(
        stream("one", tag("prod", ONE), tag("same", ONE)),
        stream("two", tag("prod", TWO), tag("copy", ">middle:copy")),
        stream("middle", tag("copy", ">one:prod")),
    )
    turning.start()
    turning.shelf.requested.clear()
    return turning


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelno == logging.WARNING]


# Wakeups


def test_a_hint_is_kept_while_the_remote_is_away(three: Turning, caplog: pytest.LogCaptureFixture) -> None:
    away = three.kit.root / "away.git"
    three.remote.path.rename(away)
    three.clock.advance(three.poll)  # the next turn looks at the branch first, and fails
    three.shelf.images[ONE] = digest("b")
    three.hint("registry.example/one")
    assert len(warnings(caplog)) == 1
    assert not three.health.is_ready
    three.sleep()
    away.rename(three.remote.path)
    three.settle(2 * FIRST_PAUSE + 1)
    assert three.stack("one:prod") == "ba"
    assert {*three.shelf.requested} == {ONE}, "more than once: registries tell too early"
    assert three.health.is_ready


def test_a_hint_is_kept_while_the_configuration_is_broken(three: Turning) -> None:
    three.work.git("pull", "--quiet", "--rebase", "origin", "main")
    good = (three.work.path / "reconciler.yaml").read_text()
    three.work.commit({"reconciler.yaml": "kind: Nonsense\n"}, "Break it")
    three.push()
    three.shelf.images[ONE] = digest("b")
    three.turn(Wakeup(branch=True, repositories=frozenset({("registry.example", "one")})))
    three.settle(1000)
    assert three.shelf.requested == []
    three.work.commit({"reconciler.yaml": good}, "Mend it")
    three.push()
    three.settle(LONGEST_PAUSE)
    assert three.stack("one:prod") == "ba"


def test_a_hint_looks_up_the_named_sources_and_followers_move_along(three: Turning) -> None:
    three.shelf.images |= {ONE: digest("b"), TWO: digest("b")}
    three.hint("registry.example/one", "registry.example/none", "other.example/two")
    assert three.shelf.requested == [ONE]
    assert [three.stack(name) for name in ("one:prod", "one:same", "middle:copy", "two:copy", "two:prod")] == [
        *("ba", "ba", "ba", "ba", "a")
    ]
    head = three.remote.head("main")
    three.hint("registry.example/one")
    three.settle(three.poll)
    assert three.remote.head("main") == head


def test_a_hint_without_a_registry_means_this_path_in_every_registry(three: Turning) -> None:
    three.turn(Wakeup(repositories=frozenset({(None, "two")})))
    assert three.shelf.requested == [TWO]


def test_an_event_about_our_own_push_wakes_nothing(three: Turning, caplog: pytest.LogCaptureFixture) -> None:
    own = three.remote.head("main")
    three.remote.path.rename(three.kit.root / "away.git")
    three.turn(Wakeup(heads=frozenset({own})))
    assert warnings(caplog) == []
    three.turn(Wakeup(heads=frozenset({own, "1" * 40})))
    assert len(warnings(caplog)) == 1, "the control: other commits are looked for"


def test_a_commit_named_by_an_event_is_planned_at_once(three: Turning) -> None:
    three.work.commit({"3.yaml": stream("three", tag("prod", THREE))}, "Declare three")
    new = three.push()
    three.turn(Wakeup(heads=frozenset({new})))
    assert three.stack("three:prod") == "a"
    assert three.shelf.requested == [THREE]


# Failing sources


def test_a_source_that_was_never_resolved_is_looked_up_more_and_more_rarely(
    turning: Turning, caplog: pytest.LogCaptureFixture
) -> None:
    turning.shelf.refused[ONE] = AWAY
    turning.declare(stream("one", tag("prod", ONE, scheduled=False)), stream("two", tag("prod", TWO)))
    turning.start()
    assert turning.stack("two:prod") == "a"
    turning.settle(1000)
    assert turning.shelf.requested.count(ONE) == 1 + 5, "after 30, 60, 120, 240 and 480 seconds"
    assert turning.shelf.requested.count(TWO) <= 2
    del turning.shelf.refused[ONE]
    turning.settle(1000)
    assert turning.stack("one:prod") == "a"
    assert warnings(caplog) == [AWAY.message]
    assert caplog.messages.count(f"no longer: {AWAY.message}") == 1
    asked = turning.shelf.requested.count(ONE)
    turning.settle(10_000)
    assert turning.shelf.requested.count(ONE) == asked, "resolved for good: it has no schedule"


def test_a_source_that_did_not_exist_is_resolved_when_it_is_pushed(turning: Turning) -> None:
    del turning.shelf.images[ONE]
    turning.declare(stream("one", tag("prod", ONE, scheduled=False)))
    turning.start()
    turning.shelf.images[ONE] = digest("a")
    turning.hint("registry.example/one")
    assert turning.stack("one:prod") == "a"


def test_a_failing_source_delays_no_other_and_is_reported_until_it_answers(
    three: Turning, caplog: pytest.LogCaptureFixture
) -> None:
    three.shelf.refused[ONE] = AWAY
    three.hint("registry.example/one")
    for image in "bc":
        three.shelf.images[TWO] = digest(image)
        three.hint("registry.example/two")
    assert three.stack("two:prod") == "cba"
    assert three.shelf.requested == [ONE, TWO, TWO]
    assert three.value('imagestream_problems{reason="Unreachable"}') == 2
    assert warnings(caplog) == [AWAY.message]
    del three.shelf.refused[ONE]
    three.settle(31)
    assert caplog.messages.count(f"no longer: {AWAY.message}") == 1


def test_a_failing_tag_list_backs_off_too_and_is_imported_later(turning: Turning) -> None:
    turning.shelf.images["registry.example/all:1"] = digest("a")
    turning.shelf.refused["registry.example/all"] = Failure(Reason.UNREACHABLE, "the list is away.")
    text = stream("all", tag("x", TWO), more="  dockerImageRepository: registry.example/all\n")
    turning.declare(text)
    turning.start()
    turning.settle(300)
    assert turning.shelf.requested.count("registry.example/all") == 1 + 3, "after 30, 60 and 120 seconds"
    del turning.shelf.refused["registry.example/all"]
    turning.settle(900)
    assert turning.stack("all:1") == "a"


# Passes over a part


def test_each_push_to_the_integrated_registry_is_one_event(turning: Turning) -> None:
    turning.installation = Installation((RegistryRule("own.example", integrated=True),))
    turning.declare(stream("app", tag("prod", ONE)), stream("two", tag("prod", TWO)))
    turning.start()
    for number, image in enumerate("bcd", start=1):
        turning.shelf.images[f"own.example/team-a/app:{number}"] = digest(image)
        turning.hint("own.example/team-a/app")
        turning.hint("own.example/team-a/app")
        assert turning.stack(f"app:{number}") == image
    turning.shelf.images["own.example/team-a/app:1"] = digest("e")
    turning.hint("own.example/team-a/app")
    assert turning.stack("app:1") == "eb"


def test_an_event_looks_up_only_the_tags_it_names_and_only_a_few_times(turning: Turning) -> None:
    names = [f"registry.example/many:{number}" for number in range(20)]
    turning.shelf.images |= dict.fromkeys(names, digest("a"))
    turning.declare(stream("many", *(tag(f"t{number}", name) for number, name in enumerate(names))))
    turning.start()
    turning.shelf.requested.clear()
    turning.hint("registry.example/many:7")
    turning.settle(20)
    assert turning.shelf.requested == [names[7]] * (1 + len(FOLLOW_UPS))
    turning.shelf.requested.clear()
    turning.shelf.images[names[7]] = digest("b")
    turning.hint("registry.example/many:7", "registry.example/many:none")
    turning.settle(20)
    assert turning.shelf.requested == [names[7]] * 2
    assert turning.stack("many:t7") == "ba"
    turning.hint("registry.example/many")
    assert {*turning.shelf.requested} == {*names}


def test_an_event_that_comes_before_the_tag_moves_is_applied_later(turning: Turning) -> None:
    turning.declare(stream("one", tag("prod", ONE)))
    turning.start()
    turning.hint("registry.example/one:1")
    turning.settle(2)
    turning.shelf.images[ONE] = digest("b")
    turning.settle(10)
    assert turning.stack("one:prod") == "ba"


def test_an_event_of_the_integrated_registry_looks_up_its_tag_only(turning: Turning) -> None:
    turning.installation = Installation((RegistryRule("own.example", integrated=True),))
    own = [f"own.example/team-a/app:{number}" for number in range(20)]
    turning.shelf.images |= dict.fromkeys(own, digest("a"))
    turning.declare(stream("app"))
    turning.start()
    turning.shelf.requested.clear()
    turning.shelf.images[own[3]] = digest("b")
    turning.shelf.images["own.example/team-a/app:new"] = digest("c")
    turning.hint("own.example/team-a/app:3", "own.example/team-a/app:new")
    assert {*turning.shelf.requested} == {"own.example/team-a/app", own[3], "own.example/team-a/app:new"}
    assert [turning.stack(name) for name in ("app:3", "app:new", "app:4")] == ["ba", "c", "a"]
    turning.shelf.refused[own[5]] = AWAY
    turning.shelf.images[own[5]] = digest("b")
    turning.hint("own.example/team-a/app:5")
    del turning.shelf.refused[own[5]]
    turning.settle(60)
    assert turning.stack("app:5") == "ba"


def test_a_pin_waits_for_the_image_that_another_stream_gets(turning: Turning) -> None:
    pin = f"  - {{name: pin, from: {{kind: ImageStreamImage, name: 'one@{digest('b')}'}}}}\n"
    turning.declare(stream("one", tag("prod", ONE)), stream("two", pin))
    turning.start()
    assert turning.stack("two:pin") == ""
    turning.shelf.images[ONE] = digest("b")
    turning.hint("registry.example/one")
    assert turning.stack("two:pin") == "b"


def test_a_revert_is_held_and_the_tag_moves_on_with_the_next_image(three: Turning) -> None:
    three.shelf.images[ONE] = digest("b")
    three.hint("registry.example/one")
    three.work.git("pull", "--quiet", "--rebase", "origin", "main")
    moved = next(line for line in three.work.git("log", "--format=%H %s").splitlines() if "Tag team-a/one:prod" in line)
    three.work.git("revert", "--no-edit", moved.split()[0])
    three.push()
    three.turn(Wakeup(branch=True))
    assert three.stack("one:prod") == "a"
    three.settle(10)
    three.hint("registry.example/one")
    assert [three.stack(name) for name in ("one:prod", "middle:copy")] == ["a", "aba"]
    three.shelf.images[ONE] = digest("c")
    three.hint("registry.example/one")
    assert [three.stack(name) for name in ("one:prod", "middle:copy", "two:copy")] == ["ca", "caba", "caba"]


def test_a_tag_that_is_undeclared_and_comes_back_gets_its_history_back(three: Turning) -> None:
    text = (three.work.path / "0.yaml").read_text()
    three.work.git("pull", "--quiet", "--rebase", "origin", "main")
    three.work.commit({"0.yaml": stream("one", tag("prod", ONE))}, "Undeclare same")
    three.push()
    three.settle(three.poll)
    assert three.stack("one:same") == ""
    three.work.git("pull", "--quiet", "--rebase", "origin", "main")
    three.work.commit({"0.yaml": text}, "Declare same")
    three.push()
    three.settle(three.poll + 1)
    assert three.stack("one:same") == "a"
    assert three.subjects()[0] == "Restore history of team-a/one:same"


# Grouped pushes


def test_a_burst_of_pushes_is_one_pass_after_it_was_quiet(turning: Turning) -> None:
    turning.declare(
        stream("one", tag("prod", ONE)), stream("two", tag("prod", TWO)), more="push: {quiet: 30s}, commit: {}"
    )
    turning.start()
    pushes = turning.value('imagestream_pushes_total{result="done"}')
    turning.shelf.images |= {ONE: digest("b"), TWO: digest("b")}
    turning.hint("registry.example/one")
    turning.settle(20)
    turning.hint("registry.example/two")
    turning.settle(29)
    assert (turning.stack("one:prod"), turning.stack("two:prod")) == ("a", "a")
    turning.settle(2)
    assert (turning.stack("one:prod"), turning.stack("two:prod")) == ("ba", "ba")
    assert turning.value('imagestream_pushes_total{result="done"}') == pushes + 1


def test_endless_pushes_are_committed_after_a_bounded_time(turning: Turning) -> None:
    turning.declare(stream("one", tag("prod", ONE)), more="push: {quiet: 30s}")
    turning.start()
    turning.shelf.images[ONE] = digest("b")
    for _ in range(29):
        turning.hint("registry.example/one")
        turning.settle(10)
    assert turning.stack("one:prod") == "a"
    turning.hint("registry.example/one")
    turning.settle(10)
    assert turning.stack("one:prod") == "ba"


def test_a_commit_found_by_polling_waits_for_more_of_them(turning: Turning) -> None:
    turning.declare(stream("one", tag("prod", ONE)), more="push: {quiet: 30s}")
    turning.start()
    turning.work.commit({"1.yaml": stream("two", tag("prod", TWO))}, "Declare two")
    turning.push()
    turning.settle(turning.poll + 29)
    assert turning.stack("two:prod") == ""
    turning.settle(2)
    assert turning.stack("two:prod") == "a"


def test_pushes_are_as_far_apart_as_configured(turning: Turning) -> None:
    turning.declare(stream("one", tag("prod", ONE)), more="push: {atMostEvery: 10m}")
    turning.start()
    turning.shelf.images[ONE] = digest("b")
    turning.hint("registry.example/one")
    turning.settle(590)
    assert turning.stack("one:prod") == "a"
    turning.settle(20)
    assert turning.stack("one:prod") == "ba"
    turning.settle(700)
    turning.shelf.images[ONE] = digest("c")
    turning.hint("registry.example/one")
    assert turning.stack("one:prod") == "cba", "long enough after the last"


# The installation's files


def test_changed_files_are_read_when_they_are_quiet_and_the_old_runtime_is_closed(three: Turning) -> None:
    three.installation = Installation((RegistryRule("registry.example", interval=60),))
    for _ in range(3):
        three.turn(Wakeup(settings=True))
    assert (three.opened, three.closed) == (1, 0)
    three.settle(1)
    assert (three.opened, three.closed) == (2, 1)
    assert three.shelf.requested.count(ONE) == 1, "another interval is another job"
    three.settle(61)
    assert three.shelf.requested.count(ONE) == 2
    three.loop.close()
    assert (three.opened, three.closed) == (2, 2)


def test_broken_files_are_reported_once_and_change_nothing(three: Turning, caplog: pytest.LogCaptureFixture) -> None:
    three.broken = "installation.yaml:3:1: error: unknown key"
    for _ in range(3):
        three.turn(Wakeup(settings=True))
        three.settle(1)
    assert warnings(caplog) == [f"{three.broken} What was read before stays in force."]
    assert (three.opened, three.closed) == (1, 0)
    three.shelf.images[ONE] = digest("b")
    three.hint("registry.example/one")
    assert three.stack("one:prod") == "ba"
    three.broken = ""
    three.turn(Wakeup(settings=True))
    three.settle(1)
    assert (three.opened, three.closed) == (2, 1)
    assert sum(message.startswith("no longer: installation.yaml") for message in caplog.messages) == 1


def test_with_new_files_only_failed_sources_are_looked_up_again(three: Turning) -> None:
    three.shelf.refused[ONE] = AWAY
    three.hint("registry.example/one")
    del three.shelf.refused[ONE]
    three.shelf.requested.clear()
    three.turn(Wakeup(settings=True))
    three.settle(1)
    assert three.shelf.requested == [ONE]


def test_sighup_looks_at_everything(three: Turning) -> None:
    three.turn(Wakeup(branch=True, everything=True, settings=True))
    assert (sorted(three.shelf.requested), three.opened) == ([ONE, TWO], 2)


def test_an_unobserved_folder_is_reported_once(three: Turning, caplog: pytest.LogCaptureFixture) -> None:
    three.unwatched = frozenset({"/srv cannot be watched."})
    three.settle(300)
    assert warnings(caplog) == ["/srv cannot be watched."]


# The mirror and the machine


@pytest.mark.parametrize("damage", ["objects", "refs", "gone"])
def test_a_mirror_that_is_damaged_during_a_run_is_made_again(
    three: Turning, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    if damage == "gone":
        three.mirror.rename(three.kit.root / "elsewhere")
    for file in three.mirror.rglob("*"):
        if file.is_file() and ((damage == "objects" and "objects" in file.parts) or "remotes" in file.parts):
            file.chmod(0o644)
            file.write_bytes(b"garbage")
    three.shelf.images[ONE] = digest("b")
    three.hint("registry.example/one")
    three.settle(three.poll + 10)
    assert three.stack("one:prod") == "ba"
    assert warnings(caplog).count(f"the mirror in {three.mirror} was damaged: it is made anew.") == 1
    assert Repository(three.mirror, bare=True).is_whole()


def test_a_mirror_that_cannot_be_made_again_is_reported_and_tried_again(
    three: Turning, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = three.kit.root / "elsewhere"
    three.mirror.rename(elsewhere)
    three.mirror.mkdir()
    (three.mirror / "photo").write_text("1")
    three.settle(1000)
    text = f"{three.mirror} has something else in it. Name an empty folder, or none, with --data."
    assert warnings(caplog).count(text) == 1
    (three.mirror / "photo").unlink()
    three.shelf.images[ONE] = digest("b")
    three.settle(4000)
    assert three.stack("one:prod") == "ba"


def test_a_lock_of_a_killed_git_is_removed_during_a_run(three: Turning) -> None:
    (three.mirror / "refs/remotes/origin/main.lock").touch()
    three.shelf.images[ONE] = digest("b")
    three.hint("registry.example/one")
    three.settle(three.poll + 10)
    assert three.stack("one:prod") == "ba"


def test_many_loose_objects_are_packed(three: Turning) -> None:
    blobs = three.kit.root / "blobs"
    blobs.mkdir()
    for number in range(3000):
        (blobs / str(number)).write_text(str(number))
    names = "".join(f"{blobs / str(number)}\n" for number in range(3000))
    three.kit.folder("mirror").raw("hash-object", "-w", "--stdin-paths", stdin=names.encode())
    assert len(list(three.mirror.glob("objects/17/*"))) > 8, "git counts those of one folder"
    head = three.remote.head("main")
    loose = three.mirror / "objects" / head[:2] / head[2:]
    assert loose.exists()
    for _ in range(TIDY_AFTER // 2):
        three.hint("registry.example/one")
    assert loose.exists()
    for _ in range(TIDY_AFTER // 2):
        three.hint("registry.example/one")
    assert not loose.exists()
    three.shelf.images[ONE] = digest("b")
    three.hint("registry.example/one")
    assert three.stack("one:prod") == "ba"


class FullDisk(Shelf):
    full = False

    def resolve(self, question: Question, *, known: KnownImages = frozenset()) -> Answer:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().resolve(question, known=known)


def test_the_loop_waits_while_the_disk_is_full(turning: Turning, caplog: pytest.LogCaptureFixture) -> None:
    disk = turning.shelf = FullDisk(turning.shelf.images)
    turning.declare(stream("one", tag("prod", ONE)))
    turning.start()
    disk.full, disk.images[ONE] = True, digest("b")
    turning.hint("registry.example/one")
    turning.settle(100)
    assert warnings(caplog) == ["this machine failed: No space left on device. It is tried again."]
    disk.full = False
    turning.settle(LONGEST_PAUSE)
    assert turning.stack("one:prod") == "ba"


def test_pauses_after_failures_grow_and_a_wakeup_shortens_only_one(three: Turning) -> None:
    three.remote.path.rename(three.kit.root / "away.git")
    three.settle(three.poll)
    assert [three.sleep() for _ in range(7)] == [5, 10, 20, 40, 80, 160, 300]
    three.clock.advance(10)
    three.hint("registry.example/one")
    assert three.idle() == LONGEST_PAUSE, "it was tried at once, and failed"
    for _ in range(3):
        three.hint("registry.example/one")
        assert three.idle() == 1
    three.clock.advance(0.25)
    three.hint("registry.example/one")
    assert three.idle() == 0.75


class Faulty(Shelf):
    wrong = False

    def resolve(self, question: Question, *, known: KnownImages = frozenset()) -> Answer:
        if self.wrong:
            raise ValueError(str(question))
        return super().resolve(question, known=known)


def test_a_bug_ends_one_pass_and_not_the_loop(turning: Turning, caplog: pytest.LogCaptureFixture) -> None:
    shelf = turning.shelf = Faulty(turning.shelf.images)
    turning.declare(stream("one", tag("prod", ONE)))
    turning.start()
    shelf.wrong, shelf.images[ONE] = True, digest("b")
    turning.hint("registry.example/one")
    turning.settle(100)
    said = "internal error (ValueError). It is tried again. Please open an issue with this line."
    assert warnings(caplog) == [said]
    assert any(record.exc_info for record in caplog.records if record.levelno == logging.ERROR)
    shelf.wrong = False
    turning.settle(LONGEST_PAUSE)
    assert turning.stack("one:prod") == "ba"
