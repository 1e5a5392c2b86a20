"""Image fields: one value gets another text, in every style of YAML and in JSON, and every other byte stays."""

from __future__ import annotations

import pytest

from reconciler.documents.edit.refusal import EditError
from reconciler.documents.edit.target.image_field import FieldEditError, Place, write_fields
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import Path, find, to_plain

NEW = "quay.io/acme/app:2"
IMAGE: Path = ("image",)


def written(text: str, path: Path = IMAGE, value: str = NEW, file: str = "a.yaml", document: int = 0) -> str:
    data = text.encode()
    done = write_fields(data, file, {(document, path): value})
    assert to_plain(find(read_documents(done, file)[document].root, path)) == value
    assert write_fields(done, file, {(document, path): value}) == done
    return done.decode()


STYLES = {
    "plain": ("image: a:1 # why\n", "image: quay.io/acme/app:2 # why\n"),
    "single quotes": ("image:   'a:1'   # why\n", "image:   'quay.io/acme/app:2'   # why\n"),
    "double quotes": ('image: "a\\x3a1"\n', 'image: "quay.io/acme/app:2"\n'),
    "plain text on two lines": ("image: a\n  b # why\nx: 1\n", "image: quay.io/acme/app:2 # why\nx: 1\n"),
    "quotes on two lines": ("image: 'a\n\n  b' # why\n", "image: 'quay.io/acme/app:2' # why\n"),
    "quotes on two lines with a backslash": ('image: "a\\\n  :1"\n', 'image: "quay.io/acme/app:2"\n'),
    "a value below its key": ("image:\n  a:1\n", "image:\n  quay.io/acme/app:2\n"),
    "nothing": ("image:\nx: 1\n", "image: quay.io/acme/app:2\nx: 1\n"),
    "nothing, with a comment": ("image: # why\nx: 1\n", "image: quay.io/acme/app:2 # why\nx: 1\n"),
    "null": ("image: ~ # why\n", "image: quay.io/acme/app:2 # why\n"),
    "null as a word": ("image: null\n", "image: quay.io/acme/app:2\n"),
    "a number": ("image: 1.10\n", "image: quay.io/acme/app:2\n"),
    "a flag": ("image: true\n", "image: quay.io/acme/app:2\n"),
    "folded": ("image: >- # why\n  a:\n  1\n\nx: 1\n", "image: >- # why\n  quay.io/acme/app:2\n\nx: 1\n"),
    "folded, clipped": ("image: >\n    a:1\nx: 1\n", "image: >-\n    quay.io/acme/app:2\nx: 1\n"),
    "literal, kept": ("image: |+\n  a:1\n\n\nx: 1\n", "image: |-\n  quay.io/acme/app:2\n\n\nx: 1\n"),
    "literal with a number": ("image: |2\n    a:1\n", "image: |-\n    quay.io/acme/app:2\n"),
    "literal, stripped, with a number": ("a:\n  image: |-1\n   a:1", "a:\n  image: |1-\n   quay.io/acme/app:2"),
    "literal without text": ("image: >- # why\n\nx: 1\n", "image: quay.io/acme/app:2 # why\n\nx: 1\n"),
    "literal with comments below": (
        "image: |\n  a\n# b\n # c\nx: 1\n",
        "image: |-\n  quay.io/acme/app:2\n# b\n # c\nx: 1\n",
    ),
    "flow": ("{x: 1, image: a:1, y: [2]} # why\n", "{x: 1, image: quay.io/acme/app:2, y: [2]} # why\n"),
    "flow without a blank": ('{"image":"a:1"}', '{"image":"quay.io/acme/app:2"}'),
    "flow on several lines": ("{ x: 1,\n  image: a, # why\n}\n", "{ x: 1,\n  image: quay.io/acme/app:2, # why\n}\n"),
    "nothing in flow": ("{image: , x: 1}\n", "{image: quay.io/acme/app:2 , x: 1}\n"),
    "an anchor that nothing uses": ("image: &i a:1 # why\n", "image: &i quay.io/acme/app:2 # why\n"),
    "an anchor without a value": ("image: &i\nx: 1\n", "image: &i quay.io/acme/app:2\nx: 1\n"),
    "an anchor above": ("image: &i # why\n  'a:1'\n", "image: &i # why\n  'quay.io/acme/app:2'\n"),
    "an anchor before a block": ("image: &i >-\n  a:1\n", "image: &i >-\n  quay.io/acme/app:2\n"),
    "a type of text": ("image: !!str 1\n", "image: !!str quay.io/acme/app:2\n"),
    "a key behind a question mark": ("? image\n: a:1\n", "? image\n: quay.io/acme/app:2\n"),
    "CRLF": ("x: 1\r\nimage: a:1 # why\r\ny: 2\r\n", "x: 1\r\nimage: quay.io/acme/app:2 # why\r\ny: 2\r\n"),
    "CRLF in a block": ("image: >-\r\n  a:1\r\nx: 1\r\n", "image: >-\r\n  quay.io/acme/app:2\r\nx: 1\r\n"),
    "CRLF and nothing": ("image:\r\nx: 1\r\n", "image: quay.io/acme/app:2\r\nx: 1\r\n"),
    "no newline at the end": ("image: a:1", "image: quay.io/acme/app:2"),
    "no newline at the end of a block": ("image: |\n  a:1", "image: |-\n  quay.io/acme/app:2"),
    "a byte order mark": ("﻿image: a:1\n", "﻿image: quay.io/acme/app:2\n"),
    "directives": ("%YAML 1.1\n---\nimage: a:1\n...\n", "%YAML 1.1\n---\nimage: quay.io/acme/app:2\n...\n"),
    "a long line": (f"x: {'y ' * 40_000}\nimage: a\n", f"x: {'y ' * 40_000}\nimage: quay.io/acme/app:2\n"),
    "other letters": ("ключ: значение\nimage: a # почему\n", "ключ: значение\nimage: quay.io/acme/app:2 # почему\n"),
}


