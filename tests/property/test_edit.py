"""Properties of edits: in files of any style only the span concerned changes, and it means the requested value."""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.documents.edit.scalar import is_plain
from reconciler.documents.edit.target.spec_tag import EditError, TagEdit, edit_tag, new_stream, remove_tag
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import to_plain
from reconciler.model.name import StreamName
from reconciler.model.stream import ImportMode, Source, SourceKind

APP = StreamName("team-a", "app")
MANY = 100
TEXTS = [
    "dev",
    "1.10",
    "true",
    "quay.io/acme/app:1",
    "some words",
    "it's",
    'a "b"',
    "x: y # z",
    "[1, {2}]",
    "",
    "ß\n\tß",
]
TAGS = ["dev", "prod", "1.10", "8", "on", "v1_2"]
# The reasons why an edit of what the writer below makes may be refused: comments that would be lost.
KNOWN = (
    "a comment is between it and the next key",
    "a comment is beside it in the flow style of ",
    "a comment is inside its empty brackets",
)
MISSING = ("the stream does not declare it here",)

texts = st.sampled_from(TEXTS) | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
sources = st.builds(
    lambda kind, name, namespace: {
        "kind": kind,
        "name": name,
        **({} if namespace is None else {"namespace": namespace}),
    },
    st.sampled_from(["DockerImage", "ImageStreamTag"]),
    st.sampled_from(["quay.io/acme/app:1", "base:1", "1.0"]),
    st.sampled_from([None, None, "team-b"]),
)
policies = st.dictionaries(st.sampled_from(["scheduled", "insecure"]), st.booleans()) | st.none()


