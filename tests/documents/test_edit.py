"""Edits of block style: what a person's YAML looks like before and after, byte for byte."""

from __future__ import annotations

import codecs

import pytest

from reconciler.documents.edit import TagEdit, edit_tag, new_stream, remove_tag
from reconciler.model.name import StreamName
from reconciler.model.stream import ImportMode, Source, SourceKind

APP = StreamName("team-a", "app")
HEAD = "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata:\n  name: app\n"
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
    "a number": ("name: 8", "name: quay.io/acme/app:2"),
    "left out": ("# nothing yet", "# nothing yet\n        name: quay.io/acme/app:2"),
    "null": ("name: ~ # none", "name: quay.io/acme/app:2 # none"),
    "empty": ("name:", "name: quay.io/acme/app:2"),
    "empty with a comment": ("name: # later", "name: quay.io/acme/app:2 # later"),
}


@pytest.mark.parametrize(("before", "after"), SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("ending", ["", "\n", "\n\n# end\n", "\n---\nkind: Service\n"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_source_is_replaced_in_its_own_style(before: str, after: str, ending: str, line_break: str) -> None:
    frame = HEAD + "spec:\n  tags:\n    - name: dev\n      from:\n        kind: DockerImage\n        {}" + ending
    text, wanted = (frame.format(value).replace("\n", line_break) for value in (before, after))
    assert edited(text, TO_NEW) == wanted


def test_text_is_quoted_as_it_was_where_it_can_be_and_else_as_little_as_possible() -> None:
    text = (
        HEAD
        + "spec:\n  tags:\n  - name: dev\n    annotations:\n      a: plain\n      b: 'single'\n      c: \"double\"\n"
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
        found = edited(text, TagEdit(APP, "dev", annotations={"a": value, "b": value, "c": value}))
        # Which quotes are needed around plain text is what the other two use: the nearer, or the more frequent one.
        assert found.replace(f"a: {single}\n", f"a: {plain}\n") == wanted


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
        BLOCK.replace("    # no policy\n", "    # no policy\n    importPolicy:\n      scheduled: true\n"),
    ),
    "a flag that is false": (
        SCHEDULE,
        "spec:\n  tags:\n  - name: dev\n    importPolicy:\n      scheduled: false # not yet\n      insecure: true\n",
        "spec:\n  tags:\n  - name: dev\n    importPolicy:\n      scheduled: true # not yet\n      insecure: true\n",
    ),
    "an empty mapping becomes a block": (
        SCHEDULE,
        "spec:\n  tags:\n  - annotations: null\n    importPolicy: {}  # default\n    name: dev\n",
        "spec:\n  tags:\n  - annotations: null\n    importPolicy:  # default\n      scheduled: true\n    name: dev\n",
    ),
    "an annotation in place of null": (
        FREEZE,
        "spec:\n  tags:\n  - annotations: null\n    name: dev\n",
        'spec:\n  tags:\n  - annotations:\n      reconciler/frozen: "true"\n    name: dev\n',
    ),
    "an annotation among others, in their quotes": (
        FREEZE,
        "spec:\n    tags:\n    - name: dev\n      annotations:\n          a: 'b'\n      from: null\n",
        "spec:\n    tags:\n    - name: dev\n      annotations:\n          a: 'b'\n"
        "          reconciler/frozen: 'true'\n      from: null\n",
    ),
    "an annotation below a block scalar with its blank lines": (
        FREEZE,
        "spec:\n  tags:\n  - name: dev\n    annotations:\n      a: |+\n        [1,\n        # text\n\n\n  - name: x\n",
        "spec:\n  tags:\n  - name: dev\n    annotations:\n      a: |+\n        [1,\n        # text\n\n\n"
        '      reconciler/frozen: "true"\n  - name: x\n',
    ),
    "an annotation below a block scalar, before blank lines": (
        FREEZE,
        "spec:\n  tags:\n  - name: dev\n    annotations:\n      a: >-\n        text\n\n  - name: x\n",
        "spec:\n  tags:\n  - name: dev\n    annotations:\n      a: >-\n        text\n"
        '      reconciler/frozen: "true"\n\n  - name: x\n',
    ),
    "a flag taken out, with its mapping": (
        UNSCHEDULE,
        "spec:\n  tags:\n  - name: dev\n    importPolicy: # all night\n      scheduled: true # yes\n    reference: true\n",
        "spec:\n  tags:\n  - name: dev\n    reference: true\n",
    ),
    "a flag taken out, from the others": (
        UNSCHEDULE,
        "spec:\n  tags:\n  - name: dev\n    importPolicy:\n      scheduled: true # yes\n      # really\n      insecure: true",
        "spec:\n  tags:\n  - name: dev\n    importPolicy:\n      # really\n      insecure: true",
    ),
    "a flag taken out at the end of a file without a last line break": (
        UNSCHEDULE,
        "spec:\n  tags:\n  - name: dev\n    importPolicy:\n      scheduled: true",
        "spec:\n  tags:\n  - name: dev",
    ),
    "the first key behind a dash taken out": (
        UNSCHEDULE,
        "spec:\n  tags:\n  - importPolicy:\n      scheduled: true # yes\n\n    name: dev\n",
        "spec:\n  tags:\n  - name: dev\n",
    ),
    "the last annotation taken out": (
        UNFREEZE,
        "spec:\n  tags:\n  - name: dev\n    annotations:\n      reconciler/frozen: 'true'\n  - name: prod\n",
        "spec:\n  tags:\n  - name: dev\n  - name: prod\n",
    ),
    "one annotation taken out": (
        UNFREEZE,
        "spec:\n  tags:\n  - annotations:\n      reconciler/frozen: 'true'\n      b: |\n        c\n    name: dev\n",
        "spec:\n  tags:\n  - annotations:\n      b: |\n        c\n    name: dev\n",
    ),
    "one added and the only other one taken out": (
        TagEdit(APP, "dev", scheduled=False, insecure=True),
        "spec:\n  tags:\n  - name: dev\n    importPolicy:\n      scheduled: true\n",
        "spec:\n  tags:\n  - name: dev\n    importPolicy:\n      insecure: true\n",
    ),
    "a from whose namespace is no longer meant": (
        TO_NEW,
        "spec:\n  tags:\n  - name: dev\n    from:\n      kind: ImageStreamTag\n      namespace: x\n      name: a:b\n",
        "spec:\n  tags:\n  - name: dev\n    from:\n      kind: DockerImage\n      name: quay.io/acme/app:2\n",
    ),
    "a from in flow style stays in it": (
        FOLLOW,
        "spec:\n  tags:\n  - name: dev\n    from: {kind: DockerImage, name: 'x:1'} # why\n",
        "spec:\n  tags:\n  - name: dev\n    from: {kind: ImageStreamTag, name: 'base:1.10', namespace: 'team-b'} # why\n",
    ),
    "a key written as a question": (
        FOLLOW,
        "spec:\n  tags:\n  - name: dev\n    ? from\n    : kind: DockerImage\n      name: x:1\n",
        "spec:\n  tags:\n  - name: dev\n    ? from\n    : kind: ImageStreamTag\n      name: base:1.10\n"
        "      namespace: team-b\n",
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
        "spec:\n  tags:\n  - name: dev\n",
        "spec:\n  tags:\n  - name: dev\n    from:\n      kind: DockerImage\n      name: quay.io/acme/app:2\n"
        "    reference: true\n    importPolicy:\n      insecure: true\n      scheduled: true\n      importMode: Legacy\n"
        "    referencePolicy:\n      type: Local\n    annotations:\n      a: b\n",
    ),
    "a key quoted by YAML for a number": (
        TO_NEW,
        "spec:\n  tags:\n  - name: dev # x\n    from:\n      kind: DockerImage\n      name: 'x'\n  - name: 1.10\n",
        "spec:\n  tags:\n  - name: dev # x\n    from:\n      kind: DockerImage\n      name: 'quay.io/acme/app:2'\n"
        "  - name: 1.10\n",
    ),
}


@pytest.mark.parametrize(("edit", "before", "after"), EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_an_edit_changes_only_the_lines_concerned(edit: TagEdit, before: str, after: str, line_break: str) -> None:
    text, wanted = ((HEAD + each).replace("\n", line_break) for each in (before, after))
    assert edited(text, edit) == wanted
    assert edited(wanted, edit) == wanted


ADDED = "name: {0}1.10{0}\n{1}from:\n{1}  kind: DockerImage\n{1}  name: quay.io/acme/app:2\n"

ADDITIONS = {
    "like the neighbour": (BLOCK, BLOCK + "  - " + ADDED.format('"', "    ")),
    "wide dashes and deep steps": (
        "spec:\n    tags:\n      -   name: 'dev'\n          from:\n               kind: DockerImage\n"
        "               name: 'x:1'\n",
        "spec:\n    tags:\n      -   name: 'dev'\n          from:\n               kind: DockerImage\n"
        "               name: 'x:1'\n      -   name: '1.10'\n          from:\n               kind: DockerImage\n"
        "               name: 'quay.io/acme/app:2'\n",
    ),
    "the order of the neighbour's keys": (
        "spec:\n  tags:\n  - from:\n      kind: DockerImage\n      name: x:1\n    generation: 2\n    name: dev\nstatus: {}\n",
        "spec:\n  tags:\n  - from:\n      kind: DockerImage\n      name: x:1\n    generation: 2\n    name: dev\n"
        '  - from:\n      kind: DockerImage\n      name: quay.io/acme/app:2\n    name: "1.10"\nstatus: {}\n',
    ),
    "a blank line where the others have one, below the comments of the last": (
        "spec:\n  tags:\n    - name: a\n\n    # b\n    - name: b\n      # from: later\n\nstatus: {}\n",
        "spec:\n  tags:\n    - name: a\n\n    # b\n    - name: b\n      # from: later\n\n    - "
        + ADDED.format('"', "      ")
        + "\nstatus: {}\n",
    ),
    "no last line break": (
        "spec:\n  tags:\n  - name: dev",
        ("spec:\n  tags:\n  - name: dev\n  - " + ADDED.format('"', "    ")).rstrip(),
    ),
    "below a block scalar": (
        "spec:\n  tags:\n  - name: dev\n    annotations:\n      a: |\n        b\n\n\n",
        "spec:\n  tags:\n  - name: dev\n    annotations:\n      a: |\n        b\n  - "
        + ADDED.format('"', "    ")
        + "\n\n",
    ),
    "behind a dash with a comment": (
        "spec:\n  tags:\n  - # first\n    name: dev\n",
        "spec:\n  tags:\n  - # first\n    name: dev\n  - " + ADDED.format('"', "    "),
    ),
    "behind a dash on its own line": (
        "spec:\n  tags:\n  -\n    name: dev\n",
        "spec:\n  tags:\n  -\n    name: dev\n  - " + ADDED.format('"', "    "),
    ),
    "a from in flow style, as the neighbour has it": (
        "spec:\n  tags:\n  - name: dev\n    from: { kind: DockerImage, name: 'x:1' }\n",
        "spec:\n  tags:\n  - name: dev\n    from: { kind: DockerImage, name: 'x:1' }\n"
        "  - name: '1.10'\n    from: { kind: DockerImage, name: 'quay.io/acme/app:2' }\n",
    ),
    "quoted keys": (
        '"spec":\n  "tags":\n  - "name": "dev"\n',
        '"spec":\n  "tags":\n  - "name": "dev"\n  - "name": "1.10"\n    "from":\n      "kind": DockerImage\n'
        '      "name": quay.io/acme/app:2\n',
    ),
    "an empty list": (
        "spec:\n  tags: []  # none yet\n  lookupPolicy:\n    local: true\n",
        "spec:\n  tags:  # none yet\n    - " + ADDED.format('"', "      ") + "  lookupPolicy:\n    local: true\n",
    ),
    "a list of nothing": (
        "spec:\n  tags:\n    # - name: old\n  lookupPolicy:\n    local: true\n",
        "spec:\n  tags:\n    # - name: old\n    - "
        + ADDED.format('"', "      ")
        + "  lookupPolicy:\n    local: true\n",
    ),
    "a null list": ("spec:\n  tags: ~", ("spec:\n  tags:\n    - " + ADDED.format('"', "      ")).rstrip()),
    "no list": (
        "spec:\n  lookupPolicy:\n    local: true\nstatus: {}\n",
        "spec:\n  lookupPolicy:\n    local: true\n  tags:\n    - " + ADDED.format('"', "      ") + "status: {}\n",
    ),
    "an empty spec": (
        "spec: {}\nstatus: {}\n",
        "spec:\n  tags:\n    - " + ADDED.format('"', "      ") + "status: {}\n",
    ),
    "a null spec": ("spec: # later\n---\n", "spec: # later\n  tags:\n    - " + ADDED.format('"', "      ") + "---\n"),
    "no spec": ("# end\n...\n", "# end\nspec:\n  tags:\n    - " + ADDED.format('"', "      ") + "...\n"),
    "no spec and no last line break": (
        "  labels:\n    a: 'b'",
        ("  labels:\n    a: 'b'\nspec:\n  tags:\n    - " + ADDED.format("'", "      ")).rstrip(),
    ),
    "no spec, but another stream shows how": (
        "---\nkind: ImageStream\nmetadata:\n    name: other\nspec:\n    tags:\n    - name: 'x'\n      from:\n"
        "          kind: DockerImage\n          name: 'z:1'\n",
        "spec:\n  tags:\n  - name: '1.10'\n    from:\n        kind: DockerImage\n        name: 'quay.io/acme/app:2'\n"
        "---\nkind: ImageStream\nmetadata:\n    name: other\nspec:\n    tags:\n    - name: 'x'\n      from:\n"
        "          kind: DockerImage\n          name: 'z:1'\n",
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
        "spec:\n  tags:\n  # The one people use.\n  - name: prod\n",
    ),
    "the last of several": (
        "spec:\n  tags:\n  - name: prod\n    # prod's own\n\n  # about\n  # dev\n  - name: dev\n    from: null\n\nstatus: {}\n",
        "spec:\n  tags:\n  - name: prod\n    # prod's own\n\nstatus: {}\n",
    ),
    "one between, set apart by blank lines": (
        "spec:\n  tags:\n  - name: a\n\n  - name: dev\n\n  - name: b\n",
        "spec:\n  tags:\n  - name: a\n\n  - name: b\n",
    ),
    "one below a blank line": (
        "spec:\n  tags:\n  - name: a\n\n  - name: dev\n  - name: b\n",
        "spec:\n  tags:\n  - name: a\n\n  - name: b\n",
    ),
    "the first, set apart by blank lines": (
        "spec:\n  tags:\n  - name: dev\n\n  # b\n  - name: b\n",
        "spec:\n  tags:\n  # b\n  - name: b\n",
    ),
    "a comment set apart by a blank line stays": (
        "spec:\n  tags:\n  # All of them.\n\n  # dev\n  - name: dev\n  - name: b\n",
        "spec:\n  tags:\n  # All of them.\n\n  - name: b\n",
    ),
    "the only one": (
        "spec:\n  tags: # mine\n  # dev\n  - name: dev\n    from: {}\nstatus: {}\n",
        "spec:\n  tags: [] # mine\nstatus: {}\n",
    ),
    "the only one, without a last line break": ("spec:\n  tags:\n    - name: dev", "spec:\n  tags: []"),
    "the last, without a last line break": (
        "spec:\n  tags:\n    - name: a\n    - name: dev",
        "spec:\n  tags:\n    - name: a",
    ),
    "one with a block scalar": (
        "spec:\n  tags:\n  - name: dev\n    annotations:\n      a: |\n        b\n\n        c\n  - name: b\n",
        "spec:\n  tags:\n  - name: b\n",
    ),
    "one with a dash on its own line": (
        "spec:\n  tags:\n  -\n    # dev\n    name: dev\n  - name: b\n",
        "spec:\n  tags:\n  - name: b\n",
    ),
    "one in flow style": (
        "spec:\n  tags:\n  - {name: dev, from: null} # mine\n  - {name: b}\n",
        "spec:\n  tags:\n  - {name: b}\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), REMOVALS.values(), ids=REMOVALS)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_tag_is_removed_with_its_lines(before: str, after: str, line_break: str) -> None:
    text, wanted = ((HEAD + each).replace("\n", line_break) for each in (before, after))
    assert removed(text) == wanted


def test_the_object_may_lie_in_a_list_among_several_documents() -> None:
    before = (
        "# ours\nkind: Service\n---\n---\nkind: List\napiVersion: v1\nitems:\n- kind: Service\n- kind: ImageStream\n"
        "  metadata:\n    name: app\n    namespace: other\n  spec:\n    tags:\n    - name: dev\n- kind: ImageStreamList\n"
        "  items:\n  - metadata: {name: app}\n    spec:\n      tags:\n      - name: dev\n---\n"
    )
    at = before.rindex("- name: dev") + len("- name: dev\n")
    wanted = before[:at] + "        reference: true\n" + before[at:]
    assert edited(before, TagEdit(APP, "dev", reference=True)) == wanted


def test_a_tag_is_added_to_the_object_of_the_stream_that_has_tags() -> None:
    before = HEAD + "---\n" + HEAD + "spec:\n  tags:\n  - name: dev\n---\n" + HEAD
    after = HEAD + "---\n" + HEAD + "spec:\n  tags:\n  - name: dev\n  - name: new\n---\n" + HEAD
    assert edited(before, TagEdit(APP, "new")) == after


@pytest.mark.parametrize(
    ("mark", "codec"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_byte_order_marks_and_encodings_stay(mark: bytes, codec: str) -> None:
    before = "# größer 🚢\r\n" + HEAD + "spec:\r\n  tags:\r\n  - name: dev # ß\r\n"
    after = before + "    reference: true\r\n"
    found = edit_tag(mark + before.encode(codec), "app.yaml", TagEdit(APP, "dev", reference=True), "team-a")
    assert found == mark + after.encode(codec)


def test_the_namespace_of_the_file_counts_where_the_stream_names_none() -> None:
    text = HEAD.encode() + b"spec:\n  tags:\n  - name: dev\n"
    assert edit_tag(text, "app.yaml", TagEdit(StreamName("b", "app"), "dev", reference=True), "b") != text


def test_a_new_stream_is_a_whole_small_file() -> None:
    edit = TagEdit(APP, "1.10", source=NEW, scheduled=True, annotations={"reconciler/frozen": "true"})
    assert new_stream(edit).decode() == (
        "apiVersion: image.openshift.io/v1\n"
        "kind: ImageStream\n"
        "metadata:\n"
        "  name: app\n"
        "  namespace: team-a\n"
        "spec:\n"
        "  tags:\n"
        '    - name: "1.10"\n'
        "      annotations:\n"
        '        reconciler/frozen: "true"\n'
        "      from:\n"
        "        kind: DockerImage\n"
        "        name: quay.io/acme/app:2\n"
        "      importPolicy:\n"
        "        scheduled: true\n"
    )
