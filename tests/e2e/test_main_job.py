"""The main job: declared streams meet a real registry, and every tag event is a commit."""

from __future__ import annotations

import subprocess

from tests.e2e.conftest import Images, Place, stream, tag

HISTORY = "history/team-a/app/prod.yaml"


def declare(place: Place, *tags: str, name: str = "app") -> str:
    place.write(f"imagestreams/{name}.yaml", stream(name, *tags))
    return place.commit(f"Declare {name}")


def test_a_first_pass_records_what_the_registry_has(place: Place, images: Images) -> None:
    digest = images.push("app", "1", "1.4.2")
    asked = declare(place, tag("prod", images.name("app", "1")))
    out = place.ok("sync")
    assert out.splitlines()[-1] == "NOT pushed: git push -u REMOTE main"
    written = (place.path / HISTORY).read_text()
    lines = written.splitlines()
    assert lines[0] == "# written by imagestream; git revert rolls back   +argocd:skip-file-rendering"
    assert f"- image: {digest}" in lines
    assert f"  dockerImageReference: {images.name('app', '1').rpartition(':')[0]}@{digest}" in lines
    assert "  generation: 1" in lines
    assert "  cause: declared" in lines
    message = place.git("log", "-1", "--format=%B")
    assert message.startswith("Import team-a/app: 1 tag\n")
    assert "Version 1.4.2, " in message
    assert f"Requested-In: {asked}" in message
    assert place.git("log", "-1", "--format=%an|%cn").strip() == "Jane Doe|imagestream"
    assert place.git("status", "--porcelain") == ""


def test_a_second_pass_over_an_unchanged_world_writes_nothing(place: Place, images: Images) -> None:
    images.push("app", "1")
    declare(place, tag("prod", images.name("app", "1"), scheduled=True))
    place.ok("sync")
    before = place.git("rev-parse", "HEAD")
    assert place.ok("sync") == "No changes.\n"
    assert place.git("rev-parse", "HEAD") == before


def test_a_moved_image_moves_the_tag_and_its_followers_one_commit_each(place: Place, images: Images) -> None:
    first = images.push("app", "main", "1")
    declare(
        place,
        tag("dev", images.name("app", "main"), scheduled=True),
        tag("test", "app:dev", "ImageStreamTag"),
        tag("stage", "test", "ImageStreamTag"),
    )
    place.ok("sync")
    second = images.push("app", "main", "2")
    assert first != second
    ran = place.run("sync", "-o", "json")
    assert ran.code == 0
    changes = ran.json["changes"]
    assert [(change["tag"], change["cause"]) for change in changes] == [
        ("team-a/app:dev", "scheduled"),
        ("team-a/app:test", "followed"),
        ("team-a/app:stage", "followed"),
    ]
    assert {(change["previous"], change["image"]) for change in changes} == {(first, second)}
    log = place.git("log", "-3", "--format=%H").split()
    assert [change["commit"] for change in reversed(changes)] == log
    for change in changes:
        assert place.git("show", "--format=", "--name-only", change["commit"]).split() == change["files"]


def test_an_unscheduled_tag_stays_behind_until_it_is_imported(place: Place, images: Images) -> None:
    first = images.push("app", "1", "1")
    declare(place, tag("prod", images.name("app", "1")))
    place.ok("sync")
    second = images.push("app", "1", "2")
    assert place.ok("sync") == "No changes.\n"
    row = place.run("status", "-o", "json").json["tags"][0]
    assert (row["recorded"], row["live"], row["state"]) == (first, second, "Behind")
    place.ok("import", "team-a/app:prod")
    assert place.run("status", "-o", "json").json["tags"][0]["state"] == "InSync"
    assert place.git("log", "-1", "--format=%an|%s").startswith("Jane Doe|Tag team-a/app:prod as sha256:")
    assert "Cause: requested" in place.git("log", "-1", "--format=%B")


