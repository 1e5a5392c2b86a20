"""The corpus's file histories, replayed: real commits, a pass after each, and registries that have everything.

The survey recorded with another parser what each version changed. A pass may touch only these tags. A version that does
not parse moves and removes nothing.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, zip_longest
from pathlib import Path

import pytest

from reconciler.gitstore import Repository
from reconciler.model.config import Installation
from reconciler.model.name import IstagName
from reconciler.model.observation import Answer, Found, KnownImages, ListAnswer, Listed, Listing, Question
from reconciler.planning.pass_scope import PassScope
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.run_pass import Reconciler, run_pass
from reconciler.reconcile.writer import Writer, choose_target
from tests.kit.branch import BOT
from tests.kit.clock import FakeClock
from tests.kit.corpus import CORPUS
from tests.kit.git import GitFolder, GitKit

pytestmark = pytest.mark.corpus

CONFIG = "apiVersion: reconciler/v1alpha1\nkind: Config\nspec:\n  namespaces:\n"
STEPS = 6
"""Versions of each file that are replayed here; the long runs replay all."""
CUT = 600
"""Characters after which the survey cuts its lists of changes."""
MENDED = {"solr:8"}
"""Tags that were an error and were corrected, which the survey did not count: `name: 8` that got quotes."""
_NAMED = re.compile(r"^(?:from|from\.kind|tag[+-]|importPolicy|referencePolicy) (\S+?:\S+)")
_NAMED_STREAM = re.compile(r"^stream[+-] (\S+)")


@dataclass(frozen=True)
class Version:
    """One version of a file, with what the survey says about it."""

    data: bytes
    said: str
    """What changed since the version before; empty where nothing did."""

    @property
    def is_parsed(self) -> bool:
        """Whether the survey could read it."""
        return self.said != "not parseable"

    @property
    def tags(self) -> set[str]:
        """`STREAM:TAG` of the tags whose declaration changed."""
        return {match[1] for part in self.said.split("; ") if (match := _NAMED.match(part))}

    @property
    def streams(self) -> set[str]:
        """The streams that came or went."""
        return {match[1] for part in self.said.split("; ") if (match := _NAMED_STREAM.match(part))}

    def names(self, tag: IstagName) -> bool:
        """Whether the survey says that this tag changed."""
        cut = len(self.said) >= CUT
        return cut or f"{tag.stream}:{tag.tag}" in self.tags | MENDED or tag.stream in self.streams


@cache
def series() -> dict[str, tuple[Version, ...]]:
    """The versions of each file, oldest first, by a path that is read: a template has its name without .j2."""
    found: dict[str, list[Version]] = {}
    with (CORPUS / "HISTORY.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            path = f"{row['repo']}/{row['path']}".removesuffix(".j2")
            version = Version((CORPUS / row["file"]).read_bytes(), row["change_from_previous"])
            found.setdefault(f"{path}.yml" if path in found and row["path"].endswith(".j2") else path, []).append(
                version
            )
    return {path: tuple(versions) for path, versions in found.items()}


class Everything:
    """Registries that have an image for every pull spec, always the same."""

    def resolve(self, question: Question, *, known: KnownImages = frozenset()) -> Answer:  # noqa: ARG002 - a Resolver
        """The image."""
        return Found(f"sha256:{hashlib.sha256(str(question).encode()).hexdigest()}")

    def list_tags(self, listing: Listing) -> ListAnswer:  # noqa: ARG002 - a Resolver
        """An empty list, so that an import of a whole repository adds no tag."""
        return Listed(())


@dataclass
class Replay:
    """A repository that gets versions of files, and a reconciler in this process."""

    git: GitFolder
    owner: dict[str, str] = field(default_factory=dict)
    """The file that declares a stream, by the stream's `namespace/name`."""

    def start(self, paths: list[str]) -> None:
        """A repository that gives each file a namespace of its own."""
        rules = (f"  - {{path: '{path}', namespace: file-{number}}}\n" for number, path in enumerate(paths))
        self.git.commit({"reconciler.yaml": CONFIG + "".join(rules)}, "Start")

    def snapshot(self) -> Snapshot:
        """The snapshot of HEAD."""
        return read_snapshot(Repository.discover(self.git.path), self.git.head())

    def step(self, files: dict[str, bytes]) -> dict[str, set[IstagName]]:
        """Commit versions, run a pass, and give the istags that moved or went, by file; one more pass does nothing."""
        self.git.commit(dict(files), "Change files")
        before = self.snapshot()
        for name, stream in before.declarations.streams.items():
            self.owner[str(name)] = stream.positions[0].file
        touched = self._pass()
        assert not touched or self._pass() == set()
        found: dict[str, set[IstagName]] = {}
        for tag in touched:
            found.setdefault(self.owner[str(tag.stream_name)], set()).add(tag)
        return found

    def _pass(self) -> set[IstagName]:
        repository = Repository.discover(self.git.path)
        reconciler = Reconciler(Writer(repository, FakeClock(), BOT), Registries(Everything(), Installation()))
        result = run_pass(reconciler, choose_target(repository, None, push=False), PassScope())
        return {change.tag for change in result.plan.changes}


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitKit:
    """Git alone with a home of its own."""
    return GitKit(tmp_path).alone(monkeypatch)


def check(version: Version, touched: set[IstagName]) -> None:
    """A pass touches only what the survey names."""
    unnamed = {str(tag) for tag in touched if not version.names(tag)}
    assert unnamed == set(), version.said


def small() -> dict[str, tuple[Version, ...]]:
    """The files with few streams; those with many are in the long runs."""
    return {path: found for path, found in series().items() if max(len(each.data) for each in found) < 8_000}


def steps() -> Iterator[dict[str, Version]]:
    """The first version of every small file, then the second of those that have one, and so on."""
    for versions in zip_longest(*small().values()):
        yield {path: version for path, version in zip(small(), versions, strict=True) if version is not None}


def test_small_files_at_once_a_pass_touches_what_changed_and_nothing_else(kit: GitKit) -> None:
    replay = Replay(kit.repository())
    assert len(small()) > 20
    replay.start(list(small()))
    moved = 0
    for number, versions in enumerate(islice(steps(), STEPS)):
        touched = replay.step({path: version.data for path, version in versions.items()})
        assert touched.keys() <= versions.keys()
        for path, version in versions.items() if number else ():
            check(version, touched.get(path, set()))
            moved += len(touched.get(path, set()))
    assert moved > 20


@pytest.mark.soak
@pytest.mark.parametrize("path", sorted(series()) if CORPUS.is_dir() else ["CORPUS_DIR"])
def test_each_file_alone_keeps_its_last_good_state(kit: GitKit, path: str) -> None:
    replay = Replay(kit.repository())
    replay.start([path])
    for number, version in enumerate(series()[path]):
        before = replay.snapshot().histories
        touched = replay.step({path: version.data}).get(path, set())
        if number:
            check(version, touched)
        if not version.is_parsed:
            assert touched == set()
            assert replay.snapshot().histories == before
