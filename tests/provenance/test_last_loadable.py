"""Files over time: versions that do not load keep the last good state, and nothing else is kept (design 3.2 rule 4).

Real commits and a pass after each. The file declares `prod` and `copy`; every spoilt version takes both out of sight.
"""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import pytest

from reconciler.gitstore import Repository
from reconciler.model.config import Installation
from reconciler.model.finding import Severity
from reconciler.query.validate import validate_folder, validate_revision
from reconciler.settings import MAX_FILE_BYTES
from tests.kit.branch import COPY, OTHER, PROD, Branch, declared, docker
from tests.kit.git import GitKit

FILE = "is.yaml"
WHOLE = PROD.stream_name.tag("1")
GOOD = {"prod": docker("registry.example/app:1"), "copy": docker(OTHER)}
TEXT = declared(GOOD)

SPOILT: dict[str, str | bytes] = {
    "broken YAML": TEXT + "  - {name: [\n",
    "nothing that names our kinds": "not: [yaml\n",
    "a merge conflict": TEXT.replace("  tags:\n", "  tags:\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n"),
    "template braces": TEXT.replace("name: app", "name: '{{ app }}'"),
    "template statements": "{% if x %}\n" + TEXT + "{% endif %}\n",
    "control characters": TEXT + "# \x00\n",
    "another encoding": TEXT.encode() + "# café\n".encode("latin-1"),
    "too large": TEXT + "#" * MAX_FILE_BYTES,
    "too deep": TEXT + "x: " + "[" * 200 + "]" * 200 + "\n",
    "too many aliases": TEXT + "x: [&x 1" + ", *x" * 2_000 + "]\n",
    "a name that is a number": TEXT.replace("name: app", "name: 8"),
    "a namespace that is none": TEXT.replace("team-a", "Team_A"),
    "another apiVersion": TEXT.replace("image.openshift.io/v1", "image.openshift.io/v2"),
    "tags that are no list": TEXT.partition("  tags:\n")[0] + "  tags: {prod: {}}\n",
    "a forgotten separator": TEXT + "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\n",
    "a list without dashes": "kind: List\napiVersion: v1\nitems:\n  kind: ImageStream\n",
    "two lists": "kind: List\napiVersion: v1\nitems: []\nitems: [] # ImageStream\n",
    "a kind in another case": TEXT.replace("kind: ImageStream\n", "kind: Imagestream\n"),
    "a kind in small letters, of the old group": TEXT.replace(
        "apiVersion: image.openshift.io/v1\nkind: ImageStream\n", "apiVersion: v1\nkind: imagestream\n"
    ),
    "a kind in the plural": TEXT.replace("kind: ImageStream\n", "kind: ImageStreams\n"),
    "a kind with letters swapped, of another group": TEXT.replace(
        "image.openshift.io/v1", "image.example.com/v1"
    ).replace("kind: ImageStream\n", "kind: ImageSteram\n"),
    "a key Kind": TEXT.replace("kind: ImageStream\n", "Kind: ImageStream\n"),
    "no kind": TEXT.replace("kind: ImageStream\n", ""),
    "no kind, of the old group": TEXT.replace("kind: ImageStream\n", "").replace("image.openshift.io/v1", "v1"),
    "no kind and no apiVersion": TEXT.partition("kind: ImageStream\n")[2],
    "no kind beside another object": "apiVersion: v1\nkind: Service\n---\n"
    + TEXT.replace("kind: ImageStream\n", "").replace("image.openshift.io/v1", "v1"),
    "a kind that is a placeholder": TEXT.replace("kind: ImageStream\n", "kind: ${KIND}\n"),
    "a list at the top": "- " + TEXT.replace("\n", "\n  ").rstrip() + "\n",
    "a list of lists": "kind: list\napiVersion: v1\nitems:\n- " + TEXT.replace("\n", "\n  ").rstrip() + "\n",
    "a list whose items are called otherwise": "kind: List\napiVersion: v1\nitem:\n- "
    + TEXT.replace("\n", "\n  ").rstrip()
    + "\n",
    "JSON without a kind": b'{"apiVersion": "v1", "spec": {"tags": [{"from":\n{"kind": "DockerImage"\n}}]}}',
    "a kind that is far from right": TEXT.replace("kind: ImageStream", "kind: Stream"),
    "an abbreviated kind of a misspelt group": TEXT.replace("ImageStream", "IS").replace(
        "image.openshift", "imgae.opnshift"
    ),
    "the kind of another object of the group": TEXT.replace("kind: ImageStream", "kind: ImageStreamTag"),
    "a kind that the group does not have": "apiVersion: image.openshift.io/v1\nkind: IS\nmetadata: {name: app}\n",
    "another kind that holds streams": "kind: Bundle\nobjects:\n- " + TEXT.replace("\n", "\n  ").rstrip() + "\n",
    "a list of names": "apiVersion: v1\nkind: List\nitems: [app]\n",
    "two letters of spec that changed places": TEXT.replace("spec:", "spce:"),
    "JSON of another kind": b'{"kind": "Stream", "spec": {"tags": [{"name": "prod", "from": {"name": "x/y:1"}}]}}',
    "tags beside spec": TEXT.replace("spec:\n  tags:", "tags:"),
    "tags under metadata": TEXT.replace(
        "metadata: {name: app, namespace: team-a}\nspec:\n", "metadata:\n  name: app\n  namespace: team-a\n"
    ),
    "tags misspelt": TEXT.replace("  tags:", "  tag:"),
    "spec misspelt": TEXT.replace("spec:", "specs:"),
    "a Git LFS pointer": f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 345\n",
    "ansible-vault": "$ANSIBLE_VAULT;1.1;AES256\n30303030\n31313131\n",
    "git-crypt": b"\0GITCRYPT\0" + bytes(range(200)),
    "age": "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24=\n-----END AGE ENCRYPTED FILE-----\n",
    "SOPS": "apiVersion: ENC[AES256_GCM,data:x,type:str]\nkind: ENC[AES256_GCM,data:x,type:str]\nsops:\n  version: 3.9.0\n",
    "gzip": gzip.compress(TEXT.encode()),
    "base64": base64.b64encode(TEXT.encode()) + b"\n",
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "a page of a proxy": "<!DOCTYPE html>\n<html><body>502</body></html>\n",
    "a word": "x\n",
    "NUL": b"\0" * 100,
    "values for a tool": "image: quay.io/acme/app\nreplicas: 2\n",
    "another object with conflict markers": "<<<<<<< a\nkind: Service\n=======\nkind: Secret\n>>>>>>> b\n",
    "another object with a control character": "apiVersion: v1\nkind: Service\n\x00\n",
    "names that are left out": TEXT.replace("{name: prod, ", "{").replace("{name: copy, ", "{"),
}


