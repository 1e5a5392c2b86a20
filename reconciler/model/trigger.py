"""Triggers: which container of a workload runs the image of which istag (an annotation of OpenShift).

The semantics are those of OpenShift's trigger controller. Its JSON is read in `documents`, judged in `rules`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import InputError
from reconciler.model.excerpt import excerpt
from reconciler.model.name import IstagName
from reconciler.model.stream import SourceKind

_TEMPLATE = ("spec", "template", "spec")
_POD_SPECS: Mapping[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "Deployment": (frozenset({"apps", "extensions"}), _TEMPLATE),
    "StatefulSet": (frozenset({"apps"}), _TEMPLATE),
    "DaemonSet": (frozenset({"apps", "extensions"}), _TEMPLATE),
    "CronJob": (frozenset({"batch"}), ("spec", "jobTemplate", *_TEMPLATE)),
}
"""The kinds that OpenShift watches: their API groups, and the path of their pod spec."""
_MORE_POD_SPECS: Mapping[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "Job": (frozenset({"batch"}), _TEMPLATE),
    "ReplicaSet": (frozenset({"apps", "extensions"}), _TEMPLATE),
    "ReplicationController": (frozenset({""}), _TEMPLATE),
    "Pod": (frozenset({""}), ("spec",)),
    "Rollout": (frozenset({"argoproj.io"}), _TEMPLATE),
    "Service": (frozenset({"serving.knative.dev"}), _TEMPLATE),
}
"""Kinds that OpenShift leaves alone and whose files follow the annotation here."""
_LOOKED_UP = ("Pod", "ReplicationController", "DaemonSet", "Deployment", "StatefulSet", "ReplicaSet", "Job", "CronJob")
_DEPLOYMENT_CONFIG: Mapping[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "DeploymentConfig": (frozenset({"", "apps.openshift.io"}), _TEMPLATE)
}
WORKLOAD_KINDS = tuple(_POD_SPECS)

_CONTAINER = re.compile(r'(containers|initContainers)\[(?:([0-9]{1,9})|\?\(@\.name=="([^]]*)"\))\]\.image', re.ASCII)
_ANY_PATH = re.compile(r"((?:[A-Za-z0-9_-]+\.){0,20})((?:c|initC)ontainers\[.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ContainerPath:
    """The container that a `fieldPath` points at."""

    group: str
    """`containers` or `initContainers`. A container is found by its name in both (OpenShift)."""
    selector: int | str
    """An index of the group from 0, or a container's name."""

    def __str__(self) -> str:
        where = str(self.selector) if isinstance(self.selector, int) else f'?(@.name=="{self.selector}")'
        return f"{self.group}[{where}].image"


@dataclass(frozen=True, slots=True)
class Trigger:
    """One entry of the annotation; missing fields are empty."""

    kind: str = ""
    name: str = ""
    namespace: str = ""
    api_version: str = ""
    field_path: str = ""
    paused: bool = False
    unknown: tuple[tuple[str, object], ...] = ()
    """Keys without an effect, with their values; those of `from` as `from.KEY`."""

    def istag(self, namespace: str) -> IstagName:
        """The istag that is named, in the workload's namespace unless the trigger names another.

        Raises `InputError` with why OpenShift passes the trigger over.
        """
        if self.kind != SourceKind.ISTAG:
            why = f"from.kind is {excerpt(self.kind)}" if self.kind else "from has no kind"
            raise InputError(f"{why}. Write {SourceKind.ISTAG}.")
        if self.api_version:
            raise InputError(f"from.apiVersion is {excerpt(self.api_version)}. Take it out.")
        shown = excerpt(self.name)
        if ":" not in self.name:
            raise InputError(f"from.name {shown} has no tag. Write STREAM:TAG.")
        if "/" in self.name:
            raise InputError(f"from.name {shown} is not of the form STREAM:TAG. Put the namespace into from.namespace.")
        try:
            return IstagName.parse(self.name, self.namespace or namespace)
        except InputError as error:
            raise InputError(f"from names no istag: {error}") from None


def pod_spec_path(api_version: str, kind: str) -> tuple[str, ...] | None:
    """The path of the pod spec of a kind that OpenShift watches; None for any other kind."""
    return _path_of(_POD_SPECS, api_version, kind)


def known_pod_spec_path(api_version: str, kind: str) -> tuple[str, ...] | None:
    """The path of the pod spec of a kind, also of one that OpenShift does not watch; None if it is not known."""
    watched = pod_spec_path(api_version, kind)
    return watched or (_path_of(_MORE_POD_SPECS, api_version, kind) if api_version else None)


def looked_up_pod_spec_path(api_version: str, kind: str) -> tuple[str, ...] | None:
    """The path of the pod spec of a kind whose images OpenShift looks up; None for any other kind."""
    own = _path_of(_DEPLOYMENT_CONFIG, api_version, kind)
    return own or (known_pod_spec_path(api_version, kind) if kind in _LOOKED_UP else None)


def container_path(field_path: str, pod_spec: tuple[str, ...]) -> ContainerPath | None:
    """The container that a `fieldPath` points at; None if it is not of the one form that OpenShift accepts."""
    base = "".join(f"{key}." for key in pod_spec)
    match = _CONTAINER.fullmatch(field_path.removeprefix(base)) if field_path.startswith(base) else None
    if match is None:
        return None
    return ContainerPath(match[1], match[3] if match[2] is None else int(match[2]))


def split_field_path(field_path: str) -> tuple[tuple[str, ...], ContainerPath] | None:
    """The path of the pod spec that a `fieldPath` names itself, and the container; None if it has another form."""
    match = _ANY_PATH.fullmatch(field_path)
    base = tuple(match[1].split(".")[:-1]) if match else ()
    found = container_path(field_path, base) if match else None
    return None if found is None else (base, found)


def _path_of(
    kinds: Mapping[str, tuple[frozenset[str], tuple[str, ...]]], api_version: str, kind: str
) -> tuple[str, ...] | None:
    groups, path = kinds.get(kind, (frozenset[str](), None))
    return path if not api_version or api_version.rpartition("/")[0] in groups else None
