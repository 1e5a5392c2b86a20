"""Edits of triggers: the file of a person before and after, byte for byte, as `oc set triggers` would have it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents.convert.trigger import read_triggers
from reconciler.documents.edit.refusal import EditError
from reconciler.documents.edit.target.annotation_trigger import annotation_steps, shown_annotation_triggers
from reconciler.documents.edit.target.spec_trigger import shown_spec_triggers, spec_steps
from reconciler.documents.edit.target.trigger_edit import TriggerEdit
from reconciler.documents.edit.target.workload_object import WorkloadObject, with_object, workload_objects
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import to_plain
from reconciler.errors import InputError
from tests.kit.world import istag

PROD = istag("app:prod")
WEB = 'spec.template.spec.containers[?(@.name==\\"web\\")].image'
FOLLOWS = f'[{{"from":{{"kind":"ImageStreamTag","name":"app:prod"}},"fieldPath":"{WEB}"}}]'
HEAD = "apiVersion: apps/v1\nkind: Deployment\n"
METADATA = "metadata:\n  name: web\n"
SPEC = (
    "spec:\n  template:\n    spec:\n      containers:\n      - name: web\n        image: quay.io/acme/app:1   # first\n"
)


def objects(text: str) -> list[WorkloadObject]:
    return list(workload_objects(read_documents(text.encode(), "w.yaml"), "team-a"))


def edited(text: str, edit: TriggerEdit, number: int = 0) -> str:
    target = objects(text)[number]
    steps = spec_steps if target.kind in {"DeploymentConfig", "BuildConfig"} else annotation_steps
    return with_object(text.encode(), target, steps(target, edit), "Edit it by hand.").decode()


def loaded(text: str) -> Any:  # noqa: ANN401 - a parsed document
    return to_plain(read_documents(text.encode(), "w.yaml")[0].root)


def test_a_new_trigger_is_written_as_oc_writes_it() -> None:
    after = edited(HEAD + METADATA + SPEC, TriggerEdit(PROD))
    assert after == f"{HEAD}{METADATA}  annotations:\n    image.openshift.io/triggers: '{FOLLOWS}'\n{SPEC}"
    assert edited(after, TriggerEdit(PROD)) == after
    assert edited(after, TriggerEdit(PROD, remove=True)) == HEAD + METADATA + SPEC
    assert edited(after, TriggerEdit(remove_all=True)) == HEAD + METADATA + SPEC


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"'{FOLLOWS}'", f"'{FOLLOWS[:-2]},\"paused\":true}}]'"),
        (json.dumps(FOLLOWS), json.dumps(f'{FOLLOWS[:-2]},"paused":true}}]')),
        (f"|-\n      {FOLLOWS}", f'|-\n      {FOLLOWS[:-2]},"paused":true}}]'),
        (f">-\n      {FOLLOWS}", f'>-\n      {FOLLOWS[:-2]},"paused":true}}]'),
        (
            f"|\n      {FOLLOWS.replace('[', chr(10) + '      [', 1).strip()}\n",
            f'|-\n      {FOLLOWS[:-2]},"paused":true}}]\n',
        ),
    ],
    ids=["single", "double", "literal", "folded", "literal with its line break"],
)
def test_the_style_of_the_annotation_is_kept(before: str, after: str) -> None:
    place = f"{HEAD}{METADATA}  annotations:\n    image.openshift.io/triggers: %s\n    other: 'x'  # kept\n{SPEC}"
    assert edited(place % before, TriggerEdit(automatic=False)) == place % after
    assert json.loads(
        loaded(edited(place % after, TriggerEdit()))["metadata"]["annotations"]["image.openshift.io/triggers"]
    ) == json.loads(FOLLOWS)


def test_entries_that_an_edit_is_not_about_keep_every_key() -> None:
    odd = '[{"fieldPath":"spec.x","from":{"kind":"ImageStreamTag","name":"b:1"},"pause":true}]'
    text = f"{HEAD}{METADATA}  annotations:\n    image.openshift.io/triggers: '{odd}'\n{SPEC}"
    assert edited(text, TriggerEdit(PROD)) == text.replace(odd, f"{odd[:-1]},{FOLLOWS[1:]}")


def test_another_namespace_is_written_and_the_own_one_is_not() -> None:
    after = edited(HEAD + METADATA + SPEC, TriggerEdit(istag("team-b/app:prod"), automatic=False))
    value = loaded(after)["metadata"]["annotations"]["image.openshift.io/triggers"]
    assert json.loads(value) == [
        {
            "from": {"kind": "ImageStreamTag", "name": "app:prod", "namespace": "team-b"},
            "fieldPath": 'spec.template.spec.containers[?(@.name=="web")].image',
            "paused": True,
        }
    ]


JSON = json.dumps(loaded(HEAD + METADATA + SPEC), indent=2) + "\n"


def test_json_stays_json_and_windows_lines_stay() -> None:
    assert loaded(edited(JSON, TriggerEdit(PROD)))["metadata"]["annotations"] == {
        "image.openshift.io/triggers": FOLLOWS.replace('\\\\"', '\\"')
    }
    text = (HEAD + METADATA + SPEC).replace("\n", "\r\n")
    assert edited(text, TriggerEdit(PROD)).count("\r\n") == text.count("\r\n") + 2
    assert "\n" not in edited(text, TriggerEdit(PROD)).replace("\r\n", "")


@pytest.mark.parametrize(
    ("text", "edit", "message"),
    [
        (
            HEAD + METADATA + SPEC,
            TriggerEdit(PROD, ("wbe",)),
            "Deployment team-a/web (w.yaml:1) has no container 'wbe'. It has these: web.",
        ),
        (
            HEAD + METADATA + SPEC + "      - name: side\n",
            TriggerEdit(PROD),
            "Deployment team-a/web (w.yaml:1) has these containers: web, side. Name some with -c.",
        ),
        (
            f"{HEAD}{METADATA}  annotations: {{image.openshift.io/triggers: '{FOLLOWS}'}}\n{SPEC}",
            TriggerEdit(istag("b:1")),
            "Deployment team-a/web (w.yaml:1): container web follows app:prod already, and it can follow one istag only. "
            "Remove that trigger first: --remove --from-image=app:prod",
        ),
        (
            f"{HEAD}{METADATA}  annotations: {{image.openshift.io/triggers: '[{{]'}}\n{SPEC}",
            TriggerEdit(PROD),
            "Correct it by hand, or begin anew with --remove-all.",
        ),
        (
            f"{HEAD}{METADATA}  annotations: {{image.openshift.io/triggers: [1]}}\n{SPEC}",
            TriggerEdit(PROD),
            "Deployment team-a/web (w.yaml:1): the annotation is not text. Correct it by hand, or begin anew with "
            "--remove-all.",
        ),
        (
            HEAD + METADATA + SPEC,
            TriggerEdit(config=True),
            "has no config trigger: it always rolls out what changes in it. Where it must not, write spec.paused: true by "
            "hand.",
        ),
        (HEAD + METADATA + SPEC, TriggerEdit(webhook="GitHub"), "has no webhooks: only a BuildConfig has."),
    ],
)
def test_what_is_not_clear_is_refused(text: str, edit: TriggerEdit, message: str) -> None:
    with pytest.raises(InputError) as raised:
        edited(text, edit)
    assert message in str(raised.value)


def test_annotations_that_others_share_are_refused_with_the_line() -> None:
    text = f"{HEAD}{METADATA}  annotations: &a {{x: y}}\n{SPEC}    metadata:\n      annotations: *a\n"
    with pytest.raises(EditError) as raised:
        edited(text, TriggerEdit(PROD))
    assert str(raised.value) == (
        "Deployment team-a/web cannot be edited, w.yaml:5: metadata.annotations has the anchor &a, which is used "
        "elsewhere. Edit it by hand."
    )


DC = """\
kind: List
apiVersion: v1
items:
- apiVersion: apps.openshift.io/v1
  kind: DeploymentConfig
  metadata: {name: old}
  spec:
    triggers:
    - type: ConfigChange   # people's
    - type: ImageChange
      imageChangeParams:
        automatic: true
        containerNames: [a]
        from: {kind: ImageStreamTag, name: 'app:prod'}
        lastTriggeredImage: x
    template:
      spec:
        containers: [{name: a, image: z}, {name: b, image: z}]
