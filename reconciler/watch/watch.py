"""A watch: calls back when the content of some paths changes.

inotify reports that something happened in a folder; comparing stamps tells whether it is a change, so reads, lock files
and other files in the folder cause no call. Where inotify is not available, `check` finds changes when it is called. It
also observes folders that appeared, and drops those that are gone.
"""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from reconciler.watch.mount import network_type
from reconciler.watch.stamp import folders, stamp

MAX_FOLDERS: Final = 64
"""Folders that one watch observes; each needs a thread."""
_EVENTS: Final[list[type[FileSystemEvent]]] = [
    *(FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent),
    *(DirCreatedEvent, DirDeletedEvent, DirMovedEvent),
]
"""Without the events of opening and closing, because a comparison causes such events itself."""
_LIMITS: Final = {
    errno.ENOSPC: "the limit fs.inotify.max_user_watches is reached",
    errno.EMFILE: "the limit fs.inotify.max_user_instances, or that of open files, is reached",
}
_Identity = tuple[int, int]


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Whether a line of watchdog concerns a person.

    watchdog logs an error for an event that arrives while its folder is dropped or the watch is closed. Nothing is
    wrong then: after a folder is dropped the stamps are compared once more.
    """
    return "called when the thread is inactive" not in record.getMessage()


logging.getLogger("watchdog.observers.inotify").addFilter(_is_worth_a_line)


@dataclass(frozen=True, slots=True)
class _Observed:
    identity: _Identity
    watch: ObservedWatch | None
    """None if the folder cannot be observed."""
    why: str = ""
    """The reason, if it cannot."""


class Watch:
    """Reports changes of some paths; a context manager. One thread calls `check`, `replace` and `close`."""

    def __init__(self, paths: Collection[Path], changed: Callable[[], None]) -> None:
        """`changed` is called in a thread of the observer or in the one that calls `check`; it must return at once."""
        self._changed = changed
        self._lock = (
            threading.Lock()
        )  # for the stamps; not held while the observer is called, which has locks of its own
        self._seen = {path: stamp(path) for path in paths}
        self._observer: BaseObserver | None = None
        self._handler = _Handler(self._compare)
        self._folders: dict[Path, _Observed] = {}
        self._wanted: dict[Path, _Identity] = {}
        self._observe()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def blind(self) -> frozenset[str]:
        """The folders that cannot be observed, and why; one sentence each."""
        return frozenset(
            f"{folder} cannot be watched, because {each.why}: changes there are found by looking now and then."
            for folder, each in self._folders.items()
            if each.why
        )

    def replace(self, paths: Collection[Path]) -> None:
        """Watch these paths from now on; no change of a path that was watched before is lost."""
        with self._lock:
            self._seen = {path: self._seen.get(path) or stamp(path) for path in paths}
        self._observe()
        self._compare()

    def check(self) -> None:
        """Find changes that no event reported."""
        self._observe()
        self._compare()

    def close(self) -> None:
        """Stop; all threads and descriptors are released."""
        observer, self._observer = self._observer, None
        self._folders, self._wanted = {}, {}
        if observer is not None:
            observer.stop()
            observer.join()

    def _compare(self) -> None:
        with self._lock:
            before, self._seen = self._seen, {path: stamp(path) for path in self._seen}
            differs = before != self._seen
        if differs or self._wanted != self._needed():
            self._changed()

    def _needed(self) -> dict[Path, _Identity]:
        found = dict.fromkeys(folder for path in self._seen for folder in folders(path))
        return {folder: _identity(folder) for folder in list(found)[:MAX_FOLDERS]}

    def _observe(self) -> None:
        """Observe the folders that the paths need now, and no others."""
        needed = self._needed()
        for folder in [*self._folders]:
            if needed.get(folder) != self._folders[folder].identity:
                gone = self._folders.pop(folder).watch
                if gone is not None and self._observer is not None:
                    self._observer.unschedule(gone)
        for folder in needed - self._folders.keys():
            self._folders[folder] = self._observed(folder, needed[folder])
        self._wanted = needed

    def _observed(self, folder: Path, identity: _Identity) -> _Observed:
        kind = network_type(folder)
        if kind is not None:
            return _Observed(identity, None, f"it is on a network file system ({kind})")
        try:
            if self._observer is None:
                observer = Observer()
                observer.start()
                self._observer = observer
            return _Observed(identity, self._observer.schedule(self._handler, str(folder), event_filter=_EVENTS))
        except OSError as error:
            return _Observed(identity, None, _LIMITS.get(error.errno or 0, error.strerror or str(error)))


class _Handler(FileSystemEventHandler):
    def __init__(self, compare: Callable[[], None]) -> None:
        self._compare = compare

    def on_any_event(self, event: FileSystemEvent) -> None:
        """An event in an observed folder."""
        del event
        self._compare()


def _identity(folder: Path) -> _Identity:
    try:
        found = folder.stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino
