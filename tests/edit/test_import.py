"""The scope of `import`, and its edits of specs."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.edit.import_ import ImportRequest, edit_for_import
from reconciler.edit.spec_edit import draft_spec
from reconciler.errors import InputError
from reconciler.gitstore import Repository
from reconciler.model.config import Installation, RegistryRule
from reconciler.model.name import IstagName, StreamName
from reconciler.model.person import Person
from reconciler.model.stream import ImportMode
from reconciler.planning.pass_scope import PassScope
from reconciler.reconcile.import_pass import run_import
from reconciler.reconcile.import_scope import import_scope
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.run_pass import Reconciler
from reconciler.reconcile.writer import Writer, choose_target
from tests.kit.branch import BOT, COPY, DEV, FOLLOWED, ONE, OTHER, PROD, Branch, config, docker
from tests.kit.git import GitKit

HERE = Installation(registries=(RegistryRule(prefix="registry.example:5000", integrated=True),))
JANE = Person("Jane Doe", "jane@example.com")
APP = StreamName("team-a", "app")
SPEC = f"""\
apiVersion: image.openshift.io/v1
kind: ImageStream
metadata: {{name: app, namespace: team-a}}
spec:
  tags:
  - {{name: dev}}
  - {{name: prod, from: {docker(ONE)}}}
  - {{name: copy, from: {FOLLOWED}}}
  - {{name: bare, reference: true, from: {docker(ONE)}}}
