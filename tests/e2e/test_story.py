"""The demo tells the whole story, and docs/rollback.md is what it printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.conftest import Place

PAGE = Path(__file__).parents[2] / "docs/rollback.md"
CHAPTERS = [
    "1. Declare: image streams are files in git",
    "2. First pass: every tag is resolved to a digest, and the commits are pushed",
    "3. A new image: somebody pushes a build of main to the registry",
    "4. The next pass: app:dev moves, app:test follows, one commit each",
    "5. Look back: who, what, when, and what to pull",
    "6. Roll back: git revert of the commit that moved app:dev",
]

# What differs from run to run: ports, commits, object ids, times and ages.
VARIABLE = [
    (r"127\.0\.0\.1:\d+", "REGISTRY"),
    (r"index [0-9a-f]{7,}\.\.[0-9a-f]{7,}", "index OBJECTS"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
    (r"\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4} [+-]\d{4}", "TIME"),
    (r"(Less than a second|About a minute|\d+ (second|minute)s?) ago *", "AGE "),
    (r"(?<!sha256:)\b[0-9a-f]{40}\b", "COMMIT"),
    (r"(?<![:0-9a-f])\b(?=[0-9a-f]*\d)[0-9a-f]{7,12}\b", "COMMIT"),
    (r"[ \t]+", " "),
    (r" *\n", "\n"),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = Place(tmp_path_factory.mktemp("demo"))
    (place.root / "home").mkdir()
    place.path.mkdir()
    return place.ok("demo")


def masked(text: str) -> str:
    for pattern, word in VARIABLE:
        text = re.sub(pattern, word, text)
    return text.strip()


def test_the_demo_tells_every_chapter(told: str) -> None:
    assert [line for line in told.splitlines() if re.match(r"\d\. ", line)] == CHAPTERS


def test_the_roll_back_page_is_what_the_demo_printed(told: str) -> None:
    page = PAGE.read_text(encoding="utf-8").partition("```console\n")[2].partition("```")[0]
    chapter = told.partition(f"\n{CHAPTERS[-1]}\n")[2]
    assert masked(page) == masked(chapter), "run `make story` and read the difference"