def test_a_promotion_by_editing_the_spec_is_authored_by_its_author(place: Place, images: Images) -> None:
    images.push("app", "1", "1")
    second = images.push("app", "2", "2")
    declare(place, tag("prod", images.name("app", "1")))
    place.ok("sync")
    place.person = "John Roe"
    asked = declare(place, tag("prod", images.name("app", "2")))
    place.person = "Jane Doe"
    place.ok("sync")
    assert place.git("log", "-1", "--format=%an").strip() == "John Roe"
    message = place.git("log", "-1", "--format=%B")
    assert f"Requested-By: John Roe <john@example.com>\nRequested-In: {asked}\n" in message
    assert place.run("resolve", "team-a/app:prod").out.strip().endswith(f"@{second}")


def test_a_tag_taken_out_of_the_spec_is_removed_and_comes_back_with_its_history(place: Place, images: Images) -> None:
    digest = images.push("app", "1", "1")
    images.push("app", "2", "2")
    keep = tag("keep", images.name("app", "2"))
    declare(place, tag("prod", images.name("app", "1")), keep)
    place.ok("sync")
    before = (place.path / HISTORY).read_bytes()
    declare(place, keep)
    place.ok("sync")
    assert place.subjects()[0] == "Remove tag team-a/app:prod"
    assert not (place.path / HISTORY).exists()
    images.push("app", "1", "3")  # the registry moved on meanwhile; the history comes from git all the same
    declare(place, tag("prod", images.name("app", "1")), keep)
    place.ok("sync")
    assert place.subjects()[0] == "Restore history of team-a/app:prod"
    assert (place.path / HISTORY).read_bytes() == before
    assert digest in before.decode()


def test_a_file_that_stops_loading_removes_nothing_and_other_streams_go_on(place: Place, images: Images) -> None:
    images.push("app", "1")
    declare(place, tag("prod", images.name("app", "1")))
    place.ok("sync")
    place.write("imagestreams/app.yaml", "kind: ImageStream\n<<<<<<< HEAD\n")
    declare(place, tag("prod", images.name("app", "1")), name="web")
    ran = place.run("sync")
    assert ran.code == 1
    assert "imagestreams/app.yaml:" in ran.err
    assert (place.path / HISTORY).exists()
    assert (place.path / "history/team-a/web/prod.yaml").exists()


def test_a_tag_gone_from_the_registry_stays_where_it_was(place: Place, images: Images) -> None:
    images.push("app", "1")
    declare(place, tag("prod", images.name("app", "1"), scheduled=True), tag("none", images.name("app", "missing")))
    ran = place.run("sync")
    assert ran.code == 1
    assert (place.path / HISTORY).exists()
    assert ran.err.count("NotFound") == 1
    assert "imagestreams/app.yaml:" in ran.err


def test_every_event_can_be_reverted_alone_and_no_other_tag_is_touched(place: Place, images: Images) -> None:
    images.push("app", "1", "1")
    images.push("web", "1", "1")
    declare(
        place,
        tag("prod", images.name("app", "1"), scheduled=True),
        tag("web", images.name("web", "1"), scheduled=True),
    )
    place.ok("sync")
    images.push("app", "1", "2")
    images.push("web", "1", "2")
    moved = place.run("sync", "-o", "json").json["changes"]
    place.git("revert", "--no-edit", moved[0]["commit"])
    rolled_back = (place.path / HISTORY).read_bytes()
    third = images.push("web", "1", "3")
    ran = place.run("sync", "-o", "json")
    assert ran.code == 0
    assert [(change["tag"], change["change"]) for change in ran.json["changes"]] == [
        ("team-a/app:prod", "hold"),
        ("team-a/app:web", "move"),
    ]
    assert place.run("sync").out == "No changes.\n"
    assert (place.path / HISTORY).read_bytes() == rolled_back
    assert third in (place.path / "history/team-a/app/web.yaml").read_text()


