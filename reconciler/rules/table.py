"""The rules: every finding that is not the schema's, with its severity and what it finds.

What OpenShift's API accepts is at most a warning, except what cannot mean anything (design 3).
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.finding import Severity

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; its name stands in brackets at the end of a finding."""

    name: str
    severity: Severity
    description: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a rule is broken, by path inside the object."""

    rule: str
    path: Path
    message: str
    at_key: bool = False
    """Whether the key is meant, not its value."""


_E, _W = Severity.ERROR, Severity.WARNING

RULES: tuple[Rule, ...] = (
    Rule("unreadable", _E, "The file is no YAML or JSON, or is larger, deeper or longer than what is read."),
    Rule("more-findings", _E, "A file has more findings than are listed; a warning where all that are left out are."),
    Rule("merge-conflict", _E, "The file cannot be read, and has the markers that git leaves in a merge conflict."),
    Rule("duplicate-key", _E, "A mapping has the same key twice; readers disagree on which counts."),
    Rule("unquoted-text", _E, "YAML reads text without quotes as a number, true, false or null: a tag name 1.10."),
    Rule("misspelt-kind", _E, "A kind that is nearly ImageStream, or none where it belongs; nothing is declared."),
    Rule("misplaced-stream", _E, "ImageStreams in a list at the top of a file; nothing is declared."),
    Rule("lost-streams", _E, "A file that declared streams when it last loaded, and no edit that takes them out."),
    Rule("stream-name", _E, "A stream or namespace name that OpenShift refuses."),
    Rule("tag-name", _E, "A tag name that no registry and no istag can have."),
    Rule(
        "duplicate-tag", _E, "The same tag of a stream is declared twice, in one file, or in several that contradict."
    ),
    Rule("repeated-tag", _W, "The same tag of a stream is declared in several files, which all say the same of it."),
    Rule("tag-case", _E, "Two tags of a stream differ only in upper and lower case."),
    Rule("pull-spec", _E, "A pull spec that does not follow the grammar of image references."),
    Rule("source-name", _E, "An ImageStreamTag or ImageStreamImage source whose name cannot be one."),
    Rule("scheduled-source", _E, "scheduled on a source that is no DockerImage; OpenShift refuses it."),
    Rule("cycle", _E, "Tags that follow each other in a circle."),
    Rule("repository", _E, "dockerImageRepository is no repository, or has a tag or digest."),
    Rule("contradiction", _E, "Two files give the same stream different dockerImageRepository values."),
    Rule("annotation-value", _E, "A reconciler/… annotation with a value that means nothing."),
    Rule("unknown-field", _W, "A field that nobody reads."),
    Rule("misplaced-field", _W, "A field that belongs somewhere else in the object."),
    Rule("ignored-field", _W, "A field that has no effect where it stands."),
    Rule("ambiguous-tag", _W, "A tag name without quotes that oc and other YAML 1.1 readers take for something else."),
    Rule(
        "missing-source", _W, "A tag that is followed or triggers, but that nobody declares; something may push to it."
    ),
    Rule("trigger-value", _W, "A trigger annotation that cannot be read, so that none of its triggers works."),
    Rule("trigger-kind", _W, "A trigger annotation on a kind on which it has no effect."),
    Rule("trigger-source", _W, "A trigger whose from names no istag."),
    Rule("trigger-path", _W, "A trigger whose fieldPath is not that of a container's image in the pod spec."),
    Rule("trigger-container", _W, "A trigger whose fieldPath names a container that is not there."),
    Rule("duplicate-trigger", _W, "Two triggers of an annotation with the same fieldPath."),
    Rule("windows-name", _W, "A tag whose history Windows cannot check out: a part of its name is that of a device."),
    Rule("unscheduled-selection", _W, "reconciler/select on a tag that is not scheduled: it selects once, then stays."),
    Rule("request-budget", _W, "Scheduled tags ask a registry more often than it is known to take."),
    Rule("conflicting-annotation", _W, "Two files give the same stream different values of one annotation."),
)

_SEVERITIES = {rule.name: rule.severity for rule in RULES}


def severity(rule: str) -> Severity:
    """The severity of a rule of this table; the schema's rules, which are not in it, are errors."""
    return _SEVERITIES.get(rule, Severity.ERROR)
