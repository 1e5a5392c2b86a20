"""`tag` and `promote`: specs edited in place, to the byte, for a person."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Images, Place, stream, tag

FILE = "imagestreams/app.yaml"
SPEC = """\
apiVersion: image.openshift.io/v1   # people's comment
kind: ImageStream
metadata: {name: app, namespace: team-a}
spec:
  tags:
  # the one that people use
  - name: prod
    from: {kind: DockerImage, name: 'SOURCE'}   # keep me
  - name: dev
    from:
      kind: DockerImage
      name: SOURCE
    importPolicy:
      scheduled: true
"""


@pytest.fixture
def declared(place: Place, images: Images) -> Place:
    images.push("app", "1", "1")
    place.write(FILE, SPEC.replace("SOURCE", images.name("app", "1")))
    place.commit("Declare app")
    place.ok("sync")
    return place


def changed_lines(place: Place) -> list[str]:
    diff = place.git("show", "--format=", "-U0").splitlines()
    return [line for line in diff if line[:1] in "+-" and line[:3] not in {"+++", "---"}]


def test_tagging_from_a_registry_changes_one_value_and_is_the_persons_commit(declared: Place, images: Images) -> None:
    second = images.push("app", "2", "2")
    out = declared.ok("tag", images.name("app", "2"), "team-a/app:prod")
    assert out.splitlines()[-1] == "NOT pushed: git push -u REMOTE main"
    assert changed_lines(declared) == [
        f"-    from: {{kind: DockerImage, name: '{images.name('app', '1')}'}}   # keep me",
        f"+    from: {{kind: DockerImage, name: '{images.name('app', '2')}'}}   # keep me",
    ]
    assert declared.git("log", "-1", "--format=%an|%cn").strip() == "Jane Doe|Jane Doe"
    declared.ok("sync")
    assert declared.ok("resolve", "team-a/app:prod").strip().endswith(second)
    assert "Requested-By: Jane Doe" in declared.git("log", "-1", "--format=%B")


@pytest.mark.parametrize("image", ["docker.io/library/nginx:1", "index.docker.io/library/nginx:1", "quay.io/acme/app"])
def test_a_source_that_names_its_registry_is_an_image_there(declared: Place, image: str) -> None:
    declared.ok("tag", image, "team-a/app:new", "--no-commit")
    assert f"\n      name: {image}\n" in (declared.path / FILE).read_text()


def test_an_istag_is_pinned_to_what_it_means_now_and_followed_with_alias(declared: Place, images: Images) -> None:
    first = declared.ok("resolve", "team-a/app:dev").strip().rpartition("@")[2]
    assert (
        f"Tag team-a/app:pinned set to team-a/app@{first}."
        in declared.run("tag", "team-a/app:dev", "team-a/app:pinned").err
    )
    alias = declared.run("tag", "--alias", "team-a/app:dev", "team-a/app:alias")
    assert "Tag team-a/app:alias set up to track team-a/app:dev." in alias.err
    images.push("app", "1", "2")
    declared.ok("sync")
    tags = {row["tag"]: row["recorded"] for row in declared.run("status", "-o", "json").json["tags"]}
    assert tags["team-a/app:pinned"] == first
    assert tags["team-a/app:alias"] == tags["team-a/app:dev"] != first


@pytest.mark.parametrize("spelling", ["team-a/app@{}", "team-a/app@sha256:{}"])
def test_a_prefix_of_an_isimage_is_accepted_and_its_whole_digest_written(declared: Place, spelling: str) -> None:
    first = declared.ok("resolve", "team-a/app:dev").strip().rpartition("@")[2]
    ran = declared.run("tag", spelling.format(first[7:19]), "team-a/app:pinned")
    assert ran.err == f"note: Tag team-a/app:pinned set to team-a/app@{first}.\n"
    assert f"\n      name: app@{first}\n" in (declared.path / FILE).read_text()
    none = declared.run("tag", spelling.format("0" * 12), "team-a/app:other")
    name = spelling.format("0" * 12)
    assert (none.code, none.err) == (1, f"error: {name}: no tag of team-a/app ever meant that image.\n")


@pytest.mark.parametrize("how", [("tag",), ("tag", "--alias"), ("promote",)])
def test_a_scheduled_tag_that_gets_another_kind_of_source_is_no_longer_scheduled(
    declared: Place, images: Images, how: tuple[str, ...]
) -> None:
    declared.ok("tag", "--scheduled", images.name("app", "1"), "team-a/app:edge")
    declared.ok(*how, "team-a/app:dev", "team-a/app:edge")
    if how == ("promote",):
        declared.git("merge", "--quiet", "--ff-only", "imagestream/promote/team-a/app/edge")
    assert declared.run("validate").code == 0
    assert {"-    importPolicy:", "-      scheduled: true"} < set(changed_lines(declared))
    declared.ok("sync")
    assert declared.run("status", "team-a/app:edge", "-o", "json").json["tags"][0]["state"] == "InSync"


def test_flags_that_stay_are_reported_and_false_takes_them_off(place: Place, images: Images) -> None:
    old, new = images.name("app", "1"), images.name("app", "2")
    policies = ("importPolicy: {scheduled: true, insecure: true, importMode: Legacy}", "referencePolicy: {type: Local}")
    entries = [f"{{name: ref, reference: true, from: {{kind: DockerImage, name: '{old}'}}}}"]
    entries.append(f"{{name: all, {', '.join(policies)}, from: {{kind: DockerImage, name: '{old}'}}}}")
    listed = "".join(f"  - {entry}\n" for entry in entries)
    place.write(FILE, f"{SPEC.partition('spec:')[0]}spec:\n  tags:\n{listed}")
    place.commit("Declare app")
    kept = "As before: reference: true (nothing is imported)."
    assert f"Tag team-a/app:ref set to {new}. {kept}" in place.run("tag", new, "team-a/app:ref").err
    kept = (
        "As before: importPolicy.scheduled: true (imported periodically), importPolicy.insecure: true, "
        "importPolicy.importMode: Legacy, referencePolicy.type: Local."
    )
    assert f"Tag team-a/app:all set to {new}. {kept}" in place.run("tag", new, "team-a/app:all").err
    off = ("--scheduled=false", "--insecure=false", "--import-mode=PreserveOriginal", "--reference-policy=source")
    ran = place.run("tag", *off, "--reference=false", new, "team-a/app:all", "team-a/app:ref")
    assert "As before" not in ran.err
    text = (place.path / FILE).read_text()
    assert "scheduled" not in text
    assert "insecure" not in text
    assert "reference: true" not in text


def test_an_edit_that_would_be_an_error_is_refused(declared: Place, images: Images) -> None:
    head = declared.git("rev-parse", "HEAD")
    ran = declared.run("tag", images.name("app", "1"), "team-a/app:Prod")
    text = "tag prod of team-a/app differs only in case from Prod. Rename one of them. [tag-case]"
    where = f"{FILE}:7:11: error: {text}"
    assert (ran.code, ran.err) == (1, f"error: nothing was written, because it would be wrong. {where}\n")
    declared.ok("tag", "--alias", "team-a/app:dev", "team-a/app:prod")
    ring = declared.run("tag", "--alias", "team-a/app:prod", "team-a/app:dev", "--no-commit")
    assert ring.code == 1
    assert "[cycle]" in ring.err
    case = declared.run("promote", "team-a/app:dev", "team-a/app:Prod")
    assert case.code == 1
    assert "[tag-case]" in case.err
    declared.git("diff", "--exit-code")
    assert declared.git("rev-parse", "HEAD~1") == head


def test_a_new_stream_is_not_written_to_an_excluded_path(declared: Place, images: Images) -> None:
    head = "apiVersion: reconciler/v1alpha1\nkind: Config\nspec:\n"
    declared.write("reconciler.yaml", f"{head}  streams: {{exclude: [imagestreams/team-b/**]}}\n")
    declared.commit("Leave team-b out")
    ran = declared.run("tag", images.name("app", "1"), "team-b/web:1")
    path = "imagestreams/team-b/web.yaml"
    text = f"{path} is not looked at: streams in reconciler.yaml leave it out. Declare team-b/web by hand."
    assert (ran.code, ran.err) == (1, f"error: {text}\n")


def test_a_new_tag_is_written_in_the_style_of_its_neighbours(declared: Place, images: Images) -> None:
    declared.ok("tag", "--scheduled", images.name("app", "1"), "team-a/app:edge")
    text = (declared.path / FILE).read_text()
    assert text.startswith((SPEC.replace("SOURCE", images.name("app", "1")))[:120])
    assert text.endswith(
        f"  - name: edge\n    from:\n      kind: DockerImage\n      name: {images.name('app', '1')}\n"
        "    importPolicy:\n      scheduled: true\n"
    )


def test_an_undeclared_stream_gets_a_file(declared: Place, images: Images) -> None:
    declared.ok("tag", images.name("app", "1"), "team-b/web:1.10")
    assert (declared.path / "imagestreams/team-b/web.yaml").exists()
    assert declared.run("validate").code == 0
    declared.ok("sync")
    assert (declared.path / "history/team-b/web/1.10.yaml").exists()


def test_delete_takes_the_spec_tag_out_and_the_next_pass_removes_its_history(declared: Place) -> None:
    declared.ok("tag", "-d", "team-a/app:dev")
    assert "name: dev" not in (declared.path / FILE).read_text()
    assert "# the one that people use" in (declared.path / FILE).read_text()
    declared.ok("sync")
    assert declared.subjects()[0] == "Remove tag team-a/app:dev"


def test_no_commit_leaves_the_edit_in_the_work_tree(declared: Place, images: Images) -> None:
    head = declared.git("rev-parse", "HEAD")
    declared.ok("tag", "--no-commit", images.name("app", "2"), "team-a/app:prod")
    assert declared.git("rev-parse", "HEAD") == head
    assert declared.git("status", "--porcelain") == f" M {FILE}\n"
    ran = declared.run("tag", "--no-commit", images.name("app", "3"), "team-a/app:prod")
    assert ran.code == 1
    assert ran.err == f"error: {FILE} has changes that are not committed. Commit them, and run it again.\n"


def test_no_commit_writes_the_line_endings_that_a_checkout_writes(declared: Place, images: Images) -> None:
    declared.write(".gitattributes", "*.yaml text eol=crlf\n")
    declared.commit("Check out CRLF")
    (declared.path / FILE).unlink()
    declared.git("checkout", "--", FILE)
    before = (declared.path / FILE).read_bytes()
    declared.ok("tag", "--no-commit", images.name("app", "2"), "team-a/app:prod")
    after = (declared.path / FILE).read_bytes()
    assert after != before
    assert after.count(b"\n") == after.count(b"\r\n") > 0
    assert declared.git("diff", "--numstat", "--", FILE).split()[:2] == ["1", "1"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ("quay.io/acme/app:1",),
            2,
            "imagestream tag needs SOURCE and at least one DEST. See `imagestream tag --help`.",
        ),
        (("--alias", "quay.io/acme/app:1", "app:x"), 1, "--alias follows an istag; name one as the source."),
        (
            ("--scheduled", "team-a/app:dev", "app:x"),
            1,
            "--scheduled is for sources in a registry; team-a/app:dev is an imagestreamtag.",
        ),
        (
            ("team-a/app:none", "app:x"),
            1,
            "team-a/app:none has no image yet, so there is nothing to pin. Use --alias to follow it.",
        ),
        (
            ("-d", "team-a/app:none"),
            1,
            "team-a/app:none has no spec tag. `imagestream status` lists those that have one.",
        ),
        (
            ("-d", "--scheduled", "app:x"),
            2,
            "imagestream tag -d takes no other flag but --no-commit, --branch and --push.",
        ),
        (("--alias", "team-a/app:dev", "team-a/app:dev"), 1, "team-a/app:dev cannot follow itself."),
        (
            (f"team-a/app@sha256:{'0' * 64}", "team-a/app:x"),
            1,
            f"team-a/app@sha256:{'0' * 64}: no tag of team-a/app ever meant that image.",
        ),
        (
            (f"team-b/none@sha256:{'0' * 64}", "team-a/app:x"),
            1,
            f"team-b/none@sha256:{'0' * 64}: no tag of team-b/none ever meant that image.",
        ),
    ],
)
def test_flags_that_do_not_go_together_are_refused(
    declared: Place, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ran = declared.run("tag", *arguments)
    assert (ran.code, ran.err) == (code, f"error: {said}\n")


def test_a_promotion_is_a_commit_on_a_branch_of_its_own(declared: Place, images: Images) -> None:
    first = declared.ok("resolve", "team-a/app:prod").strip().rpartition("@")[2]
    second = images.push("app", "1", "2")
    declared.ok("import", "team-a/app:dev")
    head = declared.git("rev-parse", "main")
    out = declared.ok("promote", "team-a/app:dev", "team-a/app:prod")
    branch = "imagestream/promote/team-a/app/prod"
    moves = f"team-a/app:prod moves from 1 ({first[:19]}) to 2 ({second[:19]}), which team-a/app:dev means now."
    assert out.splitlines() == [moves, f"committed on {branch}", f"NOT pushed: git push -u REMOTE {branch}"]
    assert declared.git("rev-parse", "main") == head
    subject, _, body = declared.git("log", "-1", "--format=%B", branch).partition("\n\n")
    assert (subject, body.splitlines()[0]) == ("Promote team-a/app:dev to team-a/app:prod", moves)
    assert f"@{second}, recorded " in body
    declared.git("merge", "--quiet", "--ff-only", branch)
    declared.ok("sync")
    assert declared.ok("resolve", "team-a/app:prod").strip().endswith(second)
    declared.git("revert", "--no-edit", "HEAD~1")
    third = images.push("app", "1", "3")
    declared.ok("sync")
    assert declared.ok("resolve", "team-a/app:prod").strip().endswith(third)


def test_an_open_promotion_goes_on_with_what_the_source_means_by_now(declared: Place, images: Images) -> None:
    branch = "imagestream/promote/team-a/app/v1=2Elock"
    promotion = ("promote", "team-a/app:dev", "team-a/app:v1.lock")
    declared.ok(*promotion)
    first = declared.git("rev-parse", branch)
    again = declared.ok(*promotion).splitlines()
    assert again[1:] == [f"It is pinned on {branch} already.", f"NOT pushed: git push -u REMOTE {branch}"]
    assert declared.git("rev-parse", branch) == first
    second = images.push("app", "1", "2")
    declared.ok("sync")
    assert declared.ok(*promotion).splitlines()[-2] == f"committed on {branch}"
    assert declared.git("rev-parse", f"{branch}^") == first
    assert f"app@{second}" in declared.git("show", f"{branch}:{FILE}")
    declared.git("merge", "--quiet", "--no-edit", branch)
    assert declared.ok(*promotion).splitlines()[-1] == "Nothing was written."
    ran = declared.run(*promotion[:2], "team-a/app:other", "--push")
    assert (ran.code, ran.out.splitlines()[-2]) == (
        1,
        "branch main has no upstream, so there is no remote to push to.",
    )


@pytest.mark.parametrize("how", ["squash", "cherry-pick"])
def test_a_promotion_that_was_merged_as_another_commit_is_no_open_one(
    declared: Place, images: Images, how: str
) -> None:
    declared.ok("promote", "team-a/app:dev", "team-a/app:prod")
    branch = "imagestream/promote/team-a/app/prod"
    declared.write("README.md", "Something else.\n")
    declared.commit("Go on")
    if how == "squash":
        declared.git("merge", "--quiet", "--squash", branch)
        declared.git("commit", "--quiet", "-m", "Promote (#1)")
    else:
        declared.git("cherry-pick", branch)
    declared.ok("sync")
    images.push("app", "1", "3")
    declared.ok("import", "team-a/app:dev")
    ran = declared.run("promote", "team-a/app:dev", "team-a/app:prod")
    assert (ran.code, ran.err) == (
        1,
        f"error: branch {branch} is left from a promotion that was squashed or rebased. "
        f"Delete it: git branch -D {branch}\n",
    )


def test_a_promotion_is_pushed_when_told(remote: Place, images: Images) -> None:
    images.push("app", "1", "1")
    remote.write(FILE, stream("app", tag("dev", images.name("app", "1")), tag("prod", images.name("app", "0"))))
    remote.commit("Declare app")
    remote.git("push", "--quiet")
    remote.run("sync")
    branch = "imagestream/promote/team-a/app/prod"
    promotion = ("promote", "team-a/app:dev", "team-a/app:prod")
    assert remote.ok(*promotion).splitlines()[-1] == f"NOT pushed: git push -u origin {branch}"
    for _ in range(2):  # what is there already is no failure
        assert remote.ok(*promotion, "--push").splitlines()[-1] == f"pushed to origin/{branch}"
        here = remote.git("rev-parse", branch).strip()
        assert remote.git("ls-remote", "origin", f"refs/heads/{branch}").split()[0] == here
    second = images.push("app", "1", "2")
    remote.ok("import", "team-a/app:dev")
    assert remote.ok(*promotion, "--push").splitlines()[-1] == f"pushed to origin/{branch}"
    assert remote.git("rev-parse", f"origin/{branch}^").strip() == here
    assert f"app@{second}" in remote.git("show", f"origin/{branch}:{FILE}")


@pytest.mark.parametrize("deleted", [True, False])
def test_the_next_promotion_is_pushed_whether_or_not_the_merged_branch_was_deleted(
    remote: Place, images: Images, *, deleted: bool
) -> None:
    images.push("app", "1", "1")
    remote.write(
        FILE, stream("app", tag("dev", images.name("app", "1"), scheduled=True), tag("prod", images.name("app", "0")))
    )
    remote.commit("Declare app")
    remote.git("push", "--quiet")
    remote.run("sync")
    promotion, branch = (
        ("promote", "team-a/app:dev", "team-a/app:prod", "--push"),
        "imagestream/promote/team-a/app/prod",
    )
    remote.ok(*promotion)
    other = remote.clone("other", "Bob Roe")
    ran = other.run(*promotion)
    advice = f"Merge it, or git push origin --delete {branch}"
    assert (ran.code, ran.err) == (1, f"error: origin/{branch} has a promotion that is not merged yet. {advice}\n")
    assert branch not in other.git("branch", "--list")
    remote.git("merge", "--quiet", "--no-ff", "-m", "Merge the promotion", branch)
    remote.git("push", "--quiet", "origin", "main", *([f":{branch}"] if deleted else []))
    images.push("app", "1", "2")
    remote.ok("sync")
    for person in (other, remote):
        if person is remote:
            person.git("push", "--quiet", "origin", f":{branch}")
        out = person.ok(*promotion)
        assert out.splitlines()[-1] == f"pushed to origin/{branch}"


@pytest.mark.parametrize("words", [("freeze", "team-a/app:dev"), ("tag", "quay.io/acme/app:9", "team-a/app:new")])
def test_told_to_push_where_nothing_can_be_pushed_is_a_failure(declared: Place, words: tuple[str, ...]) -> None:
    ran = declared.run(*words, "--push")
    assert ran.code == 1
    assert ran.out.splitlines()[-1] == "NOT pushed: git push -u REMOTE main"
    assert ran.err.splitlines()[-1] == "error: branch main has no upstream, so there is no remote to push to."