@pytest.fixture
def branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Branch:
    """A branch whose file declared both tags, and has been imported."""
    kit = GitKit(tmp_path).alone(monkeypatch)
    made = Branch(kit.repository())
    made.start(GOOD)
    made.put("a", "registry.example/app:1")
    made.put("b", OTHER)
    made.run()
    assert stacks(made) == ("a", "b")
    return made


def stacks(branch: Branch) -> tuple[str, str]:
    return branch.stack(PROD), branch.stack(COPY)


@pytest.mark.parametrize("how", SPOILT)
def test_a_version_that_does_not_load_moves_and_removes_nothing(branch: Branch, how: str) -> None:
    branch.git.commit({FILE: SPOILT[how]}, "Spoil it")
    branch.put("c", OTHER)
    result = branch.run()
    assert result.commits == ()
    assert stacks(branch) == ("a", "b")
    assert {PROD, COPY} <= branch.snapshot().protected | branch.snapshot().declarations.broken
    repository = Repository.discover(branch.git.path)
    for found in (
        validate_folder(branch.git.path, repository, Installation()),
        validate_revision(repository, "HEAD", Installation()),
    ):
        errors = [finding for finding in found.findings if finding.severity is Severity.ERROR]
        assert [finding.message for finding in errors] == [problem.message for problem in result.plan.problems]
        assert errors or found.skipped


def test_many_spoilt_versions_keep_the_last_good_one_and_the_next_good_one_counts(branch: Branch) -> None:
    for text in SPOILT.values():
        branch.git.commit({FILE: text}, "Spoil it further")
    assert branch.run().commits == ()
    branch.git.commit({FILE: declared({"prod": GOOD["prod"]})}, "Mend it, without copy")
    assert [change.tag for change in branch.run().plan.changes] == [COPY]
    assert stacks(branch) == ("a", "")


def test_what_a_good_version_took_out_is_not_kept_by_a_spoilt_one_after_it(branch: Branch) -> None:
    branch.git.commit({FILE: declared({"prod": GOOD["prod"]})}, "Take copy out")
    branch.git.commit({FILE: SPOILT["broken YAML"]}, "Spoil it before any pass")
    assert [change.tag for change in branch.run().plan.changes] == [COPY]
    assert stacks(branch) == ("a", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "kind: Deployment\napiVersion: apps/v1\n",
        "kind: Template\napiVersion: v1\nobjects: [{kind: ImageStream}]\n",
        TEXT.partition("spec:")[0],
        '{"apiVersion": "v1", "kind": "Service"}\n',
        "{}\n",
        "---\n",
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec: {tags: [a]}\n",
        "apiVersion: build.openshift.io/v1\nkind: BuildConfig\nspec: {output: {to: {kind: ImageStreamTag}}}\n",
        "apiVersion: image.openshift.io/v1\nkind: ImageStreamTag\nmetadata: {name: 'app:prod'}\n",
        "apiVersion: s3.example/v1\nkind: Bucket\nspec: {tags: [{key: a, value: b}]}\n",
        "apiVersion: v1\nkind: List\nitems: []\n",
        "apiVersion: v1\nkind: Service # for the app\n---\napiVersion: v1\nkind: 'Secret'\n",
    ],
    ids=[
        "empty",
        "comments",
        "another kind",
        "a Template",
        "a stream without tags",
        "another kind in JSON",
        "an empty object",
        "an empty document",
        "a SealedSecret",
        "a BuildConfig",
        "an ImageStreamTag",
        "an object with other tags",
        "an empty list",
        "two other objects",
    ],
)
def test_a_version_that_loads_and_declares_nothing_removes_what_it_declared(branch: Branch, text: str) -> None:
    branch.git.commit({FILE: text}, "Declare nothing")
    assert {change.tag for change in branch.run().plan.changes} == {PROD, COPY}
    assert stacks(branch) == ("", "")


