import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InputError
from reconciler.model.host import Host
from reconciler.registry.credentials.credential import Credential, Credentials
from reconciler.registry.credentials.keyring import PullSecret
from reconciler.registry.credentials.pull_secret import match


def named(*keys: str) -> Credentials:
    return Credentials({key: Credential(key, "secret") for key in keys})


@pytest.mark.parametrize(
    ("keys", "host", "repository", "chosen"),
    [
        (["quay.io"], "quay.io", "a/b", "quay.io"),
        (["*.example.com"], "r.example.com", "a/b", "*.example.com"),
        (["*.example.com"], "a.r.example.com", "a/b", None),
        (["*.example.com"], "example.com", "a/b", None),
        (["*.example.com", "r.example.com"], "r.example.com", "a/b", "r.example.com"),
        (["r*.example.com"], "r1.example.com", "a/b", "r*.example.com"),
        (["*.*.example.com"], "a.b.example.com", "a/b", "*.*.example.com"),
        (["*.example.com:5000"], "r.example.com:5000", "a/b", "*.example.com:5000"),
        (["*.example.com"], "r.example.com:5000", "a/b", None),
        (["*.example.com:5000"], "r.example.com", "a/b", None),
        (["*"], "r.example.com", "a/b", None),
        (["*.example.com/team"], "r.example.com", "team/b", "*.example.com/team"),
        (["*.example.com/team"], "r.example.com", "team-b/c", None),
        (["quay.io", "quay.io/team", "quay.io/team/app"], "quay.io", "team/app", "quay.io/team/app"),
        (["quay.io", "quay.io/team", "quay.io/team/app"], "quay.io", "team/other", "quay.io/team"),
        (["https://quay.io/v1/"], "quay.io", "a/b", "https://quay.io/v1/"),
        (["https://quay.io/v2/team"], "quay.io", "team/b", "https://quay.io/v2/team"),
        (["https://quay.io/v2/team"], "quay.io", "other/b", None),
        (["https://index.docker.io/v1/"], "docker.io", "library/nginx", "https://index.docker.io/v1/"),
        (["docker.io"], "registry-1.docker.io", "library/nginx", "docker.io"),
        (["[::1]:5000"], "[::1]:5000", "a/b", "[::1]:5000"),
        (["evil.com"], "quay.io", "a/b", None),
        (["quay.io"], "quay.io.evil.com", "a/b", None),
        ([""], "quay.io", "a/b", None),
        ([], "quay.io", "a/b", None),
    ],
)
def test_the_entry_that_the_kubelet_would_take_is_taken(
    keys: list[str], host: str, repository: str, chosen: str | None
) -> None:
    found = match(named(*keys), Host(host), repository)
    assert (found.username if found else None) == chosen


def test_an_empty_entry_has_no_credential() -> None:
    found = match(Credentials({"quay.io": Credential("a"), "quay.io/team": Credential()}), Host("quay.io"), "team/b")
    assert found == Credential("a")


@given(st.text(), st.sampled_from(["quay.io", "r.example.com:5000", "[::1]:5000"]), st.sampled_from(["a", "a/b"]))
def test_no_key_raises(key: str, host: str, repository: str) -> None:
    match(named(key), Host(host), repository)


ENTRY = {"auth": base64.b64encode(b"alice:secret").decode()}


@pytest.mark.parametrize(
    ("name", "content"),
    [(".dockerconfigjson", {"auths": {"quay.io": ENTRY}}), (".dockercfg", {"quay.io": ENTRY})],
)
def test_a_mounted_secret_is_a_folder_with_one_file(tmp_path: Path, name: str, content: object) -> None:
    data = tmp_path / "..data"
    data.mkdir()
    (data / name).write_text(json.dumps(content))
    (tmp_path / name).symlink_to(f"..data/{name}")  # as the kubelet mounts it
    for path in (tmp_path, tmp_path / name):
        assert PullSecret(path).for_repository(Host("quay.io"), "a/b") == Credential("alice", "secret")


def test_a_file_of_any_name_is_the_new_format(tmp_path: Path) -> None:
    path = tmp_path / "pull.json"
    path.write_text(json.dumps({"auths": {"quay.io": ENTRY}}))
    assert PullSecret(path).for_repository(Host("quay.io"), "a/b") == Credential("alice", "secret")


def test_a_secret_that_is_not_there_is_reported(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no"):
        with pytest.raises(InputError) as caught:
            PullSecret(path).for_repository(Host("quay.io"), "a/b")
        assert str(caught.value) == f"pull secret {path}: is not there. Correct pullSecrets in the Installation."