@pytest.mark.parametrize(("text", "expected"), STYLES.values(), ids=STYLES)
def test_only_the_value_changes(text: str, expected: str) -> None:
    path: Path = ("a", "image") if text.startswith("a:") else IMAGE
    assert written(text, path) == expected


JSON = {
    "text": ('{\n\t"x": 1,\n\t"image":\t"a\\/b:1"\n}\n', '{\n\t"x": 1,\n\t"image":\t"quay.io/acme/app:2"\n}\n'),
    "null": ('{"image": null}', '{"image": "quay.io/acme/app:2"}'),
    "a number": ('{"image":1.10,"x":[]}', '{"image":"quay.io/acme/app:2","x":[]}'),
    "CRLF": ('{\r\n  "image": "a"\r\n}\r\n', '{\r\n  "image": "quay.io/acme/app:2"\r\n}\r\n'),
    "a new key": ('{"name": "a"}', '{"name": "a", "image": "quay.io/acme/app:2"}'),
    "a new key on a line": ('{\n\t"name": "a"\n}', '{\n\t"name": "a",\n\t"image": "quay.io/acme/app:2"\n}'),
    "an empty object": ("{}", None),
}


@pytest.mark.parametrize(
    ("text", "expected"), [each for each in JSON.values() if each[1]], ids=[n for n, e in JSON.items() if e[1]]
)
def test_json_stays_json(text: str, expected: str) -> None:
    assert written(text, file="a.json") == expected


NUMBERS = [
    "1.10",
    "1e3",
    "0x10",
    "0X1F",
    "0o7",
    "017",
    "1_000",
    "true",
    "yes",
    "null",
    "2026-11-30",
    "2026-11-30T00",
    "1.",
    "0b1",
]


@pytest.mark.parametrize("value", NUMBERS)
def test_text_that_looks_like_another_type_is_quoted(value: str) -> None:
    assert written("tag: v1\n", ("tag",), value) == f'tag: "{value}"\n'
    assert written("tag: v1\nx: 'a'\n", ("tag",), value) == f"tag: '{value}'\nx: 'a'\n"
    assert written("{tag: v1}\n", ("tag",), value) == f'{{tag: "{value}"}}\n'
    assert written("tag: 1.5\n", ("tag",), value) == f'tag: "{value}"\n'
    assert written('{"tag": 1.5}', ("tag",), value, "a.json") == f'{{"tag": "{value}"}}'


@pytest.mark.parametrize("value", ["1.10.1", "v1", "1.10-rc1", "2026.11", f"sha256:{'0' * 64}"])
def test_a_version_or_digest_is_text_without_quotes_or_quoted(value: str) -> None:
    assert written("tag: v1\n", ("tag",), value) in {f"tag: {value}\n", f'tag: "{value}"\n'}


def test_a_missing_key_is_added_behind_the_others() -> None:
    text = "containers:\n- name: web # the shop\n  ports: []\n# end\n- name: b\n"
    expected = "containers:\n- name: web # the shop\n  ports: []\n  image: quay.io/acme/app:2\n# end\n- name: b\n"
    assert written(text, ("containers", 0, "image")) == expected
    assert written("a: [{name: web}]\n", ("a", 0, "image")) == "a: [{name: web, image: quay.io/acme/app:2}]\n"
    assert written("image: {}\n", ("image", "tag"), "v1") == "image:\n  tag: v1\n"


def test_values_of_many_places_are_written_together() -> None:
    text = "a: 1 # x\n---\n\n---\nimages:\n- name: a\n  newTag: '1'\n- {name: b}\n"
    values: dict[Place, str] = {
        (0, ("a",)): "v1",
        (1, ("images", 0, "newTag")): "2",
        (1, ("images", 0, "digest")): "sha256:1",
        (1, ("images", 0, "newName")): "quay.io/a",
        (1, ("images", 1, "newTag")): "3",
        (1, ("images", 1, "digest")): "sha256:2",
    }
    assert write_fields(text.encode(), "a.yaml", values).decode() == (
        "a: v1 # x\n---\n\n---\nimages:\n- name: a\n  newTag: '2'\n  digest: sha256:1\n  newName: quay.io/a\n"
        "- {name: b, newTag: '3', digest: sha256:2}\n"
    )


