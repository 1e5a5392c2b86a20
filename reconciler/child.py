"""The environment of a child process: that of this program, without the variables that are for this program only.

No other module makes an environment for a child (a test holds that). So a credential helper, gpg, ssh, or a git without
a remote never gets the password for the git host.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

OWN_PREFIX: Final = "IMAGESTREAM_"
"""Every option can be set by a variable with this prefix, passwords too (click's `auto_envvar_prefix`)."""
OWN: Final = frozenset({"DOCKER_AUTH_CONFIG"})
"""Credentials for registries, which only this program reads."""


def own(names: Iterable[str]) -> list[str]:
    """Those of the variables that no child gets, sorted."""
    return sorted(name for name in names if name.startswith(OWN_PREFIX) or name in OWN)


def for_child(environ: Mapping[str, str], extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child: what it gets of `environ`, and `extra`."""
    taken = set(own(environ))
    return {name: value for name, value in environ.items() if name not in taken} | dict(extra or {})
