"""Edits that cannot be made in place: the whole message with place, reason and what to write by hand."""

from __future__ import annotations

import pytest

from reconciler.documents.edit.target.spec_tag import EditError, TagEdit, edit_tag, remove_tag
from reconciler.model.name import StreamName
from reconciler.model.stream import Source, SourceKind
from reconciler.settings import MAX_FILE_BYTES

APP = StreamName("team-a", "app")
HEAD = "kind: ImageStream\nmetadata: {name: app}\n"
JSON = '{"kind": "ImageStream", "metadata": {"name": "app"}, '
TO_NEW = TagEdit(APP, "dev", source=Source(SourceKind.DOCKER_IMAGE, "quay.io/acme/app:2"))
SCHEDULE = TagEdit(APP, "dev", scheduled=True)
UNSCHEDULE = TagEdit(APP, "dev", scheduled=False)
FREEZE = TagEdit(APP, "dev", annotations={"reconciler/frozen": "true"})
UNFREEZE = TagEdit(APP, "dev", annotations={"reconciler/frozen": None})

FROM = "Write by hand into its entry: from: {kind: DockerImage, name: quay.io/acme/app:2}"
ENTRY = "Write by hand under spec.tags: - {name: dev, from: {kind: DockerImage, name: quay.io/acme/app:2}}"
POLICY = "Write by hand into its entry: importPolicy: {scheduled: true}"

