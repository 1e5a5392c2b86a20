"""Edits of spec tags in block style: the file of a person before and after, byte for byte."""

from __future__ import annotations

import codecs

import pytest

from reconciler.documents.edit.target.spec_tag import TagEdit, edit_tag, edit_tags, entries, new_stream, remove_tag
from reconciler.model.name import StreamName
from reconciler.model.stream import ImportMode, Source, SourceKind

APP = StreamName("team-a", "app")
HEAD = """\
apiVersion: image.openshift.io/v1
kind: ImageStream
metadata:
  name: app
"""
NEW = Source(SourceKind.DOCKER_IMAGE, "quay.io/acme/app:2")
TO_NEW = TagEdit(APP, "dev", source=NEW)
FOLLOW = TagEdit(APP, "dev", source=Source(SourceKind.ISTAG, "base:1.10", "team-b"))
ADD = TagEdit(APP, "1.10", source=NEW)
SCHEDULE = TagEdit(APP, "dev", scheduled=True)
UNSCHEDULE = TagEdit(APP, "dev", scheduled=False)
FREEZE = TagEdit(APP, "dev", annotations={"reconciler/frozen": "true"})
UNFREEZE = TagEdit(APP, "dev", annotations={"reconciler/frozen": None})


def edited(before: str, edit: TagEdit) -> str:
    return edit_tag(before.encode(), "app.yaml", edit, "team-a").decode()


def removed(before: str, tag: str = "dev") -> str:
    return remove_tag(before.encode(), "app.yaml", APP, tag, "team-a").decode()


SOURCES = {
    "plain": ("name: quay.io/acme/app:1", "name: quay.io/acme/app:2"),
    "single quotes": ("name: 'quay.io/acme/app:1'", "name: 'quay.io/acme/app:2'"),
    "double quotes": ('name: "quay.io/acme/app:1"', 'name: "quay.io/acme/app:2"'),
    "comment": ("name: quay.io/acme/app:1   # pinned by Jane", "name: quay.io/acme/app:2   # pinned by Jane"),
    "folded plain": ("name: quay.io/acme/app:1-\n          x  # why", "name: quay.io/acme/app:2  # why"),
    "blanks before": ("name:    quay.io/acme/app:1   ", "name:    quay.io/acme/app:2   "),
    "value on the next line": ("name:\n          quay.io/acme/app:1", "name:\n          quay.io/acme/app:2"),
    "quoted key": ("'name': quay.io/acme/app:1", "'name': quay.io/acme/app:2"),
    "folded, as the web console writes it": (
        "name: >-\n          quay.io/acme/app:1",
        "name: >-\n          quay.io/acme/app:2",
    ),
    "folded over several lines": (
        "name: >- # long\n          quay.io/acme/\n          app:1",
        "name: >- # long\n          quay.io/acme/app:2",
    ),
    "folded with the line break that makes it no pull spec": (
        "name: >\n          quay.io/acme/app:1",
        "name: >-\n          quay.io/acme/app:2",
    ),
    "literal": ("name: |-\n          quay.io/acme/app:1", "name: |-\n          quay.io/acme/app:2"),
    "literal with all line breaks": (
        "name: |+\n          quay.io/acme/app:1\n\n",
        "name: |-\n          quay.io/acme/app:2\n\n",
    ),
    "folded with its indentation said": (
        "name: >-4\n            quay.io/acme/app:1",
        "name: >4-\n            quay.io/acme/app:2",
    ),
    "double quotes over two lines": ('name: "quay.io/\\\n          acme/app:1"', 'name: "quay.io/acme/app:2"'),
    "a number": ("name: 8", "name: quay.io/acme/app:2"),
    "left out": ("# nothing yet", "# nothing yet\n        name: quay.io/acme/app:2"),
    "null": ("name: ~ # none", "name: quay.io/acme/app:2 # none"),
    "empty": ("name:", "name: quay.io/acme/app:2"),
    "empty with a comment": ("name: # later", "name: quay.io/acme/app:2 # later"),
}


