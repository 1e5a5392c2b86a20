"""The trigger annotation: it is read as leniently as OpenShift does, and every error is one sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents.convert.trigger import read_triggers
from reconciler.errors import InputError
from reconciler.model.trigger import Trigger

PATH = 'spec.template.spec.containers[?(@.name=="app")].image'
FROM = {"kind": "ImageStreamTag", "name": "app:prod"}


def test_every_field_is_read() -> None:
    source = FROM | {"namespace": "team-a", "apiVersion": "v1", "uid": "x"}
    text = json.dumps([{"from": source, "fieldPath": PATH, "paused": True, "pause": "false"}, {}])
    unknown = (("pause", "false"), ("from.uid", "x"))
    full = Trigger("ImageStreamTag", "app:prod", "team-a", "v1", PATH, paused=True, unknown=unknown)
    assert read_triggers(text) == (full, Trigger())


def test_keys_are_read_in_any_case_and_null_is_the_same_as_missing() -> None:
    text = '[{"FROM": {"Kind": "ImageStreamTag", "namespace": null}, "fieldpath": "x", "Paused": null}, null]'
    assert read_triggers(text) == (Trigger(kind="ImageStreamTag", field_path="x"), Trigger())


@pytest.mark.parametrize("text", ["[]", "null", " [\t]\n"])
def test_an_empty_list_has_no_triggers(text: str) -> None:
    assert read_triggers(text) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the annotation is empty, which is not JSON. Write [] or take it out."),
        ("{}", "the annotation is a mapping, not a list. Write a list of triggers in [ and ]."),
        ("[8]", "trigger 1 is 8, not a mapping. Write from, fieldPath, paused in { and }."),
        (
            '- from: {kind: ImageStreamTag}\n  fieldPath: containers[?(@.name=="web")].image\n',
            'the annotation is not JSON: OpenShift does not read YAML here. Write [{"from": {…}, …}].',
        ),
        (
            "[{from: {kind: ImageStreamTag}, fieldPath: 'containers[?(@.name==\"web\")].image'}]",
            "the annotation is not JSON: a key has no quotes. Write each in double quotes.",
        ),
        ("[{}, {'a': 1}]", "the annotation is not JSON: text is in single quotes. Write double quotes."),
        ('[{"fieldPath": ["x"]}]', "trigger 1: fieldPath is a list, not text, so no trigger works. Put it in quotes."),
        (
            '[{}, {"paused": 1}]',
            "trigger 2: paused is 1, neither true nor false, so no trigger works. Write true or false, without quotes.",
        ),
        (
            "[NaN]",
            "the annotation is not JSON at character 2: "
            "a value is missing here, or text is not in double quotes. Write it.",
        ),
        (
            "[" * 1000,
            "the annotation cannot be read at character 101: values are nested more than 100 levels deep. "
            "Split it or write it flatter.",
        ),
    ],
)
def test_an_error_in_the_trigger_annotation_says_what_to_write(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read_triggers(text)
    assert str(refused.value) == message


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["from", "fieldPath", "paused", "kind", "name", "namespace", "apiVersion", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.text() | _JSON.map(json.dumps) | st.lists(_JSON, max_size=3).map(json.dumps))
def test_any_text_gives_triggers_or_one_line(text: str) -> None:
    try:
        found = read_triggers(text)
    except InputError as error:
        refusal = str(error)
        assert (refusal.isprintable(), refusal[-1]) == (True, ".")
    else:
        assert all(isinstance(each, Trigger) for each in found)
