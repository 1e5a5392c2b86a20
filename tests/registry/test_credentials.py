import base64
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InputError
from reconciler.model.host import Host
from reconciler.registry.credentials.auth_file import AuthFile, parse_auth_file, read_auth_file
from reconciler.registry.credentials.credential import Credential, Credentials


def auth(text: str) -> dict[str, str]:
    return {"auth": base64.b64encode(text.encode()).decode()}


def config(**auths: object) -> bytes:
    return json.dumps({"auths": auths}).encode()


def parsed(auths: dict[str, object]) -> Credentials:
    return parse_auth_file(json.dumps({"auths": auths}).encode(), "config.json").auths


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (auth("alice:secret"), Credential("alice", "secret")),
        (auth("alice:with:colons"), Credential("alice", "with:colons")),
        (auth("alice:padded\0\0"), Credential("alice", "padded")),
        (auth("NNN|robot:pässword"), Credential("NNN|robot", "pässword")),
        ({"username": "alice", "password": "secret"}, Credential("alice", "secret")),
        ({"identitytoken": "it"}, Credential(identity_token="it")),
        (auth("00000000-0000:") | {"identitytoken": "it"}, Credential("00000000-0000", "", identity_token="it")),
        ({"registrytoken": "rt"}, Credential(registry_token="rt")),
        ({}, None),
        ({"email": "a@example.com"}, None),
    ],
)
def test_every_form_of_an_entry_is_read(entry: dict[str, str], expected: Credential | None) -> None:
    assert parsed({"quay.io": entry}).for_repository(Host("quay.io"), "a/b") == expected


@pytest.mark.parametrize(
    ("key", "host"),
    [
        ("quay.io", "quay.io"),
        ("https://quay.io", "quay.io"),
        ("https://quay.io/v1/", "quay.io"),
        ("https://quay.io/v2/", "quay.io"),
        ("http://localhost:5000", "localhost:5000"),
        ("https://index.docker.io/v1/", "docker.io"),
        ("docker.io", "docker.io"),
        ("index.docker.io", "docker.io"),
        ("registry-1.docker.io", "docker.io"),
    ],
)
def test_every_form_of_a_key_is_found(key: str, host: str) -> None:
    assert parsed({key: auth("a:b")}).for_repository(Host(host), "x/y") == Credential("a", "b")


@pytest.mark.parametrize("key", ["Quay.IO/team", "quay.io:443/team", "QUAY.io", "https://Quay.io:443/v1/"])
def test_a_key_is_found_however_it_writes_its_host(key: str) -> None:
    assert parsed({key: auth("a:b")}).for_repository(Host("quay.io"), "team/app") == Credential("a", "b")


def test_a_path_with_a_slash_at_its_end_is_another_as_for_skopeo() -> None:
    assert parsed({"quay.io/team/": auth("a:b")}).for_repository(Host("quay.io"), "team/app") is None


def test_the_most_specific_key_wins() -> None:
    found = parsed({"quay.io": auth("host:1"), "quay.io/ns": auth("ns:1"), "quay.io/ns/repo": auth("repo:1")})
    names = ["ns/repo", "ns/other", "nsother/repo", "ns/repo/deeper"]
    users = [credential.username for name in names if (credential := found.for_repository(Host("quay.io"), name))]
    assert users == ["repo", "ns", "host", "repo"]


@pytest.mark.parametrize(
    ("keys", "repository", "chosen"),
    [
        (["https://quay.io/v1/", "quay.io"], "a/b", "quay.io"),
        (["quay.io", "https://quay.io/v1/"], "a/b", "quay.io"),
        (["https://quay.io/ns", "quay.io/ns"], "ns/b", "quay.io/ns"),
        (["https://quay.io/ns"], "other/b", "https://quay.io/ns"),
        (["quay.io/ns"], "other/b", None),
    ],
)
def test_an_exact_key_comes_before_a_url_for_the_whole_host(
    keys: list[str], repository: str, chosen: str | None
) -> None:
    found = parsed({key: auth(f"{key.replace(':', '!')}:1") for key in keys}).for_repository(
        Host("quay.io"), repository
    )
    assert (found.username.replace("!", ":") if found else None) == chosen


def test_an_empty_entry_ends_the_search_in_its_file() -> None:
    assert parsed({"quay.io": auth("a:b"), "quay.io/ns": {}}).for_repository(Host("quay.io"), "ns/b") is None


def test_an_entry_without_a_colon_is_passed_over() -> None:
    assert parsed({"quay.io": auth("nonsense")}).for_repository(Host("quay.io"), "a/b") is None


def test_the_old_format_knows_hosts_only() -> None:
    entries = {"https://index.docker.io/v1/": auth("hub:1"), "quay.io/v1": auth("quay:1"), "r.example.com": auth("r:1")}
    found = parse_auth_file(json.dumps(entries).encode(), ".dockercfg", bare=True).auths
    users = [found.for_repository(Host(host), "a/b") for host in ("docker.io", "quay.io", "r.example.com", "other")]
    assert users == [Credential("hub", "1"), Credential("quay", "1"), Credential("r", "1"), None]


