"""The snapshot cache: it equals what would be read, and what did not change is not read again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.gitstore import Repository
from reconciler.model.name import StreamName
from reconciler.reconcile.snapshot_cache import SnapshotCache
from tests.kit.git import GitFolder, GitKit
from tests.kit.turning import CONFIG, stream, tag

ONE, TWO = StreamName("team-a", "one"), StreamName("team-a", "two")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitFolder:
    made = GitKit(tmp_path).repository()
    for name, value in made.environ.items():
        monkeypatch.setenv(name, value)
    made.commit(
        {
            "reconciler.yaml": CONFIG.format(more=""),
            "one.yaml": stream("one", tag("prod", "quay.io/one:1")),
            "two.yaml": stream("two", tag("prod", "quay.io/two:1")),
        }
    )
    return made


def test_a_file_that_did_not_change_is_not_parsed_again(work: GitFolder) -> None:
    cache, repository = SnapshotCache(), Repository.discover(work.path)
    before = cache.read_world(repository, work.head(), "main").spec.declarations.streams
    work.commit({"one.yaml": stream("one", tag("prod", "quay.io/one:2"))})
    after = cache.read_world(repository, work.head(), "main").spec.declarations.streams
    assert after[TWO].tags["prod"] is before[TWO].tags["prod"]
    assert after[ONE].tags["prod"] != before[ONE].tags["prod"]
    work.git("mv", "two.yaml", "three.yaml")
    work.commit()
    moved = cache.read_world(repository, work.head(), "main").spec.declarations.streams
    assert moved[TWO].tags["prod"].position.file == "three.yaml"


def test_a_cache_made_anew_goes_on_from_what_is_published(work: GitFolder) -> None:
    cache, repository = SnapshotCache(), Repository.discover(work.path)
    before = cache.read_world(repository, work.head(), "main").spec.declarations.streams
    again = SnapshotCache(cache.published).read_world(repository, work.head(), "main").spec.declarations.streams
    assert all(again[name].tags["prod"] is before[name].tags["prod"] for name in (ONE, TWO))


def test_another_configuration_reads_every_file_anew(work: GitFolder) -> None:
    cache, repository = SnapshotCache(), Repository.discover(work.path)
    text = stream("one", tag("prod", "quay.io/one:1")).replace(", namespace: team-a", "")
    work.commit({"one.yaml": text})
    assert StreamName("default", "one") in cache.read_world(repository, work.head(), "main").spec.declarations.streams
    work.commit({"reconciler.yaml": CONFIG.format(more="defaultNamespace: other")})
    streams = cache.read_world(repository, work.head(), "main").spec.declarations.streams
    assert {str(name) for name in streams} == {"other/one", "team-a/two"}


CONTENTS: Mapping[str, str | None] = {
    "gone": None,
    "good": stream("one", tag("prod", "quay.io/one:1")),
    "other": stream("one", tag("prod", "quay.io/one:2"), tag("dev", ">one:prod")),
    "the same tag": stream("two", tag("prod", "quay.io/one:3")),
    "broken": stream("one", tag("prod", "quay.io/one:1")) + "  bad: [\n",
    "foreign": "kind: Deployment\n",
    "foreign and broken": "kind: [\n",
    "template": "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {{ .Values.x }}\n",
    "patching": "kind: Kustomization\npatches: [{path: a.yaml}]\n",
}
HISTORY = "items: []\n"


def test_a_kept_snapshot_is_what_a_fresh_reading_gives(work: GitFolder) -> None:
    cache, repository, chance = SnapshotCache(), Repository.discover(work.path), random.Random(5)
    for step in range(40):
        file = chance.choice(("one.yaml", "a.yaml", "kustomization.yaml"))
        content = CONTENTS[chance.choice(list(CONTENTS))]
        if content is None:
            (work.path / file).unlink(missing_ok=True)
        else:
            work.write(file, content)
        if step == 20:
            work.write("history/team-a/one/gone.yaml", HISTORY)
        head = work.commit()
        assert cache.read_world(repository, head, "main") == SnapshotCache().read_world(repository, head, "main"), step
