"""Endpoints: the base URLs of a registry's API, and the TLS settings and credentials that are used there.

| the host is                                | called over                        | credentials        |
| ------------------------------------------ | ---------------------------------- | ------------------ |
| insecure, by the installation              | https unverified, then plain http  | yes                |
| insecure, by the machine's registries.conf | https unverified, then plain http  | yes                |
| insecure, by the spec tag alone            | https unverified, then plain http  | on loopback only   |
| this machine, without TLS settings         | plain http; https where that fails | yes                |
| anything else                              | https                              | yes                |

TLS settings are `caFile` and `certFile` of the rule, and a folder for the registry in the machine's `certs.d`.

In the third row a spec tag comes from the branch. The branch must not be able to send the installation's credentials to
a host without a verified certificate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.model.config import Installation, RegistryRule
from reconciler.model.host import DEFAULT_HOST, Host, is_loopback
from reconciler.model.observation import Listing, Question
from reconciler.registry.address import reach_of
from reconciler.transport.message import Trust
from reconciler.transport.reach import ANYWHERE, Reach

# Docker Hub has three names: one in references, one for its API, and one in credential files.
_API_HOSTS = {DEFAULT_HOST: "registry-1.docker.io"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The API of one registry, for one question."""

    host: Host
    """The registry's name in references."""
    bases: tuple[str, ...]
    """Base URLs without a final slash, in the order in which they are tried."""
    trust: Trust
    rule: RegistryRule
    sends_credentials: bool
    reach: Reach = ANYWHERE
    """The addresses that it may have."""
    is_declared_insecure: bool = False
    """Whether the installation or the machine declares it insecure, or a spec tag does and no credentials are sent."""


def endpoint_of(
    question: Question | Listing,
    installation: Installation,
    *,
    insecure: bool = False,
    has_certificates: bool = False,
    named: bool = False,
) -> Endpoint:
    """Where and how to send a question.

    `insecure`: the machine's registries.conf declares the registry insecure. `named`: that file names the host.
    `has_certificates`: the machine's `certs.d` has a folder for the host.
    """
    rule = installation.rule_for(question.host, question.repository)
    api = _API_HOSTS.get(question.host, question.host)
    loopback = is_loopback(question.host.name)
    plain = loopback and not (has_certificates or rule.ca_file or rule.cert_file)
    trusted = rule.insecure or insecure
    insecure = trusted or question.insecure
    sends_credentials = trusted or not question.insecure or loopback
    shows_certificate = sends_credentials and not question.anonymous
    return Endpoint(
        host=question.host,
        bases=tuple(f"{scheme}://{api}" for scheme in _schemes(insecure=insecure, plain=plain)),
        trust=replace(trust_of(rule, insecure=insecure, shows_certificate=shows_certificate), name=question.host),
        rule=rule,
        sends_credentials=sends_credentials,
        reach=reach_of(question.host, installation, named=named),
        is_declared_insecure=trusted or not sends_credentials,
    )


def trust_of(rule: RegistryRule, *, insecure: bool, shows_certificate: bool) -> Trust:
    """The TLS settings of a rule; a client certificate is sent only if credentials may be sent."""
    return Trust(
        verify=not insecure,
        ca_file=rule.ca_file,
        cert_file=rule.cert_file if shows_certificate else None,
        key_file=rule.key_file if shows_certificate else None,
        shows_certificate=shows_certificate,
    )


def _schemes(*, insecure: bool, plain: bool) -> tuple[str, ...]:
    if insecure:
        return ("https", "http")
    return ("http", "https") if plain else ("https",)
