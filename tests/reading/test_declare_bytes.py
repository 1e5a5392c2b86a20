"""Bytes that text editors, other systems and attackers leave in files, each with its exact result."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from reconciler.model.config import Config
from reconciler.reading.declare import declare, declare_each
from reconciler.settings import MAX_FILE_BYTES, MAX_FINDINGS, MAX_YAML_ALIASES, MAX_YAML_DEPTH, MAX_YAML_NODES

HEAD = "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata:\n  name: app\n"
STREAM = HEAD + "spec:\n  tags:\n  - name: prod\n"
ODD = STREAM + "  - name: 8\n"
TABBED = '{\n\t"kind": "ImageStream",\n\t"apiVersion": "v1",\n\t"metadata": {"name": "app"}\n}\n'
QUOTE = 'f.yaml:8:11: error: 8 without quotes is read as a number. Put it in quotes: "8". [unquoted-text]'
FLAT = "Split it or write it flatter. [unreadable]"

# What is in the file; its findings; whether what it declared before stays because not all of it is known.
BYTES: dict[str, tuple[bytes, list[str], bool]] = {
    "a byte order mark": (b"\xef\xbb\xbf" + ODD.encode(), [QUOTE], False),
    "a byte order mark before JSON": (b"\xef\xbb\xbf" + TABBED.encode(), [], False),
    "a byte order mark inside": (
        STREAM.encode() + b"---\n\xef\xbb\xbf" + HEAD.replace("app", "web").encode(),
        [
            (
                "f.yaml:9:1: error: apiVersion is missing. '\\ufeffapiVersion' is probably meant to be it. "
                "[missing-field]"
            ),
            "f.yaml:9:1: warning: \\ufeffapiVersion is unknown. apiVersion is probably meant. [unknown-field]",
        ],
        True,
    ),
    "UTF-16": (ODD.encode("utf-16"), [QUOTE], False),
    "UTF-16 the other way round": (b"\xfe\xff" + ODD.encode("utf-16-be"), [QUOTE], False),
    "half a UTF-16 character": (
        STREAM.encode("utf-16") + b"\x00",
        ["f.yaml:8:1: error: the file is not UTF-16 text. Save it as UTF-8. [unreadable]"],
        True,
    ),
    "carriage returns and line feeds": (ODD.replace("\n", "\r\n").encode(), [QUOTE], False),
    "carriage returns": (ODD.replace("\n", "\r").encode(), [QUOTE], False),
    "both": (ODD.replace("app\n", "app\r\n").encode(), [QUOTE], False),
    "a line separator": (
        (HEAD + "  annotations: {a: 'x\u2028y'}\nspec: {tags: [{name: 8}]}\n").encode(),
        ['f.yaml:6:22: error: 8 without quotes is read as a number. Put it in quotes: "8". [unquoted-text]'],
        False,
    ),
    "Latin-1": (
        (HEAD + "  annotations: {a: café}\n").encode("latin-1"),
        ["f.yaml:5:23: error: the file is not UTF-8 text. Save it as UTF-8. [unreadable]"],
        True,
    ),
    "half of a surrogate pair": (
        HEAD.encode() + b"# \xed\xa0\x80\n",
        ["f.yaml:5:3: error: the file is not UTF-8 text. Save it as UTF-8. [unreadable]"],
        True,
    ),
    "NUL": (
        STREAM.encode() + b"\x00",
        ["f.yaml:8:1: error: the file holds the control character U+0000. Take it out. [unreadable]"],
        True,
    ),
    "an escape sequence": (
        HEAD.encode() + b"  annotations: {a: '\x1b[31m'}\n",
        ["f.yaml:5:21: error: the file holds the control character U+001B. Take it out. [unreadable]"],
        True,
    ),
    "wide characters before a mistake": (
        (HEAD + "  annotations: {a: '😀é', b: 8}\n").encode(),
        ['f.yaml:5:29: error: 8 without quotes is read as a number. Put it in quotes: "8". [unquoted-text]'],
        False,
    ),
    "tabs in JSON": (TABBED.encode(), [], False),
    "tabs in JSON after a separator": (b"---\n" + TABBED.encode(), [], False),
    "blanks that are none": (
        (STREAM + "  - name: 'a\u00a0'\n").encode(),
        [
            (
                "f.yaml:8:11: error: 'a\\xa0' is not a tag name. Use up to 128 of A-Z a-z 0-9 _ . - and none of the last "
                "two first. [tag-name]"
            )
        ],
        True,
    ),
    "too deep": (
        (HEAD + "x: " + "[" * 1_000).encode(),
        [f"f.yaml:5:103: error: values are nested more than {MAX_YAML_DEPTH} levels deep. {FLAT}"],
        True,
    ),
    "too deep in JSON": (
        b'{"kind": "ImageStream", "x": ' + b"[" * 1_000,
        [f"f.yaml:1:129: error: values are nested more than {MAX_YAML_DEPTH} levels deep. {FLAT}"],
        True,
    ),
    "ten thousand aliases": (
        (HEAD + "x: &a y\nz: [" + "*a," * 10_000 + "]\n").encode(),
        [f"f.yaml:6:3005: error: the file has more than {MAX_YAML_ALIASES} aliases. {FLAT}"],
        True,
    ),
    "aliases of aliases": (
        (HEAD + "a: &a [" + "x," * 99 + "]\nb: &b [" + "*a," * 99 + "]\nc: [" + "*b," * 99 + "]\n").encode(),
        [f"f.yaml:7:62: error: the file has more than {MAX_YAML_NODES} values, aliases written out. {FLAT}"],
        True,
    ),
    "an alias inside its anchor": (
        (HEAD + "a: &a [*a]\n").encode(),
        ["f.yaml:5:8: error: the alias *a is inside its own anchor. Write the value out. [unreadable]"],
        True,
    ),
    "an alias without an anchor": (
        (HEAD + "a: *a\n").encode(),
        ["f.yaml:5:4: error: the alias *a has no anchor &a above it. Write the value out. [unreadable]"],
        True,
    ),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_have_their_verdict(name: str) -> None:
    data, expected, failed = BYTES[name]
    found = declare({"f.yaml": data}, Config())
    assert [str(finding) for finding in found.findings] == expected
    assert found.failed_files == ({"f.yaml"} if failed else frozenset())


@pytest.mark.parametrize("data", [ODD.encode("utf-16-le"), ODD.encode("utf-32"), bytes(range(256)), b"\x1f\x8b" * 99])
def test_bytes_that_name_none_of_our_kinds_are_not_ours_unless_they_were(data: bytes) -> None:
    assert declare({"f.yaml": data}, Config()).findings == ()
    assert declare({"f.yaml": data}, Config(), lambda _: False).findings == ()
    (finding,) = declare({"f.yaml": data}, Config(), lambda _: True).findings
    assert finding.rule == ("lost-streams" if data.startswith(b"\x1f\x8b") else "unreadable")


def test_a_file_as_large_as_allowed_is_read_to_its_end() -> None:
    data = ODD.encode()
    assert declare({"f.yaml": b"#" * (MAX_FILE_BYTES - len(data) - 1) + b"\n" + data}, Config()).findings


@pytest.mark.parametrize(
    "spec",
    [
        "tags: [" + "{name: a}," * 10_000 + "]",
        "".join(f"k{number}: 1, " for number in range(10_000)),
        "tags: [" + "8," * 10_000 + "]",
    ],
    ids=["a tag declared often", "unknown fields", "tags that are none"],
)
def test_ten_thousand_mistakes_are_listed_or_counted(spec: str) -> None:
    *listed, rest = declare({"f.yaml": f"{HEAD}spec: {{{spec}}}\n".encode()}, Config()).findings
    assert len(listed) == MAX_FINDINGS
    assert rest.rule == "more-findings"
    assert rest.message.startswith(f"{10_000 - MAX_FINDINGS} more findings")


def test_annotations_of_two_thousand_objects_are_compared_key_by_key() -> None:
    objects = (
        f"{{kind: ImageStream, apiVersion: v1, metadata: {{name: a, annotations: {{k{n}: x}}}}}}" for n in range(2_000)
    )
    found = declare({"f.yaml": f"kind: List\nitems: [{', '.join(objects)}]\n".encode()}, Config())
    ((_, stream),) = found.streams.items()
    assert len(stream.annotations) == 2_000


def test_files_that_come_one_by_one_are_not_kept() -> None:
    def files() -> Iterator[tuple[str, bytes]]:
        for number in range(100):
            kind = "ImageStream" if number % 10 == 0 else "ConfigMap"
            head = f'{{"kind": "{kind}", "apiVersion": "v1", "metadata": {{"name": "app-{number}"}}, "status": {{"x": "'
            yield f"{number:03}.json", (head + "x" * 1_000_000 + '"}}').encode()

    tracemalloc.start()
    found = declare_each(files(), Config())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.streams) == 10
    assert peak < 30_000_000
