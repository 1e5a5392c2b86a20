"""The workloads of the corpus, whole: every repository with its own paths gets passes over registries that have everything.

What a pass writes is proved by `verify`: the named values, and no other byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.gitstore import Repository
from reconciler.model.config import Installation
from reconciler.model.image_field import ImageField
from reconciler.model.name import IstagName
from reconciler.model.observation import Answer, Found, KnownImages, ListAnswer, Listed, Listing, Question
from reconciler.planning.pass_scope import PassScope
from reconciler.provenance.snapshot import read_snapshot
from reconciler.provenance.verify import verify
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.run_pass import Reconciler, run_pass
from reconciler.reconcile.writer import Result, Writer, choose_target
from reconciler.settings import MAX_FILE_BYTES
from tests.kit.branch import BOT
from tests.kit.clock import FakeClock
from tests.kit.corpus import CORPUS
from tests.kit.git import GitFolder, GitKit

pytestmark = pytest.mark.corpus

CONFIG = (
    "apiVersion: reconciler/v1alpha1\nkind: Config\nspec:\n  defaultNamespace: team-a\n  commit: {group: per-pass}\n"
)
WORDS = (b"image.openshift.io/triggers", b"ImageChange", b"lookupPolicy", b"resolve-names")


class Everything:
    """Registries that have an image for every pull spec, another one in each round."""

    def __init__(self) -> None:
        self.round = 0

    def resolve(self, question: Question, *, known: KnownImages = frozenset()) -> Answer:  # noqa: ARG002 - a Resolver
        """The image."""
        return Found(f"sha256:{hashlib.sha256(f'{question} {self.round}'.encode()).hexdigest()}")

    def list_tags(self, listing: Listing) -> ListAnswer:  # noqa: ARG002 - a Resolver
        """An empty list, so that an import of a whole repository adds no tag."""
        return Listed(())


@dataclass
class Catalogue:
    """A repository of the corpus, with a reconciler in this process."""

    git: GitFolder
    registries: Everything
    clock: FakeClock

    def snapshot(self) -> Snapshot:
        """The snapshot of HEAD."""
        return read_snapshot(Repository.discover(self.git.path), self.git.head())

    def run(self) -> Result:
        """One pass."""
        repository = Repository.discover(self.git.path)
        self.clock.advance(3600)
        reconciler = Reconciler(Writer(repository, self.clock, BOT), Registries(self.registries, Installation()))
        return run_pass(reconciler, choose_target(repository, None, push=True), PassScope())

    def settle(self) -> Result:
        """Passes until one writes nothing."""
        for _ in range(6):
            result = self.run()
            if not result.commits:
                return result
        raise AssertionError(self.git.git("log", "-3"))

    def check(self, result: Result) -> int:
        """Compare each field with what its istag means; how many have it."""
        snapshot = self.snapshot()
        said = {each.field for each in result.plan.problems}
        good = 0
        for field in snapshot.declarations.fields:
            history = snapshot.histories.get(field.istag)
            if history is None or field.paused:
                continue
            waits = any(each not in snapshot.histories for each in field.requires)
            good += field.value == history.items[0].pull_spec
            assert field.value == history.items[0].pull_spec or field.name in said or waits, field
        verdict = verify(Repository.discover(self.git.path), self.git.head())
        assert [each.message for each in verdict.breaks] == []
        return good


def repositories() -> list[str]:
    found = (each.name for each in sorted(CORPUS.glob("*__*")) if any(contents(each)))
    return list(found)


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a repository of the corpus, if any of them may have triggers or lookups."""
    files = {
        str(path.relative_to(folder)): data
        for path in sorted(folder.rglob("*"))
        if path.is_file() and len(data := path.read_bytes()) <= MAX_FILE_BYTES
    }
    if any(word in data for data in files.values() for word in WORDS):
        yield from files.items()


def declared(fields: tuple[ImageField, ...], known: frozenset[IstagName]) -> str:
    """The streams that the fields name and that nothing declares."""
    missing = sorted({each.istag for each in fields} | {name for each in fields for name in each.requires})
    documents = [
        f"apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {{name: {stream.name}, namespace: "
        f"{stream.namespace}}}\nspec:\n  tags:\n"
        + "".join(
            f"  - {{name: '{name.tag}', importPolicy: {{scheduled: true}}, "
            f"from: {{kind: DockerImage, name: 'registry.example/{stream.name}:{name.tag}'}}}}\n"
            for name in missing
            if name.stream_name == stream and name not in known
        )
        for stream in sorted({name.stream_name for name in missing if name not in known})
    ]
    return "---\n".join(documents)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", repositories() if CORPUS.exists() else [])
def test_a_pass_over_a_repository_writes_what_its_fields_name_and_nothing_else(kit: GitKit, name: str) -> None:
    made = Catalogue(kit.repository(), Everything(), FakeClock())
    made.git.commit({"reconciler.yaml": CONFIG, **dict(contents(CORPUS / name))}, "The repository")
    found = made.snapshot().declarations
    more = declared(found.fields, found.declared)
    if more:
        made.git.commit({"more-streams.yaml": more}, "Declare what is missing")
    first = made.check(made.settle())
    made.registries.round = 1
    second = made.check(made.settle())
    assert second == first
    assert bool(first) == any(each for each in made.snapshot().declarations.fields if not each.paused)