"""


def test_the_triggers_of_a_deployment_config_are_edited_in_its_own_fields() -> None:
    manual = edited(DC, TriggerEdit(automatic=False))
    assert manual == DC.replace("    - type: ConfigChange   # people's\n", "").replace(
        "automatic: true", "automatic: false"
    )
    assert edited(manual, TriggerEdit()) == DC.replace("    - type: ConfigChange   # people's\n", "").replace(
        "        lastTriggeredImage: x\n", "        lastTriggeredImage: x\n    - type: ConfigChange\n"
    )
    both = edited(DC, TriggerEdit(PROD, ("a", "b")))
    assert both == DC.replace("[a]", "[a, b]")
    added = edited(DC, TriggerEdit(istag("team-b/base:1"), ("b",)))
    assert [
        list(map(str, (each.kind, each.istag, each.containers))) for each in shown_spec_triggers(objects(added)[0])
    ] == [
        ["config", "", "()"],
        ["image", "team-a/app:prod", "('a',)"],
        ["image", "team-b/base:1", "('b',)"],
    ]
    empty = edited(DC, TriggerEdit(remove_all=True))
    assert loaded(empty)["items"][0]["spec"]["triggers"] == []
    with pytest.raises(InputError, match="container a follows team-a/app:prod already"):
        edited(DC, TriggerEdit(istag("base:1"), ("a",)))


BC = """\
apiVersion: build.openshift.io/v1
kind: BuildConfig
metadata: {name: app}
spec:
  strategy:
    dockerStrategy:
      from: {kind: ImageStreamTag, name: 'base:1'}
  triggers:
  - type: GitHub
    github: {secretReference: {name: s}}
  - type: ImageChange
    imageChange: {from: {kind: ImageStreamTag, name: 'app:prod'}, paused: true}
