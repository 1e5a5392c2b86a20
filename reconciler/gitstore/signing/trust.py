"""Trusted signatures: the installation decides whose count, never the repository.

git checks the signatures with the one program of the configured format. Only signatures in that format and
by keys in `trusted` count, whatever the user's own keyrings contain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from reconciler.gitstore import name
from reconciler.gitstore.command import Runner
from reconciler.gitstore.commit_files import objects
from reconciler.gitstore.signing.program import keyring, path, read
from reconciler.model.config import SignatureFormat, Signing

BRANCH_HEADER: Final = b"imagestream-branch"
"""The header of the commit that ends a whole pass, covered by its signature: the branch of the pass."""
_NO_PROGRAM: Final = "/dev/null"  # cannot be run, so signatures of this format do not count
_GOOD: Final[Mapping[SignatureFormat, frozenset[str]]] = {
    # `%G?` of git log: U is a key that is not among the allowed signers.
    SignatureFormat.SSH: frozenset("G"),
    # The keyring holds trusted keys only. Y: the key expired later; remove it from `trusted` to end the trust.
    SignatureFormat.OPENPGP: frozenset("GUY"),
}


def trusted(runner: Runner, commits: Iterable[str], signing: Signing) -> set[str]:
    """Those of the commits that a trusted key signed. One git process, and one or two more for each signed commit.

    UsageError if `trusted` cannot be read.
    """
    wanted = [name.object_id(commit) for commit in commits]
    if not wanted:
        return set()
    with _checking(signing) as (options, environ):
        words = (*options, "log", "--no-walk=unsorted", "--no-show-signature", "--format=%H %G?", "--stdin")
        result = runner.run(*words, stdin="\n".join((*wanted, "")).encode(), environ=environ)
    if not result.done:
        raise runner.failure("log", result)
    lines = (line.split() for line in result.out.decode().splitlines())
    return {oid for oid, grade in lines if grade in _GOOD[signing.format]}


def signed(runner: Runner, commits: Iterable[str]) -> list[str]:
    """Those of the commits that have any signature, in their order; nothing is checked. One process."""
    wanted = [name.object_id(commit) for commit in commits]
    heads = ((oid, content.partition(b"\n\n")[0]) for oid, content in objects(runner, wanted)) if wanted else ()
    return [oid for oid, head in heads if b"\ngpgsig" in head]


def passes(runner: Runner, commits: Iterable[str]) -> dict[str, str]:
    """For commits with the header `BRANCH_HEADER`, its value; only a checked signature proves it."""
    wanted = [name.object_id(commit) for commit in commits]
    found: dict[str, str] = {}
    for oid, content in objects(runner, wanted) if wanted else ():
        lines = content.partition(b"\n\n")[0].split(b"\n")
        named = [line for line in lines if line.startswith(BRANCH_HEADER + b" refs/heads/")]
        if len(named) == 1:
            found[oid] = named[0].partition(b" refs/heads/")[2].decode("utf-8", "replace")
    return found


@contextmanager
def _checking(signing: Signing) -> Iterator[tuple[tuple[str, ...], Mapping[str, str]]]:
    """The settings and the environment that make git check against the trusted keys alone."""
    data = read(signing.trusted, "trusted")
    if signing.format is SignatureFormat.SSH:
        file = path(signing.trusted)
        yield _settings(ssh="ssh-keygen", allowed=str(file)), {}
    else:
        with keyring(data, signing.trusted, "trusted") as environ:
            yield _settings(openpgp="gpg"), environ


def _settings(*, ssh: str = _NO_PROGRAM, openpgp: str = _NO_PROGRAM, allowed: str = "/dev/null") -> tuple[str, ...]:
    settings = (
        f"gpg.ssh.program={ssh}",
        f"gpg.ssh.allowedSignersFile={allowed}",
        f"gpg.program={openpgp}",
        f"gpg.openpgp.program={openpgp}",
        f"gpg.x509.program={_NO_PROGRAM}",
        "gpg.minTrustLevel=undefined",
    )
    return tuple(word for setting in settings for word in ("-c", setting))
