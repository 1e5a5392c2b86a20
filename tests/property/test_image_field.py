"""Properties of image fields: in files of any style only the value changes, and a marker is found at its value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reconciler.documents.edit.marker import find_markers
from reconciler.documents.edit.target.image_field import FieldEditError, write_fields
from reconciler.documents.edit.value import same, with_value_at
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import Path, to_plain
from reconciler.errors import DocumentError

MARK = '# {"$imagestream": "team-a/app:prod"}'
BEGIN, END = "\ue000", "\ue001"
"""They surround the value in the written text, and are taken out afterwards."""
KEYS = ["image", "name", "tag", "spec", "a b", "x/y", "1", "true", "key: x", "# no"]
SCALARS: list[Any] = ["app", "quay.io/acme/app:1.4.2", "1.10", 1.5, None, True, "it's", 'a "b"', "x # y", "", "ß"]


class Hole:
    """The place of the value in a document."""


def trees(hole: bool) -> st.SearchStrategy[Any]:
    """Values with at most one hole, three levels deep."""
    leaf = st.just(Hole()) if hole else st.sampled_from(SCALARS)
    found = leaf
    for _ in range(3):
        found = st.one_of(leaf, mappings(found, hole=hole), lists(found, hole=hole))
    return found


@st.composite
def mappings(draw: st.DrawFn, inner: st.SearchStrategy[Any], *, hole: bool) -> dict[str, Any]:
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True, min_size=1, max_size=4))
    chosen = draw(st.sampled_from(keys))
    other: st.SearchStrategy[Any] = st.sampled_from(SCALARS) | st.just({}) | st.just(["x"]) | st.just({"k": "v"})
    return {key: draw(inner if hole and key == chosen else other) for key in keys}


@st.composite
def lists(draw: st.DrawFn, inner: st.SearchStrategy[Any], *, hole: bool) -> list[Any]:
    others = draw(st.lists(st.sampled_from(SCALARS) | st.just({"name": "n"}), max_size=2))
    at = draw(st.integers(0, len(others)))
    return [*others[:at], *([draw(inner)] if hole else []), *others[at:]]


def path_of(value: Any) -> Path | None:  # noqa: ANN401 - any value
    """The path of the hole."""
    if isinstance(value, Hole):
        return ()
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in entries:
        inner = path_of(each)
        if inner is not None:
            return (step, *inner)
    return None


@dataclass
class Writer:
    """Writes a document in a random style; the hole gets a random value and, alone on its line, a marker."""

    random: Random
    marked: bool = False
    step: int = field(init=False)

    def __post_init__(self) -> None:
        self.step = self.random.choice([1, 2, 4])

    def block(self, value: Any, indent: int) -> Iterator[str]:  # noqa: ANN401 - any value
        """The lines of a mapping or list; the first one without its indentation."""
        pad = " " * indent
        entries = list(value.items()) if isinstance(value, dict) else [(None, each) for each in value]
        for number, (key, each) in enumerate(entries):
            if number and self.random.random() < 0.2:
                yield self.random.choice(["", f"{pad}# why", " " * (indent + 1)])
            head = f"{pad}-" if key is None else f"{pad}{self._text(key, flow=False)}:"
            yield from self._entry(head, each, indent)

    def _entry(self, head: str, each: Any, indent: int) -> Iterator[str]:  # noqa: ANN401 - any value
        if isinstance(each, Hole):
            yield from self._hole(head, indent)
        elif isinstance(each, dict | list) and each and self.random.random() < 0.6:
            yield head + self._behind()
            yield from self.block(each, indent + self.step)
        else:
            text = self._flow(each, indent + self.step)
            alone = BEGIN in text and not isinstance(each, list | dict)
            yield f"{head} {text}" + ("" if alone else self._behind())

    def _hole(self, head: str, indent: int) -> Iterator[str]:
        """The value in block style, with its marker."""
        kind = self.random.choice(["inline", "inline", "below", "block", "empty", "lines", "anchor"])
        self.marked = kind != "empty"
        mark = f"  {MARK}" if self.marked else self._behind()
        deeper = " " * (indent + self.step)
        if kind == "block":
            indicator = self.random.choice(["", "-", "+"])
            number = self.random.choice(["", str(self.step)])
            yield f"{head} {BEGIN}{self.random.choice('|>')}{number}{indicator}{mark}"
            lines = [f"{deeper}{line}" for line in self.random.choice([["a:1"], ["a", "b:1"], ["a # {x}", "", "  b"]])]
            yield from [*lines[:-1], lines[-1] + END]
            yield from [""] * self.random.choice([0, 0, 1, 2])
        elif kind == "lines":
            first, last = self.random.choice([("a", "b:1"), ("'a", "b'"), ('"a', 'b:1"'), ('"a\\', 'b"')])
            yield f"{head} {BEGIN}{first}"
            yield f"{deeper}{last}{END}{mark}"
        elif kind == "empty":
            yield f"{head}{BEGIN}{END}{mark}"
        elif kind == "below":
            yield head
            yield f"{deeper}{self._value(flow=False)}{mark}"
        else:
            yield f"{head} {'&anchor ' if kind == 'anchor' else ''}{self._value(flow=False)}{mark}"

    def _value(self, *, flow: bool) -> str:
        plain = ["a:1", "quay.io/acme/app", "1.10", "0x10", "~", "true", "2026-11-30", "a#b", "a  b"]
        quoted = ["''", "'it''s'", '"a # b"', '"\\x41"', "'a: b'"]
        return BEGIN + self.random.choice([*quoted, *plain, *([] if flow else ["a,b", "a]"])]) + END

    def _flow(self, each: Any, indent: int) -> str:  # noqa: ANN401 - any value
        if isinstance(each, Hole):
            return self._value(flow=True)
        if not isinstance(each, dict | list):
            return self._text(each, flow=True)
        ends = "{}" if isinstance(each, dict) else "[]"
        inner = indent + self.step
        items = [
            self._flow(item, inner)
            if isinstance(each, list)
            else f"{self._text(item, flow=True)}: {self._flow(each[item], inner)}"
            for item in each
        ]
        if items and self.random.random() < 0.3:
            return self._broken(items, ends, indent)
        pad = self.random.choice(["", " "]) if items else ""
        return ends[0] + pad + self.random.choice([", ", ","]).join(items) + pad + ends[1]

    def _broken(self, items: list[str], ends: str, indent: int) -> str:
        """A flow collection with each entry on a line; the hole gets a marker if it is alone there."""
        lines = []
        for number, item in enumerate(items):
            comma = "," if number < len(items) - 1 else self.random.choice(["", ","])
            alone = BEGIN in item and item.endswith(END) and not {"{", "["} & set(item) and "\n" not in item
            self.marked = self.marked or alone
            lines.append(item + comma + (f" {MARK}" if alone else ""))
        gap = "\n" + " " * (indent + 2)
        return ends[0] + gap + gap.join(lines) + "\n" + " " * (indent + 1) + ends[1]

    def _behind(self) -> str:
        return self.random.choice(["", "", "  # why", " # {x}"])

    def _text(self, value: Any, *, flow: bool) -> str:  # noqa: ANN401 - any value
        if not isinstance(value, str):
            return json.dumps(value)
        plain = value if not flow and value in {"app", "image", "spec", "ß", "quay.io/acme/app:1.4.2"} else None
        single = "'" + value.replace("'", "''") + "'"
        return plain or self.random.choice([json.dumps(value, ensure_ascii=False), single])


@dataclass(frozen=True)
class Sample:
    """A file with one value in the middle; `before` and `after` are the texts around it."""

    before: str
    value: str
    after: str
    document: int
    path: Path
    marked: bool

    @property
    def text(self) -> str:
        return self.before + self.value + self.after


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """A YAML file of any style."""
    tree = draw(mappings(trees(hole=True), hole=True) | lists(trees(hole=True), hole=True))
    path = path_of(tree)
    assert path is not None
    writer = Writer(draw(st.randoms(use_true_random=False)))
    random = writer.random
    text = "\n".join(writer.block(tree, 0)) if random.random() < 0.8 else writer._flow(tree, 0)
    document = random.choice([0, 0, 1, 2])
    text = (
        "".join(
            random.choice(["a: 1\n---\n", "---\n- x\n...\n---\n", "\n---\nk: |\n  x\n\n---\n"]) for _ in range(document)
        )
        + text
    )
    text += random.choice(["", "\n", "\n\n", "\n---\nlast: 1\n", "\n...\n", "\n# end"])
    if random.random() < 0.3:
        text = text.replace("\n", "\r\n")
    before, _, rest = (random.choice(["", "", "﻿"]) + text).partition(BEGIN)
    value, _, after = rest.partition(END)
    return Sample(before, value, after, document, path, writer.marked)


values = (
    st.sampled_from(
        ["quay.io/acme/app:2", f"quay.io/acme/app:1.4.2@sha256:{'0' * 64}", "1.10", "1e3", "0x10", "true", "2026-11-30"]
    )
    | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True)
    | st.from_regex(r"[a-z0-9.-]{1,9}(:[0-9]{1,5})?/[a-z0-9/_-]{1,9}(:[A-Za-z0-9._-]{1,9})?", fullmatch=True)
)


@given(samples(), values)
def test_only_the_value_changes_in_any_style(sample: Sample, value: str) -> None:
    data = sample.text.encode()
    documents = [to_plain(each.root) for each in read_documents(data, "a.yaml")]
    done = write_fields(data, "a.yaml", {(sample.document, sample.path): value})
    text = done.decode()
    assert text.startswith(sample.before)
    assert text.endswith(sample.after)
    middle = text[len(sample.before) : len(text) - len(sample.after)]
    assert value in middle or text == sample.text
    assert ("#" in middle) == (MARK in sample.value or "#" in value)
    documents[sample.document] = with_value_at(documents[sample.document], sample.path, value)
    assert same([to_plain(each.root) for each in read_documents(done, "a.yaml")], documents)


@given(samples())
def test_a_marker_is_found_at_its_value_in_any_style(sample: Sample) -> None:
    read_documents(sample.text.encode(), "a.yaml")
    found = [(each.document, each.path, each.problem) for each in find_markers(sample.text.removeprefix("﻿"))]
    assert found == ([(sample.document, sample.path, "")] if sample.marked else [])


@given(values)
def test_readers_of_yaml_1_1_and_1_2_read_text(value: str) -> None:
    for text in ("v: x\n", "{v: x}\n", "v: 1.5\n", "v:\n", 'v: "x"\n'):
        done = write_fields(text.encode(), "a.yaml", {(0, ("v",)): value}).decode()
        for version in ("1.1", "1.2"):
            reader = YAML(typ="safe", pure=True)
            reader.version = version
            assert reader.load(done) == {"v": value}


@given(trees(hole=True), st.sampled_from([None, 1, "\t", 4]), st.booleans(), values)
def test_only_the_value_changes_in_json(tree: Any, indent: Any, ascii_only: bool, value: str) -> None:  # noqa: ANN401 - plain values
    path = path_of(tree)
    if not path:
        return
    old = json.dumps(with_value_at(tree, path, BEGIN), indent=indent, ensure_ascii=ascii_only)
    before, _, after = old.partition(json.dumps(BEGIN, ensure_ascii=ascii_only))
    for number in ('"a:1"', "1.10", "null", "true", '"\\u0041\\/"'):
        done = write_fields((before + number + after).encode(), "a.json", {(0, path): value})
        assert done.decode() == before + json.dumps(value) + after


@given(st.binary(max_size=200) | st.text(alphabet="a:-#{}[]\"'|>&*!%@, \n\r\t?~<", max_size=60).map(str.encode))
@example(b"a: b: c")
def test_any_bytes_are_written_or_refused(data: bytes) -> None:
    try:
        done = write_fields(data, "a.yaml", {(0, ("a",)): "b:1"})
    except FieldEditError:
        return
    expected = [to_plain(each.root) for each in read_documents(data, "a.yaml")]
    expected[0] = with_value_at(expected[0], ("a",), "b:1")
    assert same([to_plain(each.root) for each in read_documents(done, "a.yaml")], expected)


@given(st.text(alphabet="a:-#{}[]\"'|>&*!, \n\r$?~<", max_size=60), st.integers(0, 60))
def test_a_marker_in_any_text_is_found_without_an_error(text: str, at: int) -> None:
    marked = text[:at] + MARK + text[at:]
    try:
        documents = read_documents(marked.encode(), "a.yaml")
    except DocumentError:
        return
    for found in find_markers(marked):
        assert found.path is None or found.document < len(documents)