def test_what_resolve_prints_can_be_pulled(place: Place, images: Images, skopeo: str) -> None:
    digest = images.push("app", "1")
    declare(place, tag("prod", images.name("app", "1")))
    place.ok("sync")
    pull_spec = place.ok("resolve", "team-a/app:prod").strip()
    done = subprocess.run(
        [
            skopeo,
            "copy",
            "--quiet",
            "--insecure-policy",
            "--src-tls-verify=false",
            f"docker://{pull_spec}",
            f"dir:{place.root / 'pulled'}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = subprocess.run(
        [skopeo, "inspect", "--tls-verify=false", "--format", "{{.Digest}}", f"docker://{pull_spec}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == digest


def test_history_shows_who_why_and_in_which_commit(place: Place, images: Images) -> None:
    first = images.push("app", "1", "1")
    declare(place, tag("prod", images.name("app", "1"), scheduled=True))
    place.ok("sync")
    second = images.push("app", "1", "2")
    place.ok("sync")
    items = place.run("history", "team-a/app:prod", "-o", "json").json["items"]
    assert [(item["image"], item["generation"], item["cause"], item["rolledBack"]) for item in items] == [
        (second, 2, "scheduled", False),
        (first, 1, "declared", False),
    ]
    assert [item["author"] for item in items] == ["imagestream <imagestream@localhost>", "Jane Doe <jane@example.com>"]
    assert [item["commit"] for item in items] == place.git("log", "-2", "--format=%H").split()
    earlier = place.run("history", "team-a/app:prod", "--at", "HEAD~1", "-o", "json").json["items"]
    assert [item["image"] for item in earlier] == [first]
    assert place.ok("resolve", "team-a/app:prod", "--at", "HEAD~1").strip().endswith(first)


def test_an_isimage_is_pinned_by_a_prefix_also_from_gits_past(place: Place, images: Images) -> None:
    first = images.push("app", "1", "1")
    declare(place, tag("dev", images.name("app", "1"), scheduled=True))
    place.ok("sync")
    place.write("reconciler.yaml", (place.path / "reconciler.yaml").read_text() + "  limits: {history: 1}\n")
    place.commit("Keep one event")
    images.push("app", "1", "2")
    place.ok("sync")
    assert first not in (place.path / "history/team-a/app/dev.yaml").read_text()
    pinned = tag("pinned", f"app@{first[:20]}", "ImageStreamImage")
    declare(place, tag("dev", images.name("app", "1"), scheduled=True), pinned)
    place.ok("sync")
    assert first in (place.path / "history/team-a/app/pinned.yaml").read_text()


def test_a_reference_tag_is_recorded_without_a_request(place: Place) -> None:
    declare(place, tag("ref", "registry.invalid/some/app:1", more="      reference: true\n"))
    place.ok("sync")
    text = (place.path / "history/team-a/app/ref.yaml").read_text()
    assert "image:" not in text.replace("dockerImageReference:", "")
    assert "dockerImageReference: registry.invalid/some/app:1" in text


def test_a_digest_source_is_verified_and_a_missing_one_is_reported(place: Place, images: Images) -> None:
    digest = images.push("app", "1")
    repository = images.name("app", "1").rpartition(":")[0]
    declare(place, tag("good", f"{repository}@{digest}"), tag("bad", f"{repository}@sha256:{'0' * 64}"))
    ran = place.run("sync")
    assert ran.code == 1
    assert digest in (place.path / "history/team-a/app/good.yaml").read_text()
    assert not (place.path / "history/team-a/app/bad.yaml").exists()


def test_two_streams_that_follow_each_other_are_findings_and_stop_no_other(place: Place, images: Images) -> None:
    images.push("app", "1")
    declare(
        place,
        tag("a", "app:b", "ImageStreamTag"),
        tag("b", "app:a", "ImageStreamTag"),
        tag("ok", images.name("app", "1")),
    )
    ran = place.run("validate")
    assert ran.code == 1
    assert "team-a/app:a -> team-a/app:b -> team-a/app:a" in ran.out
    assert place.run("sync").code == 1
    assert (place.path / "history/team-a/app/ok.yaml").exists()
