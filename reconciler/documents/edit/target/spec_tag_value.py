"""The value of a spec tag after an edit, as a plain value.

| wanted            | change, if the entry has another value                                                    |
| ----------------- | ------------------------------------------------------------------------------------------ |
| a source          | `from` gets kind and name; its other keys stay                                             |
| its namespace     | written if it is not that of the stream, or if there is one already; never for DockerImage |
| a flag, true      | written                                                                                    |
| a flag, false     | taken out, because that is its default                                                     |
| an import mode    | written, also `PreserveOriginal`, because the default of OpenShift differs                 |
| a policy `Source` | written only in place of another one, because it is the default everywhere                 |
| an annotation     | written, or taken out                                                                      |

A mapping that becomes empty is taken out. An entry with the same meaning in another spelling is not touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.documents.convert.stream import to_source
from reconciler.documents.edit.value import same
from reconciler.model.name import StreamName
from reconciler.model.plain import flag, mapping, text
from reconciler.model.stream import ImportMode, Source, SourceKind

_DEFAULT_POLICY = "Source"
_DEFAULT_MODE = str(ImportMode.PRESERVE_ORIGINAL)
_ORDER = ("name", "annotations", "from", "reference", "importPolicy", "referencePolicy")
"""The order of the keys of a new tag, unless a neighbour has another order."""
_SOURCE = ("kind", "name", "namespace")


@dataclass(frozen=True, slots=True)
class TagEdit:
    """The wanted state of one spec tag; a field that is None stays as it is."""

    stream: StreamName
    tag: str
    source: Source | None = None
    reference: bool | None = None
    scheduled: bool | None = None
    insecure: bool | None = None
    import_mode: ImportMode | None = None
    reference_policy: str | None = None
    """`Source` or `Local`."""
    annotations: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    """The values by key; None takes an annotation out."""

    @property
    def removals(self) -> list[str]:
        """The fields of the entry that it takes out."""
        flags = {"reference": self.reference, "importPolicy.scheduled": self.scheduled}
        flags["importPolicy.insecure"] = self.insecure
        lost = [field for field, wanted in flags.items() if wanted is False]
        return lost + [f"annotations.{key}" for key, value in self.annotations.items() if value is None]

    @property
    def only_removes(self) -> bool:
        """Whether it only takes fields out, so that it does not add a tag."""
        entry = edited_entry({"name": self.tag}, self)
        return bool(self.removals) and entry == {"name": self.tag}


def new_entry(edit: TagEdit) -> dict[str, object]:
    """The entry of a new tag."""
    entry = edited_entry({"name": edit.tag}, edit)
    return {key: entry[key] for key in _ORDER if key in entry}


def edited_entry(entry: Mapping[str, object], edit: TagEdit) -> dict[str, object]:
    """The entry of `spec.tags` after the edit."""
    done = dict(entry)
    if edit.source is not None and not edit.source.same(
        to_source(entry.get("from"), edit.stream.namespace), edit.stream
    ):
        done["from"] = _from(mapping(entry.get("from")), edit.source, edit.stream)
    _set_flag(done, "reference", edit.reference)
    _within(done, "importPolicy", _import_policy(mapping(entry.get("importPolicy")), edit))
    policy = mapping(entry.get("referencePolicy"))
    if edit.reference_policy not in {None, text(policy.get("type"), _DEFAULT_POLICY)}:
        done["referencePolicy"] = {**policy, "type": edit.reference_policy}
    _within(done, "annotations", _annotations(mapping(entry.get("annotations")), edit))
    return done


def kept_settings_of(entry: Mapping[str, object], edit: TagEdit) -> tuple[str, ...]:
    """The settings of an entry that the edit keeps, as people write them, without defaults."""
    policy = mapping(entry.get("importPolicy"))
    mode, reference_policy = text(policy.get("importMode")), text(mapping(entry.get("referencePolicy")).get("type"))
    found = {
        "reference: true (nothing is imported)": edit.reference is None and flag(entry.get("reference")),
        "importPolicy.scheduled: true (imported periodically)": edit.scheduled is None
        and flag(policy.get("scheduled")),
        "importPolicy.insecure: true": edit.insecure is None and flag(policy.get("insecure")),
        f"importPolicy.importMode: {mode}": edit.import_mode is None and mode not in {"", _DEFAULT_MODE},
        f"referencePolicy.type: {reference_policy}": edit.reference_policy is None
        and reference_policy not in {"", _DEFAULT_POLICY},
    }
    return tuple(setting for setting, there in found.items() if there)


def _from(old: Mapping[str, object], source: Source, stream: StreamName) -> dict[str, object]:
    done = {**old, "kind": str(source.kind), "name": source.name}
    if source.kind is SourceKind.DOCKER_IMAGE:
        done.pop("namespace", None)
        return done
    namespace = source.namespace or stream.namespace
    if "namespace" in old or namespace != stream.namespace:
        done["namespace"] = namespace
    return done


def _import_policy(old: Mapping[str, object], edit: TagEdit) -> dict[str, object]:
    done = dict(old)
    _set_flag(done, "insecure", edit.insecure)
    _set_flag(done, "scheduled", edit.scheduled)
    if edit.import_mode is not None and old.get("importMode") != str(edit.import_mode):
        done["importMode"] = str(edit.import_mode)
    return done


def _annotations(old: Mapping[str, object], edit: TagEdit) -> dict[str, object]:
    done = dict(old)
    for key, value in edit.annotations.items():
        if value is None:
            done.pop(key, None)
        else:
            done[key] = value
    return done


def _set_flag(values: dict[str, object], key: str, wanted: bool | None) -> None:
    if wanted:
        values[key] = True
    elif wanted is False and flag(values.get(key)):
        del values[key]


def _within(entry: dict[str, object], key: str, value: dict[str, object]) -> None:
    """Put a mapping into the entry, or take it out if it is empty; do nothing if it did not change."""
    if same(value, mapping(entry.get(key))):
        return
    if value:
        entry[key] = value
    else:
        del entry[key]


def changed_fields(current: Mapping[str, object], wanted: Mapping[str, object]) -> dict[str, object]:
    """The changed part of an entry: the whole `from`, and of other mappings only the changed keys."""
    found: dict[str, object] = {}
    for key, value in wanted.items():
        old = current.get(key)
        if same(old, value):
            continue
        if key == "from":
            found[key] = {field: mapping(value)[field] for field in _SOURCE if field in mapping(value)}
        else:
            found[key] = changed_fields(mapping(old), mapping(value)) if isinstance(value, dict) else value
    return {key: value for key, value in found.items() if value != {}}


def removed_fields(current: Mapping[str, object], wanted: Mapping[str, object]) -> list[str]:
    """The fields that an edit takes out of an entry."""
    found: list[str] = []
    for key, value in current.items():
        if key not in wanted:
            found.append(key)
        elif key != "from":
            found += [f"{key}.{inner}" for inner in removed_fields(mapping(value), mapping(wanted[key]))]
    return found
