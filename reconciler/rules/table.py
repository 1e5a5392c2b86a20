"""The table of rules: every finding beyond the schemas, with its severity and a description.

An object that the API of OpenShift accepts has at most warnings, unless it cannot mean anything (design 3).
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.finding import Severity

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Its name is in brackets at the end of a finding."""

    name: str
    severity: Severity
    description: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where an object breaks a rule, as a path inside the object."""

    rule: str
    path: Path
    message: str
    at_key: bool = False
    """Whether the position is that of the key instead of its value."""


_E, _W = Severity.ERROR, Severity.WARNING

RULES: tuple[Rule, ...] = (
    Rule("unreadable", _E, "The file is not YAML or JSON, or is larger, deeper or longer than the limits."),
    Rule("more-findings", _E, "A file has more findings than are listed; a warning if only warnings are left out."),
    Rule("merge-conflict", _E, "The file cannot be read because it has the markers of a git merge conflict."),
    Rule("duplicate-key", _E, "A mapping has the same key twice; readers disagree on which one counts."),
    Rule("unquoted-text", _E, "YAML reads text without quotes as a number, true, false or null: a tag name 1.10."),
    Rule("misspelt-kind", _E, "A kind that is nearly ImageStream, or no kind where one belongs; nothing is declared."),
    Rule("misplaced-stream", _E, "ImageStreams in a list at the top of a file; nothing is declared."),
    Rule("lost-streams", _E, "A file that declared streams when it last loaded, and no edit that takes them out."),
    Rule("stream-name", _E, "A stream or namespace name that OpenShift refuses."),
    Rule("tag-name", _E, "A tag name that registries and istags cannot have."),
    Rule("duplicate-tag", _E, "A tag of a stream is declared twice in one file, or differently in several files."),
    Rule("repeated-tag", _W, "A tag of a stream is declared in several files, with the same content in all of them."),
    Rule("tag-case", _E, "Two tags of a stream differ only in upper and lower case."),
    Rule("pull-spec", _E, "A pull spec that does not follow the grammar of image references."),
    Rule("source-name", _E, "An ImageStreamTag or ImageStreamImage source with a malformed name."),
    Rule("scheduled-source", _E, "scheduled on a source that is not a DockerImage; OpenShift refuses it."),
    Rule("cycle", _E, "Tags that follow each other in a circle."),
    Rule("repository", _E, "dockerImageRepository is malformed, or has a tag or digest."),
    Rule("contradiction", _E, "Two files give the same stream different dockerImageRepository values."),
    Rule("annotation-value", _E, "A reconciler/… annotation with an invalid value."),
    Rule("sink", _E, "A sink that lacks what its kind needs, or has what its kind does not know."),
    Rule("duplicate-sink", _E, "Two sinks with one name; each has its own place in the log by its name."),
    Rule("unknown-field", _W, "A field that does not exist, so that it has no effect."),
    Rule("misplaced-field", _W, "A field that belongs to another place in the object."),
    Rule("ignored-field", _W, "A field that has no effect in its place."),
    Rule("ambiguous-tag", _W, "A tag name without quotes that oc and other YAML 1.1 readers take for another type."),
    Rule("missing-source", _W, "A tag that is followed or triggers but is not declared; a push may still create it."),
    Rule(
        "trigger-value", _W, "A trigger, or an annotation with triggers, that cannot be read, so that it does not work."
    ),
    Rule("trigger-kind", _W, "A trigger annotation on an object without containers, or with triggers of its own."),
    Rule("trigger-source", _W, "A trigger whose from does not name an istag."),
    Rule("trigger-path", _W, "A trigger whose fieldPath is not the image of a container in the pod spec."),
    Rule("trigger-container", _W, "A trigger of a container that does not exist, or whose image is not text."),
    Rule("trigger-type", _W, "A trigger of a DeploymentConfig or BuildConfig whose type is misspelt."),
    Rule(
        "duplicate-trigger", _W, "Two triggers of an annotation with one fieldPath, or of a BuildConfig without from."
    ),
    Rule("conflicting-image", _E, "Two istags for one value; a warning if both are triggers, which OpenShift accepts."),
    Rule("local-policy", _W, "A value follows a tag with referencePolicy Local, which needs a gateway; Source counts."),
    Rule("image-marker", _E, "A comment with $imagestream that has no effect: malformed, or without one value."),
    Rule("image-target", _E, "An entry of targets that names no file, no entry or no value."),
    Rule("windows-name", _W, "A tag whose history Windows cannot check out: part of its name is the name of a device."),
    Rule("unscheduled-selection", _W, "reconciler/select on a tag that is not scheduled: it selects only once."),
    Rule("request-budget", _W, "Scheduled tags send a registry more requests than its known limit."),
    Rule("conflicting-annotation", _W, "Two files give the same stream different values of one annotation."),
)

_SEVERITIES = {rule.name: rule.severity for rule in RULES}


def severity(rule: str) -> Severity:
    """The severity of a rule. The rules of the schemas are not in this table and are errors."""
    return _SEVERITIES.get(rule, Severity.ERROR)
