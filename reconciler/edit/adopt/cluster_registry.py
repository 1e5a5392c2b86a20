"""The registry inside a cluster: the names that only the cluster resolves, and the public name.

OpenShift 4 calls it `image-registry.openshift-image-registry.svc:5000`, OpenShift 3 `docker-registry.default.svc:5000`
or by an address of the service network (172.30.0.0/16 by default). A route gives it a public name; the export has
that name in `status.publicDockerImageRepository`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.errors import InputError
from reconciler.model.plain import mapping, text
from reconciler.model.reference import Reference
from reconciler.model.stream import SourceKind, SpecTag

_SERVICE_NETWORK: Final = ipaddress.ip_network("172.30.0.0/16")
_SERVICES: Final = (".svc", ".svc.cluster.local")

PUBLISH: Final = (
    "Name the registry's public route with --route HOST, or mirror the image and point the tag at the mirror."
)
"""The advice for a pull spec that only the cluster resolves."""


@dataclass(frozen=True, slots=True)
class ClusterRegistry:
    """The registry of the cluster that an object was exported from."""

    route: str | None = None
    """The public name, HOST[:PORT]; None where it is not known."""

    @classmethod
    def of(cls, plain: Mapping[str, object], route: str | None) -> ClusterRegistry:
        """The registry of an exported stream. The route that a person gave wins over the name in the export."""
        status = mapping(plain.get("status"))
        public = _host(text(status.get("publicDockerImageRepository")))
        return cls(route or (public if public and not is_internal(public) else None))

    def public(self, pull_spec: str) -> str:
        """The pull spec with the public name; unchanged where it is of another registry, or without a public name.

        A malformed pull spec is unchanged too: the rules report it.
        """
        host = _host(pull_spec)
        if self.route is None or not is_internal(host):
            return pull_spec
        return self.route + pull_spec[len(host) :]


def is_cluster_internal(pull_spec: str) -> bool:
    """Whether only the cluster resolves the host of a pull spec."""
    return is_internal(_host(pull_spec))


def is_internal_source(tag: SpecTag) -> bool:
    """Whether a spec tag names an image that only the cluster can reach."""
    source = tag.source
    return source is not None and source.kind is SourceKind.DOCKER_IMAGE and is_cluster_internal(source.name)


def is_internal(host: str) -> bool:
    """Whether a HOST[:PORT] is the name of a service, or an address of the service network."""
    name = host.partition(":")[0]
    if name.endswith(_SERVICES):
        return True
    try:
        return ipaddress.ip_address(name) in _SERVICE_NETWORK
    except ValueError:
        return False


def _host(pull_spec: str) -> str:
    """The host as it is written; empty where the pull spec has none or is malformed."""
    try:
        spelling = Reference.parse(pull_spec).spelling
    except InputError:
        return ""
    first, slash, _ = spelling.partition("/")
    return first if slash and any(char in first for char in ".:") else ""
