"""skopeo and this program choose the same credential from the same credentials file."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.model.host import Host
from reconciler.registry.credentials.helper import Helpers
from reconciler.registry.credentials.keyring import open_keyring
from tests.kit.clock import FakeClock
from tests.kit.faults import FaultServer, Reply
from tests.kit.helper import HelperFolder
from tests.kit.real_registry import PASSWORD, USER, RealRegistry

REPOSITORY = "team/app"


@pytest.fixture(scope="module")
def login_server() -> Iterator[FaultServer]:
    """A registry that wants Basic and refuses every credential."""
    with FaultServer({"*": Reply(401, {"WWW-Authenticate": 'Basic realm="r"'})}) as server:
        yield server


def auth(user: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:secret".encode()).decode()}


def chosen_by_skopeo(server: FaultServer, environ: dict[str, str]) -> str | None:
    """The user that skopeo sends, or None."""
    before = len(server.requests)
    command = ["skopeo", "inspect", "--tls-verify=false", f"docker://{server.address}/{REPOSITORY}:1"]
    subprocess.run(command, env=environ, check=False, capture_output=True, timeout=60)
    shown = [request.headers.get("authorization") for request in server.requests[before:]]
    assert shown, "skopeo sent no request"
    users = {base64.b64decode(header.split()[1]).decode().partition(":")[0] for header in shown if header}
    assert len(users) < 2
    return next(iter(users), None) or None  # who has no credential shows an empty user name


def chosen_by_us(server: FaultServer, environ: dict[str, str]) -> str | None:
    keyring = open_keyring([], environ, 0, Helpers(environ, FakeClock()))
    found = keyring.for_repository(Host(server.address), REPOSITORY)
    return found.username if found else None


FILES: list[tuple[list[str], str | None]] = [
    (["{}"], "{}"),
    (["{}/team", "{}", "{}/team/app"], "{}/team/app"),
    (["{}/team", "{}"], "{}/team"),
    (["{}/team/other", "{}"], "{}"),
    (["{}/tea", "{}"], "{}"),
    (["{}/team/"], None),
    (["http://{}"], "http://{}"),
    (["https://{}/v1/"], "https://{}/v1/"),
    (["https://{}/v2/", "{}"], "{}"),
    (["https://{}/team/app"], "https://{}/team/app"),
    (["https://{}/elsewhere"], "https://{}/elsewhere"),
    (["other.example.com", "127.0.0.1"], None),
]


@pytest.mark.parametrize(("keys", "expected"), FILES)
def test_the_same_entry_is_chosen(
    login_server: FaultServer, tmp_path: Path, keys: list[str], expected: str | None
) -> None:
    path = tmp_path / "auth.json"
    named = {key.format(login_server.address): key.replace(":", "!") for key in keys}
    path.write_text(json.dumps({"auths": {key: auth(user) for key, user in named.items()}}))
    environ = HelperFolder(tmp_path).environ | {"REGISTRY_AUTH_FILE": str(path)}
    wanted = expected.replace(":", "!") if expected else None
    assert chosen_by_skopeo(login_server, environ) == wanted
    assert chosen_by_us(login_server, environ) == wanted


def test_the_same_file_is_chosen(login_server: FaultServer, tmp_path: Path) -> None:
    environ = HelperFolder(tmp_path).environ | {"XDG_RUNTIME_DIR": str(tmp_path / "run")}
    paths = [
        tmp_path / "run/containers/auth.json",
        tmp_path / ".config/containers/auth.json",
        tmp_path / ".docker/config.json",
        tmp_path / ".dockercfg",
    ]
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        entries: dict[str, object] = {login_server.address: auth(f"user{number}")}
        path.write_text(json.dumps(entries if path.name == ".dockercfg" else {"auths": entries}))
    for number, path in enumerate(paths):
        assert chosen_by_skopeo(login_server, environ) == f"user{number}"
        assert chosen_by_us(login_server, environ) == f"user{number}"
        path.unlink()
    assert chosen_by_skopeo(login_server, environ) is None
    assert chosen_by_us(login_server, environ) is None


def test_a_config_json_written_by_hand_is_read_with_all_that_docker_documents_in_it(
    login_server: FaultServer, tmp_path: Path
) -> None:
    path = tmp_path / ".docker/config.json"
    path.parent.mkdir()
    document = {
        "auths": {
            "https://index.docker.io/v1/": auth("hub"),
            f"https://{login_server.address}": auth("alice") | {"email": ""},
        },
        "HttpHeaders": {"MyHeader": "MyValue"},
        "psFormat": "table {{.ID}}",
        "detachKeys": "ctrl-e,e",
        "credHelpers": {"awesomereg.example.org": "hip-star"},
        "plugins": {"plugin1": {"option": "value"}},
        "proxies": {"default": {"httpProxy": "http://proxy.example.com:3128"}},
        "currentContext": "default",
    }
    path.write_text(json.dumps(document, indent="\t"))
    environ = HelperFolder(tmp_path).environ
    assert chosen_by_skopeo(login_server, environ) == "alice"
    assert chosen_by_us(login_server, environ) == "alice"


@pytest.mark.parametrize("entries", [{}, {"{}": auth("file")}])
def test_the_same_helper_is_called(login_server: FaultServer, tmp_path: Path, entries: dict[str, object]) -> None:
    folder = HelperFolder(tmp_path)
    folder.add("x", """echo '{"Username": "helper", "Secret": "s"}'""")
    path = tmp_path / "auth.json"
    auths = {key.format(login_server.address): entry for key, entry in entries.items()}
    path.write_text(json.dumps({"auths": auths, "credHelpers": {login_server.address: "x"}}))
    environ = folder.environ | {"REGISTRY_AUTH_FILE": str(path)}
    assert chosen_by_skopeo(login_server, environ) == "helper"
    assert chosen_by_us(login_server, environ) == "helper"


@pytest.fixture(scope="module")
def users() -> Iterator[RealRegistry]:
    with RealRegistry(users=True) as running:
        yield running


@pytest.mark.parametrize("path", ["", "/team"])
def test_what_skopeo_login_writes_is_read(users: RealRegistry, tmp_path: Path, path: str) -> None:
    file = tmp_path / "auth.json"
    command = ["skopeo", "login", "--tls-verify=false", "--authfile", str(file), "-u", USER, "-p", PASSWORD]
    subprocess.run([*command, f"{users.address}{path}"], check=True, capture_output=True, timeout=60)
    environ = {"REGISTRY_AUTH_FILE": str(file)}
    keyring = open_keyring([], environ, 0, Helpers(environ, FakeClock()))
    found = keyring.for_repository(Host(users.address), REPOSITORY)
    assert found is not None
    assert (found.username, found.password) == (USER, PASSWORD)
    assert (keyring.for_repository(Host(users.address), "other/app") is None) is bool(path)
