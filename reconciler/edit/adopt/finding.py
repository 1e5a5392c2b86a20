"""Findings of an adoption: the parts of an export that cannot be taken over as they are, with advice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.documents.object_kind import FileObject
from reconciler.documents.read.node import Path
from reconciler.model.finding import Finding, Severity, field_name

ADOPTION_RULES = {
    "no-stream": (Severity.ERROR, "The file holds no ImageStream."),
    "exported-twice": (Severity.ERROR, "Two objects of the files are the same stream, with different content."),
    "event-left-out": (Severity.WARNING, "An event that no history can have: no image and no pull spec, or no time."),
    "tag-left-out": (Severity.ERROR, "A tag whose name no registry can have, or that has another error."),
    "cluster-registry": (Severity.WARNING, "A pull spec in the cluster's own registry, by a name that it alone knows."),
    "other-source": (Severity.WARNING, "The newest image did not come from the source that the spec names now."),
    "moves-when-followed": (Severity.WARNING, "A tag that OpenShift copied once, and that follows its source here."),
    "failed-import": (Severity.WARNING, "OpenShift's last import of the tag had failed."),
}
"""The rules of an adoption, beside those of `validate`: name, severity and description."""

Sink = Callable[[Finding], None]


@dataclass(frozen=True, slots=True)
class Place:
    """A value of an exported object, where findings about it are reported."""

    item: FileObject
    path: Path
    sink: Sink

    def at(self, *steps: str | int) -> Place:
        """A value inside this one."""
        return Place(self.item, (*self.path, *steps), self.sink)

    def report_finding(self, rule: str, message: str) -> None:
        """Report a finding at this value."""
        severity, _ = ADOPTION_RULES[rule]
        where = field_name((*self.item.prefix, *self.path))
        self.sink(Finding(self.item.position(self.path), severity, rule, where, message))
