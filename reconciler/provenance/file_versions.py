"""File versions: every version of some istags' histories and holds, and whether the reconciler made it.

A version is own if the commit's trailers count (`trust`) and match its diff, and if the reconciler could have
taken that step on its parent; a merge is never own. What an own version adds to a file is recorded, and so is the
content from before the branch's beginning. Nothing else is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from reconciler.gitstore import Commit
from reconciler.model.history import Cause, HeldImage, TagEvent
from reconciler.model.name import IstagName, istag_of_path
from reconciler.planning.own_step import is_step
from reconciler.planning.trailers import RecordedChange
from reconciler.provenance.log import FileVersion, Log
from reconciler.provenance.parsed_file import Held, Stack
from reconciler.provenance.trust import OWN_PATHS

IsOwn = Callable[[IstagName, FileVersion], bool]
"""Whether the reconciler made a version of an istag's file."""


class FileVersions:
    """The versions of the files of some istags below a log's revision, newest first, over all parents of merges."""

    def __init__(self, log: Log, names: Collection[IstagName], versions: Iterable[FileVersion] | None = None) -> None:
        """`versions` are the versions of the names' files, merges included, if the caller has read them already."""
        self._log = log
        self._histories: dict[IstagName, list[FileVersion]] = {name: [] for name in names}
        self._holds: dict[IstagName, list[FileVersion]] = {name: [] for name in names}
        self._own: dict[tuple[IstagName, str], bool] = {}
        self._own_holds: dict[tuple[IstagName, str], bool] = {}
        self._ever: dict[IstagName, frozenset[TagEvent]] = {}
        paths = [path for name in names for path in (name.history_path, name.hold_path)]
        for version in versions or log.versions(paths, merges=True, folders=OWN_PATHS):
            name = istag_of_path(version.change.path)
            if name in self._histories:
                kept = self._histories if version.change.path == name.history_path else self._holds
                kept[name].append(version)

    def histories(self, name: IstagName) -> Sequence[FileVersion]:
        """The versions of an istag's history, newest first."""
        return self._histories.get(name, [])

    def holds(self, name: IstagName) -> Sequence[FileVersion]:
        """The versions of an istag's hold, newest first."""
        return self._holds.get(name, [])

    def load(self, versions: Iterable[FileVersion]) -> None:
        """Read the contents before and after these versions, and the holds of the same commits, in one batch."""
        loaded = list(versions)
        changes = [version.change for version in loaded]
        for version in loaded:
            name = istag_of_path(version.change.path)
            changes += [each.change for each in self._hold_at(name, version)] if name is not None else []
        self._log.parsed.load(changes)
        self._log.trust.load(version.commit for version in loaded)

    def stack(self, name: IstagName, oid: str | None) -> Stack | None:
        """The events of one content of a history; empty if there is no file, None if it is unreadable."""
        return self._log.parsed.stack(name, oid)

    def entries(self, name: IstagName, oid: str | None) -> Held | None:
        """The entries of one content of a hold; empty if there is no file, None if it is unreadable."""
        return self._log.parsed.held(name, oid)

    def trailers(self, name: IstagName, commit: Commit) -> RecordedChange | None:
        """A commit's trailers about an istag; None if they do not count."""
        return next((each for each in self._log.trailers(commit) if each.tag == name), None)

    def is_own(self, name: IstagName, version: FileVersion) -> bool:
        """Whether the reconciler, or one of its commands, made this version of a history."""
        key = name, version.commit.id
        trailers = None if key in self._own else self.trailers(name, version.commit)
        if trailers is not None and self._adds_old_events(name, version, trailers):
            self._judge_histories(name)
        return self._own.setdefault(key, trailers is not None and self._is_step(name, version, trailers, ()))

    def _adds_old_events(self, name: IstagName, version: FileVersion, trailers: RecordedChange) -> bool:
        """Whether the stack has events that the parent's lacks, so that earlier records matter."""
        before, after = (self.stack(name, oid) for oid in (version.change.old_oid, version.change.new_oid))
        adds = not set(after or ()) <= set(before or ())
        return trailers.cause == "restored" or (trailers.cause == "rolled-back" and adds)

    def _judge_histories(self, name: IstagName) -> None:
        """Judge every version, oldest first, each by what those before it recorded, so no judgement is nested."""
        self.load(self.histories(name))
        known = set(self.baseline_stack(name))
        for version in reversed(self.histories(name)):
            trailers = self.trailers(name, version.commit)
            own = trailers is not None and self._is_step(name, version, trailers, known)
            self._own[name, version.commit.id] = own
            known.update(self._added_events(name, version) if own else ())

    def _is_step(
        self, name: IstagName, version: FileVersion, trailers: RecordedChange, ever: Collection[TagEvent]
    ) -> bool:
        """Whether the reconciler could have taken this step. A restoration with a trusted signature counts as it is."""
        before, after = (self.stack(name, oid) for oid in (version.change.old_oid, version.change.new_oid))
        if trailers.cause == "restored" and after is not None and self._log.trust.is_trusted(version.commit.id):
            ever = after
        if after is None or before is None:
            return trailers.cause == "restored" and after is not None and set(after) <= set(ever)
        if trailers.cause == Cause.ADOPTED and not self._is_first(name, version):
            return False
        return is_step(trailers, before, after, self._held_before(name, version), ever)

    def is_own_hold(self, name: IstagName, version: FileVersion) -> bool:
        """Whether the reconciler, or one of its commands, made this version of a hold."""
        key = name, version.commit.id
        trailers = None if key in self._own_holds else self.trailers(name, version.commit)
        if trailers is not None and trailers.cause == "restored":
            self._judge_holds(name)
        return self._own_holds.setdefault(key, trailers is not None and self._is_hold_step(name, version, trailers, ()))

    def _judge_holds(self, name: IstagName) -> None:
        self.load(self.holds(name))
        known = set(self.baseline_held(name))
        for version in reversed(self.holds(name)):
            trailers = self.trailers(name, version.commit)
            own = trailers is not None and self._is_hold_step(name, version, trailers, known)
            self._own_holds[name, version.commit.id] = own
            known.update(self.entries(name, version.change.new_oid) or () if own else ())

    def _is_hold_step(
        self, name: IstagName, version: FileVersion, trailers: RecordedChange, ever: Collection[HeldImage]
    ) -> bool:
        before, after = (self.entries(name, oid) or () for oid in (version.change.old_oid, version.change.new_oid))
        if trailers.cause == "restored" and self._log.trust.is_trusted(version.commit.id):
            return True
        return trailers.could_leave(before, after, ever)

    def is_answer(self, name: IstagName, version: FileVersion) -> bool:
        """Whether this version of a hold is the reconciler's answer to what people did to the stack before it."""
        trailers = self.trailers(name, version.commit)
        answers = trailers is not None and (trailers.cause == "rolled-back" or trailers.image != trailers.previous)
        return answers and self.is_own_hold(name, version)

    def ever(self, name: IstagName) -> frozenset[TagEvent]:
        """Every event that was recorded in this history."""
        if name not in self._ever:
            self.load(self.histories(name))
            self._ever[name] = frozenset({*self._recorded(name, self.histories(name)), *self.baseline_stack(name)})
        return self._ever[name]

    def ever_held(self, name: IstagName) -> frozenset[HeldImage]:
        """Every entry that was recorded in this hold."""
        self.load(self.holds(name))
        own = (version for version in self.holds(name) if self.is_own_hold(name, version))
        found = {entry for version in own for entry in self.entries(name, version.change.new_oid) or ()}
        return frozenset({*found, *self.baseline_held(name)})

    def newest(
        self, versions: Mapping[IstagName, Sequence[FileVersion]], is_own: IsOwn
    ) -> dict[IstagName, FileVersion]:
        """The newest own version of each istag that has one. Each round reads one further version of every istag."""
        found: dict[IstagName, FileVersion] = {}
        waiting = {name: list(each) for name, each in versions.items() if each}
        while waiting:
            self.load(each[0] for each in waiting.values())
            for name, each in list(waiting.items()):
                version = each.pop(0)
                if is_own(name, version):
                    found[name] = version
                if name in found or not each:
                    del waiting[name]
        return found

    def baseline_stack(self, name: IstagName) -> Stack:
        """The events that the history had before the branch's beginning: they count without proof."""
        return self._log.baseline.stack(name)

    def baseline_held(self, name: IstagName) -> Held:
        """The entries that the hold had before the branch's beginning."""
        return self._log.baseline.held(name)

    def _recorded(self, name: IstagName, versions: Iterable[FileVersion]) -> set[TagEvent]:
        """The events that own versions added to the history."""
        own = (version for version in versions if self.is_own(name, version))
        return {event for version in own for event in self._added_events(name, version)}

    def _added_events(self, name: IstagName, version: FileVersion) -> Iterator[TagEvent]:
        before, after = (self.stack(name, oid) for oid in (version.change.old_oid, version.change.new_oid))
        return (event for event in after or () if event not in (before or ()))

    def _hold_at(self, name: IstagName, version: FileVersion) -> Sequence[FileVersion]:
        """The version of the hold in the same commit: the one it made, else the newest one below it."""
        return [hold for hold in self._holds.get(name, ()) if hold.position >= version.position][:1]

    def _is_first(self, name: IstagName, version: FileVersion) -> bool:
        """Whether the history had no other content before this version."""
        older = (each for each in self._histories.get(name, ()) if each.position > version.position)
        return all(each.change.new_oid == version.change.new_oid for each in older)

    def _held_before(self, name: IstagName, version: FileVersion) -> set[str]:
        """The identities of the images that were held on the commit's parent."""
        for hold in self._hold_at(name, version):
            same = hold.position == version.position
            entries = self.entries(name, hold.change.old_oid if same else hold.change.new_oid)
            return {entry.identity for entry in entries or ()}
        return set()
