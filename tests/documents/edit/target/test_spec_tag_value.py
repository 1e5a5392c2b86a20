"""The value of a spec tag after an edit, and the entries that an edit does not have to change."""

from __future__ import annotations

import pytest

from reconciler.documents.edit.target.spec_tag_value import TagEdit, edited_entry, kept_settings_of, new_entry
from reconciler.model.name import StreamName
from reconciler.model.stream import ImportMode, Source, SourceKind

APP = StreamName("team-a", "app")


def docker(name: str) -> Source:
    return Source(SourceKind.DOCKER_IMAGE, name)


def istag(name: str, namespace: str | None = None) -> Source:
    return Source(SourceKind.ISTAG, name, namespace)


def after(entry: dict[str, object], edit: TagEdit) -> dict[str, object]:
    return edited_entry({"name": "dev", **entry}, edit)


UNTOUCHED: dict[str, tuple[dict[str, object], TagEdit]] = {
    "nothing asked": ({"from": None, "importPolicy": {}, "annotations": None}, TagEdit(APP, "dev")),
    "the same image": ({"from": {"kind": "DockerImage", "name": "a"}}, TagEdit(APP, "dev", source=docker("a"))),
    "the same image with a namespace that says nothing": (
        {"from": {"kind": "DockerImage", "name": "a", "namespace": "x"}},
        TagEdit(APP, "dev", source=docker("a")),
    ),
    "the same tag, spelt shorter": (
        {"from": {"kind": "ImageStreamTag", "name": "prod"}},
        TagEdit(APP, "dev", source=istag("app:prod", "team-a")),
    ),
    "false where nothing is": ({}, TagEdit(APP, "dev", scheduled=False, insecure=False, reference=False)),
    "false where false is written": ({"importPolicy": {"scheduled": False}}, TagEdit(APP, "dev", scheduled=False)),
    "true where it is": ({"importPolicy": {"scheduled": True}}, TagEdit(APP, "dev", scheduled=True)),
    "the default policy where none is": ({}, TagEdit(APP, "dev", reference_policy="Source")),
    "the default policy where it is empty": (
        {"referencePolicy": {"type": ""}},
        TagEdit(APP, "dev", reference_policy="Source"),
    ),
    "an annotation that is gone": ({"annotations": None}, TagEdit(APP, "dev", annotations={"a": None})),
}


@pytest.mark.parametrize(("entry", "edit"), UNTOUCHED.values(), ids=UNTOUCHED)
def test_an_entry_that_is_already_as_wanted_is_not_touched(entry: dict[str, object], edit: TagEdit) -> None:
    assert after(entry, edit) == {"name": "dev", **entry}


CHANGES: dict[str, tuple[dict[str, object], TagEdit, dict[str, object]]] = {
    "other keys of a source stay": (
        {"from": {"kind": "DockerImage", "name": "a", "apiVersion": "v1"}},
        TagEdit(APP, "dev", source=docker("b")),
        {"from": {"kind": "DockerImage", "name": "b", "apiVersion": "v1"}},
    ),
    "the stream's own namespace is not written": (
        {},
        TagEdit(APP, "dev", source=istag("prod", "team-a")),
        {"from": {"kind": "ImageStreamTag", "name": "prod"}},
    ),
    "another namespace is": (
        {},
        TagEdit(APP, "dev", source=istag("base:1", "b")),
        {"from": {"kind": "ImageStreamTag", "name": "base:1", "namespace": "b"}},
    ),
    "a namespace that is written stays written": (
        {"from": {"kind": "ImageStreamTag", "name": "base:1", "namespace": "b"}},
        TagEdit(APP, "dev", source=istag("prod")),
        {"from": {"kind": "ImageStreamTag", "name": "prod", "namespace": "team-a"}},
    ),
    "an image of the registry has none": (
        {"from": {"kind": "ImageStreamTag", "name": "base:1", "namespace": "b"}},
        TagEdit(APP, "dev", source=docker("a")),
        {"from": {"kind": "DockerImage", "name": "a"}},
    ),
    "the default import mode is written, as OpenShift's is another": (
        {},
        TagEdit(APP, "dev", import_mode=ImportMode.PRESERVE_ORIGINAL),
        {"importPolicy": {"importMode": "PreserveOriginal"}},
    ),
    "a policy in place of another": (
        {"referencePolicy": {"type": "Local"}},
        TagEdit(APP, "dev", reference_policy="Source"),
        {"referencePolicy": {"type": "Source"}},
    ),
    "text is no flag": (
        {"importPolicy": {"scheduled": "true"}},
        TagEdit(APP, "dev", scheduled=True),
        {"importPolicy": {"scheduled": True}},
    ),
    "an emptied mapping goes": ({"annotations": {"a": "b"}}, TagEdit(APP, "dev", annotations={"a": None}), {}),
    "one that is not emptied stays": (
        {"importPolicy": {"scheduled": True, "x": 1}, "reference": True},
        TagEdit(APP, "dev", scheduled=False, reference=False),
        {"importPolicy": {"x": 1}},
    ),
}


@pytest.mark.parametrize(("entry", "edit", "wanted"), CHANGES.values(), ids=CHANGES)
def test_an_edit_makes_exactly_this_change(entry: dict[str, object], edit: TagEdit, wanted: dict[str, object]) -> None:
    assert after(entry, edit) == {"name": "dev", **wanted}


def test_the_keys_of_a_new_entry_have_an_order() -> None:
    edit = TagEdit(
        APP, "dev", docker("a"), reference=True, insecure=True, reference_policy="Local", annotations={"a": "b"}
    )
    assert list(new_entry(edit)) == ["name", "annotations", "from", "reference", "importPolicy", "referencePolicy"]


def test_only_an_edit_that_adds_nothing_only_removes() -> None:
    assert TagEdit(APP, "dev", scheduled=False, annotations={"a": None}).only_removes
    assert not TagEdit(APP, "dev").only_removes
    assert not TagEdit(APP, "dev", scheduled=False, reference=True).only_removes


FULL = {
    "reference": True,
    "importPolicy": {"scheduled": True, "insecure": True, "importMode": "Legacy"},
    "referencePolicy": {"type": "Local"},
}


def test_the_settings_that_an_edit_keeps_are_listed_without_defaults() -> None:
    assert kept_settings_of(FULL, TagEdit(APP, "dev")) == (
        "reference: true (nothing is imported)",
        "importPolicy.scheduled: true (imported periodically)",
        "importPolicy.insecure: true",
        "importPolicy.importMode: Legacy",
        "referencePolicy.type: Local",
    )
    asked = TagEdit(
        APP,
        "dev",
        reference=True,
        scheduled=True,
        insecure=True,
        import_mode=ImportMode.LEGACY,
        reference_policy="Local",
    )
    assert kept_settings_of(FULL, asked) == ()
    defaults = {"importPolicy": {"importMode": "PreserveOriginal"}, "referencePolicy": {"type": "Source"}}
    assert kept_settings_of(defaults, TagEdit(APP, "dev")) == ()
