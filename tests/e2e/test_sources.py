"""Selection, pushes and whole repositories against a real registry, with the installed command."""

from __future__ import annotations

from reconciler.demo.image import TinyImage
from reconciler.schema.check import check
from tests.e2e.conftest import Images, Place, stream, tag
from tests.kit.images import Pusher

SELECT = "      annotations:\n        reconciler/select: 'semver: \">=1.4 <2\"'\n"


def source_of(place: Place, revision: str = "HEAD") -> str:
    """The `Source:` of a commit."""
    return place.git("log", "-1", "--format=%(trailers:key=Source,valueonly)", revision).strip()


def test_a_selection_follows_versions_and_a_revert_holds_one_off(place: Place, images: Images) -> None:
    repository = images.name("app", "x").removesuffix(":x")
    for version in ("1.3.0", "1.4.0", "2.0.0"):
        images.push("app", version, version)
    place.write("app.yaml", stream("app", tag("prod", repository, scheduled=True, more=SELECT)))
    place.commit("Declare app")
    place.ok("validate", "--strict")
    place.ok("sync")
    assert source_of(place) == f"DockerImage {repository}:1.4.0"
    bad = images.push("app", "1.5.0", "1.5.0")
    assert f"{repository} (semver >=1.4 <2)" in place.ok("status")
    place.ok("sync")
    assert source_of(place) == f"DockerImage {repository}:1.5.0"
    place.git("revert", "--no-edit", "HEAD")
    place.ok("sync")
    held = place.run("sync")
    assert (held.code, held.out) == (0, "No changes.\n")
    assert f"team-a/app:prod is held: {bad[:19]} was rolled back by Jane Doe" in held.err
    newest = images.push("app", "1.5.1", "1.5.1")
    place.ok("sync")
    assert place.ok("resolve", "team-a/app:prod").strip().endswith(newest)
    assert f"name: {repository}:1.5.1" in (place.path / "history/team-a/app/prod.yaml").read_text()
    place.ok("verify")


def test_a_version_that_moved_is_a_problem_until_it_is_imported(place: Place, images: Images) -> None:
    repository = images.name("app", "x").removesuffix(":x")
    images.push("app", "1.4.0", "first")
    place.write("app.yaml", stream("app", tag("prod", repository, scheduled=True, more=SELECT)))
    place.commit("Declare app")
    place.ok("sync")
    moved = images.push("app", "1.4.0", "second")
    ran = place.run("sync", "-o", "json")
    assert (ran.code, [problem["reason"] for problem in ran.json["problems"]]) == (1, ["Mismatch"])
    place.ok("import", "team-a/app:prod")
    assert place.ok("resolve", "team-a/app:prod").strip().endswith(moved)
    assert place.ok("sync") == "No changes.\n"


def test_a_push_to_the_integrated_registry_makes_an_istag_that_a_person_can_remove(
    place: Place, images: Images
) -> None:
    namespace = images.prefix.replace("_", "-")[:40].strip("-")
    address = images.registry.address
    pusher = Pusher(address)
    first = pusher.image(f"{namespace}/app", "dev", TinyImage(content=b"1"))
    other = pusher.image(f"{namespace}/app", "new", TinyImage(content=b"2"))
    installation = place.root / "installation.yaml"
    registries = f"registries: [{{prefix: '{address}', integrated: true}}]"
    installation.write_text(f"apiVersion: reconciler/v1alpha1\nkind: Installation\nspec: {{{registries}}}\n")
    place.write("app.yaml", stream("app", "    - name: dev\n", namespace=namespace))
    place.commit("Declare app")
    use = ("--config", str(installation))
    place.ok(*use, "sync")
    assert place.ok(*use, "resolve", f"{namespace}/app:dev").strip() == f"{address}/{namespace}/app@{first}"
    assert place.ok(*use, "resolve", f"{namespace}/app:new").strip() == f"{address}/{namespace}/app@{other}"
    assert "cause: pushed" in (place.path / f"history/{namespace}/app/new.yaml").read_text()
    place.ok(*use, "tag", "-d", f"{namespace}/app:new")
    assert place.ok(*use, "sync") == "No changes.\n"
    assert not (place.path / f"history/{namespace}/app/new.yaml").exists()
    again = pusher.image(f"{namespace}/app", "new", TinyImage(content=b"3"))
    place.ok(*use, "sync")
    assert place.ok(*use, "resolve", f"{namespace}/app:new").strip().endswith(again)


