"""`imagestream describe` as a user has it."""

from __future__ import annotations

import re

import pytest

from reconciler.schema.check import check
from tests.e2e.conftest import Images, Place, stream, tag
from tests.kit.images import Pusher


@pytest.fixture
def moved(place: Place, images: Images) -> Place:
    """`prod` moved once, `test` following it, `new` not imported yet."""
    images.push("app", "1", "1")
    source = images.name("app", "1")
    tags = (tag("prod", source, scheduled=True), tag("test", "prod", "ImageStreamTag"))
    place.write("imagestreams/app.yaml", stream("app", *tags))
    place.commit("Declare app")
    place.ok("sync")
    images.push("app", "1", "2")
    place.ok("sync")
    place.write("imagestreams/app.yaml", stream("app", *tags, tag("new", source)))
    place.commit("Declare new")
    return place


def test_a_stream_shows_its_tags_with_who_and_which_commit(moved: Place) -> None:
    lines = moved.ok("describe", "team-a/app").splitlines()
    start = lines.index("prod (test)")
    assert re.fullmatch(r"  updates automatically from registry .*/app:1", lines[start + 1])
    assert lines[start + 2] == ""
    assert re.fullmatch(r"  \* .*/app@sha256:[0-9a-f]{64}", lines[start + 3])
    assert re.fullmatch(r"      .* ago, scheduled by imagestream in [0-9a-f]{12}", lines[start + 4])
    assert re.fullmatch(r"      .* ago, declared by Jane Doe in [0-9a-f]{12}", lines[start + 6])


@pytest.mark.parametrize("what", ["app", "app:prod", "app:new"])
def test_its_json_fits_its_schema(moved: Place, what: str) -> None:
    assert check("describe", moved.run("describe", f"team-a/{what}", "-o", "json").json) == []


@pytest.mark.parametrize("form", ["istag", "isimage"])
def test_an_image_has_the_details_that_oc_shows(moved: Place, form: str) -> None:
    digest = moved.run("history", "team-a/app:prod", "-o", "json").json["items"][0]["image"]
    name = "team-a/app:prod" if form == "istag" else f"team-a/app@{digest}"
    lines = moved.ok("describe", name).splitlines()
    shown = {label: value.strip() for label, _, value in (line.partition(":") for line in lines) if value}
    assert re.fullmatch(r"\d+B in 1 layer", shown["Image Size"])
    assert re.fullmatch(r"\d+B\tsha256:[0-9a-f]{64}", shown["Layers"])
    assert shown["Arch"] == "linux/amd64"
    assert shown["Docker Labels"] == "org.opencontainers.image.revision=1f0c9d2e7a"
    assert {shown[label] for label in ("Author", "Entrypoint", "Command", "Environment", "Volumes")} == {"<none>"}
    said = moved.run("describe", name, "-o", "json").json["details"]
    assert said["platforms"] == ["linux/amd64"]
    assert len(said["layers"]) == 1
    assert "Image Size" not in moved.ok("describe", name, "--offline")
    assert moved.run("describe", name, "--offline", "-o", "json").json["details"] is None


def test_an_index_shows_its_manifests_and_a_lost_image_is_a_note(place: Place, images: Images) -> None:
    Pusher(images.registry.address).index(f"{images.prefix}/app", "1", ["linux/amd64", "linux/arm64"])
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"))))
    place.commit("Declare app")
    place.ok("sync")
    lines = place.ok("describe", "team-a/app:prod").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Manifests:"))
    assert re.search(r"linux/amd64\tsha256:[0-9a-f]{64}$", lines[start])
    assert re.search(r"^ +linux/arm64\tsha256:[0-9a-f]{64}$", lines[start + 1])
    history = place.path / "history/team-a/app/prod.yaml"
    history.write_text(history.read_text().replace(images.registry.address, "127.0.0.1:1"))
    place.commit("Point elsewhere")
    ran = place.run("describe", "team-a/app:prod")
    assert ran.code == 0
    assert ran.err.startswith("note: image 127.0.0.1:1/")
    assert "Image Size" not in ran.out


def test_a_tag_that_was_not_imported_is_not_shown_as_importing(moved: Place, images: Images) -> None:
    missing = images.name("app", "9")
    tags = (tag("prod", missing, scheduled=True), tag("test", "prod", "ImageStreamTag"), tag("new", missing))
    moved.write("imagestreams/app.yaml", stream("app", *tags))
    moved.commit("Declare what is not there")
    assert moved.run("sync").code == 1
    shown = moved.ok("describe", "team-a/app")
    assert "  ~ never imported; `imagestream status team-a/app:new` shows why" in shown.splitlines()
    changed = "not imported since its source changed; `imagestream status team-a/app:prod` shows why"
    assert f"  ~ {changed}" in shown.splitlines()
    lines = moved.ok("describe", "team-a/app:prod").splitlines()
    assert re.fullmatch(rf"Import: +{re.escape(changed)}", lines[[line[:7] for line in lines].index("Import:")])
    assert "NotFound" in moved.run("sync").err


def test_an_image_shows_every_tag_that_ever_meant_it(moved: Place) -> None:
    digest = moved.run("history", "team-a/app:prod", "-o", "json").json["items"][1]["image"]
    found = moved.run("describe", f"team-a/app@{digest[7:19]}", "-o", "json").json
    assert check("describe", found) == []
    assert (found["kind"], found["image"]) == ("ImageStreamImage", digest)
    assert [(each["tag"], each["current"], each["generation"]) for each in found["tags"]] == [
        ("team-a/app:prod", False, 1),
        ("team-a/app:test", False, 1),
    ]


def test_it_shows_what_an_earlier_commit_declared(moved: Place) -> None:
    assert "Tags:               2" in moved.ok("describe", "team-a/app", "--at", "HEAD~1")


def test_what_is_not_there_is_one_line(moved: Place) -> None:
    ran = moved.run("describe", "team-a/nothing")
    message = "stream team-a/nothing is neither declared nor recorded. `imagestream status` lists all."
    assert (ran.code, ran.out, ran.err) == (1, "", f"error: {message}\n")


def test_the_images_inside_an_index_are_images_of_the_stream(place: Place, images: Images) -> None:
    Pusher(images.registry.address).index(f"{images.prefix}/app", "1", ["linux/amd64", "linux/arm64"])
    source = images.name("app", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", source)))
    place.commit("Declare app")
    place.ok("sync")
    found = re.search(r"linux/arm64\t(sha256:[0-9a-f]{64})$", place.ok("describe", "team-a/app:prod"), re.MULTILINE)
    assert found is not None
    inside = found[1]
    pull_spec = f"{source.rpartition(':')[0]}@{inside}"
    assert place.ok("resolve", f"team-a/app@{inside[:20]}") == f"{pull_spec}\n"
    assert "linux/arm64" in place.ok("describe", f"team-a/app@{inside}")
    place.ok("tag", f"team-a/app@{inside[:20]}", "team-a/app:arm")
    place.ok("sync")
    assert place.ok("resolve", "team-a/app:arm") == f"{pull_spec}\n"
    place.ok("verify")
    unknown = place.run("resolve", "team-a/app@sha256:" + "0" * 64)
    assert (unknown.code, unknown.err) == (
        1,
        f"error: team-a/app@sha256:{'0' * 64}: no tag of team-a/app ever meant that image.\n",
    )
    assert place.run("describe", f"team-a/app@{'0' * 12}", "--offline").code == 1
