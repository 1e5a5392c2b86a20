"""Tables: whole in a pipe, and not wider than a terminal."""

from __future__ import annotations

import click
import pytest

from reconciler.cli.output.table import table_lines

DIGEST = "sha256:9f2c1ab04d77"
TABLE = [
    ["TAG", "SOURCE", "RECORDED", "LIVE", "AGE", "STATE"],
    ["team-a/app:prod", "quay.io/acme/app:1.4.2", DIGEST, DIGEST, "3h", click.style("InSync", fg="green")],
    [
        "team-a/a-stream-with-a-long-name:latest",
        "registry.example.com:5000/acme/tool",
        DIGEST,
        "<none>",
        "12d",
        "Behind",
    ],
]


def test_in_a_pipe_every_row_is_one_line_as_wide_as_it_has_to_be() -> None:
    lines = [click.unstyle(line) for line in table_lines(TABLE, None)]
    assert len(lines) == 3
    assert lines[1].split() == [
        "team-a/app:prod",
        "quay.io/acme/app:1.4.2",
        DIGEST,
        DIGEST,
        "3h",
        "InSync",
    ]
    assert lines[2].startswith(
        "team-a/a-stream-with-a-long-name:latest   registry.example.com:5000/acme/tool   sha256:"
    )


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_lost(width: int) -> None:
    lines = [click.unstyle(line) for line in table_lines(TABLE, width)]
    assert max(map(len, lines)) <= width
    shown = "".join("".join(line.split()) for line in lines)
    assert sorted(shown) == sorted("".join("".join(map(click.unstyle, row)) for row in TABLE).replace("sha256:", ""))


def test_a_table_that_is_too_wide_goes_on_below_broken_where_names_have_parts() -> None:
    assert [click.unstyle(line) for line in table_lines(TABLE[:2], 71)] == [
        "TAG              SOURCE         RECORDED      LIVE          AGE  STATE",
        "team-a/app:prod  quay.io/acme/  9f2c1ab04d77  9f2c1ab04d77  3h   InSync",
        "                 app:1.4.2",
    ]


@pytest.mark.parametrize("columns", [1, 4, 8, 12])
def test_words_without_parts_are_broken_where_nothing_else_helps(columns: int) -> None:
    lines = list(table_lines([["x" * 70] * columns] * 2, 80))
    assert max(map(len, lines)) <= 80
    assert "".join(lines).count("x") == 140 * columns


def test_a_table_that_fits_is_the_same_on_a_terminal() -> None:
    assert list(table_lines(TABLE, 200)) == list(table_lines(TABLE, None))