# What is asked, the file, and the error without what begins all of them.
REFUSALS: dict[str, tuple[TagEdit, str, str]] = {
    "no YAML": (
        TO_NEW,
        HEAD + "spec:\n\ttags: []\n",
        (
            "app.yaml:4: the file cannot be read (this is not YAML: there is a tab where YAML allows only blanks. "
            f"Indent with blanks). {ENTRY}"
        ),
    ),
    "no text": (
        TO_NEW,
        HEAD + "# \x07\n",
        f"app.yaml:3: the file cannot be read (the file holds the control character U+0007. Take it out). {ENTRY}",
    ),
    "a template that is no YAML": (
        TO_NEW,
        HEAD
        + """\
spec:
{{- if .Values.tags }}
  tags: []
{{- end }}
""",
        f"app.yaml:4: the file has template braces ({{{{ }}}}). {ENTRY}",
    ),
    "a template that is YAML": (
        TO_NEW,
        "---\n"
        + HEAD
        + """\
spec:
  tags:
  - name: 'dev-{{ x }}'
""",
        f"app.yaml:2: the stream has template braces ({{{{ }}}}). {ENTRY}",
    ),
    "an OpenShift Template": (
        TO_NEW,
        """\
kind: Template
apiVersion: v1
objects: []
""",
        f"app.yaml:1: no such stream is declared here, only this: OpenShift Template. {ENTRY}",
    ),
    "another stream": (
        TO_NEW,
        """\
kind: ImageStream
metadata: {name: other}
---
kind: ImageStream
metadata: {name: app, namespace: b}
""",
        f"app.yaml: no such stream is declared here. {ENTRY}",
    ),
    "no stream": (TO_NEW, "kind: Service\n", f"app.yaml: no such stream is declared here. {ENTRY}"),
    "old Mac line ends": (
        TO_NEW,
        HEAD + "spec: {}\rstatus: {}\n",
        f"app.yaml:3: lines end with lone carriage returns. {ENTRY}",
    ),
    "a tag declared twice": (
        TO_NEW,
        HEAD
        + """\
spec:
  tags:
  - name: dev
---
"""
        + HEAD
        + """\
spec:
  tags:
  - from: null
    name: dev
""",
        f"app.yaml:12: it is declared twice, on line 5 too. {ENTRY}",
    ),
    "nothing to take out of": (
        TagEdit(APP, "dev", scheduled=False, annotations={"a": None}),
        HEAD
        + """\
spec:
  tags:
  - name: b
""",
        (
            "app.yaml:4: the stream does not declare it here. "
            "Take out of its entry by hand: importPolicy.scheduled, annotations.a"
        ),
    ),
    "an alias in place of the source": (
        TO_NEW,
        HEAD
        + """\
x: &base {kind: DockerImage, name: a}
spec:
  tags:
  - name: dev
    from: *base
""",
        f"app.yaml:7: spec.tags[0].from is the alias *base. {FROM}",
    ),
    "an alias in place of the tag": (
        TO_NEW,
        HEAD
        + """\
x: &base {name: dev}
spec:
  tags:
  - *base
""",
        f"app.yaml:6: spec.tags[0] is the alias *base. {FROM}",
    ),
    "an anchor that something else uses": (
        TO_NEW,
        HEAD
        + """\
spec:
  tags:
  - name: dev
    from: &base
      kind: DockerImage
      name: a
  - name: b
    from: *base
""",
        f"app.yaml:6: spec.tags[0].from has the anchor &base, which is used elsewhere. {FROM}",
    ),
    "an anchor on the value": (
        TO_NEW,
        HEAD
        + """\
spec:
  tags:
  - name: dev
    from:
      kind: DockerImage
      name: &image a
""",
        f"app.yaml:8: spec.tags[0].from.name has the anchor &image. {FROM}",
    ),
    "a type on the value": (
        TO_NEW,
        HEAD
        + """\
spec:
  tags:
  - name: dev
    from:
      kind: DockerImage
      name: !!str 8
""",
        f"app.yaml:8: spec.tags[0].from.name has an explicit type (!). {FROM}",
    ),
    "a merge key in the way": (
        SCHEDULE,
        HEAD
        + """\
x: &x {scheduled: false}
spec:
  tags:
  - name: dev
    importPolicy:
      <<: *x
""",
        f"app.yaml:8: spec.tags[0].importPolicy.scheduled comes in through a merge key (<<). {POLICY}",
    ),
    "a merge key beside": (
        SCHEDULE,
        HEAD
        + """\
x: &x {reference: true}
spec:
  tags:
  - name: dev
    <<: *x
""",
        f"app.yaml:6: spec.tags[0] has a merge key (<<). {POLICY}",
    ),
    "a merge key in the object itself": (
        TO_NEW,
        "x: &x {a: b}\n---\nx: &x {a: b}\nkind: ImageStream\nmetadata: {name: app}\n<<: *x\n",
        f"app.yaml:3: the object has a merge key (<<). {ENTRY}",
    ),
    "a file that would be too large": (
        SCHEDULE,
        HEAD + "spec: {tags: [{name: dev}]}\n".ljust(MAX_FILE_BYTES - len(HEAD), "#"),
        f"app.yaml: afterwards the file cannot be read (the file is larger than 2 MiB. Split it). {POLICY}",
    ),
    "a merge key that would show": (
        UNSCHEDULE,
        HEAD
        + """\
x: &x {insecure: true}
spec:
  tags:
  - name: dev
    importPolicy: {<<: *x, scheduled: true}
""",
        (
            "app.yaml:7: spec.tags[0].importPolicy has a merge key (<<). "
            "Take out of its entry by hand: importPolicy.scheduled"
        ),
    ),
    "a key that is there twice": (
        TO_NEW,
        HEAD
        + """\
spec:
  tags:
  - name: dev
    from: {name: a, kind: DockerImage, name: b}
""",
        f"app.yaml:6: spec.tags[0].from.name is there twice. {FROM}",
    ),
    "a block scalar without a line": (
        TO_NEW,
        HEAD
        + """\
spec:
  tags:
  - name: dev
    from:
      kind: DockerImage
      name: >-

""",
        f"app.yaml:8: spec.tags[0].from.name is a block scalar (>). {FROM}",
    ),
    "a key with other capitals": (
        TO_NEW,
        HEAD
        + """\
spec:
  tags:
  - name: dev
    from: {Kind: DockerImage, Name: a}
""",
        f"app.yaml:6: spec.tags[0].from.Kind is spelt with other capital letters than it should be. {FROM}",
    ),
    "text in place of a mapping": (
        SCHEDULE,
        HEAD
        + """\
spec:
  tags:
  - name: dev
    importPolicy: always
""",
        f"app.yaml:6: spec.tags[0].importPolicy has not the form it should have. {POLICY}",
    ),
    "a mapping in place of the list": (
        TO_NEW,
        HEAD + "spec:\n  tags: {dev: a}\n",
        f"app.yaml:4: spec.tags has not the form it should have. {ENTRY}",
    ),
    "a comment inside of empty brackets": (
        TO_NEW,
        HEAD
        + """\
spec:
  tags: [ # none
  ]
""",
        f"app.yaml:4: a comment is inside its empty brackets. {ENTRY}",
    ),
    "an empty value behind a key written as a question": (
        FREEZE,
        HEAD
        + """\
spec:
  tags:
  - name: dev
    ? annotations
""",
        (
            "app.yaml:7: its key is written behind a question mark (?). "
            'Write by hand into its entry: annotations: {reconciler/frozen: "true"}'
        ),
    ),
    "a comment behind the only key that could take the place of the first": (
        UNSCHEDULE,
        HEAD
        + """\
spec:
  tags:
  - importPolicy: {scheduled: true}
    # dev
    name: dev
""",
        "app.yaml:5: a comment is between it and the next key. Take out of its entry by hand: importPolicy",
    ),
    "a comment between entries of a flow mapping": (
        UNFREEZE,
        HEAD
        + """\
spec:
  tags:
  - name: dev
    annotations: {reconciler/frozen: 'true', # why
      b: c}
""",
        (
            "app.yaml:6: a comment is beside it in the flow style of spec.tags[0].annotations. "
            "Take out of its entry by hand: annotations.reconciler/frozen"
        ),
    ),
    "an anchor that would be lost": (
        UNFREEZE,
        HEAD
        + """\
x: 1
spec:
  tags:
  - name: dev
    annotations:
      reconciler/frozen: &t 'true'
      b: *t
""",
        (
            "app.yaml:8: spec.tags[0].annotations holds the anchor &t, which is used elsewhere. "
            "Take out of its entry by hand: annotations.reconciler/frozen"
        ),
    ),
    "JSON with a key that is there twice": (
        TagEdit(APP, "dev", source=Source(SourceKind.DOCKER_IMAGE, "a"), scheduled=True),
        JSON + '"spec": {"tags": [{"name": "dev", "from": {}, "from": {}}]}}',
        (
            "app.yaml:1: spec.tags[0].from is there twice. "
            'Write by hand into its entry: "from": {"kind": "DockerImage", "name": "a"}, '
            '"importPolicy": {"scheduled": true}'
        ),
    ),
    "JSON without a list": (
        TagEdit(APP, "dev"),
        JSON + '"spec": {"tags": "none"}}',
        'app.yaml:1: spec.tags has not the form it should have. Write by hand under spec.tags: {"name": "dev"}',
    ),
    "something to write and something to take out": (
        TagEdit(APP, "dev", scheduled=True, reference=False, annotations={"a": "größer", "b": None}),
        HEAD
        + """\
x: &x {reference: true}
spec:
  tags:
  - {name: dev, <<: *x, annotations: {b: c, d: e}}
""",
        (
            "app.yaml:6: spec.tags[0] has a merge key (<<). "
            'Write by hand into its entry: annotations: {a: "größer"}, importPolicy: {scheduled: true}; '
            "Take out of its entry by hand: annotations.b, reference"
        ),
    ),
}


