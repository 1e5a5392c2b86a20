"""Edits of flow style and JSON: the file of a person before and after, byte for byte."""

from __future__ import annotations

import json

import pytest

from reconciler.documents.edit.target.spec_tag import TagEdit, edit_tag, remove_tag
from reconciler.model.name import StreamName
from reconciler.model.stream import Source, SourceKind

APP = StreamName("team-a", "app")
HEAD = "kind: ImageStream\nmetadata: {name: app}\n"
NEW = Source(SourceKind.DOCKER_IMAGE, "quay.io/acme/app:2")
FOLLOW = TagEdit(APP, "dev", source=Source(SourceKind.ISTAG, "base:1.10", "team-b"))
ADD = TagEdit(APP, "1.10", source=NEW)
SCHEDULE = TagEdit(APP, "dev", scheduled=True)
UNSCHEDULE = TagEdit(APP, "dev", scheduled=False)
FREEZE = TagEdit(APP, "dev", annotations={"reconciler/frozen": "true"})
REMOVE = None

Case = tuple[TagEdit | None, str, str]


def check(case: Case, head: str, line_break: str = "\n") -> None:
    edit, *texts = case
    before, after = ((head + text).replace("\n", line_break).encode() for text in texts)
    if edit is None:
        assert remove_tag(before, "app.yaml", APP, "dev", "team-a") == after
    else:
        assert edit_tag(before, "app.yaml", edit, "team-a") == after
        assert edit_tag(after, "app.yaml", edit, "team-a") == after


