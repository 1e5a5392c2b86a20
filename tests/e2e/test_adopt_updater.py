"""`imagestream adopt --from`: the configuration of another updater, as one commit in the person's name."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Place

FLUX = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: app, namespace: flux-system}
spec: {image: quay.io/acme/app, interval: 15m}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: app-prod, namespace: flux-system}
spec: {imageRepositoryRef: {name: app}, policy: {semver: {range: 1.x}}}
"""
VALUES = 'tag: 1.0.0 # {"$imagepolicy": "flux-system:app-prod:tag"}\n'


@pytest.fixture
def flux(remote: Place) -> Place:
    remote.write("flux.yaml", FLUX)
    remote.write("values.yaml", VALUES)
    remote.commit("As it is with Flux")
    remote.git("push", "--quiet")
    return remote


def test_a_dry_run_shows_the_edit_and_the_command_pushes_it(flux: Place) -> None:
    before = flux.git("rev-parse", "HEAD")
    shown = flux.ok("adopt", "--from", "flux", "-n", "team-a", "--dry-run")
    assert shown.splitlines()[-1] == "Nothing was written: this is a dry run."
    assert flux.git("status", "--short") + flux.git("rev-parse", "HEAD") == before
    ran = flux.run("adopt", "--from=flux", "-n", "team-a")
    assert (ran.code, ran.out) == (0, "pushed to origin/main\n")
    assert ran.err.splitlines() == [f"note: {line}" for line in shown.splitlines()[:-1]]
    assert flux.git("log", "-1", "--format=%an|%cn|%B", "origin/main").strip() == (
        "Jane Doe|Jane Doe|Adopt 1 tag from Flux\n\n"
        "team-a/app:prod selects from quay.io/acme/app as ImagePolicy flux-system/app-prod does (flux.yaml:6)\n"
        "values.yaml: 1 of 1 marker rewritten"
    )
    assert (
        flux.path / "values.yaml"
    ).read_text() == 'tag: 1.0.0 # {"$imagestream": "team-a/app:prod", "part": "tag"}\n'
    assert flux.ok("adopt", "--from=flux", "-n", "team-a") == "No changes.\n"
    assert flux.run("validate", "--strict").code == 0


def test_what_is_left_for_a_person_ends_with_1_and_the_rest_is_done(flux: Place) -> None:
    flux.write("values.yaml", VALUES + 'other: 1 # {"$imagepolicy": "flux-system:other:tag"}\n')
    flux.commit("Another marker")
    flux.git("push", "--quiet")
    ran = flux.run("adopt", "--from", "flux", "--no-commit")
    assert ran.code == 1
    assert ran.err == (
        "error: values.yaml:2: its ImagePolicy flux-system/other is not translated here. Put our marker there by hand.\n"
    )
    assert flux.git("status", "--short").splitlines() == [" M values.yaml", "?? imagestreams/"]
    dirty = flux.run("adopt", "--from", "flux", "--no-commit")
    assert dirty.code == 1
    assert "has changes that are not committed. Commit them, and run it again." in dirty.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--from", "flux", "streams.yaml"), "--from translates this repository, as text."),
        (("--from", "flux", "--scheduled"), "--from translates this repository, as text."),
        (("--from", "flux", "-n", "A_B"), "--namespace A_B is not a namespace."),
        (("--from", "flux", "--no-commit", "--branch", "x"), "--branch has no effect with it."),
        (("--no-commit", "streams.yaml"), "--no-commit is for --from. See"),
        ((), "adopt needs FILE, REPOSITORY or --from. See"),
        (("--from", "keel"), "'keel' is not one of 'flux', 'argocd-image-updater'"),
    ],
)
def test_arguments_that_exclude_each_other_are_refused(flux: Place, arguments: tuple[str, ...], message: str) -> None:
    ran = flux.run("adopt", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
