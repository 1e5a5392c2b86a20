"""Published snapshots: they cannot be changed, and threads always see one whole commit."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping

import pytest

from reconciler.gitstore import Repository
from reconciler.model.history import TagHistory
from reconciler.model.name import IstagName
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.publication import PublishedSnapshot
from reconciler.reading.snapshot import Snapshot
from tests.kit.branch import Branch
from tests.kit.git import GitFolder
from tests.kit.immutable import changeable_parts
from tests.kit.loop import until
from tests.kit.turning import CONFIG, stream, tag

FILES = {
    "reconciler.yaml": CONFIG.format(more="defaultNamespace: team-a, namespaces: [{path: x/**, namespace: x}]"),
    "app.yaml": stream(
        "app",
        tag("prod", "quay.io/app:1", more=", annotations: {description: text, reconciler/frozen: 'true'}"),
        tag("dev", "quay.io/app", more=", annotations: {reconciler/select: 'semver: 1.x'}"),
        more="  dockerImageRepository: quay.io/app\n",
    ),
    "broken.yaml": stream("broken", tag("prod", ">app:nothing")) + "  bad: [\n",
    "template.yaml": "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {{ .Values.x }}\n",
    "deployment.yaml": "kind: Deployment\nmetadata: {annotations: {image.openshift.io/triggers: 'x'}}\n",
    "history/team-a/app/other.yaml": "kind: [\n",
}


def test_nothing_in_a_snapshot_can_be_changed(branch: Branch) -> None:
    branch.move("abc")
    branch.revert()
    branch.run()
    branch.git.commit(FILES, "All kinds of files")
    snapshot = branch.snapshot()
    assert snapshot.histories
    assert snapshot.holds
    assert snapshot.unreadable
    assert snapshot.protected or snapshot.declarations.failed_files
    assert snapshot.declarations.findings
    assert changeable_parts(snapshot) == []


def test_a_reader_cannot_put_anything_into_a_mapping(branch: Branch) -> None:
    snapshot = branch.snapshot()
    name = IstagName("team-a", "app", "other")
    mappings: list[Mapping[IstagName, object]] = [snapshot.histories, snapshot.holds, snapshot.unreadable]
    for each in mappings:
        with pytest.raises(TypeError, match="does not support item assignment"):
            each[name] = TagHistory(name)  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        snapshot.histories = {}  # type: ignore[misc]


def test_what_a_snapshot_is_made_from_is_not_shared_with_it(branch: Branch) -> None:
    made = branch.snapshot()
    histories = dict(made.histories)
    snapshot = dataclasses.replace(made, histories=histories)
    histories[IstagName("team-a", "app", "other")] = TagHistory(IstagName("team-a", "app", "other"))
    assert snapshot.histories == made.histories


def commits(work: GitFolder) -> dict[str, str]:
    """Commits whose files all have the mark of their commit: by id the mark."""
    found: dict[str, str] = {}
    for number in range(4):
        mark = f"n{number}"
        files = {f"{file}.yaml": stream(file, tag("prod", f"quay.io/{mark}:1")) for file in ("one", "two", "three")}
        found[work.commit({"reconciler.yaml": CONFIG.format(more=f"defaultNamespace: {mark}"), **files})] = mark
    return found


def marks(snapshot: Snapshot) -> set[str]:
    """The marks of everything in a snapshot."""
    sources = {tag.source for stream in snapshot.declarations.streams.values() for tag in stream.tags.values()}
    names = {source.name.removeprefix("quay.io/").removesuffix(":1") for source in sources if source is not None}
    return {snapshot.config.default_namespace, *names}


def test_readers_in_threads_always_see_one_whole_commit(branch: Branch) -> None:
    branch.git.git("rm", "--quiet", "-r", ".")
    known = commits(branch.git)
    repository, published, last = Repository.discover(branch.git.path), PublishedSnapshot(), None
    assert published.current is None
    mixed: list[str] = []
    seen: set[str] = set()
    stop = threading.Event()

    def read_snapshots() -> None:
        while not stop.is_set():
            snapshot = published.current
            if snapshot is not None:
                seen.add(snapshot.commit)
                if marks(snapshot) != {known[snapshot.commit]}:
                    mixed.append(snapshot.commit)

    threads = [threading.Thread(target=read_snapshots) for _ in range(3)]
    for each in threads:
        each.start()
    try:
        for commit in [*known] * 5:
            last = read_snapshot(repository, commit, last)
            published.publish(last)
        until(lambda: bool(seen))
    finally:
        stop.set()
        for each in threads:
            each.join()
    assert mixed == []
    assert seen
    assert seen <= known.keys()
    assert published.current is last