@pytest.mark.parametrize(("edit", "text", "said"), REFUSALS.values(), ids=REFUSALS)
def test_an_edit_that_would_touch_more_is_refused(edit: TagEdit, text: str, said: str) -> None:
    with pytest.raises(EditError) as caught:
        edit_tag(text.encode(), "app.yaml", edit, "team-a")
    assert str(caught.value) == f"tag team-a/app:dev cannot be edited, {said}"


LOSSES = {
    "not there": (
        HEAD + "spec:\n  lookupPolicy: {}\n",
        "app.yaml:4: the stream does not declare it here",
    ),
    "an anchor that something else uses": (
        HEAD
        + """\
spec:
  tags:
  - name: dev
    from: &base {kind: DockerImage, name: a}
  - name: b
    from: *base
""",
        "app.yaml:6: spec.tags[0] holds the anchor &base, which is used elsewhere",
    ),
    "an anchored list": (
        HEAD
        + """\
spec:
  tags: &tags
  - name: dev
""",
        "app.yaml:4: its list would become empty, and it is not the plain value of a key",
    ),
    "a list of objects": (
        "- kind: ImageStream\n",
        "app.yaml: no such stream is declared here",
    ),
    "a dash behind a colon": (
        HEAD + "spec:\n  ? tags\n  : - name: dev\n    - name: b\n",
        "app.yaml:5: its dash does not begin a line",
    ),
    "a comment below another tag": (
        HEAD
        + """\
spec:
  tags: [{name: b}, # about b
  {name: dev}]
""",
        "app.yaml:5: a comment is beside it in the flow style of spec.tags",
    ),
}


@pytest.mark.parametrize(("text", "said"), LOSSES.values(), ids=LOSSES)
def test_a_removal_that_would_touch_more_is_refused(text: str, said: str) -> None:
    with pytest.raises(EditError) as caught:
        remove_tag(text.encode(), "app.yaml", APP, "dev", "team-a")
    advice = "Take its entry out of spec.tags by hand, where it is declared."
    assert str(caught.value) == f"tag team-a/app:dev cannot be removed, {said}. {advice}"


def test_an_edit_error_has_file_line_reason_and_lines() -> None:
    with pytest.raises(EditError) as caught:
        edit_tag((HEAD + "spec:\n  tags: text\n").encode(), "a.yaml", TO_NEW, "team-a")
    error = caught.value
    assert (error.file, error.line, error.why) == ("a.yaml", 4, "spec.tags has not the form it should have")
    assert error.lines == ("- {name: dev, from: {kind: DockerImage, name: quay.io/acme/app:2}}",)


def test_a_key_behind_a_question_mark_is_not_taken_out() -> None:
    text = (
        HEAD
        + """\
spec:
  tags:
  - name: dev
    ? reference
    : true
"""
    )
    with pytest.raises(EditError) as caught:
        edit_tag(text.encode(), "app.yaml", TagEdit(APP, "dev", reference=False), "team-a")
    assert caught.value.why == "its key is written behind a question mark (?)"


def test_an_edit_that_would_change_other_values_is_refused() -> None:
    # The blanks of the last line are text of the block scalar, and would be none below a new key.
    text = (
        HEAD
        + """\
spec:
  tags:
  - name: dev
    annotations:
      a: |
        b
           \x20
"""
    )
    with pytest.raises(EditError) as caught:
        edit_tag(text.encode(), "app.yaml", SCHEDULE, "team-a")
    assert (
        str(caught.value) == f"tag team-a/app:dev cannot be edited, app.yaml:1: more than this would change. {POLICY}"
    )