@st.composite
def entries(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """One spec tag, its keys in any order."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "from": sources | st.none(),
        "annotations": st.dictionaries(st.sampled_from(["a", "b/c", "reconciler/frozen"]), texts) | st.none(),
        "importPolicy": policies,
        "reference": st.booleans(),
        "generation": st.none() | st.just(2),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(optional)), unique=True))
    keys = draw(st.permutations(["name", *chosen]))
    return {key: name if key == "name" else draw(optional[key]) for key in keys}


@st.composite
def streams(draw: st.DrawFn, name: str = "app") -> dict[str, Any]:
    """One ImageStream, with or without spec and tags."""
    stream: dict[str, Any] = {"kind": "ImageStream", "metadata": {"name": name}}
    spec = draw(st.sampled_from(["tags", "tags", "tags", "no tags", "null tags", "null", "missing"]))
    if spec == "tags":
        names = draw(st.lists(st.sampled_from(TAGS), unique=True, max_size=4))
        stream["spec"] = {"tags": [draw(entries(each)) for each in names]}
    elif spec != "missing":
        stream["spec"] = {"no tags": {"lookupPolicy": {"local": True}}, "null tags": {"tags": None}}.get(spec)
    if draw(st.booleans()):
        stream["status"] = {"dockerImageRepository": ""}
    return stream


@st.composite
def files(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The documents of a file; the stream `app` is in one of them."""
    ours = draw(streams())
    if draw(st.integers(0, 3)) == 0:
        ours = {"kind": "List", "items": [draw(streams("other")), ours]}
    others = draw(st.lists(streams("other") | st.just({"kind": "Service"}), max_size=1))
    return draw(st.permutations([ours, *others]))


@dataclass
class Writer:
    """Writes values as YAML in a random style, line by line."""

    random: Random
    comments: int = 0
    flow: float = field(init=False)
    """How often flow style is taken."""
    noise: float = field(init=False)
    """How often there is a comment or a blank line."""

    def __post_init__(self) -> None:
        self.flow = self.random.choice([0.0, 0.3, 1.0])
        self.noise = self.random.choice([0.0, 0.0, 0.3])
        self.step = self.random.choice([2, 2, 4])
        self.dash = self.random.choice([0, 2])
        self.hang = self.random.choice([2, 2, 4])

    def document(self, value: dict[str, Any]) -> list[str]:
        return list(self._block(value, 0))

    def _comment(self) -> str:
        self.comments += 1
        return f"# c{self.comments}."

    def _sometimes(self) -> bool:
        return self.random.random() < self.noise

    def _above(self, indent: int) -> Iterator[str]:
        if self._sometimes():
            yield ""
        if self._sometimes():
            yield " " * indent + self._comment()

    def _behind(self) -> str:
        return f"  {self._comment()}" if self._sometimes() else ""

    def _block(self, value: dict[str, Any], indent: int) -> Iterator[str]:
        for key, each in value.items():
            yield from self._above(indent)
            head = f"{' ' * indent}{self._scalar(key, flow=False)}:"
            if isinstance(each, dict | list) and each and self.random.random() >= self.flow:
                yield head + self._behind()
                yield from self._inner(each, indent)
            elif isinstance(each, str) and self._is_literal(each):
                yield head + " |-"
                yield " " * (indent + 3) + each
            else:
                yield f"{head} {self._inline(each, indent)}".rstrip(" ") + self._behind()

    def _is_literal(self, text: str) -> bool:
        return text == "some words" and self.random.random() < 0.5

    def _inner(self, value: dict[str, Any] | list[Any], indent: int) -> Iterator[str]:
        if isinstance(value, dict):
            yield from self._block(value, indent + self.step)
            return
        width = indent + self.dash
        for each in value:
            yield from self._above(width)
            first, *rest = self._block(each, width + self.hang)
            while not first or first.lstrip().startswith("#"):  # no comment between a dash and its first key
                first, *rest = rest
            yield f"{' ' * width}-{first[width + 1 :]}"
            yield from rest

    def _inline(self, value: Any, indent: int) -> str:  # noqa: ANN401 - any value
        if not isinstance(value, dict | list):
            return self._scalar(value, flow=True) if value is not None else self.random.choice(["null", "~", ""])
        ends = "{}" if isinstance(value, dict) else "[]"
        if not value:
            return ends
        each = [
            self._inline(item, indent) or "null"
            if isinstance(value, list)
            else f"{self._scalar(item, flow=True)}: {self._inline(value[item], indent) or 'null'}"
            for item in value
        ]
        if self.random.random() < 0.3:
            gap = "\n" + " " * (indent + 6)
            return ends[0] + gap + f",{gap}".join(each) + "\n" + " " * (indent + 4) + ends[1]
        pad = self.random.choice(["", " "])
        return ends[0] + pad + ", ".join(each) + pad + ends[1]

    def _scalar(self, value: Any, *, flow: bool) -> str:  # noqa: ANN401 - any value
        if not isinstance(value, str):
            return json.dumps(value)
        ways = [json.dumps(value, ensure_ascii=False)]
        if value.isprintable():
            ways.append("'" + value.replace("'", "''") + "'")
        if is_plain(value, flow=flow):
            ways += [value, value, value]
        return self.random.choice(ways)


@dataclass(frozen=True)
class File:
    """A file in some style, with its values."""

    documents: list[dict[str, Any]]
    data: bytes

    @property
    def comments(self) -> list[str]:
        return comments(self.data)


@st.composite
def written(draw: st.DrawFn) -> File:
    """A YAML or JSON file in any style."""
    documents = draw(files())
    random = draw(st.randoms(use_true_random=False))
    if len(documents) == 1 and random.random() < 0.3:
        indent, separators = random.choice(
            [(None, (",", ":")), (None, None), (2, None), ("\t", None), (4, (",", " : "))]
        )
        text = json.dumps(documents[0], indent=indent, separators=separators, ensure_ascii=random.random() < 0.5)
        return File(documents, text.replace("\n", random.choice(["\n", "\r\n"])).encode())
    writer = Writer(random)
    text = "\n---\n".join("\n".join(writer.document(document)) for document in documents)
    text += random.choice(["", "\n", "\n\n", "\n---\n", "\n...\n"])
    text = text.replace("\n", random.choice(["\n", "\n", "\r\n"]))
    return File(documents, random.choice([b"", b"\xef\xbb\xbf"]) + text.encode())


edits = st.builds(
    TagEdit,
    st.just(APP),
    st.sampled_from([*TAGS, "new"]),
    st.none()
    | st.builds(Source, st.just(SourceKind.DOCKER_IMAGE), st.sampled_from(["quay.io/acme/app:2", "a@sha256:0", "x"]))
    | st.builds(Source, st.just(SourceKind.ISTAG), st.sampled_from(["base:1", "1.10"]), st.sampled_from([None, "b"])),
    reference=st.none() | st.booleans(),
    scheduled=st.none() | st.booleans(),
    insecure=st.none() | st.booleans(),
    import_mode=st.none() | st.sampled_from(ImportMode),
    reference_policy=st.none() | st.sampled_from(["Source", "Local"]),
    annotations=st.dictionaries(st.sampled_from(["a", "new", "reconciler/frozen"]), st.none() | texts, max_size=2),
)


def stream_of(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """The stream `app` of a file."""
    objects = [each for document in documents for each in document.get("items", [document])]
    return next(each for each in objects if each["kind"] == "ImageStream" and each["metadata"]["name"] == "app")


def tags_of(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Its tags."""
    return (stream_of(documents).get("spec") or {}).get("tags") or []


def meaning(data: bytes) -> list[Any]:
    return [to_plain(document.root) for document in read_documents(data, "app.yaml")]


def apart_from(documents: list[Any], tag: str) -> list[Any]:
    """The values of a file without one tag; an empty list or spec counts as nothing."""
    rest = copy.deepcopy(documents)
    stream = stream_of(rest)
    spec = dict(stream.pop("spec", None) or {})
    tags = [entry for entry in spec.pop("tags", None) or [] if str(entry["name"]) != tag]
    return [*rest, spec, tags]


def check_entry(before: dict[str, Any], after: dict[str, Any], edit: TagEdit) -> None:
    """The tag has the requested values, by a separate reading."""
    policy, old = after.get("importPolicy") or {}, before.get("importPolicy") or {}
    for key, wanted, found, was in [
        ("scheduled", edit.scheduled, policy, old),
        ("insecure", edit.insecure, policy, old),
        ("reference", edit.reference, after, before),
    ]:
        assert found.get(key) == was.get(key) if wanted is None else bool(found.get(key)) is wanted
    assert policy.get("importMode") == (edit.import_mode or old.get("importMode"))
    if edit.reference_policy is not None:
        assert (after.get("referencePolicy") or {"type": "Source"})["type"] == edit.reference_policy
    annotations = {**(before.get("annotations") or {}), **edit.annotations}
    assert (after.get("annotations") or {}) == {key: value for key, value in annotations.items() if value is not None}
    if edit.source is None:
        assert after.get("from") == before.get("from")
    else:
        assert (after["from"]["kind"], after["from"]["name"]) == (str(edit.source.kind), edit.source.name)
        if edit.source.kind is SourceKind.ISTAG:
            assert after["from"].get("namespace", "team-a") == (edit.source.namespace or "team-a")
    assert after.get("generation") == before.get("generation")


def changed_span(before: bytes, after: bytes) -> tuple[bytes, bytes]:
    """The parts of both without their common beginning and end."""
    start = len(os.path.commonprefix([before, after]))  # noqa: RUF071 - bytes, no paths
    end = len(os.path.commonprefix([before[start:][::-1], after[start:][::-1]]))  # noqa: RUF071 - characters, not paths
    return before[start : len(before) - end], after[start : len(after) - end]


def comments(data: bytes) -> list[str]:
    return re.findall(r"# c[0-9]+\.", data.decode("utf-8-sig"))


def accepted(edit: Callable[[], bytes], known: tuple[str, ...] = KNOWN) -> bytes | None:
    """The result of an edit; None if it was refused for an allowed reason."""
    try:
        return edit()
    except EditError as error:
        refused = error
    assert refused.why.startswith(known)
    assert "\n" not in str(refused)
    return None


@settings(deadline=None, max_examples=MANY)
@given(written(), edits)
def test_an_edit_writes_the_requested_value_and_changes_nothing_else(file: File, edit: TagEdit) -> None:
    assert meaning(file.data) == file.documents
    there = next((entry for entry in tags_of(file.documents) if entry["name"] == edit.tag), None)
    reasons = MISSING if there is None and edit.only_removes else KNOWN
    after = accepted(lambda: edit_tag(file.data, "app.yaml", edit, "team-a"), reasons)
    if after is None:
        return
    documents = meaning(after)
    assert apart_from(documents, edit.tag) == apart_from(file.documents, edit.tag)
    assert [entry["name"] for entry in tags_of(documents)] == [
        *(entry["name"] for entry in tags_of(file.documents)),
        *([edit.tag] if there is None else []),
    ]
    check_entry(there or {}, next(entry for entry in tags_of(documents) if entry["name"] == edit.tag), edit)
    assert edit_tag(after, "app.yaml", edit, "team-a") == after


@settings(deadline=None, max_examples=MANY)
@given(written(), st.sampled_from(TAGS), st.sampled_from(["quay.io/acme/app:2", "it's", "1.10", "a, {b}: #c"]))
def test_another_image_changes_the_bytes_of_its_name_alone(file: File, tag: str, image: str) -> None:
    entry = next((entry for entry in tags_of(file.documents) if entry["name"] == tag), {})
    source = entry.get("from") or {}
    if source.get("kind") != "DockerImage" or "namespace" in source:
        return
    after = edit_tag(file.data, "app.yaml", TagEdit(APP, tag, Source(SourceKind.DOCKER_IMAGE, image)), "team-a")
    gone, new = changed_span(file.data, after)
    assert gone.strip(b"\"'") in source["name"].encode()
    assert len(new) <= len(image) + 4


@settings(deadline=None, max_examples=MANY)
@given(written(), edits)
def test_no_comment_is_lost_but_with_what_is_taken_out(file: File, edit: TagEdit) -> None:
    adding = TagEdit(APP, edit.tag, edit.source, reference=True, annotations={"new": "x"})
    after = accepted(lambda: edit_tag(file.data, "app.yaml", adding, "team-a"))
    if after is None:
        return
    gone, _ = changed_span(file.data, after)
    lost = set(file.comments) - set(comments(after))
    # A namespace that is no longer meant goes with its line.
    assert len(lost) <= ("namespace" in gone.decode(errors="replace"))


@settings(deadline=None, max_examples=MANY)
@given(written(), st.sampled_from(TAGS))
def test_a_removed_tag_is_gone_and_nothing_else(file: File, tag: str) -> None:
    names = [entry["name"] for entry in tags_of(file.documents)]
    reasons = KNOWN if tag in names else MISSING
    after = accepted(lambda: remove_tag(file.data, "app.yaml", APP, tag, "team-a"), reasons)
    if after is None:
        return
    documents = meaning(after)
    assert apart_from(documents, tag) == apart_from(file.documents, tag)
    assert [entry["name"] for entry in tags_of(documents)] == [name for name in names if name != tag]
    gone, new = changed_span(file.data, after)
    # Nothing is written but an empty list, and around it a comment that stays.
    assert re.sub(rb"# c[0-9]+\.", b"", new).strip() in {b"", b"[]"}
    assert gone


@settings(deadline=None, max_examples=MANY)
@given(written(), st.sampled_from(TAGS))
def test_what_was_added_can_be_taken_out_again(file: File, tag: str) -> None:
    entry = next((entry for entry in tags_of(file.documents) if entry["name"] == tag), None)
    if entry is None or "new" in (entry.get("annotations") or {}) or entry.get("annotations", {"x"}) in (None, {}):
        return
    frozen = accepted(lambda: edit_tag(file.data, "app.yaml", TagEdit(APP, tag, annotations={"new": "true"}), "team-a"))
    if frozen is None:
        return
    thawed = accepted(lambda: edit_tag(frozen, "app.yaml", TagEdit(APP, tag, annotations={"new": None}), "team-a"))
    assert thawed in (None, file.data)


@settings(deadline=None, max_examples=MANY)
@given(edits)
def test_a_new_stream_declares_its_one_tag(edit: TagEdit) -> None:
    if edit.only_removes:
        return
    documents = meaning(new_stream(edit))
    assert stream_of(documents)["metadata"] == {"name": "app", "namespace": "team-a"}
    (entry,) = tags_of(documents)
    assert entry["name"] == edit.tag
    check_entry({}, entry, edit)


WORDS = [
    b"kind: ImageStream\n",
    b"metadata: {name: app}\n",
    b"spec:",
    b"  tags:\n",
    b"- ",
    b"name: dev\n",
    b"&a ",
    b"*a ",
    b"<<: ",
]
MARKS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\n",
    b"\r",
    b"\t",
    b"? ",
    b": ",
    b"|+\n",
    b"'",
    b'"',
    b"#",
    b"---\n",
    b" ",
    b"\xff",
]


@settings(deadline=None, max_examples=MANY)
@given(st.lists(st.sampled_from(WORDS) | st.sampled_from(MARKS) | st.binary(max_size=4)).map(b"".join), edits)
def test_arbitrary_bytes_raise_only_edit_errors_on_one_line(data: bytes, edit: TagEdit) -> None:
    for prefix in (b"", b"kind: ImageStream\nmetadata: {name: app}\n"):
        accepted(partial(edit_tag, prefix + data, "app.yaml", edit, "team-a"), ("",))
        accepted(partial(remove_tag, prefix + data, "app.yaml", APP, edit.tag, "team-a"), ("",))