def test_a_spoilt_file_does_not_keep_what_another_file_declared(branch: Branch) -> None:
    other = declared({"dev": docker(OTHER)})
    branch.git.commit({"other.yaml": other}, "Declare dev in another file")
    branch.run()
    branch.git.commit({FILE: SPOILT["broken YAML"], "other.yaml": "# gone\n"}, "Spoil one, empty the other")
    assert [str(change.tag) for change in branch.run().plan.changes] == ["team-a/app:dev"]
    assert stacks(branch) == ("a", "b")


def test_a_file_that_is_harmed_after_its_tags_were_taken_out_is_right(branch: Branch) -> None:
    branch.git.commit({FILE: "# nothing\n"}, "Take everything out")
    branch.git.commit({FILE: "image: quay.io/acme/app\n"}, "Keep values for a tool there")
    assert {change.tag for change in branch.run().plan.changes} == {PROD, COPY}
    assert branch.run().plan.problems == ()


def test_values_beside_a_stream_were_there_before_it_went(branch: Branch) -> None:
    branch.git.commit({FILE: f"image: quay.io/acme/app\n---\n{TEXT}"}, "Put values beside it")
    assert branch.run().plan.problems == ()
    branch.git.commit({FILE: f"image: quay.io/acme/app\n---\n{declared({'prod': GOOD['prod']})}"}, "Take copy out")
    assert [change.tag for change in branch.run().plan.changes] == [COPY]


def test_a_link_in_place_of_a_file_or_its_folder_holds_back_what_it_declared(branch: Branch) -> None:
    other = declared({"dev": docker(OTHER)})
    branch.git.commit({"streams/dev.yaml": other}, "Declare dev in a folder")
    branch.run()
    for path in (FILE, "streams"):
        branch.git.git("rm", "-rq", path)
        (branch.git.path / path).symlink_to("elsewhere")
        branch.git.git("add", path)
    branch.git.commit(message="Link both")
    result = branch.run()
    assert result.commits == ()
    assert [(problem.file, problem.message.partition(", and now it ")[2]) for problem in result.plan.problems] == [
        (
            path,
            "is a symbolic link or a submodule, which is not followed. Correct it: until then what it declared stays. If "
            "this file should declare nothing, empty it or delete it.",
        )
        for path in (FILE, "streams")
    ]


def test_what_was_pushed_or_imported_stays_while_its_streams_file_is_harmed(branch: Branch) -> None:
    branch.git.commit(
        {FILE: TEXT.replace("spec:\n", "spec:\n  dockerImageRepository: registry.example/whole\n")}, "Import"
    )
    branch.put("d", "registry.example/whole:1")
    branch.run()
    assert branch.stack(WHOLE) == "d"
    branch.git.commit({FILE: SPOILT["a key Kind"]}, "Spoil it")
    assert branch.run().commits == ()
    assert WHOLE in branch.snapshot().protected


@pytest.mark.parametrize("how", ["no kind, of the old group", "tags misspelt", "a key Kind"])
def test_one_of_two_streams_that_is_spoilt_is_held_back_beside_the_other(branch: Branch, how: str) -> None:
    good = TEXT.replace("name: app", "name: web")
    branch.git.commit({FILE: f"{good}---\n{TEXT}"}, "Declare another stream beside it")
    branch.run()
    branch.git.commit({FILE: f"{good}---\n{SPOILT[how]!s}"}, "Spoil one of them")
    result = branch.run()
    assert result.commits == ()
    assert len(result.plan.problems) == 1
    assert stacks(branch) == ("a", "b")


def test_order_comments_and_layout_are_not_changes(branch: Branch) -> None:
    reordered = declared({"copy": GOOD["copy"], "prod": GOOD["prod"]})
    for text in (reordered, "# ours\n" + TEXT, TEXT.replace("\n\n\n\n", "\n"), TEXT.replace("\n", "\r\n")):
        branch.git.commit({FILE: text}, "Write it otherwise")
        assert branch.run().commits == ()
    moved = {"a/b/c.yml": TEXT, FILE: "# moved\n"}
    branch.git.commit(moved, "Move it")
    assert branch.run().commits == ()
    assert stacks(branch) == ("a", "b")
