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
WORKLOAD_KINDS = tuple(_POD_SPECS)

_CONTAINER = re.compile(r'(containers|initContainers)\[(?:([0-9]{1,9})|\?\(@\.name=="([^]]*)"\))\]\.image', re.ASCII)


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
    """The path of the pod spec of a kind; None if the kind has no triggers."""
    groups, path = _POD_SPECS.get(kind, (frozenset[str](), None))
    group, slash, _ = api_version.partition("/")
    return path if not api_version or (slash and group in groups) else None


def container_path(field_path: str, pod_spec: tuple[str, ...]) -> ContainerPath | None:
    """The container that a `fieldPath` points at; None if it is not of the one form that OpenShift accepts."""
    base = "".join(f"{key}." for key in pod_spec)
    match = _CONTAINER.fullmatch(field_path.removeprefix(base)) if field_path.startswith(base) else None
    if match is None:
        return None
    return ContainerPath(match[1], match[3] if match[2] is None else int(match[2]))
