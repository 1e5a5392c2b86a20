"""The pages can be found: every one is in the index, and the glossary is in order."""

from __future__ import annotations

import re
from pathlib import Path

from tests.kit.pages import links

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WORD = re.compile(r"^\| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def test_every_page_is_in_the_index() -> None:
    listed = {(DOCS / link.partition("#")[0]).resolve() for link in links(DOCS / "README.md")}
    pages = {page.resolve() for page in DOCS.glob("*.md")} - {(DOCS / "README.md").resolve()}
    assert pages - listed == set()


def test_the_readme_links_the_index() -> None:
    assert "docs/README.md" in links(ROOT / "README.md")


def test_the_glossary_is_alphabetical_with_one_short_text_a_word() -> None:
    rows = WORD.findall((DOCS / "glossary.md").read_text(encoding="utf-8"))[2:]
    words = [word.strip().casefold() for word, _ in rows]
    assert words == sorted(words)
    assert len(words) == len(set(words))
    assert [word for word, text in rows if not text.strip().endswith(".")] == []


def test_the_glossary_has_every_word_of_the_design() -> None:
    section = (DOCS / "design.md").read_text(encoding="utf-8").partition("## 2. Words")[2].partition("\n## ")[0]
    glossary = {word.strip() for word, _ in WORD.findall((DOCS / "glossary.md").read_text(encoding="utf-8"))}
    words = {word.strip() for word, _ in WORD.findall(section)} - {"word", "---"}
    assert words
    assert words - glossary == set()
