"""Adoption: one own commit for each stream, no change by the next pass, and refusals (design 3.2, 3.3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.edit.adopt.adopt import AdoptionResult, adopt, preview
from reconciler.edit.adopt.export import ExportOptions
from reconciler.edit.adopt.export_reader import read_exports
from reconciler.edit.rollback import RollbackRequest, roll_back
from reconciler.gitstore import Repository
from reconciler.model.config import DEFAULT_IDENTITY, Installation
from reconciler.model.name import IstagName
from reconciler.model.stream import ImportMode, Source, SourceKind
from reconciler.provenance.log import Log
from reconciler.provenance.verify import verify
from reconciler.query.find import find
from reconciler.reconcile.registries import Registries
from reconciler.reconcile.writer import Writer, choose_target
from tests.kit.branch import BOT, ONE, PROD, Branch
from tests.kit.export import Object, docker, events, exported, follows, listed
from tests.kit.git import GitKit
from tests.kit.world import digest

TEST = IstagName("team-a", "app", "test")
PUSHED = IstagName("team-a", "app", "pushed")
SPEC = "imagestreams/team-a/app.yaml"


@pytest.fixture
def branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Branch:
    """A branch without a stream."""
    kit = GitKit(tmp_path).alone(monkeypatch)
    made = Branch(kit.repository())
    made.git.commit({"reconciler.yaml": "apiVersion: reconciler/v1alpha1\nkind: Config\n"}, "Start")
    return made


def stream(images: str = "cba") -> Object:
    """`prod` scheduled, `test` following it, `pushed` without a spec tag."""
    tags = {"prod": docker(ONE, scheduled=True), "test": follows("prod")}
    status = {"prod": events(images), "test": events(images[0]), "pushed": events("fe", "registry.example/pushed")}
    return exported(tags, status)


def writer(branch: Branch) -> Writer:
    return Writer(Repository.discover(branch.git.path), branch.clock, BOT)


def take(branch: Branch, *streams: Object) -> AdoptionResult:
    made = writer(branch)
    target = choose_target(made.repository, None, push=True)
    export = read_exports({"export.yaml": listed(*streams)}, ExportOptions("default"))
    return adopt(made, target, export, made.repository.author())


def problems(done: AdoptionResult) -> list[str]:
    return [problem.message for problem in done.adoption.problems]


def rules(branch: Branch) -> list[str]:
    return [each.rule for each in verify(Repository.discover(branch.git.path), branch.git.head()).breaks]


# What is written.


def test_a_stream_is_one_commit_of_the_person_with_spec_and_histories(branch: Branch) -> None:
    done = take(branch, stream())
    assert (branch.stack(), branch.stack(TEST), branch.stack(PUSHED)) == ("cba", "c", "fe")
    assert branch.git.git("log", "-1", "--format=%an, %cn%n%B") == (
        "Jane Doe, imagestream\n"
        "Adopt team-a/app: 3 tags\n"
        "\n"
        "team-a/app:prod is sha256:cccccccccccc, with 3 events that an image stream had recorded, the first of "
        "2024-05-01T06:07:08Z.\n"
        "\n"
        "team-a/app:pushed is sha256:ffffffffffff, with 2 events that an image stream had recorded, the first of "
        "2024-05-01T06:07:08Z.\n"
        "\n"
        "team-a/app:test is sha256:cccccccccccc, with 1 event that an image stream had recorded, the first of "
        "2024-05-01T06:07:08Z.\n"
        "\n"
        "Tag: team-a/app:prod\n"
        f"Image: {digest('c')}\n"
        "Previous-Image: none\n"
        "Source: DockerImage registry.example/app:1\n"
        "Cause: adopted\n"
        "Tag: team-a/app:pushed\n"
        f"Image: {digest('f')}\n"
        "Previous-Image: none\n"
        "Cause: adopted\n"
        "Tag: team-a/app:test\n"
        f"Image: {digest('c')}\n"
        "Previous-Image: none\n"
        "Source: ImageStreamTag team-a/app:prod\n"
        "Cause: adopted\n"
    )
    changed = branch.git.git("show", "--format=", "--name-only").splitlines()
    assert changed == [PROD.history_path, PUSHED.history_path, TEST.history_path, SPEC]
    assert set(done.commits.values()) == {branch.git.head()}
    assert problems(done) == []


def test_a_stream_without_events_is_a_commit_of_its_spec_alone(branch: Branch) -> None:
    take(branch, exported({"prod": docker(ONE)}))
    assert branch.git.git("log", "-1", "--format=%an%n%B") == (
        "Jane Doe\nAdopt team-a/app: 1 tag\n\nNo history came with it; the next pass imports what it can.\n"
    )
    branch.put("a")
    assert [change.cause for change in branch.run().plan.changes] == ["declared"]
    assert rules(branch) == []


def test_the_limit_of_histories_holds_and_what_it_cuts_is_counted(branch: Branch) -> None:
    branch.git.commit(
        {"reconciler.yaml": "apiVersion: reconciler/v1alpha1\nkind: Config\nspec: {limits: {history: 2}}\n"}
    )
    done = take(branch, exported({"prod": docker(ONE)}, {"prod": events("dcba")}))
    assert branch.stack() == "dc"
    assert [(tag.tag, tag.left_out) for each in done.adoption.streams for tag in each.tags] == [(PROD, 2)]
    assert [event.generation for event in branch.snapshot().histories[PROD].items] == [2, 1]


def test_a_preview_has_the_same_result_and_writes_nothing(branch: Branch) -> None:
    made, before = writer(branch), branch.git.head()
    export = read_exports({"export.yaml": listed(stream())}, ExportOptions("default"))
    shown = preview(made, choose_target(made.repository, None, push=True), export)
    assert branch.git.head() == before
    assert shown.adoption.streams == take(branch, stream()).adoption.streams


# What comes after it.


@pytest.mark.parametrize("tip", [True, False], ids=["with a tip", "without a tip"])
def test_a_pass_after_it_changes_only_what_the_registry_changed(branch: Branch, *, tip: bool) -> None:
    if tip:
        branch.git.commit(
            {"is.yaml": "kind: ImageStream\napiVersion: image.openshift.io/v1\nmetadata: {name: other}\n"}
        )
        branch.run()
    branch.put("c")
    take(branch, stream())
    assert branch.is_quiet()
    branch.put("d")
    branch.run()
    assert (branch.stack(), branch.stack(TEST), branch.stack(PUSHED)) == ("dcba", "dc", "fe")
    assert rules(branch) == []
    assert branch.is_quiet()


def test_reverting_it_takes_the_stream_out_as_a_whole(branch: Branch) -> None:
    branch.put("c")
    take(branch, stream())
    branch.run()
    branch.revert()
    assert branch.run().plan.changes == ()
    assert branch.snapshot().histories == {}
    assert branch.snapshot().holds == {}
    assert rules(branch) == []


def test_an_adopted_event_can_be_rolled_back_to(branch: Branch) -> None:
    branch.put("c")
    take(branch, stream())
    registries = Registries(branch.shelf, Installation())
    made = writer(branch)
    target = choose_target(made.repository, None, push=True)
    roll_back(made, registries, target, RollbackRequest("team-a/app:prod", "1", force=True), made.repository.author())
    assert (branch.stack(), branch.held()) == ("a", "cb")
    branch.run()
    assert branch.stack(TEST) == "ac"
    assert branch.is_quiet()
    assert rules(branch) == []


def test_a_spec_tag_that_is_taken_out_later_takes_its_history_along_and_a_pushed_one_stays(branch: Branch) -> None:
    branch.put("c")
    take(branch, stream())
    text = (branch.git.path / SPEC).read_text(encoding="utf-8")
    branch.git.commit({SPEC: text.partition("    - name: test\n")[0]}, "Take test out")
    branch.run()
    assert (branch.stack(), branch.stack(TEST), branch.stack(PUSHED)) == ("cba", "", "fe")
    assert rules(branch) == []
    assert branch.is_quiet()


def test_every_adopted_event_is_found_the_older_ones_as_replaced(branch: Branch) -> None:
    take(branch, stream("cbab"))
    repository, head = Repository.discover(branch.git.path), branch.git.head()
    assert [(each.tag, each.since.id, each.until) for each in find(Log(repository, head), digest("c"))] == [
        (PROD, head, None),
        (TEST, head, None),
    ]
    older = [each for each in find(Log(repository, head), digest("b")) if each.until]
    assert [(each.tag, each.event.generation, each.rolled_back) for each in older] == [
        (PROD, 1, False),
        (PROD, 3, False),
    ]


# Again, and against what is there.


def test_once_more_writes_nothing_even_after_passes_and_roll_backs(branch: Branch) -> None:
    branch.put("c")
    take(branch, stream())
    branch.put("d")
    branch.run()
    branch.revert()
    branch.run()
    before = branch.git.head()
    done = take(branch, stream())
    assert (done.result.written, problems(done), branch.git.head()) == (False, [], before)


def test_a_stream_that_is_declared_already_keeps_its_file_and_gets_its_histories(branch: Branch) -> None:
    mine = (
        "# mine\nkind: ImageStream\napiVersion: v1\nmetadata: {name: app, namespace: team-a}\nspec:\n  tags:\n"
        f"  - {{name: prod, from: {{kind: DockerImage, name: '{ONE}'}}, importPolicy: {{scheduled: true}}}}\n"
        "  - {name: test, from: {kind: ImageStreamTag, name: 'app:prod'}}\n"
    )
    branch.git.commit({"deploy/streams.yaml": mine})
    done = take(branch, stream())
    assert problems(done) == []
    assert branch.git.git("show", "--format=", "--name-only").splitlines() == [
        PROD.history_path,
        PUSHED.history_path,
        TEST.history_path,
    ]
    branch.put("c")
    assert branch.is_quiet()


def test_a_stream_that_is_declared_otherwise_is_refused_with_the_difference(branch: Branch) -> None:
    mine = "kind: ImageStream\napiVersion: v1\nmetadata: {name: app, namespace: team-a}\nspec:\n  tags:\n"
    tag = f"  - {{name: prod, from: {{kind: DockerImage, name: '{ONE}'}}}}\n"
    branch.git.commit({"streams.yaml": mine + tag})
    done = take(branch, stream(), exported({"1": docker(ONE)}, {"1": events("a")}, name="base"))
    assert problems(done) == [
        "stream team-a/app is declared differently: importPolicy.scheduled of tag prod is false, not true, and 1 more. "
        "Make streams.yaml and export.yaml agree."
    ]
    assert [str(each.exported.stream.name) for each in done.adoption.streams] == ["team-a/base"]
    assert branch.stack(IstagName("team-a", "base", "1")) == "a"


def test_an_istag_with_another_history_is_refused_and_the_others_are_adopted(branch: Branch) -> None:
    branch.put("d")
    take(branch, exported({"prod": docker(ONE)}))
    branch.run()
    done = take(branch, exported({"prod": docker(ONE)}, {"prod": events("ba"), "pushed": events("a")}))
    assert problems(done) == [
        "team-a/app:prod has a history already, and it began differently. Histories are not replaced."
    ]
    assert (branch.stack(), branch.stack(PUSHED)) == ("d", "a")
    assert rules(branch) == []


def test_an_istag_that_had_a_history_once_gets_it_back_from_git_and_from_nowhere_else(branch: Branch) -> None:
    take(branch, exported({"prod": docker(ONE)}, {"prod": events("ba")}))
    branch.revert()
    branch.run()
    done = take(branch, exported({"prod": docker(ONE)}, {"prod": events("dc")}))
    assert problems(done) == [
        "team-a/app:prod has a history already, and it began differently. Histories are not replaced."
    ]
    branch.run()
    assert branch.stack() == "ba"
    assert rules(branch) == []


def test_a_held_image_is_not_brought_back(branch: Branch) -> None:
    branch.put("b")
    take(branch, exported({"prod": docker(ONE, scheduled=True)}))
    branch.run()
    branch.revert()
    branch.run()
    assert (branch.stack(), branch.held()) == ("", "b")
    done = take(branch, exported({"prod": docker(ONE, scheduled=True)}, {"prod": events("ba")}))
    assert len(problems(done)) == 1
    assert (branch.stack(), branch.held()) == ("", "b")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {SPEC: "kind: ConfigMap\n"},
            f"{SPEC} exists, but declares no stream team-a/app. Move it away.",
        ),
        (
            {
                "reconciler.yaml": "apiVersion: reconciler/v1alpha1\nkind: Config\nspec: {streams: {include: [deploy/]}}\n"
            },
            f"streams.include of reconciler.yaml leaves {SPEC} out, where team-a/app belongs. Include imagestreams/.",
        ),
    ],
)
def test_a_path_that_cannot_be_used_is_reported(branch: Branch, files: dict[str, str], message: str) -> None:
    branch.git.commit(dict(files))
    before = branch.git.head()
    assert problems(take(branch, stream())) == [message]
    assert branch.git.head() == before


# The import mode of files that name none.


LEGACY = {"importMode": "Legacy"}
SILENT = """\
kind: ImageStream
apiVersion: v1
metadata: {name: app, namespace: team-a}
spec:
  tags:
  - name: prod
    from: {kind: DockerImage, name: 'registry.example/app:1'}
    importPolicy: {scheduled: true}   # every quarter of an hour
  - {name: test, from: {kind: ImageStreamTag, name: 'app:prod'}}
