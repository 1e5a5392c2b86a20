"""Kinds of sinks: what each needs in the Config, as one table; `notify` has a module for each.

A secret is used in one of four ways, which decides who may choose the address (design 3.6: the branch gains nothing):

| use       | the file of the secret holds                  | the address comes from                |
| --------- | --------------------------------------------- | ------------------------------------- |
| signature | a key, which signs and is never sent          | the branch                            |
| token     | a token that is sent                          | the branch, if `sinkSecrets` allows it |
| address   | the address: who knows it may post            | the file, or the branch               |
| program   | an address with a password, for a library     | the file only                         |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class SecretUse(StrEnum):
    """What the file of a sink's secret holds, and what is done with it."""

    SIGNATURE = "signature"
    TOKEN = "token"  # noqa: S105 - a word of the table
    ADDRESS = "address"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class SinkOption:
    """One entry of `options`."""

    name: str
    values: tuple[str, ...] = ()
    """The values that it may have; any text if there are none."""
    required: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class SinkKind:
    """One kind of sink."""

    name: str
    secret: SecretUse
    needs_secret: bool = False
    options: tuple[SinkOption, ...] = ()

    @property
    def needs_url(self) -> bool:
        """Whether the Config has to name the address."""
        return self.secret in {SecretUse.SIGNATURE, SecretUse.TOKEN}


_CONTEXT: Final = SinkOption("context", example="imagestream")
_KINDS: Final = (
    SinkKind("apprise", SecretUse.PROGRAM, needs_secret=True),
    SinkKind("argo-events", SecretUse.TOKEN),
    SinkKind(
        "cloudevents",
        SecretUse.SIGNATURE,
        options=(SinkOption("mode", ("binary", "structured"), example="structured"),),
    ),
    SinkKind("github", SecretUse.TOKEN, needs_secret=True, options=(SinkOption("event", example="base-image"),)),
    SinkKind("github-status", SecretUse.TOKEN, needs_secret=True, options=(_CONTEXT,)),
    SinkKind("gitlab", SecretUse.TOKEN, needs_secret=True, options=(SinkOption("ref", required=True, example="main"),)),
    SinkKind("gitlab-status", SecretUse.TOKEN, needs_secret=True, options=(_CONTEXT,)),
    SinkKind("grafana", SecretUse.TOKEN, needs_secret=True, options=(SinkOption("dashboard", example="cIBgcSjkk"),)),
    SinkKind("jenkins", SecretUse.TOKEN, needs_secret=True),
    SinkKind(
        "matrix",
        SecretUse.TOKEN,
        needs_secret=True,
        options=(SinkOption("room", required=True, example="!abc:example.com"),),
    ),
    SinkKind("openshift-build", SecretUse.ADDRESS),
    SinkKind("slack", SecretUse.ADDRESS),
    SinkKind("teams", SecretUse.ADDRESS),
    SinkKind("tekton", SecretUse.SIGNATURE),
)
SINK_KINDS: Final[Mapping[str, SinkKind]] = {kind.name: kind for kind in _KINDS}
"""The kinds of `sinks`, in alphabetical order."""
DEFAULT_KIND: Final = "cloudevents"
