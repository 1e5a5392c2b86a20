import base64
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.errors import InputError
from reconciler.model.host import Host
from reconciler.registry.credentials.credential import Credential
from reconciler.registry.credentials.helper import Helpers
from reconciler.registry.credentials.keyring import Keyring, auth_file_locations, open_keyring
from tests.kit.clock import FakeClock
from tests.kit.helper import HelperFolder


def auth(user: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:secret".encode()).decode()}


def write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def keyring(environ: Mapping[str, str], *secrets: Path, helpers: Helpers | None = None) -> Keyring:
    asked = helpers or Helpers(environ, FakeClock())
    return open_keyring([str(path) for path in secrets], environ, 1000, asked)


def test_the_places_are_those_of_the_containers_tools_in_their_order() -> None:
    def places(**environ: str) -> list[str]:
        return [str(place.path) for place in auth_file_locations(environ, 1000)]

    assert places(HOME="/h") == [
        "/run/containers/1000/auth.json",
        "/h/.config/containers/auth.json",
        "/h/.docker/config.json",
        "/h/.dockercfg",
    ]
    assert places(HOME="/h", XDG_RUNTIME_DIR="/r", XDG_CONFIG_HOME="/c", DOCKER_CONFIG="/d") == [
        "/r/containers/auth.json",
        "/c/containers/auth.json",
        "/d/config.json",
        "/h/.dockercfg",
    ]
    assert places(HOME="/h", REGISTRY_AUTH_FILE="/a.json", XDG_RUNTIME_DIR="/r") == ["/a.json"]
    assert places() == ["/run/containers/1000/auth.json"]


def test_the_first_place_that_has_a_credential_wins(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    entries = {
        "pull": tmp_path / "pull.json",
        "runtime": tmp_path / "run/containers/auth.json",
        "config": tmp_path / ".config/containers/auth.json",
        "docker": tmp_path / ".docker/config.json",
    }
    for name, path in entries.items():
        write(path, {"auths": {"quay.io": auth(name)}})
    write(tmp_path / ".dockercfg", {"quay.io": auth("old")})
    environ["DOCKER_AUTH_CONFIG"] = json.dumps({"auths": {"quay.io": auth("text")}})

    def user(*secrets: Path) -> str | None:
        found = keyring(environ, *secrets).for_repository(Host("quay.io"), "a/b")
        return found.username if found else None

    assert user(entries["pull"]) == "pull"
    assert user() == "text"
    del environ["DOCKER_AUTH_CONFIG"]
    for name in ("runtime", "config", "docker"):
        assert user() == name
        entries[name].unlink()
    assert user() == "old"
    (tmp_path / ".dockercfg").unlink()
    assert user() is None


def test_a_more_general_entry_of_an_earlier_place_comes_before_a_special_one_of_a_later(tmp_path: Path) -> None:
    write(tmp_path / ".config/containers/auth.json", {"auths": {"quay.io": auth("general")}})
    write(tmp_path / ".docker/config.json", {"auths": {"quay.io/a/b": auth("special")}})
    found = keyring({"HOME": str(tmp_path)}).for_repository(Host("quay.io"), "a/b")
    assert found == Credential("general", "secret")


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / ".docker/config.json"
    opened = keyring({"HOME": str(tmp_path)})
    assert opened.for_repository(Host("quay.io"), "a/b") is None
    write(path, {"auths": {"quay.io": auth("one")}})
    assert opened.for_repository(Host("quay.io"), "a/b") == Credential("one", "secret")
    write(path, {"auths": {"quay.io": auth("three")}})
    assert opened.for_repository(Host("quay.io"), "a/b") == Credential("three", "secret")
    path.write_text("{")
    for _ in range(2):
        with pytest.raises(InputError, match="is not JSON"):
            opened.for_repository(Host("quay.io"), "a/b")
    path.unlink()
    assert opened.for_repository(Host("quay.io"), "a/b") is None


@pytest.mark.parametrize("name", [".docker/config.json", ".config/containers/auth.json", ".dockercfg", "pull.json"])
def test_a_broken_file_is_reported_once_before_any_request(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{")
    with pytest.raises(InputError) as caught:
        keyring({"HOME": str(tmp_path)}, *([path] if name == "pull.json" else []))
    assert str(caught.value) == f"credentials file {path}: is not JSON. Correct it, or log in again."


def test_a_broken_variable_is_reported_without_its_content() -> None:
    with pytest.raises(InputError) as caught:
        keyring({"DOCKER_AUTH_CONFIG": "alice:top-secret"})
    assert str(caught.value) == "credentials file in DOCKER_AUTH_CONFIG: is not JSON. Correct it, or log in again."


def helper_user(tmp_path: Path, document: object, host: str = "quay.io") -> tuple[str | None, list[str]]:
    folder = HelperFolder(tmp_path)
    folder.add("one", """echo '{"Username": "one", "Secret": "s"}'""")
    folder.add("all", """echo '{"Username": "all", "Secret": "s"}'""")
    folder.add("none", HelperFolder.NOT_FOUND)
    write(tmp_path / ".docker/config.json", document)
    write(tmp_path / ".dockercfg", {"quay.io": auth("later")})
    found = keyring(folder.environ, helpers=Helpers(folder.environ, FakeClock())).for_repository(Host(host), "a/b")
    return found.username if found else None, folder.calls


@pytest.mark.parametrize(
    ("document", "user", "calls"),
    [
        ({"credHelpers": {"quay.io": "one"}, "credsStore": "all", "auths": {"quay.io": auth("file")}}, "one", 1),
        ({"credHelpers": {"https://quay.io": "one"}}, "one", 1),
        ({"credHelpers": {"quay.io": "none"}, "credsStore": "all", "auths": {"quay.io": auth("file")}}, "later", 1),
        ({"credsStore": "all", "auths": {"quay.io": auth("file")}}, "file", 0),
        ({"credsStore": "all", "auths": {"quay.io": {}}}, "all", 1),
        ({"credsStore": "all"}, "all", 1),
        ({"credsStore": "none"}, "later", 1),
        ({"credHelpers": {"other.io": "one"}}, "later", 0),
    ],
)
def test_a_hosts_helper_comes_before_the_entries_and_these_before_the_store(
    tmp_path: Path, document: object, user: str, calls: int
) -> None:
    found, made = helper_user(tmp_path, document)
    assert (found, len(made)) == (user, calls)


def test_docker_hub_has_a_helper_under_any_of_its_names(tmp_path: Path) -> None:
    found, calls = helper_user(tmp_path, {"credHelpers": {"https://index.docker.io/v1/": "one"}}, "docker.io")
    assert (found, calls) == ("one", ["get|https://index.docker.io/v1/"])