def test_utf_16_stays_utf_16() -> None:
    data = "image: a:1\r\n".encode("utf-16")
    assert write_fields(data, "a.yaml", {(0, IMAGE): NEW}) == "image: quay.io/acme/app:2\r\n".encode("utf-16")


REFUSED = {
    "an alias": ("x: &i a\nimage: *i\n", IMAGE, "2: image is the alias *i"),
    "an anchor that others use": ("image: &i a\nx: *i\n", IMAGE, "1: image has the anchor &i, which is used elsewhere"),
    "inside of an anchor that others use": (
        "a: &i\n  image: a\nx: *i\n",
        ("a", "image"),
        "1: a has the anchor &i, which is used elsewhere",
    ),
    "inside of an alias": ("a: &i {image: a}\nx: *i\n", ("x", "image"), "2: x is the alias *i"),
    "a merge key": ("a: &i {image: a}\nx:\n  <<: *i\n", ("x", "image"), "3: x.image comes in through a merge key (<<)"),
    "beside a merge key": ("a: &i {b: a}\nx: {<<: *i}\n", ("x", "image"), "2: x has a merge key (<<)"),
    "a key twice": ("image: a\nimage: b\n", IMAGE, "2: image is there twice"),
    "a mapping": ("image: {a: b}\n", IMAGE, "1: image is a mapping or a list, not text"),
    "a list": ("image: []\n", IMAGE, "1: image is a mapping or a list, not text"),
    "no mapping around it": ("image: a\n", ("image", "tag"), "1: image.tag is not there"),
    "nothing around it": ("a: b\n", ("image", "tag"), "1: image.tag is not there"),
    "no such item": ("a: [b]\n", ("a", 1), "1: a[1] is not there"),
    "the document": ("a: b\n", (), "1:  is not there"),
    "another type": ("image: !image a\n", IMAGE, "1: image has an explicit type (!)"),
    "a key without a colon": ("{image}\n", IMAGE, "1: image has no colon"),
    "a question without an answer": ("? image\n", IMAGE, "2: image has no colon"),
    "other capitals": ("Image: a\n", IMAGE, "1: Image is spelt with other capital letters than it should be"),
}


@pytest.mark.parametrize(("text", "path", "expected"), REFUSED.values(), ids=REFUSED)
def test_what_would_change_more_is_refused(text: str, path: Path, expected: str) -> None:
    with pytest.raises(FieldEditError) as caught:
        write_fields(text.encode(), "a.yaml", {(0, path): NEW})
    assert (f"{caught.value.line}: {caught.value.why}", caught.value.place) == (expected, (0, path))


def test_a_refusal_says_which_value_where_why_and_what_to_write() -> None:
    values: dict[Place, str] = {(1, ("b", "image")): "new", (1, ("c", "image")): "other"}
    with pytest.raises(EditError) as caught:
        write_fields(b"a: 1\n---\nb: {image: x}\nc: &i {image: 1}\nd: *i\n", "a.yaml", values)
    assert str(caught.value) == (
        "the image field c.image cannot be written, a.yaml:4: c has the anchor &i, which is used elsewhere. "
        'Write by hand: "other"'
    )
    assert isinstance(caught.value, FieldEditError)
    assert caught.value.place == (1, ("c", "image"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            b"a: b\n\tc: d\n",
            "a.yaml:2: the file cannot be read (this is not YAML: there is a tab where YAML allows only blanks. Indent with blanks)",
        ),
        (b"a: 1\r\nb: 2\rc: 3\n", "a.yaml:2: lines end with lone carriage returns"),
        (b"\xff\xfeimage", "a.yaml:1: the file cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(data: bytes, expected: str) -> None:
    with pytest.raises(FieldEditError) as caught:
        write_fields(data, "a.yaml", {(0, IMAGE): NEW})
    assert caught.value.place is None
    assert str(caught.value).startswith(f"the image fields cannot be written, {expected}")


def test_a_document_that_is_not_there_is_refused() -> None:
    with pytest.raises(FieldEditError) as caught:
        write_fields(b"a: b\n", "a.yaml", {(1, ("a",)): NEW})
    assert (caught.value.line, caught.value.why) == (0, "the file has no document 2")


def test_thousands_of_documents_are_written_in_one_pass() -> None:
    text = "".join(f"kind: Pod\nspec: {{image: a:{number}}}\n---\n" for number in range(3000))
    values: dict[Place, str] = {(number, ("spec", "image")): f"b:{number}" for number in range(3000)}
    values |= {(number, ("spec", "name")): "1.10" for number in range(3000)}
    done = write_fields(text.encode(), "a.yaml", values).decode()
    assert done == "".join(f'kind: Pod\nspec: {{image: b:{number}, name: "1.10"}}\n---\n' for number in range(3000))
