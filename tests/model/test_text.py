"""Foreign text: how it is cleaned, and what each medium gets."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.observation import Failure, ImageDetails, ImageMetadata, Reason
from reconciler.model.person import Person
from reconciler.model.text import inert, is_hidden, line, markdown, shown, token, without_commands

ANY = st.text(st.characters(codec=None), max_size=300) | st.lists(
    st.sampled_from(
        ["#", "@", "!", "1", "a", " ", "/", "issues/", "GH-", "fixes ", "token=", "[", "]", "*", "-by:", "://", "\u200b", "-", "&"]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "let_in"),
    [
        ("a\nb\tc\r\nd", "a b c d"),
        ("\u202eevil\u0000", "evil"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("fi\u200bx\u2060e\ufeffs\u061c \u2066#\u20691", "fixes #1"),
        ("a\u3164b\u034fc\u115fd\U000e0041", "abcd"),
        ("\x1b]0;title\x07red \x1b[31mred\x1b[0m \x9b2Jx", "red red x"),
        ("\x1b[31", ""),
        ("lone \ud800 half", "lone ? half"),
        ("ssh://git:S3cret@h/o/r", "ssh://h/o/r"),
        ("Jos\u00e9 \u674e\u96f7", "Jos\u00e9 \u674e\u96f7"),
    ],
)
def test_foreign_text_is_let_in_as_one_line_that_can_be_seen(text: str, let_in: str) -> None:
    assert line(text) == let_in


@given(ANY, st.integers(20, 100))
def test_what_was_let_in_is_bounded_visible_and_stays_as_it_is(text: str, limit: int) -> None:
    once = line(text, limit)
    assert len(once) <= limit
    assert not any(map(is_hidden, once))
    assert once == once.strip()
    assert line(once, limit) == once


@given(ANY)
def test_what_is_inert_stays_as_it_is_and_has_no_reference_mention_or_mark(text: str) -> None:
    once = inert(text)
    assert inert(once) == once
    assert line(once) == once
    assert not set(once) & set("[]")
    for index, char in enumerate(once):
        following = once[index + 1 : index + 2]
        assert not (char in "#!" and following.isalnum())
        assert not (char == "&" and following == "1")
        assert not (char == "@" and not (index and once[index - 1].isalnum()))


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("1.4.2-rc.1+build.5", "1.4.2-rc.1+build.5"),
        ("UBI-8 by jane@example.com", "UBI-8 by jane@example.com"),
        ("https://github.com/acme/app", "https://github.com/acme/app"),
        ("fixes #1", "fixes 1"),
        ("closes acme/other#7", "closes acme/other 7"),
        ("see group/project!12 and &3", "see group/project 12 and 3"),
        ("Fixes GH-12, gh-3, AB#4", "Fixes GH 12, gh 3, AB 4"),
        ("resolves: PROJ-12", "resolves: PROJ 12"),
        ("closes https://github.com/o/r/issues/1", "closes https://github.com/o/r/issues 1"),
        (
            "https://h/o/r/pull/1 https://h/g/p/-/merge_requests/2",
            "https://h/o/r/pull 1 https://h/g/p/-/merge_requests 2",
        ),
        ("thanks @acme/security (@jane)", "thanks acme/security (jane)"),
        ("[skip ci] [ci skip] ***NO_CI***", "(skip ci) (ci skip) NO_CI"),
        ("x Co-authored-by: Joe", "x Co-authored-by Joe"),
        ("x skip-checks: true", "x skip-checks true"),
        ("/close now /merge", "close now merge"),
        ("# \n @", ""),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_a_git_host_finds_nothing_to_act_on(text: str, quiet: str) -> None:
    assert inert(text) == quiet


def test_markdown_shows_text_as_it_was_written() -> None:
    assert markdown("a|b `c` <img src=x> [x](y) *z* my_app _u_ R&D") == (
        "a\\|b \\`c\\` \\<img src=x\\> \\[x\\](y) \\*z\\* my_app \\_u\\_ R&amp;D"
    )
    assert (
        markdown("fixes #1 for @acme/team, https://h/o/r/issues/1") == "fixes 1 for acme/team, https\\://h/o/r/issues 1"
    )
    assert markdown("a & b") == "a &amp; b"
    assert markdown("HTTPS://h.io www.h.io wwwx.h ://") == "HTTPS\\://h.io www\\.h.io wwwx.h \\://"


def test_what_reaches_a_terminal_is_escaped_but_for_our_own_colours() -> None:
    assert shown("\x1b[31mred\x1b[0m\t\u00e9\n") == "\x1b[31mred\x1b[0m\t\u00e9\n"
    assert shown("a\u202eb\x9b31m\x1b[8m\r\U000e0001\udcff") == "a\\u202eb\\u009b31m\\u001b[8m\\r\\udb40\\udc01\\udcff"


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("::error::x", "\\u003a:error::x"),
        ("a\n  ::add-mask::b\n", "a\n  \\u003a:add-mask::b\n"),
        ("a ::error::x, a::b", "a ::error::x, a::b"),
        ("x ##[set-env name=A]b", "x \\u0023#[set-env name=A]b"),
        ("###vso[task.setvariable variable=a]b", "#\\u0023#vso[task.setvariable variable=a]b"),
        ("##TeamCity[x]", "\\u0023#TeamCity[x]"),
        ("## [x] #[y] ##vso", "## [x] #[y] ##vso"),
    ],
)
def test_a_ci_finds_no_command_in_what_is_written(text: str, quiet: str) -> None:
    assert without_commands(text) == quiet
    assert without_commands(quiet) == quiet


@given(st.text(st.characters(codec=None)))
def test_nothing_hidden_is_left_for_a_terminal(text: str) -> None:
    once = shown(text.replace("\x1b", ""))
    assert not any(is_hidden(char) for char in once if char not in "\n\t")
    assert shown(once) == once
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in once if char not in "\n\t")


@pytest.mark.parametrize(("text", "name"), [("linux", "linux"), ("v8", "v8"), ("v8\nHeld: x", None), ("", None), ("x" * 65, None)])  # fmt: skip
def test_a_platform_is_a_plain_name_or_none(text: str, name: str | None) -> None:
    assert token(text) == name


def test_values_that_others_wrote_are_let_in_when_they_are_made() -> None:
    assert Person("A" * 1_000_000, "x\n@\u202ex") == Person("A" * 199 + "…", "x @x")
    assert Failure(Reason.DENIED, "https://u:p@h\x9b31m says\nno").message == "https://h says no"
    metadata = ImageMetadata(version="1\n2", labels={"a\n": "b\x07"}, details=ImageDetails(entrypoint=("a\nb",)))
    assert (metadata.version, metadata.labels) == ("1 2", {"a": "b"})
    assert metadata.details == ImageDetails(entrypoint=("a b",))