@pytest.mark.parametrize(("before", "after"), SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize(
    "ending",
    [
        "",
        "\n",
        """\


# end
""",
        """\

---
kind: Service
""",
    ],
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_source_is_replaced_in_its_own_style(before: str, after: str, ending: str, line_break: str) -> None:
    frame = (
        HEAD
        + """\
spec:
  tags:
    - name: dev
      from:
        kind: DockerImage
        {}"""
        + ending
    )
    text, wanted = (frame.format(value).replace("\n", line_break) for value in (before, after))
    assert edited(text, TO_NEW) == wanted


def test_text_keeps_its_quotes_where_possible() -> None:
    text = (
        HEAD
        + """\
spec:
  tags:
  - name: dev
    annotations:
      a: plain
      b: 'single'
      c: "double"
"""
    )
    for value, plain, single, double in [
        ("some words", "some words", "'some words'", '"some words"'),
        ("true", '"true"', "'true'", '"true"'),
        ("1.10", '"1.10"', "'1.10'", '"1.10"'),
        ("no", '"no"', "'no'", '"no"'),
        ("a: b", '"a: b"', "'a: b'", '"a: b"'),
        ("a #b", '"a #b"', "'a #b'", '"a #b"'),
        ("it's", "it's", "'it''s'", '"it\'s"'),
        ('"', '"\\""', "'\"'", '"\\""'),
        ("two\nlines", '"two\\nlines"', '"two\\nlines"', '"two\\nlines"'),
        ("a\u2028b", '"a\\u2028b"', '"a\\u2028b"', '"a\\u2028b"'),
        ("", '""', "''", '""'),
        ("größer", "größer", "'größer'", '"größer"'),
    ]:
        wanted = text.replace("plain", plain).replace("'single'", single).replace('"double"', double)
        assert edited(text, TagEdit(APP, "dev", annotations={"a": value, "b": value, "c": value})) == wanted


BLOCK = """\
spec:
  tags:
  # Every build of main.
  - name: dev
    from:
      kind: DockerImage # from the registry
      name: quay.io/acme/app:1
    # no policy
  # The one people use.
  - name: prod
"""

EDITS = {
    "another kind": (
        FOLLOW,
        BLOCK,
        BLOCK.replace("DockerImage #", "ImageStreamTag #").replace(
            "quay.io/acme/app:1\n", "base:1.10\n      namespace: team-b\n"
        ),
    ),
    "a flag in a new mapping, below the comments of the tag": (
        SCHEDULE,
        BLOCK,
        BLOCK.replace(
            "    # no policy\n",
            """\
    # no policy
    importPolicy:
      scheduled: true
""",
        ),
    ),
    "a flag that is false": (
        SCHEDULE,
        """\
spec:
  tags:
  - name: dev
    importPolicy:
      scheduled: false # not yet
      insecure: true
""",
        """\
spec:
  tags:
  - name: dev
    importPolicy:
      scheduled: true # not yet
      insecure: true
""",
    ),
    "an empty mapping becomes a block": (
        SCHEDULE,
        """\
spec:
  tags:
  - annotations: null
    importPolicy: {}  # default
    name: dev
""",
        """\
spec:
  tags:
  - annotations: null
    importPolicy:  # default
      scheduled: true
    name: dev
""",
    ),
    "an annotation in place of null": (
        FREEZE,
        """\
spec:
  tags:
  - annotations: null
    name: dev
""",
        """\
spec:
  tags:
  - annotations:
      reconciler/frozen: "true"
    name: dev
""",
    ),
    "an annotation among others, in their quotes": (
        FREEZE,
        """\
spec:
    tags:
    - name: dev
      annotations:
          a: 'b'
      from: null
""",
        """\
spec:
    tags:
    - name: dev
      annotations:
          a: 'b'
          reconciler/frozen: 'true'
      from: null
""",
    ),
    "an annotation below a block scalar with its blank lines": (
        FREEZE,
        """\
spec:
  tags:
  - name: dev
    annotations:
      a: |+
        [1,
        # text


  - name: x
""",
        """\
spec:
  tags:
  - name: dev
    annotations:
      a: |+
        [1,
        # text


      reconciler/frozen: "true"
  - name: x
""",
    ),
    "an annotation below a block scalar, before blank lines": (
        FREEZE,
        """\
spec:
  tags:
  - name: dev
    annotations:
      a: >-
        text

  - name: x
""",
        """\
spec:
  tags:
  - name: dev
    annotations:
      a: >-
        text
      reconciler/frozen: "true"

  - name: x
""",
    ),
    "a flag taken out, with its mapping": (
        UNSCHEDULE,
        """\
spec:
  tags:
  - name: dev
    importPolicy: # all night
      scheduled: true # yes
    reference: true
""",
        """\
spec:
  tags:
  - name: dev
    reference: true
""",
    ),
    "a flag taken out, from the others": (
        UNSCHEDULE,
        """\
spec:
  tags:
  - name: dev
    importPolicy:
      scheduled: true # yes
      # really
      insecure: true""",
        """\
spec:
  tags:
  - name: dev
    importPolicy:
      # really
      insecure: true""",
    ),
    "a flag taken out at the end of a file without a last line break": (
        UNSCHEDULE,
        """\
spec:
  tags:
  - name: dev
    importPolicy:
      scheduled: true""",
        "spec:\n  tags:\n  - name: dev",
    ),
    "the first key behind a dash taken out": (
        UNSCHEDULE,
        """\
spec:
  tags:
  - importPolicy:
      scheduled: true # yes

    name: dev
""",
        """\
spec:
  tags:
  - name: dev
""",
    ),
    "two keys behind a dash taken out, and one that is not": (
        TagEdit(APP, "dev", reference=False, scheduled=False, annotations={"a": None}),
        """\
spec:
  tags:
  - importPolicy: {scheduled: true}
    reference: true
    name: dev
    annotations:
      a: b
    from: null
""",
        """\
spec:
  tags:
  - name: dev
    from: null
""",
    ),
    "the last annotation taken out": (
        UNFREEZE,
        """\
spec:
  tags:
  - name: dev
    annotations:
      reconciler/frozen: 'true'
  - name: prod
""",
        """\
spec:
  tags:
  - name: dev
  - name: prod
""",
    ),
    "one annotation taken out": (
        UNFREEZE,
        """\
spec:
  tags:
  - annotations:
      reconciler/frozen: 'true'
      b: |
        c
    name: dev
""",
        """\
spec:
  tags:
  - annotations:
      b: |
        c
    name: dev
""",
    ),
    "one added and the only other one taken out": (
        TagEdit(APP, "dev", scheduled=False, insecure=True),
        """\
spec:
  tags:
  - name: dev
    importPolicy:
      scheduled: true
""",
        """\
spec:
  tags:
  - name: dev
    importPolicy:
      insecure: true
""",
    ),
    "a from whose namespace is no longer meant": (
        TO_NEW,
        """\
spec:
  tags:
  - name: dev
    from:
      kind: ImageStreamTag
      namespace: x
      name: a:b
""",
        """\
spec:
  tags:
  - name: dev
    from:
      kind: DockerImage
      name: quay.io/acme/app:2
""",
    ),
    "a from in flow style stays in it": (
        FOLLOW,
        """\
spec:
  tags:
  - name: dev
    from: {kind: DockerImage, name: 'x:1'} # why
""",
        """\
spec:
  tags:
  - name: dev
    from: {kind: ImageStreamTag, name: 'base:1.10', namespace: 'team-b'} # why
""",
    ),
    "a key written as a question": (
        FOLLOW,
        """\
spec:
  tags:
  - name: dev
    ? from
    : kind: DockerImage
      name: x:1
""",
        """\
spec:
  tags:
  - name: dev
    ? from
    : kind: ImageStreamTag
      name: base:1.10
      namespace: team-b
""",
    ),
    "everything at once": (
        TagEdit(
            APP,
            "dev",
            source=NEW,
            reference=True,
            scheduled=True,
            insecure=True,
            import_mode=ImportMode.LEGACY,
            reference_policy="Local",
            annotations={"a": "b"},
        ),
        """\
spec:
  tags:
  - name: dev
""",
        """\
spec:
  tags:
  - name: dev
    from:
      kind: DockerImage
      name: quay.io/acme/app:2
    reference: true
    importPolicy:
      insecure: true
      scheduled: true
      importMode: Legacy
    referencePolicy:
      type: Local
    annotations:
      a: b
""",
    ),
    "a key quoted by YAML for a number": (
        TO_NEW,
        """\
spec:
  tags:
  - name: dev # x
    from:
      kind: DockerImage
      name: 'x'
  - name: 1.10
""",
        """\
spec:
  tags:
  - name: dev # x
    from:
      kind: DockerImage
      name: 'quay.io/acme/app:2'
  - name: 1.10
""",
    ),
}


@pytest.mark.parametrize(("edit", "before", "after"), EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_an_edit_changes_only_the_lines_concerned(edit: TagEdit, before: str, after: str, line_break: str) -> None:
    text, wanted = ((HEAD + each).replace("\n", line_break) for each in (before, after))
    assert edited(text, edit) == wanted
    assert edited(wanted, edit) == wanted


ADDED = """\
name: {0}1.10{0}
{1}from:
{1}  kind: DockerImage
{1}  name: quay.io/acme/app:2
"""

ADDITIONS = {
    "like the neighbour": (BLOCK, BLOCK + "  - " + ADDED.format('"', "    ")),
    "wide dashes and deep steps": (
        """\
spec:
    tags:
      -   name: 'dev'
          from:
               kind: DockerImage
               name: 'x:1'
""",
        """\
spec:
    tags:
      -   name: 'dev'
          from:
               kind: DockerImage
               name: 'x:1'
      -   name: '1.10'
          from:
               kind: DockerImage
               name: 'quay.io/acme/app:2'
""",
    ),
    "the order of the neighbour's keys": (
        """\
spec:
  tags:
  - from:
      kind: DockerImage
      name: x:1
    generation: 2
    name: dev
status: {}
""",
        """\
spec:
  tags:
  - from:
      kind: DockerImage
      name: x:1
    generation: 2
    name: dev
  - from:
      kind: DockerImage
      name: quay.io/acme/app:2
    name: "1.10"
status: {}
""",
    ),
    "a blank line where the others have one, below the comments of the last": (
        """\
spec:
  tags:
    - name: a

    # b
    - name: b
      # from: later

status: {}
""",
        """\
spec:
  tags:
    - name: a

    # b
    - name: b
      # from: later

    -\x20"""
        + ADDED.format('"', "      ")
        + "\nstatus: {}\n",
    ),
    "no last line break": (
        "spec:\n  tags:\n  - name: dev",
        (
            """\
spec:
  tags:
  - name: dev
  -\x20"""
            + ADDED.format('"', "    ")
        ).rstrip(),
    ),
    "below a block scalar": (
        """\
spec:
  tags:
  - name: dev
    annotations:
      a: |
        b


""",
        """\
spec:
  tags:
  - name: dev
    annotations:
      a: |
        b
  -\x20"""
        + ADDED.format('"', "    ")
        + "\n\n",
    ),
    "behind a dash with a comment": (
        """\
spec:
  tags:
  - # first
    name: dev
""",
        """\
spec:
  tags:
  - # first
    name: dev
  -\x20"""
        + ADDED.format('"', "    "),
    ),
    "behind a dash on its own line": (
        """\
spec:
  tags:
  -
    name: dev
""",
        """\
spec:
  tags:
  -
    name: dev
  -\x20"""
        + ADDED.format('"', "    "),
    ),
    "a from in flow style, as the neighbour has it": (
        """\
spec:
  tags:
  - name: dev
    from: { kind: DockerImage, name: 'x:1' }
""",
        """\
spec:
  tags:
  - name: dev
    from: { kind: DockerImage, name: 'x:1' }
  - name: '1.10'
    from: { kind: DockerImage, name: 'quay.io/acme/app:2' }
""",
    ),
    "beside a key written as a question": (
        """\
spec:
  tags:
  - name: dev
    ? from
    : kind: DockerImage
      name: a:1
""",
        """\
spec:
  tags:
  - name: dev
    ? from
    : kind: DockerImage
      name: a:1
  - name: "1.10"
    from:
      kind: DockerImage
      name: quay.io/acme/app:2
""",
    ),
    "quoted keys": (
        """\
"spec":
  "tags":
  - "name": "dev"
""",
        """\
"spec":
  "tags":
  - "name": "dev"
  - "name": "1.10"
    "from":
      "kind": DockerImage
      "name": quay.io/acme/app:2
""",
    ),
    "an empty list": (
        """\
spec:
  tags: []  # none yet
  lookupPolicy:
    local: true
""",
        "spec:\n  tags:  # none yet\n    - " + ADDED.format('"', "      ") + "  lookupPolicy:\n    local: true\n",
    ),
    "a list of nothing": (
        """\
spec:
  tags:
    # - name: old
  lookupPolicy:
    local: true
""",
        """\
spec:
  tags:
    # - name: old
    -\x20"""
        + ADDED.format('"', "      ")
        + "  lookupPolicy:\n    local: true\n",
    ),
    "a null list": ("spec:\n  tags: ~", ("spec:\n  tags:\n    - " + ADDED.format('"', "      ")).rstrip()),
    "no list": (
        """\
spec:
  lookupPolicy:
    local: true
status: {}
""",
        """\
spec:
  lookupPolicy:
    local: true
  tags:
    -\x20"""
        + ADDED.format('"', "      ")
        + "status: {}\n",
    ),
    "an empty spec": (
        "spec: {}\nstatus: {}\n",
        "spec:\n  tags:\n    - " + ADDED.format('"', "      ") + "status: {}\n",
    ),
    "a null spec": ("spec: # later\n---\n", "spec: # later\n  tags:\n    - " + ADDED.format('"', "      ") + "---\n"),
    "no spec": (
        "# end\n...\n",
        """\
# end
spec:
  tags:
    -\x20"""
        + ADDED.format('"', "      ")
        + "...\n",
    ),
    "no spec and no last line break": (
        "  labels:\n    a: 'b'",
        (
            """\
  labels:
    a: 'b'
spec:
  tags:
    -\x20"""
            + ADDED.format("'", "      ")
        ).rstrip(),
    ),
    "no spec, but another stream shows how": (
        """\
---
kind: ImageStream
metadata:
    name: other
spec:
    tags:
    - name: 'x'
      from:
          kind: DockerImage
          name: 'z:1'
""",
        """\
spec:
  tags:
  - name: '1.10'
    from:
        kind: DockerImage
        name: 'quay.io/acme/app:2'
---
kind: ImageStream
metadata:
    name: other
spec:
    tags:
    - name: 'x'
      from:
          kind: DockerImage
          name: 'z:1'
""",
    ),
}


@pytest.mark.parametrize(("before", "after"), ADDITIONS.values(), ids=ADDITIONS)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_tag_is_added_in_the_style_of_its_neighbours(before: str, after: str, line_break: str) -> None:
    text, wanted = ((HEAD + each).replace("\n", line_break) for each in (before, after))
    assert edited(text, ADD) == wanted
    assert edited(wanted, ADD) == wanted


REMOVALS = {
    "with the comments above it and its own below": (
        BLOCK,
        """\
spec:
  tags:
  # The one people use.
  - name: prod
""",
    ),
    "the last of several": (
        """\
spec:
  tags:
  - name: prod
    # prod's own

  # about
  # dev
  - name: dev
    from: null

status: {}
""",
        """\
spec:
  tags:
  - name: prod
    # prod's own

status: {}
""",
    ),
    "one between, set apart by blank lines": (
        """\
spec:
  tags:
  - name: a

  - name: dev

  - name: b
""",
        """\
spec:
  tags:
  - name: a

  - name: b
""",
    ),
    "one below a blank line": (
        """\
spec:
  tags:
  - name: a

  - name: dev
  - name: b
""",
        """\
spec:
  tags:
  - name: a

  - name: b
""",
    ),
    "the first, set apart by blank lines": (
        """\
spec:
  tags:
  - name: dev

  # b
  - name: b
""",
        """\
spec:
  tags:
  # b
  - name: b
""",
    ),
    "a comment set apart by a blank line stays": (
        """\
spec:
  tags:
  # All of them.

  # dev
  - name: dev
  - name: b
""",
        """\
spec:
  tags:
  # All of them.

  - name: b
""",
    ),
    "the only one": (
        """\
spec:
  tags: # mine
  # dev
  - name: dev
    from: {}
status: {}
""",
        """\
spec:
  tags: [] # mine
status: {}
""",
    ),
    "the only one, without a last line break": ("spec:\n  tags:\n    - name: dev", "spec:\n  tags: []"),
    "the last, without a last line break": (
        """\
spec:
  tags:
    - name: a
    - name: dev""",
        "spec:\n  tags:\n    - name: a",
    ),
    "one with a block scalar": (
        """\
spec:
  tags:
  - name: dev
    annotations:
      a: |
        b

        c
  - name: b
""",
        """\
spec:
  tags:
  - name: b
""",
    ),
    "one with a dash on its own line": (
        """\
spec:
  tags:
  -
    # dev
    name: dev
  - name: b
""",
        """\
spec:
  tags:
  - name: b
""",
    ),
    "one in flow style": (
        """\
spec:
  tags:
  - {name: dev, from: null} # mine
  - {name: b}
""",
        """\
spec:
  tags:
  - {name: b}
""",
    ),
}


@pytest.mark.parametrize(("before", "after"), REMOVALS.values(), ids=REMOVALS)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_tag_is_removed_with_its_lines(before: str, after: str, line_break: str) -> None:
    text, wanted = ((HEAD + each).replace("\n", line_break) for each in (before, after))
    assert removed(text) == wanted


def test_the_object_may_be_in_a_list_among_several_documents() -> None:
    before = """\
# ours
kind: Service
---
---
kind: List
apiVersion: v1
items:
- kind: Service
- kind: ImageStream
  metadata:
    name: app
    namespace: other
  spec:
    tags:
    - name: dev
- kind: ImageStreamList
  items:
  - metadata: {name: app}
    spec:
      tags:
      - name: dev
---
"""
    at = before.rindex("- name: dev") + len("- name: dev\n")
    wanted = before[:at] + "        reference: true\n" + before[at:]
    assert edited(before, TagEdit(APP, "dev", reference=True)) == wanted


def test_a_tag_is_added_to_the_object_of_the_stream_that_has_tags() -> None:
    before = (
        HEAD
        + "---\n"
        + HEAD
        + """\
spec:
  tags:
  - name: dev
---
"""
        + HEAD
    )
    after = (
        HEAD
        + "---\n"
        + HEAD
        + """\
spec:
  tags:
  - name: dev
  - name: new
---
"""
        + HEAD
    )
    assert edited(before, TagEdit(APP, "new")) == after


@pytest.mark.parametrize(
    ("mark", "codec"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_byte_order_marks_and_encodings_stay(mark: bytes, codec: str) -> None:
    before = (
        "# größer 🚢\r\n"
        + HEAD
        + """\
spec:\r
  tags:\r
  - name: dev # ß\r
"""
    )
    after = before + "    reference: true\r\n"
    found = edit_tag(mark + before.encode(codec), "app.yaml", TagEdit(APP, "dev", reference=True), "team-a")
    assert found == mark + after.encode(codec)


def test_a_stream_without_a_namespace_has_that_of_the_file() -> None:
    text = HEAD.encode() + b"spec:\n  tags:\n  - name: dev\n"
    assert edit_tag(text, "app.yaml", TagEdit(StreamName("b", "app"), "dev", reference=True), "b") != text


def test_a_new_stream_is_a_whole_small_file() -> None:
    edit = TagEdit(APP, "1.10", source=NEW, scheduled=True, annotations={"reconciler/frozen": "true"})
    assert new_stream(edit).decode() == (
        """\
apiVersion: image.openshift.io/v1
kind: ImageStream
metadata:
  name: app
  namespace: team-a
spec:
  tags:
    - name: "1.10"
      annotations:
        reconciler/frozen: "true"
      from:
        kind: DockerImage
        name: quay.io/acme/app:2
      importPolicy:
        scheduled: true
"""
    )


def test_several_tags_are_edited_at_once_as_one_by_one() -> None:
    text = HEAD + "spec:\n  tags:\n  - name: dev\n  - {name: prod, importPolicy: {scheduled: true}}\n"
    two = f"{text}---\n{text.replace('name: app', 'name: other', 1)}"
    other = StreamName("team-a", "other")
    edits = [TagEdit(stream, tag, import_mode=ImportMode.LEGACY) for stream in (APP, other) for tag in ("dev", "prod")]
    expected = two
    for each in edits:
        expected = edited(expected, each)
    wanted = {each.stream.tag(each.tag): each for each in edits}
    assert edit_tags(two.encode(), "app.yaml", wanted, "team-a").decode() == expected
    assert entries(expected.encode(), "app.yaml", "team-a")[other.tag("prod")] == {
        "name": "prod",
        "importPolicy": {"scheduled": True, "importMode": "Legacy"},
    }
