"""A watch reports every kind of change of a file and nothing else, and leaves nothing behind."""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.observers.api import BaseObserver

from reconciler.gitstore import branch_files, loose_commit
from reconciler.watch import Watch, watch
from tests.kit.git import GitKit
from tests.kit.loop import PATIENCE


class Changes:
    """Counts the changes that were reported."""

    def __init__(self) -> None:
        self.count = 0
        self._new = threading.Event()

    def note(self) -> None:
        self.count += 1
        self._new.set()

    def heard(self) -> bool:
        """Whether a change is reported now, or within the time that a slow machine needs."""
        heard = self._new.wait(PATIENCE)
        self._new.clear()
        return heard

    def silent(self) -> bool:
        """Whether no change was reported for a while, in which the kernel would have told of one."""
        return not self._new.wait(0.3)


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No test leaves a thread or a descriptor behind."""
    before = (set(threading.enumerate()), len(list(Path("/proc/self/fd").iterdir())))
    yield
    deadline = time.monotonic() + PATIENCE
    while (set(threading.enumerate()), len(list(Path("/proc/self/fd").iterdir()))) != before:
        assert time.monotonic() < deadline, threading.enumerate()
        time.sleep(0.02)


def overwrite(file: Path) -> None:
    file.write_text("rewritten in place")


def rename_over(file: Path) -> None:
    (file.parent / ".new.swp").write_text("an editor's")
    (file.parent / ".new.swp").rename(file)


def remove(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("change", [overwrite, rename_over, remove])
def test_every_way_to_change_a_file_is_reported(
    tmp_path: Path, changes: Changes, change: Callable[[Path], None]
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("1")
    with Watch([file], changes.note):
        assert changes.silent()
        change(file)
        assert changes.heard()


def test_a_new_file_is_reported(tmp_path: Path, changes: Changes) -> None:
    with Watch([tmp_path / "later.yaml"], changes.note):
        (tmp_path / "later.yaml").write_text("1")
        assert changes.heard()


def mounted(folder: Path, generation: int, secrets: dict[str, str]) -> None:
    """Write as the kubelet does: a new folder, and a rename of a new symlink `..data` over the old one."""
    fresh = folder / f"..2026_11_24_{generation}"
    fresh.mkdir(parents=True)
    for name, value in secrets.items():
        (fresh / name).write_text(value)
    old = (folder / "..data").readlink() if (folder / "..data").is_symlink() else None
    (folder / "..data_tmp").symlink_to(fresh.name)
    (folder / "..data_tmp").rename(folder / "..data")
    for name in secrets:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(Path("..data") / name)
    if old is not None:
        for file in (folder / old).iterdir():
            file.unlink()
        (folder / old).rmdir()


@pytest.mark.parametrize("watched", [".", "hub"])
def test_each_swap_of_a_mounted_kubernetes_secret_is_reported(tmp_path: Path, changes: Changes, watched: str) -> None:
    folder = tmp_path / "secrets"
    mounted(folder, 0, {"hub": "one", "git": "one"})
    with Watch([folder / watched], changes.note) as watching:
        for generation in range(1, 4):
            mounted(folder, generation, {"hub": f"{generation}", "git": f"{generation}"})
            assert changes.heard(), generation
            watching.check()
            assert not watching.blind


def test_other_files_of_the_folder_and_reads_are_not_reported(tmp_path: Path, changes: Changes) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("1")
    with Watch([file], changes.note) as watching:
        (tmp_path / "other").write_text("2")
        rename_over(tmp_path / "other")
        for _ in range(100):
            assert file.read_text() == "1"
            watching.check()
        assert changes.silent()


def test_the_target_of_a_symlink_is_watched(tmp_path: Path, changes: Changes) -> None:
    real = tmp_path / "elsewhere" / "real.yaml"
    real.parent.mkdir()
    real.write_text("1")
    link = tmp_path / "etc" / "config.yaml"
    link.parent.mkdir()
    link.symlink_to(real)
    with Watch([link], changes.note):
        rename_over(real)
        assert changes.heard()


def test_folders_that_come_go_and_are_replaced_are_followed(tmp_path: Path, changes: Changes) -> None:
    file = tmp_path / "a" / "b" / "file"
    with Watch([file], changes.note) as watching:
        for _ in range(3):
            file.parent.mkdir(parents=True)
            watching.check()
            watching.check()
            file.write_text("1")
            assert changes.heard()
            file.unlink()
            file.parent.rmdir()
            (tmp_path / "a").rmdir()
            assert changes.heard()
            watching.check()


def test_other_paths_take_the_place_of_the_first(tmp_path: Path, changes: Changes) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with Watch([tmp_path / "a" / "file"], changes.note) as watching:
        watching.replace([tmp_path / "b" / "file"])
        (tmp_path / "a" / "file").write_text("1")
        assert changes.silent()
        (tmp_path / "b" / "file").write_text("1")
        assert changes.heard()


def test_pushes_to_a_repository_on_the_same_disk_are_reported(tmp_path: Path, changes: Changes) -> None:
    kit = GitKit(tmp_path)
    bare, work = kit.bare(), kit.repository()
    files = branch_files(f"file://{bare.path}", "main")
    assert loose_commit(files) is None
    with Watch(files, changes.note) as watching:
        first = work.commit({"a": "1"})
        work.git("push", "--quiet", str(bare.path), "main")
        assert changes.heard()
        assert loose_commit(files) == first
        watching.check()
        bare.git("pack-refs", "--all")
        assert changes.heard()
        assert loose_commit(files) is None
        work.commit({"a": "2"})
        work.git("push", "--quiet", str(bare.path), "main:other", "HEAD:refs/imagestream/tip/main")
        watching.check()  # reports what was not reported yet
        while not changes.silent():
            changes.heard()
        work.git("push", "--quiet", str(bare.path), "HEAD:refs/imagestream/tip/x", "HEAD:another")
        assert changes.silent()


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.ENOSPC, "the limit fs.inotify.max_user_watches is reached"),
        (errno.EMFILE, "the limit fs.inotify.max_user_instances, or that of open files, is reached"),
        (errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_without_inotify_changes_are_found_by_looking(
    tmp_path: Path, changes: Changes, monkeypatch: pytest.MonkeyPatch, number: int, why: str
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(BaseObserver, "schedule", refused)  # the kernel's limits cannot be reached in a test
    file = tmp_path / "config.yaml"
    file.write_text("1")
    with Watch([file], changes.note) as watching:
        assert watching.blind == {
            f"{tmp_path} cannot be watched, because {why}: changes there are found by looking now and then."
        }
        rename_over(file)
        assert changes.silent()
        watching.check()
        assert changes.count == 1
        watching.check()
        assert changes.count == 1


def test_ten_thousand_events_are_one_change_at_a_time_and_cost_no_memory(tmp_path: Path, changes: Changes) -> None:
    file = tmp_path / "config.yaml"
    with Watch([file], changes.note) as watching:
        for number in range(2000):
            (tmp_path / "noise").write_text(str(number))
        file.write_text("done")
        assert changes.heard()
        watching.check()
    assert changes.count < 10


def test_no_more_folders_are_observed_than_there_may_be(tmp_path: Path, changes: Changes) -> None:
    files = [tmp_path / str(number) / "file" for number in range(watch.MAX_FOLDERS + 5)]
    for file in files:
        file.parent.mkdir()
    before = threading.active_count()
    with Watch(files, changes.note) as watching:
        assert threading.active_count() <= before + watch.MAX_FOLDERS + 2
        files[-1].write_text("1")
        watching.check()
        assert changes.heard()


def test_a_change_just_before_the_paths_are_replaced_is_not_lost(tmp_path: Path, changes: Changes) -> None:
    kept = tmp_path / "kept"
    kept.write_text("1")
    with Watch([kept], changes.note) as watching:
        watching.close()  # no event is reported
        kept.write_text("22")
        watching.replace([kept, tmp_path / "new"])
        assert changes.count == 1
        watching.replace([tmp_path / "new", kept])
        assert changes.count == 1


def test_only_lines_of_watchdog_that_concern_a_person_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("watchdog.observers.inotify")
    logger.error("InotifyEmitter.queue_events() called when the thread is inactive")
    logger.error("inotify is broken")
    assert caplog.messages == ["inotify is broken"]
