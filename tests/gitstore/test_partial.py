"""Partial mirrors over every transport: blobs come when they are needed, many at a time, and never by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciler.errors import UnavailableError, UsageError
from reconciler.gitstore import GitCredentials, PushStatus, Repository
from reconciler.gitstore.access.credentials import GitAccess
from reconciler.gitstore.ancestry import Ancestry
from tests.gitstore.actor import build, draft, upstream_of
from tests.kit.git import GitFolder, GitKit
from tests.kit.git_server import ssh_server, web_server

FILES = 120


@pytest.fixture
def grown(work: GitFolder, remote: GitFolder) -> GitFolder:
    """A remote with two commits of many files each."""
    for version in ("1", "2"):
        work.commit({f"history/team-a/app/{number}.yaml": f"{version} {number}\n" for number in range(FILES)})
    work.git("push", "--quiet")
    remote.git("config", "http.receivepack", "true")
    return remote


@contextmanager
def served(kit: GitKit, transport: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of `remote.git` over a transport."""
    if transport == "file":
        yield f"file://{kit.root}/remote.git"
    elif transport == "daemon":
        with kit.daemon() as url:
            yield f"{url}/remote.git"
    elif transport == "ssh":
        with ssh_server(kit.root, kit.root / "ssh") as server:
            access = GitAccess(key_file=server.key, known_hosts=server.known_hosts)
            with opened_credentials(access, f"{server.url}/remote.git", monkeypatch) as url:
                yield url
    else:
        secret = kit.root / "secret"
        secret.write_text("s3cret\n")
        access = GitAccess("bot", secret)
        with (
            web_server(kit.root, kit.root / "web") as web,
            opened_credentials(access, f"{web.url}/git/remote.git", monkeypatch) as url,
        ):
            yield url