YAML: dict[str, Case] = {
    "a source": (
        FOLLOW,
        "spec: {tags: [{name: dev, from: {kind: DockerImage, name: 'a:1'}}]} # c\n",
        "spec: {tags: [{name: dev, from: {kind: ImageStreamTag, name: 'base:1.10', namespace: 'team-b'}}]} # c\n",
    ),
    "an entry behind the last": (
        SCHEDULE,
        "spec: {tags: [{name: dev}, {name: b}]}\n",
        "spec: {tags: [{name: dev, importPolicy: {scheduled: true}}, {name: b}]}\n",
    ),
    "an entry behind the last, with blanks inside of brackets": (
        SCHEDULE,
        "spec: { tags: [ { name: dev } ] }\n",
        "spec: { tags: [ { name: dev, importPolicy: { scheduled: true } } ] }\n",
    ),
    "an entry in an empty mapping": (
        FREEZE,
        "spec: {tags: [{annotations: {}, name: dev}]}\n",
        'spec: {tags: [{annotations: {reconciler/frozen: "true"}, name: dev}]}\n',
    ),
    "a mapping in place of nothing": (
        FREEZE,
        "spec: {tags: [{annotations: , name: dev}]}\n",
        'spec: {tags: [{annotations: {reconciler/frozen: "true"} , name: dev}]}\n',
    ),
    "a value in place of nothing": (
        FOLLOW,
        "spec: {tags: [{name: dev, from: {kind: , name: }}]}\n",
        "spec: {tags: [{name: dev, from: {kind: ImageStreamTag , name: base:1.10 , namespace: team-b }}]}\n",
    ),
    "a mapping in place of nothing in a block, as the neighbour has it": (
        SCHEDULE,
        """\
spec:
  tags:
  - name: dev
    importPolicy: # none
  - name: b
    importPolicy: {
      insecure: true
    }
""",
        """\
spec:
  tags:
  - name: dev
    importPolicy: {
      scheduled: true
    } # none
  - name: b
    importPolicy: {
      insecure: true
    }
""",
    ),
    "an entry behind a comma": (
        SCHEDULE,
        """\
spec:
  tags: [
    {name: dev,}, # c
  ]
""",
        """\
spec:
  tags: [
    {name: dev, importPolicy: {scheduled: true},}, # c
  ]
""",
    ),
    "an entry on its own line, as the others": (
        SCHEDULE,
        """\
spec:
  tags:
  - {
      name: dev,
      from: null
    }
""",
        """\
spec:
  tags:
  - {
      name: dev,
      from: null,
      importPolicy: {
        scheduled: true
      }
    }
""",
    ),
    "an entry on its own line below the only one": (
        SCHEDULE,
        """\
spec:
  tags:
  - {
    name: dev # c
    }
""",
        """\
spec:
  tags:
  - {
    name: dev, # c
    importPolicy: {
      scheduled: true
    }
    }
""",
    ),
    "a tag": (
        ADD,
        "spec: {tags: [{name: dev, from: {kind: DockerImage, name: 'a:1'}}]}\n",
        (
            "spec: {tags: [{name: dev, from: {kind: DockerImage, name: 'a:1'}}, "
            "{name: '1.10', from: {kind: DockerImage, name: 'quay.io/acme/app:2'}}]}\n"
        ),
    ),
    "a tag as an item in flow style": (
        ADD,
        "spec:\n  tags:\n  - {name: dev} # c\n",
        'spec:\n  tags:\n  - {name: dev} # c\n  - {name: "1.10", from: {kind: DockerImage, name: quay.io/acme/app:2}}\n',
    ),
    "a tag without a blank behind commas": (
        ADD,
        "spec: {tags: [{name: dev,from: null}]}\n",
        'spec: {tags: [{name: dev,from: null},{name: "1.10",from: {kind: DockerImage,name: quay.io/acme/app:2}}]}\n',
    ),
    "a tag on its own line, behind a comma and a comment": (
        ADD,
        """\
spec:
  tags: [
    {name: dev}, # c
    {name: b}, # d
  ]
""",
        """\
spec:
  tags: [
    {name: dev}, # c
    {name: b}, # d
    {name: "1.10", from: {kind: DockerImage, name: quay.io/acme/app:2}},
  ]
""",
    ),
    "a tag on its own line, behind a comment": (
        ADD,
        """\
spec:
  tags: [
    {name: dev}, # c
    {name: b} # d
  ]
""",
        """\
spec:
  tags: [
    {name: dev}, # c
    {name: b}, # d
    {name: "1.10", from: {kind: DockerImage, name: quay.io/acme/app:2}}
  ]
""",
    ),
    "a tag in an empty list, inside of brackets": (
        ADD,
        "spec: {tags: []}\n",
        'spec: {tags: [{name: "1.10", from: {kind: DockerImage, name: quay.io/acme/app:2}}]}\n',
    ),
    "a flag with its mapping, the last": (
        UNSCHEDULE,
        "spec: {tags: [{name: dev, importPolicy: {scheduled: true}}]}\n",
        "spec: {tags: [{name: dev}]}\n",
    ),
    "a flag with its mapping, the first": (
        UNSCHEDULE,
        "spec: {tags: [{importPolicy: {scheduled: true}, name: dev}]}\n",
        "spec: {tags: [{name: dev}]}\n",
    ),
    "two flags at the end": (
        TagEdit(APP, "dev", scheduled=False, insecure=False),
        "spec: {tags: [{name: dev, importPolicy: {importMode: Legacy, insecure: true, scheduled: true}}]}\n",
        "spec: {tags: [{name: dev, importPolicy: {importMode: Legacy}}]}\n",
    ),
    "two flags at the front": (
        TagEdit(APP, "dev", scheduled=False, insecure=False),
        "spec: {tags: [{name: dev, importPolicy: {insecure: true, scheduled: true, importMode: Legacy}}]}\n",
        "spec: {tags: [{name: dev, importPolicy: {importMode: Legacy}}]}\n",
    ),
    "the first tag, with the comment on its line": (
        REMOVE,
        """\
spec:
  tags: [
    {name: dev}, # c
    {name: b}, # d
  ]
""",
        """\
spec:
  tags: [
    {name: b}, # d
  ]
""",
    ),
    "the last tag, with the comment on its line": (
        REMOVE,
        """\
spec:
  tags: [
    {name: b}, # c
    {name: dev} # d
  ]
""",
        """\
spec:
  tags: [
    {name: b} # c
  ]
""",
    ),
    "the last tag, behind a comma": (
        REMOVE,
        """\
spec:
  tags: [
    {name: b}, # c
    {name: dev}, # d
  ]
""",
        """\
spec:
  tags: [
    {name: b}, # c
  ]
""",
    ),
    "a tag between others": (
        REMOVE,
        "spec: {tags: [{name: a}, {name: dev}, {name: b}]}\n",
        "spec: {tags: [{name: a}, {name: b}]}\n",
    ),
    "the only tag, behind an anchor": (
        REMOVE,
        "spec: {tags: &tags [{name: dev}]}\n",
        "spec: {tags: &tags []}\n",
    ),
    "the only tag": (REMOVE, "spec: {tags: [ {name: dev}, ]}\n", "spec: {tags: []}\n"),
}


@pytest.mark.parametrize("case", YAML.values(), ids=YAML)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_flow_style_stays_flow_style(case: Case, line_break: str) -> None:
    check(case, HEAD, line_break)


def test_a_file_in_flow_style_that_is_not_json_is_yaml() -> None:
    before = "{kind: ImageStream, metadata: {name: app}, spec: {tags: [{name: dev}]}} # c\n"
    after = before.replace("{name: dev}", "{name: dev, importPolicy: {scheduled: true}}")
    check((SCHEDULE, before, after), "")


def pretty(tags: str) -> str:
    """JSON as most tools write it, with tabs."""
    return (
        """\
{
\t"kind": "ImageStream",
\t"metadata": {"name": "app"},
\t"spec": {
\t\t"tags":\x20"""
        + tags
        + "\n\t}\n}"
    )


ENTRY = """\
{
\t\t\t\t"name": "dev",
\t\t\t\t"from": {
\t\t\t\t\t"kind": "DockerImage",
\t\t\t\t\t"name": "a:1"
\t\t\t\t}"""
ADDED = """\
{
\t\t\t\t"name": "1.10",
\t\t\t\t"from": {
\t\t\t\t\t"kind": "DockerImage",
\t\t\t\t\t"name": "quay.io/acme/app:2"
\t\t\t\t}
\t\t\t}"""
COMPACT = '{"kind":"ImageStream","metadata":{"name":"app"},"spec":{"tags":['

