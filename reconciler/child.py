"""The environment of the programs that this one starts: what they inherit, without what is for this one alone.

Nothing else makes an environment for a child (a test holds that), so no program that is asked for something else, be
it a credential helper of a registry, gpg, ssh, or a git that stays here, is given a password for the git host.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

OWN_PREFIX: Final = "IMAGESTREAM_"
"""Every option can come from a variable: addresses and passwords too (click's `auto_envvar_prefix`)."""
OWN: Final = frozenset({"DOCKER_AUTH_CONFIG"})
"""Credentials for registries, which this program reads itself."""


def own(names: Iterable[str]) -> list[str]:
    """Those of the variables that no child is given, sorted."""
    return sorted(name for name in names if name.startswith(OWN_PREFIX) or name in OWN)


def for_child(environ: Mapping[str, str], extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a child is given of an environment, and what it is given beside it."""
    taken = set(own(environ))
    return {name: value for name, value in environ.items() if name not in taken} | dict(extra or {})