def test_a_host_is_not_a_prefix_of_another() -> None:
    assert parsed({"quay.io": auth("a:b")}).for_repository(Host("quay.io:8443"), "a/b") is None
    assert parsed({"quay.io": auth("a:b")}).for_repository(Host("quay.io.example.com"), "a/b") is None


def test_no_file_means_no_credentials(tmp_path: Path) -> None:
    assert read_auth_file(tmp_path / "config.json") is None
    (tmp_path / "file").touch()
    assert read_auth_file(tmp_path / "file/config.json") is None


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(config(host=auth("a:b")))
    found = read_auth_file(path)
    assert found is not None
    assert found.auths.for_repository(Host("host"), "x") == Credential("a", "b")


def test_a_folder_in_its_place_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_auth_file(tmp_path)
    assert str(caught.value) == f"credentials file {tmp_path}: cannot be read: Is a directory. Correct its permissions."


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "credentials file c: is not JSON. Correct it, or log in again."),
        (b"\xff\xfe\x00", "credentials file c: is not JSON. Correct it, or log in again."),
        (b"[" * 100_000, "credentials file c: is not JSON. Correct it, or log in again."),
        (b"[]", 'credentials file c: is not of the form {"auths": {…}}. Correct it, or log in again.'),
        (b'{"auths": 1}', 'credentials file c: is not of the form {"auths": {…}}. Correct it, or log in again.'),
    ],
)
def test_a_broken_file_is_reported_without_its_content(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_auth_file(data, "c")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (1, "credentials file c: the entry of 'h' is not an object. Correct it, or log in again."),
        ([], "credentials file c: the entry of 'h' is not an object. Correct it, or log in again."),
        ({"auth": "?"}, "credentials file c: the entry of 'h' has an `auth` that is not base64. Log in to h again."),
        (
            {"auth": "YTpi "},
            "credentials file c: the entry of 'h' has an `auth` that is not base64. Log in to h again.",
        ),
        (
            {"auth": "YTpiYg"},
            "credentials file c: the entry of 'h' has an `auth` that is not base64. Log in to h again.",
        ),
    ],
)
def test_a_broken_entry_is_an_error_of_its_host_alone(entry: object, message: str) -> None:
    found = parse_auth_file(config(h=entry, other=auth("a:b")), "c").auths
    with pytest.raises(InputError) as caught:
        found.for_repository(Host("h"), "x/y")
    assert str(caught.value) == message
    assert found.for_repository(Host("other"), "x/y") == Credential("a", "b")


LONG = base64.b64encode(b"alice:" + b"t" * 90).decode()


@pytest.mark.parametrize("wrapped", [f"{LONG[:76]}\n{LONG[76:]}\n", f"{LONG[:76]}\r\n{LONG[76:]}", f"\n{LONG}"])
def test_base64_that_a_tool_wrapped_is_read_as_docker_and_skopeo_read_it(wrapped: str) -> None:
    assert parsed({"h": {"auth": wrapped}}).for_repository(Host("h"), "x/y") == Credential("alice", "t" * 90)


@pytest.mark.parametrize("empty", [None, {}, {"auth": None}, {"auth": ""}, {"auth": 1}])
def test_an_empty_entry_gives_no_credential(empty: object) -> None:
    found = parsed({"h": empty, "other": {"Auth": base64.b64encode(b"a:b").decode()}})
    assert found.for_repository(Host("h"), "x/y") is None
    assert found.for_repository(Host("other"), "x/y") == Credential("a", "b"), "names of fields have no case, as in Go"


def test_a_file_without_auths_has_no_credentials() -> None:
    assert parse_auth_file(b'{"credsStore": "desktop"}', "c") == AuthFile(store="desktop")
    assert parse_auth_file(b"null", "c") == AuthFile()
    assert parse_auth_file(b'{"auths": null, "credHelpers": null}', "c") == AuthFile()


def test_secrets_do_not_show_when_printed() -> None:
    found = parsed({"quay.io": auth("alice:secret") | {"identitytoken": "it", "registrytoken": "rt"}})
    shown = repr(found) + repr(found.for_repository(Host("quay.io"), "a"))
    assert shown == "Credentials()Credential()"


@given(st.binary())
def test_any_bytes_give_credentials_or_an_input_error(data: bytes) -> None:
    with suppress(InputError):
        parse_auth_file(data, "c")


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["auths", "auth", "username", "h"]), inner),
)


@given(JSON)
def test_any_json_gives_credentials_or_an_input_error(document: object) -> None:
    with suppress(InputError):
        parse_auth_file(json.dumps(document).encode(), "c")
