"""Remotes of a person's configuration with a password in their address: git gets the address without it.

git gives an address to its helper as an argument, which all users of the machine can read. So while a command uses such
a remote, settings in the environment replace its address by one without user and password (git-config(1),
`url.<base>.insteadOf`), and git gets both when it requests them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from reconciler.gitstore.access.address import without_password
from reconciler.gitstore.access.credentials import GitAccess, GitCredentials
from reconciler.gitstore.command import Runner
from reconciler.gitstore.remote import Upstream

_PLACES: Final = (
    ("url", (), "insteadOf"),
    ("url", ("--push",), "pushInsteadOf"),
    ("pushurl", ("--push",), "insteadOf"),
)
"""The setting of a remote's address, the flags that read it, and the setting that replaces it."""


@contextmanager
def remote_runner(runner: Runner, upstream: Upstream, *, push: bool = False) -> Iterator[Runner]:
    """The runner for commands that use the upstream's remote, wherever its password comes from."""
    if runner.credentials is not None or not upstream.has_password:
        yield runner
        return
    at = without_password(_url(runner, "remote", "get-url", *(("--push",) if push else ()), upstream.remote))
    if at.password is None:
        yield runner
        return
    access = GitAccess(user=at.user, password=at.password)
    with GitCredentials(access, at.url, _clean(runner, upstream)) as opened_credentials:
        yield replace(runner, credentials=opened_credentials)


def _clean(runner: Runner, upstream: Upstream) -> dict[str, str]:
    """Settings that replace configured addresses by ones without a password: the longest match wins."""
    found = {}
    for key, flags, end in _PLACES:
        configured = runner.run("config", "--get", f"remote.{upstream.remote}.{key}").out
        used = without_password(_url(runner, "remote", "get-url", *flags, upstream.remote))
        if configured and used.password is not None:
            found[f"url.{used.url}.{end}"] = configured.decode("utf-8", "surrogateescape").removesuffix("\n")
    return found


def _url(runner: Runner, *words: str) -> str:
    return runner.output(*words).decode("utf-8", "surrogateescape").split("\n")[0]
