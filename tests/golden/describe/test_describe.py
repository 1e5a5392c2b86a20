"""The whole output of `imagestream describe` for a stream that was adopted, moved, rolled back and edited."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.cli.output.description import render
from reconciler.edit.adopt.adopt import adopt
from reconciler.edit.adopt.export import ExportOptions
from reconciler.edit.adopt.export_reader import read_exports
from reconciler.errors import InputError, UsageError
from reconciler.gitstore import Repository
from reconciler.provenance.snapshot import read_snapshot
from reconciler.query.describe import describe
from reconciler.reconcile.writer import Writer, choose_target
from tests.kit.branch import BOT, ONE, OTHER, Branch
from tests.kit.export import docker, event, events, exported, follows, listed
from tests.kit.git import GitKit

FOLDER = Path(__file__).parent
SPEC = "imagestreams/team-a/app.yaml"


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Branch:
    kit = GitKit(tmp_path_factory.mktemp("describe"))
    with pytest.MonkeyPatch.context() as patch:
        kit.alone(patch)
        made = Branch(kit.repository())
        _story(made)
    return made


def _story(branch: Branch) -> None:
    """An export, a pass that moves it on, a roll back, and edits of its spec."""
    branch.git.commit({"reconciler.yaml": "apiVersion: reconciler/v1alpha1\nkind: Config\n"}, "Start")
    branch.put("b")
    stream = exported(
        {
            "1.10": docker(ONE, scheduled=True, insecure=True),
            "dev": follows("1.10"),
            "test": follows("dev"),
            "frozen": follows("dev"),
            "mirror": {**docker("registry.example/old:1"), "reference": True},
            "place": {**docker(ONE), "from": None},
        },
        {
            "1.10": events("ba"),
            "dev": events("b"),
            "test": events("b"),
            "frozen": events("b"),
            "mirror": [event(None, 4, "registry.example/old:1")],
            "pushed": events("f", "registry.example/pushed"),
        },
    )
    stream["metadata"]["labels"] = {"app": "app", "part-of": "shop"}
    stream["metadata"]["annotations"]["description"] = "What the shop\nis made of"
    stream["spec"]["lookupPolicy"]["local"] = True
    first = stream["spec"]["tags"][0]
    first["annotations"] = {"description": "The one [that] runs", "tags": "shop,web", "reconciler/interval": "5m"}
    first["referencePolicy"]["type"] = "Local"
    stream["spec"]["tags"][3]["annotations"] = {"reconciler/frozen": "true"}
    writer = Writer(Repository.discover(branch.git.path), branch.clock, BOT)
    export = read_exports({"export.json": listed(stream)}, ExportOptions("default"))
    adopt(writer, choose_target(writer.repository, None, push=True), export, writer.repository.author())
    branch.clock.advance(3600)
    branch.put("c")
    branch.run()
    branch.revert("HEAD~2")
    branch.run()
    text = (branch.git.path / SPEC).read_text(encoding="utf-8")
    loop = "".join(
        f"    - name: {one}\n      from: {{kind: ImageStreamTag, name: {two}}}\n" for one, two in ("xy", "yx")
    )
    new = f"    - name: new\n      from: {{kind: DockerImage, name: '{OTHER}'}}\n"
    wrong = "    - name: wrong\n      from: {kind: DockerImage, name: 'A b'}\n"
    branch.git.commit({SPEC: f"{text}{loop}{new}{wrong}"}, "Edit")
    branch.clock.advance(5 * 86400)


def lines(branch: Branch, name: str) -> str:
    """The description without commit ids, which change with every word of a message."""
    repository = Repository.discover(branch.git.path)
    described = describe(repository, read_snapshot(repository, branch.git.head()), name)
    return re.sub(r" in [0-9a-f]{12}\b", " in COMMIT", "\n".join(render(described, branch.clock.now()))) + "\n"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("team-a/app", "stream.txt"),
        ("team-a/app:1.10", "istag.txt"),
        ("team-a/app:pushed", "pushed.txt"),
        ("team-a/app:new", "empty.txt"),
        ("team-a/app:wrong", "wrong.txt"),
        ("team-a/app@bbbb", "isimage.txt"),
    ],
)
def test_the_annotation_is_read_as_openshift_reads_it(branch: Branch, name: str, file: str) -> None:
    assert lines(branch, name) == (FOLDER / file).read_text(encoding="utf-8")


def test_the_integrated_registry_names_the_repository(branch: Branch) -> None:
    repository = Repository.discover(branch.git.path)
    described = describe(repository, read_snapshot(repository, branch.git.head()), "team-a/app")
    assert "Image Repository:   registry.example/team-a/app" in list(
        render(described, branch.clock.now(), "registry.example")
    )


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("none", InputError, "stream default/none is neither declared nor recorded. `imagestream status` lists all."),
        (
            "team-a/app:none",
            InputError,
            "team-a/app:none is neither declared nor recorded. `imagestream status` lists all that are.",
        ),
        ("team-a/app@dddd", InputError, "team-a/app@dddd: no tag of team-a/app ever meant that image."),
        (
            "a b",
            UsageError,
            "stream 'a b': 'a b' is not a stream name. Use lower-case letters and digits with single . _ - between them.",
        ),
    ],
)
def test_a_missing_stream_or_tag_is_reported(branch: Branch, name: str, error: type[InputError], message: str) -> None:
    repository = Repository.discover(branch.git.path)
    with pytest.raises(error) as raised:
        describe(repository, read_snapshot(repository, branch.git.head()), name)
    assert str(raised.value) == message
    assert isinstance(raised.value, UsageError) is (error is UsageError)
