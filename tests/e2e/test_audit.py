"""The audit of a branch: the istags that ever meant an image, forbidden changes, and signatures."""

from __future__ import annotations

import subprocess

import pytest

from reconciler.schema.check import check
from tests.e2e.conftest import Images, Place, stream, tag

HISTORY = "history/team-a/app/prod.yaml"


@pytest.fixture
def moved(place: Place, images: Images) -> tuple[Place, list[str]]:
    digests = [images.push("app", "1", "1")]
    place.write(
        "imagestreams/app.yaml",
        stream("app", tag("prod", images.name("app", "1"), scheduled=True), tag("copy", "app:prod", "ImageStreamTag")),
    )
    place.commit("Declare app")
    place.ok("sync")
    digests.append(images.push("app", "1", "2"))
    place.ok("sync")
    return place, digests


@pytest.mark.parametrize("form", ["whole", "prefix", "hex"])
def test_find_shows_every_istag_that_ever_meant_an_image(moved: tuple[Place, list[str]], form: str) -> None:
    place, (first, _) = moved
    digest = {"whole": first, "prefix": first[:19], "hex": first[7:20]}[form]
    ran = place.run("find", digest, "-o", "json")
    assert ran.code == 0, ran.err
    assert check("find", ran.json) == []
    assert "team-a/app:prod" in ran.out
    assert "team-a/app:copy" in ran.out
    assert "team-a/app:prod" in place.ok("find", digest)


def test_find_reports_an_image_that_no_istag_ever_meant(moved: tuple[Place, list[str]]) -> None:
    place, _ = moved
    ran = place.run("find", "sha256:" + "0" * 64)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"No istag ever meant sha256:{'0' * 64}.\n"


def test_a_branch_of_passes_roll_backs_and_releases_is_verified(moved: tuple[Place, list[str]], images: Images) -> None:
    place, _ = moved
    place.git("revert", "--no-edit", "HEAD~1")
    place.ok("sync")
    place.ok("unhold", "team-a/app:prod")
    place.ok("sync")
    images.push("app", "1", "3")
    place.ok("sync")
    place.ok("rollback", "team-a/app:prod")
    ran = place.run("verify", "-o", "json")
    assert ran.code == 0, ran.out
    assert check("verify", ran.json) == []
    assert ran.json["breaks"] == []
    assert ran.json["istags"] == 2
    assert place.run("verify").code == 0


def test_an_invented_event_is_a_break_until_a_pass_undoes_it(moved: tuple[Place, list[str]]) -> None:
    place, (_, second) = moved
    text = (place.path / HISTORY).read_text()
    place.write(HISTORY, text.replace(second, "sha256:" + "e" * 64, 2))
    commit = place.commit("Invent")
    ran = place.run("verify", "-o", "json")
    assert ran.code == 1
    assert [(each["tag"], each["commit"]) for each in ran.json["breaks"]] == [("team-a/app:prod", commit)]
    place.run("sync")
    assert (place.path / HISTORY).read_text() == text
    again = place.run("verify", "-o", "json")
    assert again.code == 0
    assert [each["undoneBy"] for each in again.json["breaks"]] == [place.git("rev-parse", "HEAD").strip()]


def test_a_signed_pass_is_trusted_and_a_forged_one_is_not(place: Place, images: Images) -> None:
    key = place.root / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = key.with_suffix(".pub").read_text().strip()
    (place.root / "trusted").write_text(f'imagestream@localhost namespaces="git" {public}\n')
    (place.root / "installation.yaml").write_text(
        "apiVersion: reconciler/v1alpha1\nkind: Installation\nspec:\n"
        f"  signing: {{format: ssh, keyFile: {key}, trusted: {place.root / 'trusted'}}}\n"
    )
    config = ("--config", str(place.root / "installation.yaml"))
    images.push("app", "1", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"), scheduled=True)))
    place.commit("Declare app")
    place.ok(*config, "sync")
    images.push("app", "1", "2")
    place.ok(*config, "sync")
    assert place.git("cat-file", "commit", "HEAD").count("-----BEGIN SSH SIGNATURE-----") == 1
    assert place.run(*config, "verify").code == 0
    assert place.run(*config, "sync").out == "No changes.\n"
    unsigned = images.push("app", "1", "3")
    place.ok("sync")  # the same step with the same trailers, but not signed
    assert unsigned in (place.path / HISTORY).read_text()
    assert place.run(*config, "verify").code == 1
