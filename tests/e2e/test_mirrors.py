"""The machine's registries.conf, as a user has it: in the environment, in the home, and off."""

from __future__ import annotations

import os
from pathlib import Path

from tests.e2e.conftest import Images, Place, stream, tag


def declare(place: Place, source: str) -> None:
    place.write("imagestreams/app.yaml", stream("app", tag("prod", source, scheduled=True)))
    place.commit("Declare app")


def test_an_image_comes_from_another_location_and_is_recorded_under_the_users_name(
    place: Place, images: Images
) -> None:
    digest = images.push("app", "1")
    home = place.root / "home" / ".config" / "containers"
    home.mkdir(parents=True)
    (home / "registries.conf").write_text(
        f'[[registry]]\nprefix = "r.example.com"\nlocation = "{images.registry.address}/{images.prefix}"\n'
    )
    declare(place, "r.example.com/app:1")
    place.ok("sync")
    assert place.ok("resolve", "team-a/app:prod").strip() == f"r.example.com/app@{digest}"


def test_a_blocked_registry_is_a_problem_of_its_tags(place: Place, images: Images, tmp_path: Path) -> None:
    images.push("app", "1")
    declare(place, images.name("app", "1"))
    conf = tmp_path / "r.conf"
    conf.write_text(f'[[registry]]\nlocation = "{images.registry.address}"\nblocked = true\n')
    ran = place.run("sync", "-o", "json", environ={"CONTAINERS_REGISTRIES_CONF": str(conf)})
    assert ran.code == 1
    (problem,) = ran.json["problems"]
    assert problem["reason"] == "Denied"
    assert problem["message"] == (
        f"image {images.name('app', '1')}: {images.registry.address} is blocked by {conf}. "
        "Take the block out there, or name another source."
    )
    place.run("sync", environ={"CONTAINERS_REGISTRIES_CONF": os.devnull})
    assert place.ok("resolve", "team-a/app:prod")


def test_a_registries_conf_that_is_broken_is_one_line(place: Place, images: Images, tmp_path: Path) -> None:
    declare(place, images.name("app", "1"))
    conf = tmp_path / "r.conf"
    conf.write_text("[[registry")
    ran = place.run("plan", environ={"CONTAINERS_REGISTRIES_CONF": str(conf)})
    assert ran.code == 1
    assert ran.err.strip().endswith(f"registries.conf {conf}: is not TOML. Correct it.")
    assert len(ran.err.strip().splitlines()) == 1
