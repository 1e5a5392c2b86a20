"""Files of new streams: one readable layout, and reading gives the same values."""

from __future__ import annotations

from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import to_plain
from reconciler.documents.render.stream import Value, render_stream

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=0, max_size=40)
LINES = st.lists(
    st.sampled_from(["", " a", "a", "# b", "- c", "d: e", "f ", "\tg", "...", "---", "x\u0085y"]), max_size=5
)
VALUE = st.one_of(TEXT, LINES.map("\n".join), LINES.map(lambda lines: "\n".join(lines) + "\n"))
ENTRY = st.fixed_dictionaries({"name": VALUE}, optional={"annotations": st.dictionaries(TEXT, VALUE, max_size=3)})


def read(data: bytes) -> object:
    (document,) = read_documents(data, "a.yaml")
    return to_plain(document.root)


def without_empty(value: object) -> object:
    """The value without empty mappings and lists."""
    if isinstance(value, dict):
        return {key: without_empty(each) for key, each in value.items() if each not in ({}, [])}
    return [without_empty(each) for each in value] if isinstance(value, list) else value


def test_a_stream_reads_as_a_person_would_write_it() -> None:
    stream: dict[str, Value] = {
        "metadata": {"name": "app", "labels": {}, "annotations": {"a/b": "One: two", "text": "first\n\n  second\n"}},
        "spec": {
            "lookupPolicy": {"local": True},
            "tags": [
                {"name": "1.10", "from": {"kind": "DockerImage", "name": "quay.io/acme/app:1.10"}},
                {"name": "prod", "annotations": {"json": "[\n  1\n]"}},
            ],
        },
    }
    assert render_stream(stream).decode() == (
        "metadata:\n"
        "  name: app\n"
        "  annotations:\n"
        '    a/b: "One: two"\n'
        "    text: |\n"
        "      first\n"
        "\n"
        "        second\n"
        "spec:\n"
        "  lookupPolicy:\n"
        "    local: true\n"
        "  tags:\n"
        '    - name: "1.10"\n'
        "      from:\n"
        "        kind: DockerImage\n"
        "        name: quay.io/acme/app:1.10\n"
        "    - name: prod\n"
        "      annotations:\n"
        "        json: |-\n"
        "          [\n"
        "            1\n"
        "          ]\n"
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.fixed_dictionaries({"name": VALUE, "more": st.dictionaries(TEXT, VALUE), "tags": st.lists(ENTRY, max_size=3)})
)
def test_any_text_is_read_back_as_it_was(stream: dict[str, object]) -> None:
    assert read(render_stream(cast("dict[str, Value]", stream))) == without_empty(stream)