def test_a_whole_repository_is_imported_once_and_again_on_request(place: Place, images: Images) -> None:
    repository = images.name("app", "x").removesuffix(":x")
    for version in ("latest", "1.4", "1.4.0"):
        images.push("app", version, version)
    head = stream("app").removesuffix("  tags:\n")
    place.write("app.yaml", f"{head}  dockerImageRepository: {repository}\n")
    place.commit("Declare app")
    place.ok("sync")
    assert place.subjects()[0] == "Import team-a/app: 3 tags"
    late = images.push("app", "1.5.0", "1.5.0")
    assert place.ok("sync") == "No changes.\n"
    shown = place.ok("import", "team-a/app", "--dry-run")
    assert "team-a/app:1.5.0" in shown
    assert shown.splitlines()[-1] == "Nothing was written: --dry-run."
    place.ok("import", "team-a/app", "--all")
    assert place.ok("resolve", "team-a/app:1.5.0").strip().endswith(late)
    assert place.git("log", "-1", "--format=%an").strip() == "Jane Doe"


def test_import_declares_a_tag_and_pushes_both_commits(remote: Place, images: Images) -> None:
    digest = images.push("app", "1", "1")
    ask = ("import", "team-a/app:one", "--from", images.name("app", "1"), "--scheduled")
    refused = remote.run(*ask)
    assert (refused.code, refused.err) == (
        1,
        f"error: team-a/app:one has no spec tag. --confirm declares it from {images.name('app', '1')}.\n",
    )
    shown = remote.ok(*ask, "--confirm", "--dry-run", "-o", "json")
    assert digest in shown
    assert remote.subjects() == ["Start"]
    assert remote.ok(*ask, "--confirm").splitlines()[-1] == "pushed to origin/main"
    assert remote.subjects("origin/main")[:2] == [
        "Import team-a/app: 1 tag",
        f"Declare team-a/app:one from {images.name('app', '1')}",
    ]
    refused = remote.run("import", "team-a/app:one", "--all")
    assert (refused.code, refused.err) == (
        2,
        "error: --all is for a whole stream; team-a/app:one names one tag. Leave one of them out.\n",
    )
    refused = remote.run("import", "team-a/app", "--all", "--from", images.name("app", "1"), "--confirm")
    assert (refused.code, refused.err) == (
        2,
        "error: --all does not go with --from or the flags of an import policy, which edit one tag. Write "
        "spec.dockerImageRepository into its file, and `imagestream import team-a/app` imports it.\n",
    )


def test_import_leaves_both_commits_here_where_nothing_is_to_be_pushed(remote: Place, images: Images) -> None:
    images.push("app", "1", "1")
    ask = ("import", "team-a/app", "--from", images.name("app", "1"), "--confirm", "--no-push")
    assert remote.ok(*ask).splitlines()[-1] == "NOT pushed: git push origin main:main"
    declared = f"Declare team-a/app:latest from {images.name('app', '1')}"
    assert remote.subjects()[:2] == ["Import team-a/app: 1 tag", declared]
    assert remote.subjects("origin/main") == ["Start"]
    remote.git("push", "--quiet", "origin", "main:main")
    assert remote.ok("sync") == "No changes.\n"


def test_import_names_the_file_of_a_declaration_whose_image_is_missing(remote: Place, images: Images) -> None:
    images.push("app", "1", "1")
    missing = images.name("app", "2")
    ran = remote.run("import", "team-a/app:two", "--from", missing, "--confirm")
    assert (ran.code, ran.out) == (1, "pushed to origin/main\n")
    assert ran.err.splitlines()[0] == f"Declare team-a/app:two from {missing}."
    assert "NotFound: " in ran.err
    assert remote.subjects("origin/main")[0] == f"Declare team-a/app:two from {missing}"
    ran = remote.run("import", "team-a/app:two", "--scheduled", "--no-push")
    assert (ran.code, ran.out) == (1, "NOT pushed: git push origin main:main\n")
    remote.git("push", "--quiet", "origin", "main:main")
    shown = remote.run("import", "team-a/app:three", "--from", missing, "--confirm", "-o", "json").json
    assert check("plan", shown) == []
    assert (shown["push"], shown["changes"]) == ("done", [])
    assert shown["specCommit"] == remote.git("rev-parse", "origin/main").strip()
    assert "specCommit" not in remote.run("import", "team-a/app:three", "-o", "json").json
