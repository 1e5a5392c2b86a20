"""What the reconciler last wrote in each history and hold of a branch (design 3.3).

It is, in this order:

1. the content at `refs/imagestream/tip/<branch>`, the last commit that it pushed, or in an own commit above it
   (`tip` decides whether that reference is believed);
2. the content in the newest own commit that changed the file;
3. the content before the branch's beginning;
4. on a branch without a beginning, the current content.

If only the reconciler has changed `history/` and `holds/` since the tip, all of this is one `git diff-tree`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from reconciler.gitstore import Repository
from reconciler.model.name import IstagName, istag_of_path
from reconciler.provenance.file_versions import FileVersions
from reconciler.provenance.log import FileVersion, Log
from reconciler.provenance.parsed_file import Held, Stack
from reconciler.provenance.tip import Tip
from reconciler.reading.snapshot import Snapshot
from reconciler.settings import HISTORY_DIR, HOLDS_DIR

_Blobs = Mapping[IstagName, Mapping[str, str | None]]
"""By istag the blobs at the tip of its files that differ now, by folder."""


@dataclass(frozen=True, slots=True)
class LastWritten:
    """What the reconciler last wrote, for the istags that may differ from it."""

    versions: FileVersions
    """The versions of the files of these istags."""
    names: frozenset[IstagName]
    stacks: Mapping[IstagName, Stack]
    """The events, as last written or last accepted by a Hold commit; no entry if no commit shows them."""
    entries: Mapping[IstagName, Held]
    """The entries of holds; as `stacks`."""
    newer: Mapping[IstagName, Sequence[FileVersion]]
    """The versions of each history above the last written one."""
    differs_from_tip: bool
    """Whether a history or a hold differs from the tip."""


def read_last_written(repository: Repository, snapshot: Snapshot, tip: Tip, log: Log) -> LastWritten:
    """Read what was last written, as of a snapshot and a tip that is believed."""
    return _Reader(repository, snapshot, tip, log).read()


@dataclass(frozen=True, slots=True)
class _Reader:
    repository: Repository
    snapshot: Snapshot
    tip: Tip
    log: Log

    def read(self) -> LastWritten:
        at_tip = self._at_tip()
        names = frozenset(at_tip if self.tip.commit is not None else self._candidates())
        versions = FileVersions(self.log, names)
        since = self._since(at_tip)
        newer = {name: _made_by(versions.histories(name), since) for name in names}
        holds = {name: _made_by(versions.holds(name), since) for name in names}
        stacks = self._stacks(versions, at_tip, newer, versions.newest(holds, versions.is_answer))
        entries = self._entries(versions, at_tip, versions.newest(holds, versions.is_own_hold))
        return LastWritten(versions, names, stacks, entries, newer, bool(at_tip))

    def _at_tip(self) -> dict[IstagName, dict[str, str | None]]:
        """The istags that differ from the tip, with the blobs of their history and hold there."""
        if self.tip.commit is None:
            return {}
        changed = self.repository.changed_paths(self.tip.commit, self.snapshot.commit, [HISTORY_DIR, HOLDS_DIR])
        found: dict[IstagName, dict[str, str | None]] = {}
        for path, (old, _) in changed.items():
            name = istag_of_path(path)
            if name is not None:
                found.setdefault(name, {})[path.partition("/")[0]] = old
        return found

    def _since(self, at_tip: Collection[IstagName]) -> frozenset[str] | None:
        """The commits that the tip does not contain; None without a tip: all commits count.

        There are none on a branch that people rewrote: there the tip has what was last written.
        """
        if self.tip.commit is None:
            return None
        if self.tip.is_rewritten or not at_tip:
            return frozenset()
        folders = [HISTORY_DIR, HOLDS_DIR]
        newer = self.log.ancestry.log(self.snapshot.commit, paths=folders, merges=True, excluding=self.tip.commit)
        return frozenset(each.id for each in newer)

    def _stacks(
        self,
        versions: FileVersions,
        at_tip: _Blobs,
        newer: dict[IstagName, list[FileVersion]],
        answers: Mapping[IstagName, FileVersion],
    ) -> dict[IstagName, Stack]:
        """The stacks as the reconciler last wrote them, or last accepted them by a Hold commit.

        `newer` is reduced to the versions above those.
        """
        oids = {name: self._oid_at_tip(name.history_path, both) for name, both in at_tip.items()}
        written = versions.newest(newer, versions.is_own)
        for name in {*written, *answers}:
            own, answer = written.get(name), answers.get(name)
            if answer is not None and (own is None or answer.position < own.position):
                oids[name] = self._oid_at(answer.commit.id, name.history_path)
            elif own is not None:
                oids[name] = own.change.new_oid
            base = min(version.position for version in (own, answer) if version is not None)
            newer[name] = [version for version in newer[name] if version.position < base]
        self.log.parsed.load_blobs((name.history_path, oid) for name, oid in oids.items())
        found = {name: versions.stack(name, oid) or () for name, oid in oids.items()}
        return {**{name: versions.baseline_stack(name) for name in self._unwritten(found)}, **found}

    def _entries(
        self,
        versions: FileVersions,
        at_tip: _Blobs,
        written: Mapping[IstagName, FileVersion],
    ) -> dict[IstagName, Held]:
        """The hold entries that were last written."""
        oids = {name: self._oid_at_tip(name.hold_path, both) for name, both in at_tip.items()}
        oids |= {name: version.change.new_oid for name, version in written.items()}
        self.log.parsed.load_blobs((name.hold_path, oid) for name, oid in oids.items())
        found = {name: versions.entries(name, oid) or () for name, oid in oids.items()}
        return {**{name: versions.baseline_held(name) for name in self._unwritten(found)}, **found}

    def _oid_at_tip(self, path: str, differing: Mapping[str, str | None]) -> str | None:
        folder = path.partition("/")[0]
        return differing[folder] if folder in differing else self._oid(path)

    def _oid_at(self, commit: str, path: str) -> str | None:
        """The content of a file at a commit."""
        changed = self.repository.changed_paths(commit, self.snapshot.commit, [path])
        return changed[path][0] if path in changed else self._oid(path)

    def _oid(self, path: str) -> str | None:
        entry = self.snapshot.files.entries.get(path)
        return entry.oid if entry else None

    def _unwritten(self, known: Collection[IstagName]) -> set[IstagName]:
        """The istags for which no commit shows what was last written: the content before the beginning counts."""
        nowhere = self.tip.commit is None and self.log.trust.has_begun
        return self._candidates() - set(known) if nowhere else set()

    def _candidates(self) -> set[IstagName]:
        """Every istag that has a file or could have had one; needed without a tip."""
        snapshot = self.snapshot
        return {*snapshot.histories, *snapshot.holds, *snapshot.unreadable, *snapshot.declarations.istags}


def _made_by(versions: Sequence[FileVersion], commits: frozenset[str] | None) -> list[FileVersion]:
    """The versions that some commits made; all versions for None."""
    return [version for version in versions if commits is None or version.commit.id in commits]