JSON: dict[str, Case] = {
    "a source": (
        TagEdit(APP, "dev", source=NEW),
        pretty(f"[\n\t\t\t{ENTRY}\n\t\t\t}}\n\t\t]"),
        pretty(f"[\n\t\t\t{ENTRY}\n\t\t\t}}\n\t\t]").replace("a:1", "quay.io/acme/app:2"),
    ),
    "a flag": (
        SCHEDULE,
        pretty(f"[\n\t\t\t{ENTRY}\n\t\t\t}}\n\t\t]"),
        pretty(
            f'[\n\t\t\t{ENTRY},\n\t\t\t\t"importPolicy": {{\n\t\t\t\t\t"scheduled": true\n\t\t\t\t}}\n\t\t\t}}\n\t\t]'
        ),
    ),
    "a flag in an empty mapping": (
        SCHEDULE,
        pretty("""\
[
\t\t\t{
\t\t\t\t"importPolicy": {},
\t\t\t\t"name": "dev"
\t\t\t}
\t\t]"""),
        pretty(
            """\
[
\t\t\t{
\t\t\t\t"importPolicy": {
\t\t\t\t\t"scheduled": true
\t\t\t\t},
\t\t\t\t"name": "dev"
\t\t\t}
\t\t]"""
        ),
    ),
    "an annotation in place of null": (
        FREEZE,
        pretty("""\
[
\t\t\t{
\t\t\t\t"annotations": null,
\t\t\t\t"name": "dev"
\t\t\t}
\t\t]"""),
        pretty(
            """\
[
\t\t\t{
\t\t\t\t"annotations": {
\t\t\t\t\t"reconciler/frozen": "true"
\t\t\t\t},
\t\t\t\t"name": "dev"
\t\t\t}
\t\t]"""
        ),
    ),
    "a tag": (
        ADD,
        pretty(f"[\n\t\t\t{ENTRY}\n\t\t\t}}\n\t\t]"),
        pretty(f"[\n\t\t\t{ENTRY}\n\t\t\t}},\n\t\t\t{ADDED}\n\t\t]"),
    ),
    "a tag in an empty list": (ADD, pretty("[]"), pretty(f"[\n\t\t\t{ADDED}\n\t\t]")),
    "a tag in place of null": (ADD, pretty("null"), pretty(f"[\n\t\t\t{ADDED}\n\t\t]")),
    "a tag behind a bracket and a brace": (
        ADD,
        """\
{
  "kind" : "ImageStream",
  "metadata" : {"name" : "app"},
  "spec" : {"tags" : [{
    "name" : "dev"
  }]}
}
""",
        """\
{
  "kind" : "ImageStream",
  "metadata" : {"name" : "app"},
  "spec" : {"tags" : [{
    "name" : "dev"
  }, {
    "name" : "1.10",
    "from" : {
      "kind" : "DockerImage",
      "name" : "quay.io/acme/app:2"
    }
  }]}
}
""",
    ),
    "a tag where there is no spec": (
        ADD,
        """\
{
\t"kind": "ImageStream",
\t"metadata": {"name": "app"}
}
""",
        (
            '{\n\t"kind": "ImageStream",\n\t"metadata": {"name": "app"},\n\t"spec": {\n\t\t"tags": [\n'
            f"\t\t\t{ADDED}\n\t\t]\n\t}}\n}}\n"
        ),
    ),
    "a source on one line": (
        FOLLOW,
        COMPACT + '{"name":"dev","from":{"kind":"DockerImage","name":"a\\u003a1"}}]}}',
        COMPACT + '{"name":"dev","from":{"kind":"ImageStreamTag","name":"base:1.10","namespace":"team-b"}}]}}',
    ),
    "a tag on one line": (
        ADD,
        COMPACT + '{"name":"dev"}]}}',
        COMPACT + '{"name":"dev"},{"name":"1.10","from":{"kind":"DockerImage","name":"quay.io/acme/app:2"}}]}}',
    ),
    "a removed tag": (
        REMOVE,
        pretty(f'[\n\t\t\t{ENTRY}\n\t\t\t}},\n\t\t\t{{\n\t\t\t\t"name": "b"\n\t\t\t}}\n\t\t]'),
        pretty("""\
[
\t\t\t{
\t\t\t\t"name": "b"
\t\t\t}
\t\t]"""),
    ),
    "the last removed tag": (
        REMOVE,
        pretty(f'[\n\t\t\t{{\n\t\t\t\t"name": "b"\n\t\t\t}}, {ENTRY}\n\t\t\t}}\n\t\t]'),
        pretty("""\
[
\t\t\t{
\t\t\t\t"name": "b"
\t\t\t}
\t\t]"""),
    ),
    "the only removed tag": (REMOVE, pretty(f"[\n\t\t\t{ENTRY}\n\t\t\t}}\n\t\t]"), pretty("[]")),
}


@pytest.mark.parametrize("case", JSON.values(), ids=JSON)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_json_stays_json_with_its_tabs(case: Case, line_break: str) -> None:
    check(case, "", line_break)
    json.loads(case[2])
