"""Golden folders: `input/` is a folder as people have it, `expected.txt` is the whole output about it.

The output has what `validate` prints, then the declared tags, the tags that are declared but cannot be used, and the
files that are not known as a whole. Each folder is a group of similar files; a file's name says what it shows. To change
an expectation, change the file by hand.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.cli.output.validation import RENDERERS
from reconciler.model.config import Installation
from reconciler.model.stream import Declarations
from reconciler.query.validate import validate_folder
from reconciler.schema.check import check

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/input"))


def consequences(found: Declarations) -> str:
    """The declarations that a pass would use, one on each line."""
    lines = [f"declared: {each.name.tag(tag)}" for each in found.streams.values() for tag in each.tags]
    lines += [f"declared: {each.name} without tags" for each in found.streams.values() if not each.tags]
    lines += [f"broken: {name}" for name in sorted(found.broken)]
    lines += [f"failed: {file}" for file in sorted(found.failed_files)]
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("case", CASES)
def test_the_findings_of_a_folder_are_exactly_these(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = validate_folder(HERE / case / "input", None, Installation())
    RENDERERS["text"](found)
    said = capsys.readouterr().out + consequences(found)
    assert said == (HERE / case / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_json_has_the_same_content_as_the_text(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    RENDERERS["json"](validate_folder(HERE / case / "input", None, Installation()))
    said = json.loads(capsys.readouterr().out)
    assert check("validate", said) == []
    lines = [
        f"{each['file']}:{each['line']}:{each['column']}: {each['severity']}: {each['message']} [{each['rule']}]"
        for each in said["findings"]
    ]
    lines += [
        f"{each['file']}:{each['line']}:{each['column']}: note: {each['what']}. {each['why']}" for each in said["notes"]
    ]
    for each in said["skipped"]:
        where = f"{each['file']}:{each['line']}" if each["line"] else each["file"]
        lines.append(f"{where}: skipped: {each['what']}. {each['why']}")
    expected = (HERE / case / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert expected[: len(lines)] == lines


def test_there_are_folders() -> None:
    assert CASES == ["fields", "kustomize", "parsing", "spread", "team", "templates", "triggers", "values", "wild"]
