"""Documents: positions, encodings and bounds; bytes that cannot be read raise only DocumentError."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reconciler.documents.read.document import Document, read_documents
from reconciler.documents.read.node import Mapping, Scalar, find, to_plain
from reconciler.errors import DocumentError
from reconciler.settings import MAX_FILE_BYTES


def plain(data: bytes) -> list[object]:
    return [to_plain(document.root) for document in read_documents(data, "f.yaml")]


def only(data: bytes) -> Document:
    (document,) = read_documents(data, "f.yaml")
    return document


def refusal(data: bytes, file: str = "f.yaml") -> str:
    with pytest.raises(DocumentError) as caught:
        read_documents(data, file)
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"# only a comment\n", []),
        (b"---\n---\n", []),
        (b"a: 1", [{"a": 1}]),
        (b"# first\n---\na: 1\n---\n", [{"a": 1}]),
        (b"a: 1\n---\nb: 2\n...\n---\n", [{"a": 1}, {"b": 2}]),
        (b"a: 1\r\nb:\r\n- x\r\n", [{"a": 1, "b": ["x"]}]),
        (b"\xef\xbb\xbfa: 1\n", [{"a": 1}]),
        ("a: ä\n".encode("utf-16"), [{"a": "ä"}]),
        (b"\xfe\xff" + "a: ä\n".encode("utf-16-be"), [{"a": "ä"}]),
        (b"a: &x [1, two]\nb: *x\n", [{"a": [1, "two"], "b": [1, "two"]}]),
        (b"a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n", [{"a": {"k": 1, "l": 2}, "b": {"k": 3, "l": 2}}]),
        (b"b: {<<: [{k: 1}, {k: 2, l: 2}]}\n", [{"b": {"k": 1, "l": 2}}]),
        (b'"<<": {k: 1}\n', [{"<<": {"k": 1}}]),
        (b"&k a: 1\nb: {*k : 2}\n", [{"a": 1, "b": {"a": 2}}]),
        (b"b: {<<: text, <<: [1]}\n", [{"b": {"<<": [1]}}]),
        (b"8: x\nnull: y\n", [{"8": "x", "null": "y"}]),
        (b"a: !!str 8\nb: !!int '8'\nc: !vault x\nd: ! 8\n", [{"a": "8", "b": 8, "c": "x", "d": "8"}]),
        (b"%YAML 1.1\n---\na: yes\n", [{"a": "yes"}]),
        (b"a: 2024-01-01\nb: 2024-01-01T00:00:00Z\n", [{"a": "2024-01-01", "b": "2024-01-01T00:00:00Z"}]),
        (b'{\n\t"a":\t[1, 2.5, true, null, {}, []]\n}\n', [{"a": [1, 2.5, True, None, {}, []]}]),
        (b'{"a": "\\ud83d\\ude00 \\ud800"}', [{"a": "\U0001f600 ���"}]),
        (b"{a: 1, b: [x, 'y']}\n", [{"a": 1, "b": ["x", "y"]}]),
        (b"[]", [[]]),
    ],
)
def test_documents_of_every_shape_are_read(data: bytes, expected: list[object]) -> None:
    assert plain(data) == expected


def test_every_value_and_key_has_its_position() -> None:
    document = only(b"kind: X\nspec:\n  tags:\n  - name: 1.10\n    from: {kind: Y}\n")
    assert str(document.position(("spec", "tags", 0, "name"))) == "f.yaml:4:11"
    assert str(document.position(("spec", "tags", 0, "name"), key=True)) == "f.yaml:4:5"
    assert str(document.position(("spec", "tags", 0, "from", "kind"))) == "f.yaml:5:18"


def test_a_missing_value_has_the_position_of_the_deepest_part_that_exists() -> None:
    document = only(b"kind: X\nspec:\n  tags: []\n")
    assert str(document.position(("spec", "tags", 3, "name"))) == "f.yaml:3:9"
    assert str(document.position(("spec", "none"), key=True)) == "f.yaml:3:3"


def test_json_has_positions_too() -> None:
    document = only(b'{\n\t"spec": {\n\t\t"tags": [{"name": 8}]\n\t}\n}')
    assert str(document.position(("spec", "tags", 0, "name"))) == "f.yaml:3:21"
    assert str(document.position(("spec", "tags"), key=True)) == "f.yaml:3:3"


def test_a_scalar_keeps_the_text_it_was_written_as() -> None:
    node = find(only(b"name: 1.10\n").root, ("name",))
    assert node == Scalar(value=1.1, raw="1.10", plain=True, line=1, column=7)


def test_an_alias_has_its_own_position_and_its_content_that_of_the_anchor() -> None:
    document = only(b"a: &x {k: 1}\nb:\n- *x\nc:\n  <<: *x\n")
    assert str(document.position(("b", 0))) == "f.yaml:3:3"
    assert str(document.position(("b", 0, "k"))) == "f.yaml:1:11"
    assert str(document.position(("a",))) == "f.yaml:1:4"
    assert str(document.position(("c", "k"), key=True)) == "f.yaml:1:8"


@pytest.mark.parametrize("data", [b"a: 1\nb: 2\na: 3\n", b'{"a": 1,\n"b": 2,\n"a": 3}'])
def test_duplicate_keys_are_kept_with_their_places_and_the_last_one_counts(data: bytes) -> None:
    root = only(data).root
    assert isinstance(root, Mapping)
    assert to_plain(root) == {"a": 3, "b": 2}
    assert [(entry.key, entry.line) for entry in root.duplicates] == [("a", 1), ("a", 3)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"a: b: c",
            "f.yaml:1:5: this is not YAML: there is a second `: ` in a value. Put the value in quotes.",
        ),
        (
            b"a:\n\t- b",
            "f.yaml:2:1: this is not YAML: there is a tab where YAML allows only blanks. Indent with blanks.",
        ),
        (
            b"a: @b",
            (
                "f.yaml:1:4: this is not YAML: a value begins with a character that YAML reserves. "
                "Put the value in quotes."
            ),
        ),
        (
            b"a: 1\nb\nc: 2",
            (
                "f.yaml:3:1: this is not YAML: a line has no `: `. "
                "Write KEY: VALUE, or indent the line if it continues text."
            ),
        ),
        (
            b"- name: one\n    from: x\n",
            "f.yaml:2:9: this is not YAML: this line is indented deeper than the one it belongs to. Align it.",
        ),
        (
            b"a:\n  kind: A\n      - name: x\n",
            "f.yaml:3:13: this is not YAML: this line is indented deeper than the one it belongs to. Align it.",
        ),
        (
            b"a:\n  name: one: two\n",
            "f.yaml:2:12: this is not YAML: there is a second `: ` in a value. Put the value in quotes.",
        ),
        (b"a: 1\n- b\n", "f.yaml:2:1: this is not YAML: a list item is not indented like the others. Align it."),
        (
            b"a: [1,\nb: 2",
            "f.yaml:2:5: this is not YAML: a bracket or brace is not closed, or a comma is missing. Add it.",
        ),
        (b'a: "b', "f.yaml:1:6: this is not YAML: quotes are not closed. Add the closing quote."),
        (
            b'a: "\\q"',
            "f.yaml:1:6: this is not YAML: there is an unknown escape in double quotes. Write the backslash twice.",
        ),
        (
            b"a: !x!y z",
            "f.yaml:1:4: this is not YAML: a value begins with a tag that is not declared. Put the value in quotes.",
        ),
        (b"a: {{ x }}", "f.yaml:1:5: a key is not text. If this is a template ({{ … }}), put the value in quotes."),
        (
            b"a: &x {}\n*x : 1",
            "f.yaml:2:1: a key is not text. If this is a template ({{ … }}), put the value in quotes.",
        ),
        (b"a: *x", "f.yaml:1:4: the alias *x has no anchor &x above it. Write the value out."),
        (b"a: &x [*x]", "f.yaml:1:8: the alias *x is inside its own anchor. Write the value out."),
        (b"a: \x00", "f.yaml:1:4: the file holds the control character U+0000. Take it out."),
        (b"a: 1\nb: \x1b[31m", "f.yaml:2:4: the file holds the control character U+001B. Take it out."),
        (b"a: 1\n\xff\n", "f.yaml:2:1: the file is not UTF-8 text. Save it as UTF-8."),
        (b"\xef\xbb\xbfa: caf\xe9\n", "f.yaml:1:7: the file is not UTF-8 text. Save it as UTF-8."),
        ("a: ää".encode() + b"\xe4\n", "f.yaml:1:6: the file is not UTF-8 text. Save it as UTF-8."),
        (b"\xff\xfea\x00\x00\xd8", "f.yaml:1:2: the file is not UTF-16 text. Save it as UTF-8."),
        ("\u0a0a\n\u0a0a".encode("utf-16") + b"\x00\xd8", "f.yaml:2:2: the file is not UTF-16 text. Save it as UTF-8."),
        (b"x" * (MAX_FILE_BYTES + 1), "f.yaml: the file is larger than 2 MiB. Split it."),
    ],
)
def test_bytes_that_are_not_yaml_are_refused_with_position_and_advice(data: bytes, message: str) -> None:
    assert refusal(data) == message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1 "b": 2}', "f.json:1:9: this is not JSON: a comma or } is missing before this. Add it."),
        (b"[1\t2]", "f.json:1:4: this is not JSON: a comma or ] is missing before this. Add it."),
        (b'{\t"a" 1}', "f.json:1:7: this is not JSON: a colon is missing after the key. Add it."),
        (
            b'{"a":\t1,\n\t]',
            (
                "f.json:2:2: this is not JSON: a key in double quotes is missing here. "
                "Take out a comma before }, or write the key."
            ),
        ),
        (
            b'{"a": \t]',
            "f.json:1:8: this is not JSON: a value is missing here, or text is not in double quotes. Write it.",
        ),
        (b'// ours\n{"a": 1}', "f.json:1:1: this is not JSON: JSON has no comments. Take this one out."),
        (b'{\n"a": 1, // ours\n"b": 2}', "f.json:2:9: this is not JSON: JSON has no comments. Take this one out."),
        (b"\t/* ours */ {}", "f.json:1:2: this is not JSON: JSON has no comments. Take this one out."),
        (
            b'{"a": 1}\n]',
            "f.json:2:1: this is not JSON: there is text after the end of the value. Keep one value in a file.",
        ),
    ],
)
def test_errors_in_json_files_say_what_to_write(data: bytes, message: str) -> None:
    assert refusal(data, "f.json") == message


DEEP = "values are nested more than 100 levels deep. Split it or write it flatter."
MANY = "the file has more than 200000 values, aliases written out. Split it or write it flatter."
LAUGHS = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (letter + 1, letter + 1, b", ".join([b"*%c" % letter] * 9)) for letter in range(97, 107)
)


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"[" * 20_000, DEEP),
        (b"[" * 20_000 + b"]" * 20_000, DEEP),
        (b'{"a":' * 20_000, DEEP),
        (b"- " * 20_000, DEEP),
        (b"a: &a " + b"[" * 60 + b"]" * 60 + b"\nb: " + b"[" * 60 + b"*a" + b"]" * 60, DEEP),
        (LAUGHS, MANY),
        (b"a: &a " + b"x" * 400_000 + b"\nb: [" + b"*a," * 200 + b"]", MANY),
        (
            b"a: &a 1\nb: [" + b"*a," * 1_001 + b"]",
            "the file has more than 1000 aliases. Split it or write it flatter.",
        ),
        (b"[" + b"1," * 200_000 + b"1]", MANY),
    ],
)
def test_bombs_are_refused_while_they_are_read(data: bytes, end: str) -> None:
    assert refusal(data).endswith(end)


def test_a_hundred_levels_are_read() -> None:
    assert read_documents(b"[" * 100 + b"]" * 100, "f.yaml")
    assert read_documents(b"- " * 99 + b"x", "f.yaml")


@pytest.mark.parametrize("data", [b"9" * 10_000, b"a: " + b"9" * 10_000, b"0x" + b"f" * 9_000, b"-" + b"1_" * 5_000])
def test_huge_numbers_are_read(data: bytes) -> None:
    assert read_documents(data, "f.yaml")


ARBITRARY = st.binary(max_size=300) | st.text(alphabet="{}[]:,-?&*!|>'\"%@`#<= \n\tab01.~\\/\u2028", max_size=120).map(
    str.encode
)


@settings(max_examples=400, deadline=None)
@given(ARBITRARY)
@example(b'"\\UFFFFFFFF"')
@example(b"%YAML 99999999999999999999.1\n---\n")
@example(b"!<")
def test_arbitrary_bytes_give_documents_or_an_input_error(data: bytes) -> None:
    documents, said = outcome(data)
    assert "\n" not in said
    assert all(document.position(()).line >= 1 for document in documents)


def outcome(data: bytes) -> tuple[list[Document], str]:
    try:
        return read_documents(data, "f.yaml"), ""
    except DocumentError as error:
        return [], str(error)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc<", max_size=3), inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(JSON.filter(lambda value: isinstance(value, list | dict)), st.sampled_from([None, "\t"]))
def test_json_is_read_as_python_reads_it(value: object, indent: str | None) -> None:
    assert plain(json.dumps(value, indent=indent).encode()) == [value]


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789abexyon.-+_:~TrueNlINFa ", min_size=1, max_size=10))
def test_scalars_mean_what_ruamel_says(text: str) -> None:
    data = f"k: {text}\n"
    try:
        mine = plain(data.encode())
    except DocumentError:
        return
    try:
        theirs = YAML(typ="safe", pure=True).load(data)
    except Exception:  # noqa: BLE001 - what ruamel cannot construct, such as 0b or a date without a 13th month, stays text here
        return
    if isinstance(theirs, dict) and not hasattr(theirs["k"], "year"):
        assert repr(mine) == repr([theirs])


TOO_LONG = "a tag has more than 1000 characters. If it is text, put it in quotes."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: " + "!" * 2_000, f"f.yaml:1:4: this is not YAML: {TOO_LONG}"),
        ("a: !<" + "x" * 1_001 + "> b", f"f.yaml:1:4: this is not YAML: {TOO_LONG}"),
        ("a: !<" + "%41" * 1_001 + "> b", f"f.yaml:1:4: this is not YAML: {TOO_LONG}"),
        (f"%TAG !a! {'x' * 1_001}\n---\na: !a!b c", f"f.yaml:1:1: this is not YAML: {TOO_LONG}"),
        ("---\n" * 10_001, "f.yaml:10001:1: the file has more than 10000 documents. Split it or write it flatter."),
    ],
    ids=["bangs", "a verbatim tag", "escapes", "a prefix", "documents"],
)
def test_text_that_the_parser_reads_slowly_is_bounded(text: str, message: str) -> None:
    assert refusal(text.encode()) == message


@pytest.mark.parametrize("quoted", ["'{}'", '"{}"', "|\n  {}\n"])
def test_text_may_have_many_exclamation_marks(quoted: str) -> None:
    assert plain(f"a: {quoted.format('!' * 5_000)}".encode())
