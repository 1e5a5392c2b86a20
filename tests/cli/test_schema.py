"""The schemas of an installed program, without a checkout."""

from __future__ import annotations

import json

import pytest

from reconciler.cli.main import run
from reconciler.resources import schema_names, schema_text


@pytest.mark.parametrize("kind", ["imagestream", "ImageStream", "CONFIG", "Installation", "status"])
def test_the_schema_of_a_kind_is_printed_as_it_is(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", kind]) == 0
    printed = capsys.readouterr().out
    assert printed == schema_text(kind.lower())
    assert json.loads(printed)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_without_a_kind_all_are_listed_with_what_they_describe(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["KIND", "DESCRIBES"]
    assert [line.split()[0] for line in lines] == list(schema_names())
    assert "installation   The file given with --config" in "\n".join(lines)


def test_a_kind_that_has_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "pod"]) == 2
    assert "'pod' is not one of" in capsys.readouterr().err
