"""Unknown and misplaced fields: warnings that say where the field belongs."""

from __future__ import annotations

import pytest

from reconciler.model.name import StreamName
from reconciler.model.plain import mapping
from reconciler.model.stream import Stream
from reconciler.rules.annotation import stream_annotations, tag_annotations
from reconciler.rules.field import fields
from reconciler.rules.kind import kind
from reconciler.rules.subject import StreamSubject, TagSubject

STREAM = Stream(StreamName("team-a", "app"))
TAG = ("spec", "tags", 0)


def reported(value: object) -> list[tuple[str, object, str]]:
    return [(hit.rule, hit.path, hit.message) for hit in fields(StreamSubject(mapping(value), STREAM))]


def in_tag(value: object) -> list[tuple[str, object, str]]:
    return reported({"spec": {"tags": [value]}})


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        ({"labels": {}}, ("labels",), "labels has no effect here. It belongs to metadata.labels."),
        ({"name": "x"}, ("name",), "name has no effect here. It belongs to metadata.name."),
        ({"tags": []}, ("tags",), "tags has no effect here. It belongs to spec.tags."),
        (
            {"metadata": {"spec": {}}},
            ("metadata", "spec"),
            "spec has no effect here. It belongs to spec, beside metadata.",
        ),
        (
            {"metadata": {"label": {}}},
            ("metadata", "label"),
            "label has no effect here. It belongs to metadata.labels.",
        ),
        ({"metadata": {"tags": []}}, ("metadata", "tags"), "tags has no effect here. It belongs to spec.tags."),
        (
            {"spec": {"scheduled": True}},
            ("spec", "scheduled"),
            "scheduled has no effect here. It belongs to importPolicy.scheduled of an entry of spec.tags.",
        ),
        (
            {"spec": {"tags": [{"scheduled": True}]}},
            (*TAG, "scheduled"),
            "scheduled has no effect here. It belongs to importPolicy.scheduled.",
        ),
        (
            {"spec": {"tags": [{"from": {"importPolicy": {}}}]}},
            (*TAG, "from", "importPolicy"),
            "importPolicy has no effect here. It belongs to importPolicy of the tag, beside from.",
        ),
        (
            {"spec": {"tags": [{"importPolicy": {"type": "Local"}}]}},
            (*TAG, "importPolicy", "type"),
            "type has no effect here. It belongs to referencePolicy.type.",
        ),
    ],
)
def test_a_misplaced_field_is_reported_with_its_right_place(value: object, path: object, message: str) -> None:
    assert reported(value) == [("misplaced-field", path, message)]


@pytest.mark.parametrize(
    ("tag", "path", "message"),
    [
        ({"form": {}}, (*TAG, "form"), "form is unknown. from is probably meant."),
        ({"importpolicy": {}}, (*TAG, "importpolicy"), "importpolicy is unknown. importPolicy is probably meant."),
        ({"from": {"Kind": "x"}}, (*TAG, "from", "Kind"), "Kind is unknown. kind is probably meant."),
        ({"from": {"Name": "x"}}, (*TAG, "from", "Name"), "Name is unknown. name is probably meant."),
        (
            {"importPolicy": {"sheduled": True}},
            (*TAG, "importPolicy", "sheduled"),
            "sheduled is unknown. scheduled is probably meant.",
        ),
        (
            {"importPolicy": {"odd": True}},
            (*TAG, "importPolicy", "odd"),
            "odd is unknown and has no effect. Known here: importMode, insecure, scheduled.",
        ),
    ],
)
def test_an_unknown_field_names_the_one_that_was_probably_meant(tag: object, path: object, message: str) -> None:
    assert in_tag(tag) == [("unknown-field", path, message)]


def test_a_field_that_cannot_be_printed_is_escaped_and_cut() -> None:
    assert [message for _, _, message in reported({"\tx\n" + "y" * 100: 1})] == [
        "\\tx\\n" + "y" * 77 + " is unknown and has no effect. Known here: apiVersion, kind, metadata, spec, status."
    ]


