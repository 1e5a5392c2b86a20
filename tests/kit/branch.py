"""A branch with a reconciler in this process: real git, and `Shelf` in place of registries.

Images are named by one letter; a stack or a hold reads as a word of them, newest first (`"cba"`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from reconciler.edit.freeze import freeze
from reconciler.edit.rollback import RollbackRequest, roll_back
from reconciler.edit.spec_edit import write_spec
from reconciler.edit.unhold import release
from reconciler.gitstore import Repository
from reconciler.model.config import Installation, Signing
from reconciler.model.history import TagHistory, TagHold
from reconciler.model.name import IstagName
from reconciler.model.observation import (
    Answer,
    Failure,
    Found,
    ImageMetadata,
    KnownImages,
    ListAnswer,
    Listed,
    Listing,
    Question,
    Reason,
)
from reconciler.model.person import Person
from reconciler.planning.pass_scope import PassScope
from reconciler.provenance.snapshot import read_snapshot
from reconciler.provenance.verify import Verdict, verify
from reconciler.reading.snapshot import Snapshot
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.run_pass import Reconciler, run_pass
from reconciler.reconcile.writer import Result, Writer, choose_target
from tests.kit.clock import FakeClock
from tests.kit.git import GitFolder
from tests.kit.world import digest

BOT = Person("imagestream", "imagestream@localhost")
ONE, OTHER = "registry.example/app:1", "registry.example/app:2"
DEV, PROD, COPY = (IstagName("team-a", "app", tag) for tag in ("dev", "prod", "copy"))
FOLLOWED = "{kind: ImageStreamTag, name: 'app:prod'}"


@dataclass
class Shelf:
    """The images of the registries, one for each source. It records the questions in order."""

    images: dict[str, str] = field(default_factory=dict)
    built: dict[str, str] = field(default_factory=dict)
    """The build times of images, by digest."""
    refused: dict[str, Failure] = field(default_factory=dict)
    """The failures to answer with, by source or by repository."""
    unlisted: set[str] = field(default_factory=set)
    """Sources that exist, but are missing from the list of their repository."""
    requested: list[str] = field(default_factory=list)

    def resolve(self, question: Question, *, known: KnownImages = frozenset()) -> Answer:
        """The image, or the answer that it does not exist."""
        source = str(question)
        self.requested.append(source)
        if source in self.refused:
            return self.refused[source]
        by_digest = question.identifier if question.identifier in self.images.values() else None
        image = self.images.get(source) or by_digest
        if image is None:
            return Failure(Reason.NOT_FOUND, f"{question} is not there.")
        return Found(image, ImageMetadata(created=self.built.get(image)) if image not in known else None)

    def list_tags(self, listing: Listing) -> ListAnswer:
        """The tags of a repository, or the answer that it does not exist."""
        repository = str(listing)
        self.requested.append(repository)
        if repository in self.refused:
            return self.refused[repository]
        there = [source.rpartition(":") for source in self.images if source not in self.unlisted]
        tags = tuple(tag for name, _, tag in there if name == repository)
        return Listed(tags) if tags else Failure(Reason.NOT_FOUND, f"{repository} is not there.")


def docker(source: str) -> str:
    """A `from` of kind DockerImage."""
    return f"{{kind: DockerImage, name: '{source}'}}"


def declared(tags: Mapping[str, str], frozen: Collection[str] = ()) -> str:
    """The stream team-a/app from tags and their `from`, far enough apart to merge well.

    What can be scheduled is: OpenShift refuses it for tags that follow.
    """
    head = "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: app, namespace: team-a}\nspec:\n"
    return f"{head}  tags:\n" + "".join(_entry(tag, source, frozen) for tag, source in tags.items())


def _entry(tag: str, source: str, frozen: Collection[str]) -> str:
    policy = "" if source == FOLLOWED else "importPolicy: {scheduled: true}, "
    marks = "annotations: {reconciler/frozen: 'true'}, " if tag in frozen else ""
    return f"  - {{name: {tag}, {policy}{marks}from: {source}}}\n\n\n\n"


def config(limit: int, group: str = "per-event") -> str:
    """A Config with a history limit and a grouping of commits."""
    head = "apiVersion: reconciler/v1alpha1\nkind: Config\nspec:\n"
    return f"{head}  limits: {{history: {limit}}}\n  commit: {{group: {group}}}\n"


def word(file: TagHistory | TagHold | None) -> str:
    """The images of a stack or a hold, newest first."""
    entries = file.items if isinstance(file, TagHistory) else file.held if file else ()
    return "".join(entry.identity.removeprefix("sha256:")[0] for entry in entries)


@dataclass
class Branch:
    """A work tree on `main`, with its people and its reconciler."""

    git: GitFolder
    shelf: Shelf = field(default_factory=Shelf)
    clock: FakeClock = field(default_factory=FakeClock)
    installation: Installation = field(default_factory=Installation)
    signing: Signing | None = None
    """The key of the reconciler and the trusted keys."""

    def repository(self) -> Repository:
        """The repository as the program sees it."""
        return Repository.discover(self.git.path, signing=self.signing)

    def start(self, tags: Mapping[str, str] | None = None, limit: int = 20, group: str = "per-event") -> None:
        """Declare `prod`, or other tags."""
        spec = declared(tags or {"prod": docker(ONE)})
        self.git.commit({"reconciler.yaml": config(limit, group), "is.yaml": spec, "notes.txt": "0\n"}, "Declare")

    def run(self, resolver: Shelf | None = None, scope: PassScope | None = None, branch: str | None = None) -> Result:
        """One pass over the checked-out branch, or over another."""
        repository = self.repository()
        registries = Registries(resolver or self.shelf, self.installation)
        reconciler = Reconciler(Writer(repository, self.clock, BOT, self.signing), registries)
        return run_pass(reconciler, choose_target(repository, branch, push=True), scope or PassScope())

    def roll_back(self, name: IstagName, to: str | None = None, *, freeze: bool = False) -> Result:
        """`imagestream rollback`, by Jane Doe."""
        repository = self.repository()
        writer, target = Writer(repository, self.clock, BOT, self.signing), choose_target(repository, None, push=True)
        asked = RollbackRequest(str(name), to, freeze, force=True)
        return roll_back(writer, Registries(self.shelf, Installation()), target, asked, repository.author())

    def release(self, name: IstagName) -> Result:
        """`imagestream unhold`, by Jane Doe."""
        repository = self.repository()
        target = choose_target(repository, None, push=True)
        return release(Writer(repository, self.clock, BOT, self.signing), target, str(name), repository.author())

    def freeze(self, name: IstagName, *, frozen: bool) -> Result:
        """`imagestream freeze` or `unfreeze`, by Jane Doe."""
        repository = self.repository()
        person, target = repository.author(), choose_target(repository, None, push=True)
        writer = Writer(repository, self.clock, person)
        return write_spec(
            writer, target, person, lambda snapshot: freeze(snapshot, repository, str(name), frozen=frozen)
        )

    def verify(self) -> Verdict:
        """`imagestream verify`."""
        return verify(self.repository(), self.git.head())

    def put(self, image: str, source: str = ONE) -> None:
        """Push an image to the registry."""
        self.shelf.images[source] = digest(image)

    def move(self, images: str) -> None:
        """Push images one after the other, with a pass after each."""
        for image in images:
            self.put(image)
            self.clock.advance(60)
            assert len(self.run().commits) == 1, image

    def snapshot(self) -> Snapshot:
        """The message of HEAD."""
        return read_snapshot(self.repository(), self.git.head())

    def stack(self, name: IstagName = PROD) -> str:
        """The images of an istag's stack."""
        return word(self.snapshot().histories.get(name))

    def held(self, name: IstagName = PROD) -> str:
        """The images that are held for an istag."""
        return word(self.snapshot().holds.get(name))

    def revert(self, revision: str = "HEAD") -> str:
        """Revert a commit as a person does."""
        self.git.git("revert", "--no-edit", revision)
        return self.git.head()

    def drop_hold(self, name: IstagName = PROD) -> str:
        """Release by hand: delete the hold file."""
        self.git.git("rm", "-q", name.hold_path)
        return self.git.commit(message="Release")

    def forget_the_tip(self) -> None:
        """Delete the references of the reconciler, which a copy of the repository lacks."""
        for ref in self.git.refs():
            if ref.startswith("refs/imagestream/"):
                self.git.git("update-ref", "-d", ref)

    def is_quiet(self, passes: int = 2) -> bool:
        """Whether further passes write nothing, no held image is on top, and the work tree is clean."""
        snapshot = self.snapshot()
        tops = {name: history.items[0].identity for name, history in snapshot.histories.items()}
        free = all(tops.get(name) not in {each.identity for each in hold.held} for name, hold in snapshot.holds.items())
        written = [commit for _ in range(passes) for commit in self.run().commits]
        return free and not written and self.git.git("status", "--porcelain") == ""