"""


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    made = Branch(GitKit(tmp_path).repository())
    made.git.commit({"reconciler.yaml": config(20), "is.yaml": SPEC}, "Declare")
    return made


def scope_of(branch: Branch, text: str, installation: Installation | None = None) -> PassScope:
    return import_scope(branch.snapshot(), text, installation or Installation(), JANE)


def edited(branch: Branch, importing: ImportRequest) -> list[str]:
    """The lines that the edit adds or removes."""
    repository = Repository.discover(branch.git.path)
    writer = Writer(repository, branch.clock, JANE)
    made = draft_spec(
        writer, branch.git.head(), JANE, lambda snapshot: edit_for_import(snapshot, repository, importing)
    )
    lines = branch.git.git("diff", "-U0", branch.git.head(), made).splitlines()
    return [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]


def test_a_follower_asks_for_what_it_follows(branch: Branch) -> None:
    wanted = PassScope(declared=False, scheduled=False, requested=frozenset({COPY, PROD}), person=JANE)
    assert scope_of(branch, "team-a/app:copy") == wanted


def test_a_stream_imports_every_tag_with_a_source_in_a_registry(branch: Branch) -> None:
    found = scope_of(branch, "team-a/app")
    assert (found.requested, found.streams) == (frozenset({PROD, DEV}), frozenset({APP}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("team-a/app:none", "team-a/app:none has no spec tag. Declare it, or name one of `imagestream status`."),
        ("team-a/app:dev", "team-a/app:dev has no registry source to look up."),
        ("team-a/app:bare", "team-a/app:bare has no registry source to look up."),
        (
            "team-a/web",
            "team-a/web is not declared. `imagestream import team-a/web:TAG --from PULLSPEC --confirm` does it.",
        ),
        (
            "App",
            "stream 'App': 'App' is not a stream name. Use lower-case letters and digits with single . _ - between them.",
        ),
    ],
)
def test_a_name_without_a_source_is_refused(branch: Branch, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        scope_of(branch, text)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["team-a/app:none", "team-a/app:dev"])
def test_with_an_integrated_registry_a_pushed_tag_can_be_imported(branch: Branch, text: str) -> None:
    assert scope_of(branch, text, HERE).requested == {IstagName.parse(text, "team-a")}


def test_a_stream_is_imported_as_a_whole_in_the_name_of_the_person(branch: Branch) -> None:
    branch.put("a", ONE)
    branch.run()
    branch.put("b", ONE)
    branch.put("c", "registry.example:5000/team-a/app:dev")
    repository = Repository.discover(branch.git.path)
    reconciler = Reconciler(Writer(repository, branch.clock, BOT), Registries(branch.shelf, HERE))
    run_import(reconciler, choose_target(repository, None, push=True), "team-a/app", JANE)
    assert (branch.stack(PROD), branch.stack(COPY), branch.stack(DEV)) == ("ba", "ba", "c")
    authors = branch.git.git("log", "-3", "--format=%an").split("\n")
    assert authors == ["Jane Doe", "Jane Doe", "Jane Doe"]


def test_from_declares_a_tag_and_a_stream(branch: Branch) -> None:
    request = ImportRequest("team-a/app:new", OTHER, confirm=True, scheduled=True)
    assert edited(branch, request) == [
        f"+  - {{name: new, from: {{kind: DockerImage, name: '{OTHER}'}}, importPolicy: {{scheduled: true}}}}"
    ]
    assert "+  name: web" in edited(branch, ImportRequest("team-a/web:1", OTHER, confirm=True))


def test_from_without_a_tag_declares_latest_as_oc_does(branch: Branch) -> None:
    request = ImportRequest("team-a/app", OTHER, confirm=True)
    assert (request.target, ImportRequest("team-a/app").target) == ("team-a/app:latest", "team-a/app")
    assert edited(branch, request) == [f"+  - {{name: latest, from: {{kind: DockerImage, name: '{OTHER}'}}}}"]
    assert "- name: latest" in "\n".join(edited(branch, ImportRequest("team-a/web", OTHER, confirm=True)))


BROKEN = "team-a/app:odd: its spec tag cannot be read now. `imagestream validate` shows why; mend that first."


def test_a_tag_with_an_error_does_not_count_as_undeclared(branch: Branch) -> None:
    odd = f"  - {{name: odd, annotations: {{reconciler/frozen: 'yes'}}, from: {docker(ONE)}}}\n"
    branch.git.commit({"is.yaml": SPEC + odd}, "Declare one with an error")
    repository = Repository.discover(branch.git.path)
    with pytest.raises(InputError) as caught:
        scope_of(branch, "team-a/app:odd", HERE)
    assert str(caught.value) == BROKEN
    with pytest.raises(InputError) as caught:
        edit_for_import(branch.snapshot(), repository, ImportRequest("team-a/app:odd", OTHER, confirm=True))
    assert str(caught.value) == BROKEN


def test_the_flags_of_the_policy_change_a_tag_that_is_there(branch: Branch) -> None:
    (removed, added) = edited(branch, ImportRequest("team-a/app:prod", insecure=True, import_mode=ImportMode.LEGACY))
    assert removed == f"-  - {{name: prod, from: {docker(ONE)}}}"
    assert "insecure: true" in added
    assert "importMode: Legacy" in added
    assert edited(branch, ImportRequest("team-a/app:prod", ONE)) == []


@pytest.mark.parametrize(
    ("importing", "message"),
    [
        (
            ImportRequest("team-a/app", scheduled=True),
            "the flags of an import policy edit one spec tag. Name it: STREAM:TAG.",
        ),
        (
            ImportRequest("team-a/app:new", scheduled=True),
            "team-a/app:new has no spec tag. --from PULLSPEC --confirm gives it a source.",
        ),
        (
            ImportRequest("team-a/app:new", ONE),
            "team-a/app:new has no spec tag. --confirm declares it from registry.example/app:1.",
        ),
        (
            ImportRequest("team-a/app:dev", ONE),
            "team-a/app:dev is a place to push to. --confirm declares it from registry.example/app:1.",
        ),
        (
            ImportRequest("team-a/app:copy", ONE, confirm=True),
            "team-a/app:copy imports nothing: it is ImageStreamTag team-a/app:prod. Name a tag with a DockerImage.",
        ),
        (
            ImportRequest("team-a/app:prod", OTHER, confirm=True),
            "team-a/app:prod is imported from registry.example/app:1. "
            "`imagestream tag registry.example/app:2 team-a/app:prod` gives it another source.",
        ),
    ],
)
def test_an_edit_that_import_may_not_make_is_refused(branch: Branch, importing: ImportRequest, message: str) -> None:
    repository = Repository.discover(branch.git.path)
    with pytest.raises(InputError) as caught:
        edit_for_import(branch.snapshot(), repository, importing)
    assert str(caught.value) == message