def test_an_unknown_field_among_many_known_ones_is_to_be_taken_out() -> None:
    assert reported({"metadata": {"zzz": 1}}) == [
        ("unknown-field", ("metadata", "zzz"), "zzz is unknown and has no effect. Take it out.")
    ]


def test_a_field_that_is_present_is_not_suggested() -> None:
    assert in_tag({"name": "a", "nome": "b"})[0][2].startswith("nome is unknown and has no effect.")


@pytest.mark.parametrize("value", [None, [], "x", {"spec": 1}, {"spec": {"tags": {}}}, {"spec": {"tags": [None, 1]}}])
def test_odd_values_have_no_fields(value: object) -> None:
    assert reported(value) == []


@pytest.mark.parametrize(
    ("annotations", "rule", "message"),
    [
        ({"reconciler/frozen": "yes"}, "annotation-value", 'reconciler/frozen is \'yes\'. Write "true" or "false".'),
        (
            {"reconciler/interval": "5 min"},
            "annotation-value",
            "reconciler/interval is '5 min'. Write hours, minutes and seconds, at least 1s, such as 5m or 1h30m.",
        ),
        (
            {"reconciler/interval": "0s"},
            "annotation-value",
            "reconciler/interval is '0s'. Write hours, minutes and seconds, at least 1s, such as 5m or 1h30m.",
        ),
        (
            {"reconciler/froze": "true"},
            "unknown-field",
            "'reconciler/froze' is unknown. Known are reconciler/frozen, reconciler/interval and reconciler/select.",
        ),
    ],
)
def test_our_own_annotations_are_checked(annotations: dict[str, str], rule: str, message: str) -> None:
    assert [
        (hit.rule, hit.message) for hit in tag_annotations(TagSubject({"annotations": annotations}, TAG, STREAM))
    ] == [(rule, message)]


def test_right_annotations_and_other_peoples_are_fine() -> None:
    annotations = {"reconciler/frozen": "true", "reconciler/interval": "1h5m", "supports": "x", "reconciler/odd": None}
    assert list(tag_annotations(TagSubject({"annotations": annotations}, TAG, STREAM))) == []


def test_our_annotations_on_a_stream_are_reported() -> None:
    (hit,) = stream_annotations(
        StreamSubject({"metadata": {"annotations": {"reconciler/frozen": "true", "other": "x"}}}, STREAM)
    )
    assert hit.message == (
        "'reconciler/frozen' has no effect on a stream. It belongs to annotations of an entry of spec.tags."
    )


@pytest.mark.parametrize("name", ["Imagestream", "ImageStreams", "ImageSteam", "imageStream"])
def test_a_kind_that_is_nearly_imagestream_is_reported(name: str) -> None:
    (hit,) = kind({"apiVersion": "image.openshift.io/v1", "kind": name})
    assert hit.message == f"kind '{name}' is unknown, so nothing is declared. ImageStream is probably meant."


@pytest.mark.parametrize("value", [{"apiVersion": "other/v1", "kind": "Imagestream"}, {"kind": 1}, None, []])
def test_other_kinds_have_no_findings(value: object) -> None:
    assert list(kind(value)) == []


def test_a_misspelt_kind_is_reported_under_both_api_versions() -> None:
    (hit,) = kind({"apiVersion": "v1", "kind": "Imagestream"})
    assert hit.message == "kind 'Imagestream' is unknown, so nothing is declared. ImageStream is probably meant."


@pytest.mark.parametrize(
    "name", ["ImageStreamTag", "ImageStreamTagList", "ImageStreamImport", "ImageStreamMapping", "Image", "ImageList"]
)
def test_the_other_kinds_of_the_group_are_known(name: str) -> None:
    assert list(kind({"apiVersion": "image.openshift.io/v1", "kind": name})) == []
