"""The variables that `resolve --env` prints: whatever a history says, a shell takes each value as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.output.environment import environment_lines, parse_prefix
from reconciler.errors import InputError, UsageError
from reconciler.model.history import Cause, TagEvent
from reconciler.provenance.resolve import ResolvedImage
from tests.kit.world import NOW_TEXT, A, B, docker

APP = "quay.io/acme/app"
SOURCE = docker(f"{APP}:1.4.1")


def test_an_istag_gives_all_of_its_variables() -> None:
    before = TagEvent(B, f"{APP}@{B}", NOW_TEXT, 1, SOURCE, Cause.SCHEDULED)
    found = ResolvedImage("team-a/app:prod", f"{APP}@{A}", A, "1.4.2", before, "1.4.1")
    assert environment_lines(found, parse_prefix("BASE")) == [
        f"BASE_IMAGE={APP}@{A}",
        f"BASE_IMAGE_NAME={APP}",
        "BASE_IMAGE_TAG=1.4.2",
        f"BASE_IMAGE_DIGEST={A}",
        "BASE_IMAGESTREAM_TAG=team-a/app:prod",
        f"BASE_PREVIOUS_IMAGE={APP}@{B}",
        f"BASE_PREVIOUS_IMAGE_NAME={APP}",
        "BASE_PREVIOUS_IMAGE_TAG=1.4.1",
        f"BASE_PREVIOUS_IMAGE_DIGEST={B}",
    ]


def test_what_is_unknown_is_printed_as_empty_so_that_nothing_is_left_over() -> None:
    lines = environment_lines(ResolvedImage(f"team-a/app@{A}", f"[::1]:5000/app@{A}", A))
    assert lines[:2] == [f"IMAGE=[::1]:5000/app@{A}", "IMAGE_NAME=[::1]:5000/app"]
    assert [line for line in lines if line.endswith("=")] == [
        "IMAGE_TAG=",
        "IMAGESTREAM_TAG=",
        "PREVIOUS_IMAGE=",
        "PREVIOUS_IMAGE_NAME=",
        "PREVIOUS_IMAGE_TAG=",
        "PREVIOUS_IMAGE_DIGEST=",
    ]


def test_a_value_that_a_shell_would_obey_is_refused() -> None:
    with pytest.raises(InputError) as raised:
        environment_lines(ResolvedImage("team-a/app:prod", "quay.io/app:$(id)\nPATH=/x", None))
    assert str(raised.value) == (
        r"team-a/app:prod: IMAGE is 'quay.io/app:$(id)\nPATH=/x', which a shell would not take as text. "
        "Correct its source."
    )


@given(st.text(), st.none() | st.text(), st.text(max_size=9))
def test_no_text_gives_a_line_with_another_character(pull_spec: str, version: str | None, prefix: str) -> None:
    try:
        lines = environment_lines(ResolvedImage("a/b:c", pull_spec, None, version), parse_prefix(prefix))
    except InputError:
        return
    assert len(lines) == 9
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*=[A-Za-z0-9._/:@+\[\]-]*", line) for line in lines)


@pytest.mark.parametrize("text", ["", "1A", "A-B", "A=B", "É", "A" * 65, "A\n"])
def test_a_prefix_that_cannot_begin_a_variable_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="cannot begin a variable"):
        parse_prefix(text)