"""


def legacy() -> Object:
    """The export of that file by a cluster."""
    tags = {"prod": docker(ONE, scheduled=True, **LEGACY), "test": follows("prod")}
    return exported(tags, {"prod": events("ba"), "test": events("b")})


def test_the_cluster_s_import_mode_is_written_into_a_file_that_names_none_so_that_nothing_moves(
    branch: Branch,
) -> None:
    branch.git.commit({"app.yaml": SILENT})
    done = take(branch, legacy())
    assert problems(done) == []
    assert (branch.git.path / "app.yaml").read_text(encoding="utf-8") == SILENT.replace(
        "{scheduled: true}", "{scheduled: true, importMode: Legacy}"
    )
    assert branch.git.git("log", "-1", "--format=%an%n%B", "HEAD~1") == (
        "Jane Doe\nWrite importMode: Legacy for 1 tag\n\n"
        "The cluster that they come from fills it in where a file leaves it out; here that means PreserveOriginal.\n\n"
        "team-a/app:prod\n"
    )
    branch.put("b")
    assert branch.is_quiet()
    assert not rules(branch)
    assert take(branch, legacy()).result.commits == ()


def test_with_the_other_mode_the_file_is_kept_and_so_are_the_images(branch: Branch) -> None:
    branch.git.commit({"app.yaml": SILENT})
    taking = ExportOptions("default", import_mode=ImportMode.PRESERVE_ORIGINAL)
    made = writer(branch)
    export = read_exports({"export.yaml": listed(legacy())}, taking)
    done = adopt(made, choose_target(made.repository, None, push=True), export, made.repository.author())
    assert problems(done) == []
    assert (branch.git.path / "app.yaml").read_text(encoding="utf-8") == SILENT
    branch.put("b")
    assert branch.is_quiet()


def test_a_mode_that_a_file_names_is_never_changed(branch: Branch) -> None:
    branch.git.commit({"app.yaml": SILENT.replace("{scheduled", "{importMode: PreserveOriginal, scheduled")})
    assert problems(take(branch, legacy())) == [
        "stream team-a/app is declared differently: importPolicy.importMode of tag prod is PreserveOriginal, not Legacy. "
        "Make app.yaml and export.yaml agree."
    ]


def test_a_mode_that_cannot_be_written_refuses_its_streams_with_what_to_do(branch: Branch) -> None:
    shared = SILENT.replace("{scheduled: true}   # every quarter of an hour", "&often {scheduled: true}")
    more = "  - {name: other, importPolicy: *often, from: {kind: DockerImage, name: 'registry.example/app:2'}}\n"
    branch.git.commit({"app.yaml": shared + more})
    assert problems(take(branch, legacy())) == [
        "stream team-a/app names no importMode, and it cannot be written: app.yaml:8: spec.tags[0].importPolicy has the "
        "anchor &often, which is used elsewhere. Write importMode there by hand, or leave the file as it is with "
        "--import-mode PreserveOriginal."
    ]


def test_a_repository_that_openshift_imported_is_not_imported_again(branch: Branch) -> None:
    whole = exported({}, {"1": events("ba"), "pushed": events("f", "internal.svc:5000/team-a/app")})
    whole["spec"]["dockerImageRepository"] = "registry.example/app"
    take(branch, whole)
    for source, image in ((ONE, "c"), ("registry.example/app:2", "d")):
        branch.put(image, source)
    assert branch.is_quiet()
    assert branch.shelf.requested == []
    tops = {name.tag: history.items[0].source for name, history in branch.snapshot().histories.items()}
    assert tops == {"1": Source(SourceKind.DOCKER_IMAGE, ONE), "pushed": None}


# Forgery.


def forged(branch: Branch, path: str, old: str, new: str) -> None:
    """The newest commit with another content of a file."""
    text = (branch.git.path / path).read_text(encoding="utf-8")
    assert old in text
    branch.git.write(path, text.replace(old, new))
    branch.git.git("commit", "--quiet", "--all", "--amend", "--no-edit")


@pytest.mark.parametrize(
    ("old", "new"),
    [("generation: 2", "generation: 7"), ("  cause: adopted\n- image", "  cause: scheduled\n- image")],
    ids=["a gap in the generations", "an event of another cause"],
)
def test_a_first_stack_that_no_adoption_writes_is_not_an_own_commit(branch: Branch, old: str, new: str) -> None:
    take(branch, exported({"1": docker(ONE)}, {"1": events("a")}, name="base"))
    take(branch, stream())
    forged(branch, PROD.history_path, old, new)
    assert rules(branch) == ["invented"]


def test_a_second_adoption_of_an_istag_is_not_an_own_commit_and_is_undone(branch: Branch) -> None:
    branch.put("c")
    take(branch, stream())
    branch.run()
    message = branch.git.git("log", "-1", "--format=%B")
    branch.git.git("rm", "-q", "-r", "history", SPEC)
    branch.git.commit(message="Take the stream out")
    branch.run()
    branch.git.git("checkout", "-q", "HEAD~1", "--", "history", SPEC)
    text = (branch.git.path / PROD.history_path).read_text(encoding="utf-8")
    branch.git.write(PROD.history_path, text.replace("b" * 64, "e" * 64))
    branch.git.commit(message=message)
    assert rules(branch) == ["invented"]
    (problem,) = branch.run().plan.problems
    assert problem.message.startswith("team-a/app:prod: commit ")
    assert problem.message.endswith(
        " by Jane Doe added an event to its history that was never recorded. The pass undoes the change."
    )
    assert branch.stack() == "cba"


def test_the_same_adoption_on_two_branches_merges_to_the_same(branch: Branch) -> None:
    branch.put("c")
    branch.git.git("checkout", "-q", "-b", "other")
    take(branch, stream())
    branch.git.git("checkout", "-q", "main")
    branch.git.commit({"notes.txt": "so that there is a merge\n"})
    take(branch, stream())
    branch.git.git("merge", "-q", "--no-edit", "other")
    assert branch.is_quiet()
    assert rules(branch) == []


def test_the_committer_is_the_reconciler(branch: Branch) -> None:
    assert str(DEFAULT_IDENTITY) == "imagestream <imagestream@localhost>"
    take(branch, stream())
    assert branch.git.git("log", "-1", "--format=%cn <%ce>") == str(DEFAULT_IDENTITY)