@contextmanager
def opened_credentials(access: GitAccess, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with GitCredentials(access, url) as open_:
        for key, value in open_.environ.items():
            monkeypatch.setenv(key, value)
        yield url


def here(mirror: Repository) -> int:
    """The number of objects in the mirror."""
    counted = GitFolder(mirror.path, {}).git("count-objects", "-v").splitlines()
    numbers = dict(line.split(": ") for line in counted)
    return int(numbers["count"]) + int(numbers["in-pack"])


def request_count(kit: GitKit) -> int:
    """The number of requests for objects to the daemon."""
    return (kit.root / "daemon.log").read_text().count("Request upload-pack")


@pytest.mark.parametrize("transport", ["file", "daemon", "http", "ssh"])
@pytest.mark.parametrize("filters", [True, False])
def test_blobs_come_when_they_are_requested(
    kit: GitKit, work: GitFolder, grown: GitFolder, monkeypatch: pytest.MonkeyPatch, *, transport: str, filters: bool
) -> None:
    grown.git("config", "uploadpack.allowFilter", str(filters).lower())
    with served(kit, transport, monkeypatch) as url:
        mirror = Repository.mirror(kit.root / "data", url, "main")
        upstream = upstream_of(mirror)
        commit = mirror.fetch(upstream).commit
        assert commit == work.head()
        assert (here(mirror) < 20) is filters
        entries = mirror.commit_files(commit).entries
        assert len(entries) == FILES + 1
        read = mirror.read([entry.oid for entry in entries.values()], 100)
        assert read[entries["history/team-a/app/7.yaml"].oid] == b"2 7\n"
        assert len(read) == FILES + 1
        new = build(mirror, commit, draft("history/team-a/app/7.yaml", b"1 7\n"))[-1]  # as it was in the commit before
        assert mirror.push(upstream, commit, new).status is PushStatus.DONE
        assert mirror.fetch(upstream).commit == new
        mirror.tidy(loose=1, packs=1)
        assert mirror.is_whole()
        again = mirror.read([entry.oid for entry in mirror.commit_files(new).entries.values()], 100)
        assert again[mirror.commit_files(new).entries["history/team-a/app/7.yaml"].oid] == b"1 7\n"
    assert grown.fsck() == ""
    assert grown.git("show", "main:history/team-a/app/7.yaml") == "1 7"


def test_many_blobs_are_one_request_and_blobs_that_are_here_need_none(
    kit: GitKit, grown: GitFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown.git("config", "uploadpack.allowFilter", "true")
    with served(kit, "daemon", monkeypatch) as url:
        mirror = Repository.mirror(kit.root / "data", url, "main")
        commit = mirror.fetch(upstream_of(mirror)).commit or ""
        assert request_count(kit) == 1
        oids = [entry.oid for entry in mirror.commit_files(commit).entries.values()]
        for _ in range(3):
            assert len(mirror.read(oids, 100)) == FILES + 1
        assert request_count(kit) == 2
        Ancestry(mirror).bring_versions(commit, ["history/team-a/app/1.yaml", "history/team-a/app/2.yaml", "README.md"])
        assert request_count(kit) == 3
        versions = [
            change.new_oid
            for each in Ancestry(mirror).log(commit, paths=["history/team-a/app/1.yaml"])
            for change in each.files
        ]
        assert sorted(mirror.read(filter(None, versions), 100).values(), key=str) == [b"1 1\n", b"2 1\n"]
        Ancestry(mirror).bring_versions(commit, ["history/team-a/app/1.yaml"])
        assert request_count(kit) == 3


def test_only_reading_content_calls_the_remote(kit: GitKit, work: GitFolder, grown: GitFolder) -> None:
    grown.git("config", "uploadpack.allowFilter", "true")
    mirror = Repository.mirror(kit.root / "data", f"file://{grown.path}", "main")
    commit = mirror.fetch(upstream_of(mirror)).commit or ""
    grown.path.rename(kit.root / "away.git")
    before = work.head("HEAD~1")
    assert len(mirror.changed_paths(before, commit)) == FILES
    assert len(Ancestry(mirror).log(commit)) == 3
    assert Ancestry(mirror).graph(commit, ["history"])
    assert mirror.is_ancestor(before, commit)
    assert build(mirror, commit, draft("history/team-a/app/7.yaml", b"3"))
    assert mirror.is_whole()
    mirror.tidy(loose=1, packs=1)
    entry = mirror.commit_files(commit).entries["README.md"]
    with pytest.raises(UnavailableError) as away:
        mirror.read([entry.oid], 100)
    assert str(away.value) == (
        f"origin: the remote cannot be reached: '{grown.path}' does not appear to be a git repository. "
        "Check its URL, the network and the access."
    )
    (kit.root / "away.git").rename(grown.path)
    assert mirror.read([entry.oid], 100) == {entry.oid: b"Images\n"}


def test_a_remote_without_single_blobs_gets_one_request_for_everything(
    kit: GitKit, work: GitFolder, grown: GitFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown.git("config", "uploadpack.allowFilter", "true")
    grown.git("config", "uploadpack.allowAnySHA1InWant", "false")
    for key, value in {"COUNT": "1", "KEY_0": "protocol.version", "VALUE_0": "0"}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{key}", value)
    with served(kit, "daemon", monkeypatch) as url:
        mirror = Repository.mirror(kit.root / "data", url, "main")
        commit = mirror.fetch(upstream_of(mirror)).commit or ""
        assert here(mirror) < 20
        oids = [entry.oid for entry in mirror.commit_files(commit).entries.values()]
        assert len(mirror.read(oids[:3], 100)) == 3
        assert here(mirror) > 2 * FILES
        count = request_count(kit)
        assert len(mirror.read(oids, 100)) == FILES + 1
        assert request_count(kit) == count
        work.commit({"README.md": "More\n"})
        work.git("push", "--quiet")
        later = mirror.fetch(upstream_of(mirror)).commit or ""
        assert request_count(kit) == count + 1
        entry = mirror.commit_files(later).entries["README.md"]
        assert mirror.read([entry.oid], 100) == {entry.oid: b"More\n"}
        assert request_count(kit) == count + 1


def test_a_blob_that_is_missing_everywhere_is_reported(kit: GitKit, grown: GitFolder) -> None:
    grown.git("config", "uploadpack.allowFilter", "true")
    mirror = Repository.mirror(kit.root / "data", f"file://{grown.path}", "main")
    mirror.fetch(upstream_of(mirror))
    with pytest.raises(UsageError) as unknown:
        mirror.read(["1" * 40], 100)
    assert str(unknown.value) == (f"git has no file {'1' * 40} in {kit.root / 'data'} (missing). Run git fsck there.")


def test_a_mirror_that_is_pointed_elsewhere_filters_again(kit: GitKit, work: GitFolder, grown: GitFolder) -> None:
    other = kit.bare("other.git")
    other.git("config", "uploadpack.allowFilter", "true")
    work.git("push", "--quiet", f"file://{other.path}", "main")
    mirror = Repository.mirror(kit.root / "data", f"file://{grown.path}", "main")
    (mirror.path / "imagestream-whole").touch()
    again = Repository.mirror(kit.root / "data", f"file://{grown.path}", "main")
    assert (again.path / "imagestream-whole").exists()
    again = Repository.mirror(kit.root / "data", f"file://{other.path}", "main")
    again.fetch(upstream_of(again))
    assert here(again) < 20


def test_a_partial_mirror_is_put_together_and_stays_one(kit: GitKit, work: GitFolder, grown: GitFolder) -> None:
    grown.git("config", "uploadpack.allowFilter", "true")
    mirror = Repository.mirror(kit.root / "data", f"file://{grown.path}", "main")
    for round_ in range(4):
        work.commit({"README.md": f"{round_}\n"})
        work.git("push", "--quiet")
        commit = mirror.fetch(upstream_of(mirror)).commit or ""
    mirror.tidy(packs=2)
    assert here(mirror) < 40
    assert mirror.is_whole()
    entry = mirror.commit_files(commit).entries["README.md"]
    assert mirror.read([entry.oid], 100) == {entry.oid: b"3\n"}
