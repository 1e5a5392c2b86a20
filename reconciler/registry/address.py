"""Addresses: which addresses a registry, and the hosts that it refers to, may have (design 3.10).

| who                                          | public | private | this machine | link-local, unspecified |
| -------------------------------------------- | ------ | ------- | ------------ | ----------------------- |
| a registry that the installation names       | yes    | yes     | yes          | yes                     |
| any other registry that a source names       | yes    | yes     | (1)          | no                      |
| another host, by redirect or as token server | yes    | (2)     | (2)          | (2)                     |

(1) Yes for a command that a person runs. No in `imagestream run` when its remote is on another machine: people who may
merge there must not reach services of this machine. (2) Only if `allowPrivate` names it.
"""

from __future__ import annotations

from reconciler.model.config import Installation
from reconciler.model.host import Host, Prefix
from reconciler.model.observation import Reason
from reconciler.registry.answer_error import AnswerError
from reconciler.transport import guard
from reconciler.transport.message import Origin
from reconciler.transport.reach import ANYWHERE, Reach, Zone, networks_of

_BY_NAME = "Name it in `registries` or `allowedRegistries` of the Installation if it is correct."
_BY_ALLOWANCE = "Allow it with allowPrivate if it is correct."


def admit(host: Host, repository: str, installation: Installation) -> None:
    """Raise `AnswerError` if this repository must not be called. Every question passes through this one check."""
    if not is_allowed(host, repository, installation):
        text = (
            f"{host}/{repository} is not among `allowedRegistries` of the Installation. Add it there, or name another."
        )
        raise AnswerError(Reason.DENIED, text, host=host)
    if host.is_odd and not installation.names(host):
        text = f"{host} is an address in a refused spelling. Write it as four decimal numbers, or as IPv6."
        raise AnswerError(Reason.DENIED, text, host=host)


def is_allowed(host: Host, repository: str, installation: Installation) -> bool:
    """Whether requests to this repository are allowed, as with OpenShift's `allowedRegistriesForImport`."""
    allowed = installation.allowed_registries
    return allowed is None or any(Prefix.parse(each).fits(host, repository) for each in allowed)


def reach_of(host: Host, installation: Installation, *, named: bool = False) -> Reach:
    """The addresses that a registry may have; `named` means that a file of this machine names the registry."""
    if named or installation.names(host):
        return ANYWHERE
    zones = {Zone.PUBLIC, Zone.PRIVATE} | ({Zone.LOOPBACK} if installation.serves_this_machine else set())
    return Reach(frozenset(zones), networks_of(installation.allow_private), _BY_NAME)


def reach_elsewhere(origin: Origin, installation: Installation) -> Reach:
    """The addresses that another host may have if a registry refers to it."""
    return guard.reach_elsewhere(origin, installation.allow_private, _BY_ALLOWANCE)
