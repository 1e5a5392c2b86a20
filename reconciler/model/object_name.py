"""Names of Kubernetes objects, `KIND/NAME`, as `oc` and `kubectl` take them: `deploy/app`, `statefulsets.apps/db`.

A kind may be written in lower or upper case, in the plural, as a short name, and with its group: `deployments.apps`.
Any kind is accepted, because a repository may hold objects of every kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import UsageError
from reconciler.model.excerpt import excerpt

_SHORT: Mapping[str, str] = {
    "bc": "buildconfig",
    "cj": "cronjob",
    "dc": "deploymentconfig",
    "deploy": "deployment",
    "ds": "daemonset",
    "is": "imagestream",
    "ksvc": "service.serving.knative.dev",
    "kservice": "service.serving.knative.dev",
    "po": "pod",
    "rc": "replicationcontroller",
    "ro": "rollout",
    "rs": "replicaset",
    "sts": "statefulset",
}
"""The short names that OpenShift, Kubernetes, Argo Rollouts and Knative give their kinds."""
_SHORT_OF: Mapping[str, str] = {kind: short for short, kind in _SHORT.items() if short != "kservice"}
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,252}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ObjectName:
    """A kind of objects, and the name of one of them; without a name, all of the kind."""

    text: str
    """As it was written."""
    kind: str
    """In lower case, in the singular or plural."""
    group: str
    """The API group, such as `apps`; empty for any."""
    name: str | None

    @classmethod
    def parse(cls, text: str) -> ObjectName:
        """Parse `KIND/NAME` or `KIND`. Raises `UsageError`."""
        kind, slash, name = text.partition("/")
        if not _KIND.fullmatch(kind) or (slash and not _NAME.fullmatch(name)):
            raise UsageError(f"{excerpt(text)} is not of the form KIND/NAME. Write it as deploy/app.")
        written = kind.lower()
        word, _, group = _SHORT.get(written, written).partition(".")
        return cls(text, _SHORT.get(word, word), group, name if slash else None)

    def fits(self, api_version: str, kind: str, name: str) -> bool:
        """Whether it names an object."""
        wanted = kind.lower()
        if self.kind not in {wanted, f"{wanted}s", f"{wanted}es"} or self.name not in {None, name}:
            return False
        group = api_version.rpartition("/")[0]
        return not self.group or self.group in {group, f"{api_version.rpartition('/')[2]}.{group}"}


def short_name(api_version: str, kind: str) -> str:
    """The shortest word for a kind, such as `deploy`."""
    word = kind.lower()
    group = api_version.rpartition("/")[0]
    return _SHORT_OF.get(f"{word}.{group}", _SHORT_OF.get(word, word))
