"""Versions, and the ranges that people know from npm and Flux."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InputError
from reconciler.model.version import Version
from reconciler.model.version_range import VersionRange

# The order of Semantic Versioning 2.0.0, section 11, lowest first.
ORDERED = [
    "0.9.9",
    "1.0.0-0",
    "1.0.0-2",
    "1.0.0-10",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.10",
    "1.2.0",
    "1.10.0",
    "2.0.0",
]


def version(text: str) -> Version:
    found = Version.parse(text)
    assert found is not None, text
    return found


def test_versions_are_ordered_as_semantic_versioning_says() -> None:
    assert sorted(set(ORDERED), key=version) == ORDERED


@pytest.mark.parametrize("text", ["v1.4.2", "1.4.2", "1.4.2_build.7", "v1.4.2+build.7"])
def test_a_v_and_build_metadata_make_no_difference(text: str) -> None:
    assert version(text) == version("1.4.2")
    assert hash(version(text)) == hash(version("1.4.2"))


@pytest.mark.parametrize(
    "text",
    [
        *("1.4", "1", "latest", "", "v", "1.4.2.1", "01.4.2", "1.4.2-", "1.4.2-01", "1.4.2-rc..1", "V1.4.2", "1.4.2\n"),
        *("2024.01.02", "\u0661.4.2", "1.4.2-" + "a" * 130),
    ],
)
def test_a_name_that_moves_is_not_a_version(text: str) -> None:
    assert Version.parse(text) is None


@given(st.text(max_size=140))
def test_any_text_is_a_version_or_none_and_a_version_reads_back(text: str) -> None:
    found = Version.parse(text)
    assert found is None or Version.parse(str(found)) == found


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *(
            ("2026.02.0", "2026.2.0"),
            ("v2026.2.00", "2026.2.0"),
            ("1.2.3-rc.01", "1.2.3-rc.1"),
            ("1.2.3-01", "1.2.3-1"),
        ),
        *(("01.2.3_up01", "1.2.3+up01"), ("1.2.3", None), ("1.02", None), ("1.2.3-a01", None), ("latest", None)),
    ],
)
def test_a_tag_is_reported_that_only_a_leading_zero_keeps_from_being_a_version(text: str, meant: str | None) -> None:
    found = Version.unpadded(text)
    assert (str(found) if found else None) == meant


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("1.0.0+up1", "1.0.0_up1", "1.0.0_up2 1.0.0 1.0.1_up1 1.0.0-rc.1_up1"),
        ("=1.0.0-rc.1_up1", "1.0.0-rc.1_up1", "1.0.0-rc.1 1.0.0-rc.1_up2"),
        ("1.0.0+up1 || 2.x", "1.0.0_up1 2.0.0_up2", "1.0.0_up2"),
        (">=1.0.0", "1.0.0_up1 1.0.0_up2", ""),
        (">=1.4 <2", "1.4.0 1.99.0", "1.3.9 2.0.0 1.5.0-rc.1 2.0.0-rc.1"),
        (">=1.4,<2", "1.4.0", "2.0.0"),
        (">= 1.4 , < 2", "1.4.0", "2.0.0"),
        ("^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 2.0.0-0"),
        ("^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4 0.0.2"),
        ("^1.x", "1.0.0 1.9.9", "2.0.0 0.9.9"),
        ("^0", "0.0.1 0.9.0", "1.0.0"),
        ("^0.0", "0.0.9", "0.1.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2"),
        ("~1.2", "1.2.0 1.2.9", "1.3.0"),
        ("~>1.2", "1.2.0", "1.3.0"),
        ("~1", "1.0.0 1.9.0", "2.0.0"),
        ("1.2 - 1.4", "1.2.0 1.4.9", "1.1.9 1.5.0"),
        ("1.2.3 - 1.4.5", "1.2.3 1.4.5", "1.4.6 1.2.2"),
        ("1.x || ^3", "1.9.9 3.4.0", "2.0.0 4.0.0"),
        ("1.4", "1.4.0 1.4.9", "1.5.0 1.3.0"),
        ("v1.4.2", "1.4.2", "1.4.3 1.4.1"),
        ("=1.4.2", "1.4.2", "1.4.3"),
        ("!=1.4.1 1.4.x", "1.4.0 1.4.2", "1.4.1 1.5.0"),
        (">1.4", "1.5.0", "1.4.9"),
        (">1.4.2", "1.4.3", "1.4.2"),
        ("<=1.4", "1.4.9", "1.5.0"),
        ("<=1.4.2", "1.4.2", "1.4.3"),
        ("<1.4", "1.3.9", "1.4.0"),
        ("*", "0.0.0 99.0.0", "1.0.0-rc.1"),
        ("x", "1.0.0", "1.0.0-rc.1"),
        ("~*", "0.1.0", "1.0.0-rc.1"),
        ("^*", "0.1.0", "1.0.0-rc.1"),
        (">*", "", "1.0.0"),
        # Pre-releases: only beside a comparator that names one, and never over an upper bound that names none.
        ("*-0", "1.0.0-rc.1 1.0.0", ""),
        (">=1.4.0-rc.1 <2", "1.4.0-rc.1 1.4.0-rc.2 1.4.0 1.5.0-rc.1", "1.4.0-beta 2.0.0-rc.1 2.0.0"),
        (">=1.4.0-0 <2.0.0-rc.2", "2.0.0-rc.1", "2.0.0-rc.2 2.0.0"),
        ("=1.4.0-rc.1", "1.4.0-rc.1", "1.4.0 1.4.0-rc.2"),
        (">1.4.0-rc.1", "1.4.0-rc.2 1.4.0", "1.4.0-rc.1"),
        ("<=1.4.0-rc.1", "1.4.0-rc.1 1.3.0", "1.4.0-rc.2"),
        ("1.x || >=2.0.0-0", "1.4.0 2.0.0-rc.1", "1.4.0-rc.1"),
        ("1.4.0-rc.1 - 1.4.0", "1.4.0-rc.2 1.4.0", "1.4.1"),
    ],
)
def test_a_range_holds_what_people_expect(text: str, inside: str, outside: str) -> None:
    found = VersionRange.parse(text)
    for each in inside.split():
        assert found.contains(version(each)), each
    for each in outside.split():
        assert not found.contains(version(each)), each
    assert str(found) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'semver is empty or longer than 200 characters. Write a range such as ">=1.4 <2", or "*".'),
        (">" * 201, 'semver is empty or longer than 200 characters. Write a range such as ">=1.4 <2", or "*".'),
        ("1.x ||", "semver has nothing on one side of ||. Write a range on both sides."),
        ("latest", "semver: 'latest' is not a version. Write 1, 1.4, 1.4.2, 1.x or 1.4.2-rc.1."),
        (">=1.4 <two", "semver: 'two' is not a version. Write 1, 1.4, 1.4.2, 1.x or 1.4.2-rc.1."),
        ("1.2.3.4", "semver: '1.2.3.4' is not a version. Write 1, 1.4, 1.4.2, 1.x or 1.4.2-rc.1."),
        (
            ">=1.0.0+up1",
            "semver: '>=1.0.0+up1' names a build, and builds have no order. Leave '+up1' out, or write the one version "
            "that is meant.",
        ),
        (
            "1.0.0+a - 2",
            "semver: '1.0.0+a - 2' names a build, and builds have no order. Leave '+a' out, or write the one version "
            "that is meant.",
        ),
        ("1.x+a", "semver: '1.x+a' names a build of no whole version. Write all three numbers."),
        (
            ">=2025.01.0",
            "semver: '2025.01.0' is not a version: a number has a 0 in front. Leave the 0 out.",
        ),
        (">=", "semver: '>=' is not a comparator. Write >=1.4, <2, ^1.4, ~1.4.2 or 1.x."),
        ("1.4 | 2", "semver: '| 2' is not a comparator. Write >=1.4, <2, ^1.4, ~1.4.2 or 1.x."),
    ],
)
def test_a_malformed_range_gives_advice(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        VersionRange.parse(text)
    assert str(caught.value) == message


@given(st.text(alphabet="0123456789.xX*v-<>=!~^| ,rc+", max_size=30))
def test_any_text_is_a_range_or_an_error_for_a_person(text: str) -> None:
    try:
        found = VersionRange.parse(text)
    except InputError:
        return
    assert isinstance(found.contains(version("1.4.2")), bool)


@pytest.mark.parametrize(
    "text",
    [
        *(
            ">=2 <1",
            ">1.4 !=x",
            ">*",
            "!=*",
            "<0",
            "<0.0.0-0",
            "1.4.x 2.x",
            "1.4.1 !=1.4.1",
            "1.4.1+a !=1.4.1",
            "!=1 1.x",
            ">=2 <1 || >*",
        ),
        *("2 - 1", ">1.4.1 <1.4.2", ">1.4.1 <1.4.2-0", "^1.2.3 ~1.3.0 !=1.3.x"),
    ],
)
def test_a_range_that_nothing_can_be_in_is_empty(text: str) -> None:
    assert VersionRange.parse(text).is_empty


@pytest.mark.parametrize(
    "text", ["*", "<0.0.1", "<=0", ">=2 <1 || 3.x", ">1.4.1 <1.4.2-1", ">1.4.1-0 <1.4.1-1", "!=0", "<0.0.0-1", "!=1"]
)
def test_a_range_that_something_can_be_in_is_not_empty(text: str) -> None:
    assert not VersionRange.parse(text).is_empty


PIECES = [
    f"{sign}{number}" for sign in (">", ">=", "<", "<=", "!=", "=", "~", "^") for number in ("0", "1", "x", "1.1")
]
PIECES += [f"{sign}{number}" for sign in (">", ">=", "<", "<=", "!=", "=") for number in ("1.0.0", "1.0.1", "1.0.1-1")]
GRID = [
    version(f"{major}.{minor}.{patch}{pre}")
    for major, minor, patch in itertools.product(range(4), repeat=3)
    for pre in ("", "-0", "-0.0", "-1", "-1.0", "-2")
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4), st.booleans())
def test_a_range_is_empty_if_no_version_is_in_it(pieces: list[str], alternatives: bool) -> None:
    found = VersionRange.parse((" || " if alternatives else " ").join(pieces))
    assert found.is_empty is not any(found.contains(each) for each in GRID)


@given(st.tuples(*[st.integers(0, 3)] * 3), st.tuples(*[st.integers(0, 3)] * 3))
def test_comparators_agree_with_the_order_of_versions(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    left, right = (".".join(map(str, each)) for each in (one, other))
    for sign, expected in ((">", one > other), (">=", one >= other), ("<", one < other), ("<=", one <= other)):
        assert VersionRange.parse(f"{sign}{right}").contains(version(left)) is expected
    assert VersionRange.parse(f"={right}").contains(version(left)) is (one == other)
    assert VersionRange.parse(f"!={right}").contains(version(left)) is (one != other)
