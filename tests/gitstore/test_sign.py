"""Signed commits: with real ssh-keygen and gpg, with the installation's key, whatever the user's keyrings trust."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest

from reconciler.errors import UsageError
from reconciler.gitstore import Repository
from reconciler.gitstore.ancestry import Ancestry
from reconciler.model.config import SignatureFormat, Signing
from reconciler.model.person import Person
from tests.gitstore.actor import COMMITTER, MOMENT, draft, opened
from tests.kit.git import GitFolder, GitKit
from tests.kit.keys import openpgp_key, ssh_key

FORMATS = ["ssh", "openpgp"]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    return folder


def signing(kind: str, keys: Path, name: str = "bot") -> Signing:
    return ssh_key(keys, name) if kind == "ssh" else openpgp_key(keys, name)


def build(repository: Repository, parent: str | None, signing: Signing | None, count: int = 3) -> list[str]:
    drafts = [draft(f"file{number}", b"%d\n" % number, f"Write {number}\n\nTag: {number}\n") for number in range(count)]
    return repository.build(parent, drafts, COMMITTER, MOMENT, signing)


@pytest.mark.parametrize("kind", FORMATS)
def test_signed_commits_differ_from_unsigned_ones_by_the_signature_alone(
    work: GitFolder, keys: Path, kind: str
) -> None:
    repository, key = opened(work.path), signing(kind, keys)
    plain = Ancestry(repository).log(build(repository, work.head(), None)[-1], excluding=work.head())
    made = build(repository, work.head(), key)
    found = Ancestry(repository).log(made[-1], excluding=work.head())
    assert [commit.id for commit in reversed(found)] == made
    assert [(each.tree, each.author, each.message, each.committer_date, each.files) for each in found] == [
        (each.tree, each.author, each.message, each.committer_date, each.files) for each in plain
    ]
    assert found[-1].parents == (work.head(),)
    assert Ancestry(repository).trusted([*made, work.head()], key) == set(made)
    assert Ancestry(repository).signed([work.head(), *made]) == made
    assert work.fsck() == ""


def test_git_itself_finds_the_signature_good(work: GitFolder, keys: Path) -> None:
    key = ssh_key(keys, "bot")
    made = build(opened(work.path), work.head(), key)
    setting = f"gpg.ssh.allowedSignersFile={key.trusted}"
    assert work.git("-c", setting, "log", "--no-walk", "--format=%G? %GS", *made) == "\n".join(["G bot"] * 3)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_repository_with_sha256_ids_is_signed_too(kit: GitKit, keys: Path, kind: str) -> None:
    made, key = kit.repository("new", "--object-format=sha256"), signing(kind, keys)
    ids = build(opened(made.path), None, key)
    assert Ancestry(opened(made.path)).trusted(ids, key) == set(ids)
    assert made.fsck() == ""


@pytest.mark.parametrize("kind", FORMATS)
def test_another_key_is_not_trusted_until_it_is_added(work: GitFolder, keys: Path, kind: str) -> None:
    repository, old, new = opened(work.path), signing(kind, keys), signing(kind, keys, "newer")
    first = build(repository, work.head(), old)
    second = build(repository, first[-1], new)
    assert Ancestry(repository).trusted([*first, *second], old) == set(first)
    both = keys / "both"
    both.write_bytes(Path(old.trusted).read_bytes() + Path(new.trusted).read_bytes())
    together = Signing(old.format, str(both))
    assert Ancestry(repository).trusted([*first, *second], together) == {*first, *second}


def test_a_signature_in_the_other_format_does_not_count(work: GitFolder, keys: Path) -> None:
    """Even if the user's own configuration trusts the key."""
    repository, ssh, openpgp = opened(work.path), ssh_key(keys, "bot"), openpgp_key(keys, "bot")
    by_ssh = build(repository, work.head(), ssh)
    by_openpgp = build(repository, work.head(), openpgp)
    work.git("config", "gpg.ssh.allowedSignersFile", ssh.trusted)
    assert Ancestry(repository).trusted([*by_ssh, *by_openpgp], openpgp) == set(by_openpgp)
    assert Ancestry(repository).trusted([*by_ssh, *by_openpgp], ssh) == set(by_ssh)


def test_the_repository_does_not_choose_the_trusted_keys(work: GitFolder, keys: Path) -> None:
    repository, ours, theirs = opened(work.path), ssh_key(keys, "bot"), ssh_key(keys, "mallory")
    made = build(repository, work.head(), theirs)
    work.git("config", "gpg.ssh.allowedSignersFile", theirs.trusted)
    work.git("config", "gpg.ssh.program", "/bin/true")
    work.git("config", "gpg.minTrustLevel", "never")
    assert Ancestry(repository).trusted(made, ours) == set()


