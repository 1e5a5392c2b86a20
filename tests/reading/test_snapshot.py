"""Snapshots: one that is made from the one before equals one that is read anew, after any kind of change."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from reconciler.errors import InputError
from reconciler.gitstore import Repository
from reconciler.provenance.snapshot import read_snapshot
from reconciler.reading.declare import FileReadings
from tests.kit.branch import DEV, PROD, Branch
from tests.kit.git import GitFolder
from tests.kit.turning import CONFIG, stream, tag

CONTENTS = (
    stream("one", tag("prod", "quay.io/one:1")),
    stream("one", tag("prod", "quay.io/one:2"), tag("dev", ">one:prod")),
    stream("two", tag("prod", "quay.io/one:3"), more="  dockerImageRepository: quay.io/two\n"),
    stream("one", tag("prod", "quay.io/one:1")) + "  bad: [\n",
    stream("one", tag("prod", "quay.io/one:1")).replace(", namespace: team-a", ""),
    stream("one"),
    "kind: Deployment\n",
    "kind: [\n",
    "just text\n",
    "just text: [image.openshift.io/triggers]\n",
    "kind: Deployment\nmetadata: {name: x, annotations: {image.openshift.io/triggers: '[]'}}\n",
    "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {{ .Values.x }}\n",
    'image: a # {"$imagestream": "team-a/one:prod"}\n',
    'image: {tag: b} # {"$imagestream": "one:dev", "part": "tag"}\n',
    "kind: Kustomization\npatches: [{path: a.yaml}, {path: one.yaml}]\n",
    "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
)
CONFIGS = (
    "",
    "defaultNamespace: other",
    "streams: {exclude: [a.yaml]}",
    "nonsense: true",
    'targets: [{path: "*.yaml", from: "one:prod", helm: {tag: image.tag}}]',
    'targets: [{path: a.yaml, from: "one:prod", helm: {tag: image.tag}}], streams: {exclude: [a.yaml]}',
    "namespaces: [{path: '*.yaml', namespace: third}]",
)
FILES = ("one.yaml", "a.yaml", "kustomization.yaml", "sub/b.yaml")
HISTORIES = ("history/team-a/one/prod.yaml", "history/team-a/two/gone.yaml", "holds/team-a/one/prod.yaml")

Step = Callable[[GitFolder, random.Random], None]


def change_file(git: GitFolder, chance: random.Random) -> None:
    git.write(chance.choice(FILES), chance.choice(CONTENTS))


def remove_file(git: GitFolder, chance: random.Random) -> None:
    (git.path / chance.choice((*FILES, *HISTORIES))).unlink(missing_ok=True)


def rename_file(git: GitFolder, chance: random.Random) -> None:
    old, new = (git.path / chance.choice(FILES) for _ in range(2))
    if old.exists():
        new.parent.mkdir(exist_ok=True)
        old.replace(new)


def change_config(git: GitFolder, chance: random.Random) -> None:
    git.write("reconciler.yaml", CONFIG.format(more=chance.choice(CONFIGS)))


def change_history(git: GitFolder, chance: random.Random) -> None:
    path = chance.choice(HISTORIES)
    there = git.path / path
    if there.exists() and chance.random() < 0.5:
        git.write(path, there.read_text().replace("generation: 1", "generation: 2"))
    else:
        git.write(path, "items: []\n")


def link_file(git: GitFolder, chance: random.Random) -> None:
    there = git.path / chance.choice(FILES[:2])
    there.unlink(missing_ok=True)
    there.symlink_to("nowhere")


def go_back(git: GitFolder, chance: random.Random) -> None:
    """The branch is rewritten, or an earlier content comes back."""
    commits = git.git("rev-list", "HEAD").split()
    if len(commits) > 4:
        how = ("reset", "--quiet", "--hard") if chance.random() < 0.5 else ("checkout", "--quiet")
        git.git(*how, commits[chance.randrange(4)], *(("--", ".") if how[0] == "checkout" else ()))


STEPS: tuple[Step, ...] = (
    change_file,
    change_file,
    change_file,
    remove_file,
    rename_file,
    change_config,
    change_history,
    link_file,
    go_back,
)


@pytest.mark.parametrize("seed", [2, 4])
def test_a_snapshot_made_from_the_one_before_equals_one_read_anew(branch: Branch, seed: int) -> None:
    branch.move("abc")
    branch.revert()
    branch.run()
    chance, git, repository = random.Random(seed), branch.git, Repository.discover(branch.git.path)
    last, readings = None, FileReadings()
    for step in range(20):
        for _ in range(chance.randint(1, 3)):
            chance.choice(STEPS)(git, chance)
            git.commit()
        try:
            anew = read_snapshot(repository, git.head())
        except InputError as error:
            with pytest.raises(InputError, match=re.escape(str(error))):
                read_snapshot(repository, git.head(), last, readings)
        else:
            last = read_snapshot(repository, git.head(), last, readings)
            assert last == anew, step


def test_a_snapshot_with_new_histories_equals_one_read_anew(branch: Branch) -> None:
    branch.move("abc")
    before = branch.snapshot()
    branch.move("def")
    after = branch.snapshot()
    written = {name: history for name, history in after.histories.items() if before.histories.get(name) != history}
    assert PROD in written
    grown = before.with_histories(after.commit, written)
    assert grown == after
    assert list(grown.files.entries) == list(after.files.entries)


def test_a_broken_file_that_stays_the_same_is_judged_by_the_past_of_each_commit(branch: Branch) -> None:
    """An unchanged broken file protects other tags once it was whole between the two commits."""
    repository, git = Repository.discover(branch.git.path), branch.git
    branch.move("abc")
    spec = (git.path / "is.yaml").read_text()
    broken = spec + "  bad: [\n"
    git.commit({"is.yaml": broken})
    last = read_snapshot(repository, git.head())
    git.commit({"is.yaml": spec + "  - {name: dev, from: {kind: DockerImage, name: quay.io/team/app:2}}\n"})
    git.commit({"is.yaml": broken})
    assert DEV in read_snapshot(repository, git.head()).protected
    assert read_snapshot(repository, git.head(), last) == read_snapshot(repository, git.head())


def test_a_damaged_file_is_noticed_although_its_reading_is_kept(branch: Branch) -> None:
    """A file with a trigger annotation in a comment replaces the streams; it was read before anything was missing."""
    repository, git, readings = Repository.discover(branch.git.path), branch.git, FileReadings()
    branch.move("abc")
    git.commit({"other.yaml": "just: [image.openshift.io/triggers]\n"})
    last = read_snapshot(repository, git.head(), None, readings)
    git.git("mv", "--force", "other.yaml", "is.yaml")
    git.commit()
    last = read_snapshot(repository, git.head(), last, readings)
    assert last == read_snapshot(repository, git.head())
    assert PROD in last.protected
