"""The value of `reconciler/select`: YAML or JSON, read as it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents.convert.selection import read_selection
from reconciler.errors import InputError


@pytest.mark.parametrize(
    "text",
    [
        'semver: ">=1.4 <2"\nexclude: "-rc"\n',
        "semver: '>=1.4 <2'\nexclude:\n- '-rc'\n",
        '{semver: ">=1.4 <2", exclude: ["-rc"]}',
        '{"semver": ">=1.4 <2",\t"exclude": "-rc"}',
    ],
)
def test_yaml_and_json_give_the_same_values(text: str) -> None:
    found = read_selection(text)
    assert (str(found), found.rank("1.4.0") is None, found.rank("1.4.0-rc") is None) == ("semver >=1.4 <2", False, True)


def test_a_number_is_read_as_it_is_written() -> None:
    assert str(read_selection("semver: 1.10")) == "semver 1.10"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'it is not a mapping. Write a mapping such as semver: ">=1.4 <2".'),
        ("1.4", 'it is not a mapping. Write a mapping such as semver: ">=1.4 <2".'),
        ("- semver", 'it is not a mapping. Write a mapping such as semver: ">=1.4 <2".'),
        ("a: 1\n---\na: 2", 'it is not a mapping. Write a mapping such as semver: ">=1.4 <2".'),
        ("semver: '*'\nsemver: '1'", "'semver' is written twice. Keep one of them."),
        ("semver: {a: b}", "'semver' is neither text nor a list of texts. Write one line of text."),
        ("match: [[a]]", "'match' is neither text nor a list of texts. Write one line of text."),
        ("a" * 4001, "it is longer than 4000 characters. Write fewer patterns."),
    ],
)
def test_an_error_in_a_selection_says_what_to_write(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_selection(text)
    assert str(caught.value) == message


def test_an_error_in_yaml_names_its_line() -> None:
    with pytest.raises(InputError, match=r"^it is neither YAML nor JSON in its line 2: .* Write a mapping such as"):
        read_selection('semver: "*"\nmatch: "a')


@given(st.text(max_size=60))
def test_any_text_is_a_selection_or_an_input_error(text: str) -> None:
    said = ""
    try:
        read_selection(text)
    except InputError as error:
        said = str(error)
    assert "\n" not in said
