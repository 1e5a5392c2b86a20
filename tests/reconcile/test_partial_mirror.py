"""Passes over a partial mirror: few requests for content, also for a large repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.gitstore import Repository
from reconciler.model.config import Installation
from reconciler.planning.pass_scope import PassScope
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.run_pass import Reconciler, run_pass
from reconciler.reconcile.writer import Push, Result, Writer, mirror_target
from tests.kit.branch import BOT, Branch, docker
from tests.kit.git import GitFolder, GitKit, environment
from tests.kit.world import digest

STREAM = (
    "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: app, namespace: team-a}\nspec:\n  tags:\n"
)


class Place:
    """A branch with many histories on a remote, the work tree of a person, and a daemon that counts."""

    def __init__(self, kit: GitKit, url: str) -> None:
        self.kit = kit
        self.url = url
        self.person = Branch(kit.folder("work"))
        self.counted = 0

    def requested(self) -> int:
        """How often objects were fetched since the last call."""
        before, self.counted = self.counted, (self.kit.root / "daemon.log").read_text().count("Request upload-pack")
        return self.counted - before

    def pass_(self, mirror: Repository) -> Result:
        """One pass over the mirror."""
        registries = Registries(self.person.shelf, Installation())
        reconciler = Reconciler(Writer(mirror, self.person.clock, BOT), registries)
        return run_pass(reconciler, mirror_target(mirror, "main"), PassScope())

    def declare(self, numbers: range) -> None:
        """One file with so many tags, pushed."""
        tags = {f"t{number:04}": f"registry.example/app:{number}" for number in numbers}
        for source in tags.values():
            self.person.shelf.images.setdefault(source, digest("a"))
        spec = "".join(
            f"  - {{name: {tag}, importPolicy: {{scheduled: true}}, from: {docker(source)}}}\n"
            for tag, source in tags.items()
        )
        self.person.git.commit({"is.yaml": STREAM + spec}, f"Declare {len(tags)}")
        self.person.git.git("push", "-q", "origin", "HEAD:main")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    for key in list(os.environ):
        if key.startswith("GIT_"):
            monkeypatch.delenv(key)
    for key, value in environment(tmp_path / "home").items():
        monkeypatch.setenv(key, value)
    kit = GitKit(tmp_path)
    remote, work = kit.bare(), kit.repository()
    remote.git("config", "uploadpack.allowFilter", "true")
    work.git("remote", "add", "origin", f"file://{remote.path}")
    work.write("reconciler.yaml", "apiVersion: reconciler/v1alpha1\nkind: Config\nspec: {}\n")
    with kit.daemon() as url:
        yield Place(kit, f"{url}/remote.git")


def mirror_of(place: Place, name: str) -> Repository:
    return Repository.mirror(place.kit.root / name, place.url, "main")


def pulled(place: Place) -> GitFolder:
    place.person.git.git("pull", "-q", "--rebase", "origin", "main")
    return place.person.git


def test_a_mirror_of_many_histories_is_read_in_a_handful_of_requests(place: Place) -> None:
    for size in (50, 100, 150):  # versions of the file that declares them
        place.declare(range(size))
    first = mirror_of(place, "first")
    assert len(place.pass_(first).commits) == 150
    place.requested()

    fresh = mirror_of(place, "fresh")
    assert place.pass_(fresh).push is Push.SKIPPED
    counts = {"a start over many histories": place.requested()}

    assert place.pass_(fresh).push is Push.SKIPPED
    counts["a pass in which nothing moved"] = place.requested()

    place.person.shelf.images["registry.example/app:7"] = digest("b")
    assert len(place.pass_(fresh).commits) == 1
    counts["a pass in which a tag moved"] = place.requested()

    pulled(place).git("revert", "--no-edit", "HEAD")
    place.person.git.git("push", "-q", "origin", "HEAD:main")
    assert [change.kind for change in place.pass_(fresh).plan.changes] == ["hold"]
    counts["a pass after a revert"] = place.requested()

    pulled(place)
    place.declare(range(151))
    other = mirror_of(place, "other")
    assert len(place.pass_(other).commits) == 1
    counts["a start with a tag that is new"] = place.requested()
    assert counts == {
        "a start over many histories": 4,  # the commits, the Config, the specs, the histories
        "a pass in which nothing moved": 1,
        "a pass in which a tag moved": 1,
        "a pass after a revert": 1,  # to what was built here
        "a start with a tag that is new": 5,  # and the versions of the file that declares it
    }
