"""Findings of an adoption: what an export holds that cannot be taken over as it is, and what to do about it."""

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
"""What an adoption says beside the findings of `validate`: rule, severity, meaning."""

Report = Callable[[Finding], None]


@dataclass(frozen=True, slots=True)
class Place:
    """A value of an exported object, where findings about it are said."""

    item: FileObject
    path: Path
    report: Report

    def at(self, *steps: str | int) -> Place:
        """A value inside this one."""
        return Place(self.item, (*self.path, *steps), self.report)

    def say(self, rule: str, message: str) -> None:
        """One finding, at this value."""
        severity, _ = ADOPTION_RULES[rule]
        where = field_name((*self.item.prefix, *self.path))
        self.report(Finding(self.item.position(self.path), severity, rule, where, message))