def test_a_changed_commit_has_no_good_signature(work: GitFolder, keys: Path) -> None:
    repository, key = opened(work.path), ssh_key(keys, "bot")
    (made,) = build(repository, work.head(), key, 1)
    forged = work.raw("cat-file", "commit", made).replace(b"Write 0", b"Write 9")
    other = work.raw("hash-object", "-t", "commit", "-w", "--stdin", stdin=forged).decode().strip()
    assert Ancestry(repository).signed([other]) == [other]
    assert Ancestry(repository).trusted([made, other], key) == {made}


def test_a_key_that_a_group_may_read_signs_all_the_same(work: GitFolder, keys: Path) -> None:
    """Secrets are often mounted like that; ssh-keygen refuses such files."""
    key = ssh_key(keys, "bot")
    Path(key.key_file or "").chmod(0o640)
    assert len(build(opened(work.path), work.head(), key)) == 3


@pytest.mark.parametrize("kind", FORMATS)
def test_no_files_are_left_behind(work: GitFolder, keys: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = signing(kind, keys)
    with tempfile.TemporaryDirectory(prefix="s", dir="/tmp") as scratch:
        monkeypatch.setattr("tempfile.tempdir", scratch)
        build(opened(work.path), work.head(), key)
        assert list(Path(scratch).iterdir()) == []
        assert _processes_naming(scratch) == []


def test_without_drafts_no_key_is_needed(work: GitFolder, keys: Path) -> None:
    missing = Signing(SignatureFormat.SSH, str(keys / "none"), str(keys / "none"))
    assert opened(work.path).build(work.head(), [], COMMITTER, MOMENT, missing) == []
    assert Ancestry(opened(work.path)).trusted([], missing) == set()


def test_a_key_that_is_not_trusted_itself_is_refused(work: GitFolder, keys: Path) -> None:
    """The next pass would undo its signed commits."""
    ours, other = ssh_key(keys, "bot"), ssh_key(keys, "other")
    mixed = Signing(SignatureFormat.SSH, other.trusted, ours.key_file)
    assert refusal(work, mixed) == (
        f"signing.trusted {other.trusted} does not have the key {ours.key_file}, so its signatures would not count. "
        "Add its public key there."
    )


def test_a_key_with_a_passphrase_is_refused(work: GitFolder, keys: Path) -> None:
    key = ssh_key(keys, "bot", passphrase="secret")
    assert refusal(work, key) == (
        f"signing.keyFile {key.key_file} has a passphrase, and there is no person to type it. "
        "Name a key without one; ssh-keygen -p removes it from a copy."
    )


def test_files_that_are_not_keys_are_refused(work: GitFolder, keys: Path) -> None:
    (keys / "noise").write_text("noise\n", encoding="utf-8")
    noise, missing = str(keys / "noise"), str(keys / "missing")
    for format_ in SignatureFormat:
        assert refusal(work, Signing(format_, noise, missing)) == (
            f"signing.keyFile {missing} cannot be read: No such file or directory. Correct it in --config."
        )
        assert f"signing.keyFile {noise} " in refusal(work, Signing(format_, noise, noise))
        with pytest.raises(UsageError) as error:
            Ancestry(opened(work.path)).trusted([work.head()], Signing(format_, missing))
        assert str(error.value) == (
            f"signing.trusted {missing} cannot be read: No such file or directory. Correct it in --config."
        )


def test_signing_without_a_key_is_refused(work: GitFolder, keys: Path) -> None:
    assert refusal(work, Signing(SignatureFormat.SSH, str(keys))) == (
        "the installation's signing names no keyFile, and unsigned changes would be undone. Add it to --config."
    )


def test_odd_authors_stay_as_they_are(work: GitFolder, keys: Path) -> None:
    """Git commit-tree would take the full stop off the name."""
    odd = Person("Jane Doe Jr.", "")
    key = ssh_key(keys, "bot")
    (made,) = opened(work.path).build(work.head(), [draft("a", b"1")], odd, MOMENT, key)
    assert Ancestry(opened(work.path)).log(made, limit=1)[0].committer == odd


def refusal(work: GitFolder, signing: Signing) -> str:
    with pytest.raises(UsageError) as error:
        build(opened(work.path), work.head(), signing)
    return str(error.value)


def _processes_naming(folder: str) -> list[str]:
    """The running processes with the folder in their arguments."""
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listing.splitlines() if folder in line]
