"""Warnings of validate and plan about a configuration that sends a registry more requests than it allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.schema.check import check
from tests.e2e.conftest import Images, Place, stream, tag


@pytest.fixture
def limit(tmp_path: Path, images: Images) -> str:
    """The option that names an Installation in which the test's registry allows one request an hour."""
    file = tmp_path / "installation.yaml"
    file.write_text(
        "apiVersion: reconciler/v1alpha1\nkind: Installation\nspec:\n  registries:\n"
        f"    - prefix: {images.registry.address}\n      requestLimit: 1/1h\n"
    )
    return str(file)


@pytest.fixture
def warning(place: Place, images: Images) -> str:
    """Declare a tag that is looked up more often; the warning about it."""
    images.push("app", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"), scheduled=True)))
    place.commit("Declare app")
    return (
        f"{images.registry.address} would be asked 4 times in 1h for 1 image, more than the 1 that the installation's "
        "requestLimit says. Raise schedule.interval or reconciler/interval, or schedule less."
    )


def test_validate_warns_at_the_first_tag_of_the_registry(place: Place, limit: str, warning: str) -> None:
    ran = place.run("--config", limit, "validate")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == f"imagestreams/app.yaml:8:7: warning: {warning} [request-budget]"
    assert place.run("--config", limit, "validate", "--strict").code == 1
    assert place.run("--config", limit, "validate", "--revision", "HEAD", "--strict").code == 1
    assert "request-budget" not in place.ok("validate", "--strict")


def test_plan_warns_in_a_note(place: Place, limit: str, warning: str) -> None:
    ran = place.run("--config", limit, "plan")
    assert ran.code == 0
    assert ran.err.splitlines() == [f"Note: {warning}"]
    planned = place.run("--config", limit, "plan", "-o", "json").json
    assert planned["notes"] == [warning]
    assert check("plan", planned) == []
    assert place.run("--config", limit, "plan", "-o", "markdown").out.splitlines()[-1] == f"Note: {warning}"
    assert place.run("plan", "-o", "json").json["notes"] == []


def test_a_limit_that_is_none_is_an_error_of_the_installation(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "installation.yaml"
    file.write_text(
        "apiVersion: reconciler/v1alpha1\nkind: Installation\nspec:\n  registries:\n"
        "    - prefix: quay.io\n      requestLimit: many\n"
    )
    ran = place.run("--config", str(file), "plan")
    assert ran.code == 1
    assert "requestLimit" in ran.err
