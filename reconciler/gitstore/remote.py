"""The upstream of a branch: its remote, the branch there, and the reference that records it here.

It is read from git's configuration in one process, so that a branch without commits has one too (a clone of an empty
repository). An upstream that is a branch of the same repository (`remote = .`) does not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.errors import UsageError
from reconciler.gitstore import name
from reconciler.gitstore.access.address import remote_address, without_password
from reconciler.gitstore.command import Runner
from reconciler.model.redaction import redact
from reconciler.settings import SINKS_PREFIX

_HEADS = "refs/heads/"
_INSTEAD = (".insteadof", ".pushinsteadof")


@dataclass(frozen=True, slots=True)
class Upstream:
    """The upstream of one local branch."""

    remote: str
    branch: str
    """Short name of the branch at the remote."""
    tracking: str
    """Full name of the remote-tracking reference."""
    local: str
    """Short name of the local branch."""
    has_password: bool = False
    """Whether an address that may be used has a password in it (`access.remote_password`)."""

    @property
    def tip(self) -> str:
        """The reference that records the remote's tip reference of the branch."""
        return f"{self.tips}{self.branch}"

    @property
    def tips(self) -> str:
        """The prefix of the references that record all tip references of the remote."""
        return f"refs/imagestream/remotes/{self.remote}/tip/"

    @property
    def sinks(self) -> str:
        """The prefix of the references that record the cursors of sinks at the remote."""
        return f"refs/imagestream/remotes/{self.remote}/sinks/"

    @property
    def sinks_refspec(self) -> str:
        """What fetches the cursors of sinks."""
        return f"+{SINKS_PREFIX}*:{self.sinks}*"

    def __str__(self) -> str:
        return f"{self.remote}/{self.branch}"


def upstream(runner: Runner, branch: str) -> Upstream | None:
    """The upstream of a local branch; None if it has none. UsageError for one that cannot be used."""
    name.branch(branch)
    values = _configuration(runner)
    remote, merge = (values.get(f"branch.{branch}.{key}", [""])[-1] for key in ("remote", "merge"))
    if not merge or remote in {"", "."}:
        return None
    if not merge.startswith(_HEADS):
        raise UsageError(
            f"{branch}: its upstream {merge} is not a branch. Set another one with git branch --set-upstream-to."
        )
    name.remote(remote)
    if not values.get(f"remote.{remote}.url"):
        raise UsageError(
            f"{branch}: its upstream is on {redact(remote)}, which has no URL. Add it with git remote add."
        )
    there = name.branch(merge.removeprefix(_HEADS))
    tracking = _tracking(merge, values.get(f"remote.{remote}.fetch", ())) or f"refs/remotes/{remote}/{there}"
    return Upstream(remote, there, tracking, branch, _has_password(remote, values))


def url(runner: Runner, upstream: Upstream) -> str | None:
    """The address of an upstream's remote without user and password; None if there is none, or if it is unreadable."""
    result = runner.run("remote", "get-url", "--", upstream.remote)
    text = result.out.decode("utf-8", "replace").split("\n")[0] if result.done else ""
    try:
        return remote_address(text).url if text else None
    except UsageError:
        return None


def _configuration(runner: Runner) -> Mapping[str, Sequence[str]]:
    values: dict[str, list[str]] = {}
    for item in runner.output("config", "--list", "--null").decode("utf-8", "replace").split("\0"):
        key, _, value = item.partition("\n")
        values.setdefault(key, []).append(value)
    return values


def _tracking(source: str, refspecs: Sequence[str]) -> str | None:
    """The tracking reference by a remote's fetch refspecs (git-fetch(1), <refspec>)."""
    for refspec in refspecs:
        there, _, here = refspec.removeprefix("+").partition(":")
        before, star, after = there.partition("*")
        if not here.startswith("refs/"):
            continue
        if not star and there == source:
            return here
        if star and source.startswith(before) and source.endswith(after):
            return here.replace("*", source[len(before) : len(source) - len(after)], 1)
    return None


def _has_password(remote: str, values: Mapping[str, Sequence[str]]) -> bool:
    """Whether the remote's address, or one that replaces others in git's settings, has a password in it."""
    own = (url for key in ("url", "pushurl") for url in values.get(f"remote.{remote}.{key}", ()))
    bases = (key[len("url.") :].removesuffix(end) for key in values for end in _INSTEAD if key.endswith(end))
    return any(without_password(url).password for url in (*own, *bases))
