"""Roll backs in rare forms: commits of several events, signed or not, an octopus, a dead registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Images, Place, stream, tag
from tests.e2e.test_revert_forms import HISTORY, HOLD, held, stack
from tests.e2e.test_signing import installation
from tests.kit.keys import ssh_key
from tests.kit.real_registry import RealRegistry

TAGS = ("dev", "prod")


def declare(place: Place, images: Images) -> None:
    """Two streams of two tags each."""
    for name in ("app", "web"):
        tags = [tag(each, images.name(name, each), scheduled=True) for each in TAGS]
        place.write(f"imagestreams/{name}.yaml", stream(name, *tags))


def push(images: Images, version: str) -> None:
    for name in ("app", "web"):
        for each in TAGS:
            images.push(name, each, f"{name} {each} {version}")


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize(("group", "reverted"), [("per-stream", {"web"}), ("per-pass", {"app", "web"})])
def test_a_reverted_commit_of_several_events_rolls_them_all_back(
    place: Place, images: Images, tmp_path: Path, group: str, reverted: set[str], signed: bool
) -> None:
    config = ("--config", installation(place, ssh_key(tmp_path, "bot"))) if signed else ()
    place.write("reconciler.yaml", (place.path / "reconciler.yaml").read_text() + f"  commit: {{group: {group}}}\n")
    declare(place, images)
    place.commit("Declare two streams")
    for version in ("1", "2"):
        push(images, version)
        place.ok(*config, "sync")
    histories = {name: (place.path / f"history/team-a/{name}/prod.yaml").read_text() for name in ("app", "web")}
    place.git("revert", "--no-edit", "HEAD")
    place.ok(*config, "sync")
    for name, history in histories.items():
        for each in TAGS:
            holds = (place.path / f"holds/team-a/{name}/{each}.yaml").exists()
            assert holds is (name in reverted), (name, each)
        assert ((place.path / f"history/team-a/{name}/prod.yaml").read_text() == history) is (name not in reverted)
    assert place.run(*config, "sync", "-o", "json").json["changes"] == []
    place.git("revert", "--no-edit", "HEAD~1")  # the person's own revert: everything is as it was, nothing held
    place.ok(*config, "sync")
    assert {name: (place.path / f"history/team-a/{name}/prod.yaml").read_text() for name in histories} == histories
    assert not (place.path / "holds").exists()
    assert place.run(*config, "sync", "-o", "json").json["changes"] == []
    assert place.ok(*config, "verify").endswith(": no break.\n")


def test_a_roll_back_in_one_of_three_branches_that_an_octopus_merges_is_held(place: Place, images: Images) -> None:
    declare(place, images)
    place.commit("Declare two streams")
    push(images, "1")
    place.ok("sync")
    images.push("app", "prod", "2")
    place.ok("sync")
    newest, first = stack(place)
    branches = ("back", "spec", "words")
    for branch in branches:
        place.git("branch", branch)
    place.git("switch", "--quiet", "back")
    place.git("revert", "--no-edit", "HEAD")
    commit = place.git("rev-parse", "HEAD").strip()
    place.git("switch", "--quiet", "spec")
    place.write("imagestreams/more.yaml", stream("more", tag("prod", images.name("app", "dev"))))
    place.commit("Declare more")
    place.git("switch", "--quiet", "words")
    place.write("README.md", "Images\n")
    place.commit("Say what this is")
    place.git("switch", "--quiet", "main")
    place.git("merge", "--quiet", "-m", "Merge three", *branches)
    assert len(place.git("log", "-1", "--format=%P").split()) == 3
    place.ok("sync")
    assert (stack(place), held(place)) == ([first], [newest])
    assert f"commit: {commit}" in (place.path / HOLD).read_text()
    assert stack(place) == [first]
    assert (place.path / "history/team-a/more/prod.yaml").exists()
    assert place.run("sync", "-o", "json").json["changes"] == []
    assert place.ok("verify").endswith(": no break.\n")


def test_with_force_a_roll_back_needs_no_registry(place: Place) -> None:
    with RealRegistry() as registry:
        images = Images(registry, "acme")
        declare(place, images)
        place.commit("Declare two streams")
        for version in ("1", "2"):
            push(images, version)
            place.ok("sync")
    newest, first = stack(place)
    before = (place.path / HISTORY).read_bytes()
    ran = place.run("rollback", "team-a/app:prod")
    assert ran.code == 1
    assert ran.err.startswith(f"error: team-a/app:prod was not rolled back to {first[:19]}: ")
    assert ran.err.endswith("--force does it all the same.\n")
    assert (place.path / HISTORY).read_bytes() == before
    place.ok("rollback", "team-a/app:prod", "--force")
    assert (stack(place), held(place)) == ([first], [newest])
    place.ok("verify")