"""


def test_the_triggers_of_a_build_config_name_its_strategy_by_nothing() -> None:
    automatic = loaded(edited(BC, TriggerEdit()))["spec"]["triggers"]
    assert automatic[1:] == [
        {"type": "ImageChange", "imageChange": {"from": {"kind": "ImageStreamTag", "name": "app:prod"}}},
        {"type": "ConfigChange"},
        {"type": "ImageChange", "imageChange": {}},
    ]
    assert loaded(edited(BC, TriggerEdit(istag("base:1"))))["spec"]["triggers"][-1] == {
        "type": "ImageChange",
        "imageChange": {},
    }
    manual = edited(BC, TriggerEdit(PROD, automatic=False))
    assert manual == BC[: BC.index("  - type: ImageChange")]
    assert "GitHub" not in edited(BC, TriggerEdit(webhook="GitHub", remove=True))
    with pytest.raises(InputError) as raised:
        edited(BC, TriggerEdit(webhook="GitHub"))
    assert str(raised.value) == (
        "a webhook needs a secret, which would be committed to git. Write by hand: "
        "{type: GitHub, github: {secretReference: {name: SECRET}}}"
    )


def test_triggers_are_shown_with_what_is_wrong() -> None:
    odd = '[{"from":{"kind":"ImageStreamTag","name":"b:1"},"fieldPath":"spec.x"},{"from":{"name":"c:1"}}]'
    text = f"{HEAD}{METADATA}  annotations:\n    image.openshift.io/triggers: '{odd}'\n{SPEC}"
    assert [(each.istag, each.problem) for each in shown_annotation_triggers(objects(text)[0])] == [
        ("team-a/b:1", "fieldPath spec.x leads to no container"),
        ("c:1", "from has no kind. Write ImageStreamTag."),
    ]


names = st.from_regex(r"[a-z0-9]([a-z0-9<>&'-]{0,9}[a-z0-9])?", fullmatch=True)


@given(st.lists(names, min_size=1, max_size=4, unique=True), st.booleans(), st.sampled_from(["yaml", "flow", "json"]))
def test_what_was_set_is_read_back_and_removed_without_a_trace(names: list[str], automatic: bool, style: str) -> None:
    value = loaded(HEAD + METADATA + SPEC)
    value["spec"]["template"]["spec"]["containers"] = [{"name": name, "image": "x"} for name in names]
    text = json.dumps(value, indent=1 if style == "json" else None)
    if style == "yaml":
        listed = "".join(f"      - name: {json.dumps(name)}\n        image: x\n" for name in names)
        text = HEAD + METADATA + SPEC.partition("      - ")[0] + listed
    after = edited(text, TriggerEdit(PROD, tuple(names), automatic=automatic))
    found = read_triggers(loaded(after)["metadata"]["annotations"]["image.openshift.io/triggers"])
    assert [each.paused is automatic for each in found] == [False] * len(names)
    assert [each.istag("team-a") for each in found] == [PROD] * len(names)
    assert [each.containers for each in shown_annotation_triggers(objects(after)[0])] == [(name,) for name in names]
    assert edited(after, TriggerEdit(PROD, remove=True)) == text
