"""The log: every version of every file that was ever committed, and the trailers of its commit where they count.

It is the only way into the past. `trailers` returns the trailers of a commit only where they count (`trust`), so
no reader can forget to check. A reader that wants unproved claims has to call `claimed_trailers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.gitstore import Commit, FileChange, Repository
from reconciler.gitstore.ancestry import Ancestry
from reconciler.planning.trailers import RecordedChange, parse
from reconciler.provenance.baseline import Baseline
from reconciler.provenance.parsed_file import ParsedFiles
from reconciler.provenance.trust import OWN_PATHS, Graph, Trust

MAX_PATHS = 200
"""With more paths than this, git is called for whole folders."""
_FEW = 50
"""Commits that are read first where one of the newest is probably enough."""


@dataclass(frozen=True, slots=True)
class FileVersion:
    """One version of a file: the commit that made it, its place in the log (0 is the newest), and the change."""

    position: int
    commit: Commit
    change: FileChange


class Log:
    """The commits below one revision. One `git log` for each question; contents and signatures are read once."""

    def __init__(self, repository: Repository, revision: str, beside: Sequence[str] = ()) -> None:
        self.repository = repository
        self.revision = revision
        self.ancestry = Ancestry(repository)
        self.parsed = ParsedFiles(repository)
        self.trust = Trust(repository, revision, self.graph)
        self.baseline = Baseline(repository, self.trust, self.parsed)
        self._beside = tuple(beside)
        """Other commits that show where own history begins: those that people dropped from the branch."""
        self._graph: Graph | None = None
        self._trailers: dict[str, tuple[RecordedChange, ...]] = {}

    def graph(self) -> Graph:
        """The commits that changed a history or a hold, and the merges between them, parents before children."""
        if self._graph is None:
            self._graph = self.ancestry.graph(self.revision, OWN_PATHS, self._beside)
        return self._graph

    def versions(
        self, paths: Iterable[str], *, merges: bool = False, folders: Sequence[str] = (), mainline: bool = False
    ) -> list[FileVersion]:
        """The versions of some files, newest first, over all parents of merges, or with `mainline` over first parents.

        With more than `MAX_PATHS` paths, git lists `folders`, which contain them all, and other files are left out.
        """
        wanted = set(paths)
        if not wanted:
            return []
        listed = sorted(wanted) if len(wanted) <= MAX_PATHS else folders
        return [
            version for version in self.under(listed, merges=merges, mainline=mainline) if version.change.path in wanted
        ]

    def versions_of_each(
        self, paths: Iterable[str], *, merges: bool = False, mainline: bool = False
    ) -> dict[str, list[FileVersion]]:
        """By path the versions of each file, in groups of at most `MAX_PATHS`; parameters as of `versions`."""
        wanted = sorted(set(paths))
        found: dict[str, list[FileVersion]] = {path: [] for path in wanted}
        for start in range(0, len(wanted), MAX_PATHS):
            for version in self.versions(wanted[start : start + MAX_PATHS], merges=merges, mainline=mainline):
                found[version.change.path].append(version)
        return found

    def under(self, paths: Sequence[str], *, merges: bool = False, mainline: bool = False) -> list[FileVersion]:
        """The versions of all files at some paths or below them, newest first; parameters as of `versions`."""
        commits = self.ancestry.log(self.revision, paths=paths, merges=merges, follow_all_parents=not mainline)
        return [
            FileVersion(position, commit, change) for position, commit in enumerate(commits) for change in commit.files
        ]

    def own(self, *, limit: int | None = None, excluding: str | None = None) -> list[Commit]:
        """The commits whose trailers count, newest first, also those that changed workloads only.

        `limit` counts the commits that claim to be own, `excluding` is a commit whose whole history is left out.
        """
        commits = self.ancestry.with_line(self.revision, "Tag: ", limit=limit, excluding=excluding)
        self.trust.load(commits)
        return [commit for commit in commits if self.trailers(commit)]

    def newest_own(self) -> Commit | None:
        """The newest commit whose trailers count; None if there is none."""
        return next((own[0] for limit in (_FEW, None) if (own := self.own(limit=limit))), None)

    def trailers(self, commit: Commit) -> tuple[RecordedChange, ...]:
        """A commit's trailers if they count, else nothing; nothing for a merge."""
        if commit.id not in self._trailers:
            self._trailers[commit.id] = parse(commit.message) if self.trust.vouch(commit) else ()
        return self._trailers[commit.id]

    @staticmethod
    def claimed_trailers(commit: Commit) -> tuple[RecordedChange, ...]:
        """What a commit's trailers claim, whether they count or not: to report a forgery, never to believe it."""
        return parse(commit.message) if len(commit.parents) <= 1 else ()
