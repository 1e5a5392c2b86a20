"""Credentials as a user has them: files of the machine, and namespaces without access to them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Place, stream, tag
from tests.kit.images import Pusher
from tests.kit.real_registry import PASSWORD, USER, RealRegistry

LOGIN = "Check the name, and log in with `docker login` if it is private."


@pytest.fixture(scope="module")
def users() -> Iterator[RealRegistry]:
    with RealRegistry(users=True) as running:
        Pusher(running.address, running.push_headers()).image("acme/app", "1")
        yield running


def auths(registry: RealRegistry) -> str:
    entry = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    return json.dumps({"auths": {registry.address: {"auth": entry}}})


def installation(place: Place, **spec: object) -> dict[str, str]:
    file = place.root / "installation.json"
    file.write_text(json.dumps({"apiVersion": "reconciler/v1alpha1", "kind": "Installation", "spec": spec}))
    return {"IMAGESTREAM_CONFIG": str(file)}


def declare(place: Place, registry: RealRegistry, *namespaces: str) -> None:
    for namespace in namespaces:
        source = tag("prod", f"{registry.address}/acme/app:1")
        place.write(f"imagestreams/{namespace}.yaml", stream("app", source, namespace=namespace))
    place.commit("Declare")


def problems(place: Place, environ: dict[str, str]) -> dict[str, str]:
    ran = place.run("plan", "-o", "json", environ=environ)
    return {each["tag"]: f"{each['reason']}: {each['message']}" for each in ran.json["problems"]}


def test_a_namespace_that_may_not_use_the_credentials_is_denied_and_another_is_not(
    place: Place, users: RealRegistry
) -> None:
    declare(place, users, "team-a", "team-b", "ops")
    (place.root / "home/.docker").mkdir()
    (place.root / "home/.docker/config.json").write_text(auths(users))
    rule = {"prefix": users.address, "namespaces": ["team-a", "op*"]}
    environ = installation(place, registries=[rule])
    image = f"{users.address}/acme/app:1"
    denied = f"Denied: image {image}: {users.address} denies access (401). {LOGIN}"
    assert problems(place, environ) == {"team-b/app:prod": denied}
    assert place.run("sync", environ=environ).code == 1
    assert sorted(str(path.relative_to(place.path)) for path in place.path.glob("history/*/*/*")) == [
        "history/ops/app/prod.yaml",
        "history/team-a/app/prod.yaml",
    ]
    assert place.run("sync", environ=installation(place)).code == 0
    assert (place.path / "history/team-b/app/prod.yaml").exists()


def test_a_pull_secret_of_the_installation_is_used(place: Place, users: RealRegistry) -> None:
    declare(place, users, "team-a")
    assert list(problems(place, {})) == ["team-a/app:prod"]
    secret = place.root / "secret"
    secret.mkdir()
    (secret / ".dockerconfigjson").write_text(auths(users))
    environ = installation(place, pullSecrets=[str(secret)])
    assert problems(place, environ) == {}
    assert place.run("sync", environ=environ).code == 0


def test_a_broken_credentials_file_is_one_line(place: Place, users: RealRegistry) -> None:
    declare(place, users, "team-a", "team-b")
    file = place.root / "home/.config/containers/auth.json"
    file.parent.mkdir(parents=True)
    file.write_text("{")
    ran = place.run("sync")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == f"error: credentials file {file}: is not JSON. Correct it, or log in again.\n"
    assert place.run("validate").code == 0
