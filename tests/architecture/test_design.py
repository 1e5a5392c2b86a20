"""The design page has every section, rule and point that is cited, and every cited page is in the repository."""

from __future__ import annotations

import re
from pathlib import Path

from tests.kit.pages import anchors

ROOT = Path(__file__).parents[2]
DESIGN = ROOT / "docs" / "design.md"
CITING = sorted(
    path
    for folder in ("reconciler", "tests", "docs", "bench", "deploy", "examples", "scripts", "schemas")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and path.suffix in {".py", ".md", ".yaml", ".json", ".sh", ""} and "golden" not in path.parts
)
SECTION = re.compile(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", re.MULTILINE)
CITATION = re.compile(
    r"\bdesign (\d+(?:\.\d+)?)((?:(?:, | and | to )(?:design )?\d+(?:\.\d+)?(?![\w:]))*)(?:,? (?:rule|point) (\d+))?"
)
BARE = re.compile(r"\((3\.\d{1,2})[ ,:)]")
PAGE = re.compile(r"(?<![\w/.-])(?:\.\./)*([\w./-]*[\w-]+\.md)\b")
ELSEWHERE = {
    "media-types.md": "a page of the OCI image specification",
    "manifest.md": "a page of the OCI image specification",
    "image-index.md": "a page of the OCI image specification",
    "config.md": "a page of the OCI image specification",
}
"""Pages of other projects; a citation names the specification beside them."""

SPEAKING_OF_PAGES = {"test_links.py", "test_design.py"}
"""Tests with invented names of pages."""


def sections() -> dict[str, str]:
    """The numbered sections of the design, each with its text up to the next."""
    text = DESIGN.read_text(encoding="utf-8")
    starts = [*SECTION.finditer(text)]
    ends = [*(match.start() for match in starts[1:]), len(text)]
    return {match[1]: text[match.end() : end] for match, end in zip(starts, ends, strict=True)}


def cited(text: str) -> set[tuple[str, str]]:
    """The sections that a text cites, each with the number of a rule or point, or with an empty one."""
    found = set[tuple[str, str]]()
    for first, more, item in CITATION.findall(re.sub(r"\s+(?:[#*>] )?", " ", text)):
        numbers = [first, *re.findall(r"\d+(?:\.\d+)?", more)]
        found |= {(number, "") for number in numbers[:-1]} | {(numbers[-1], item)}
    return found


def test_every_section_has_an_anchor_that_stays_when_its_title_changes() -> None:
    assert {f"design-{number}" for number in sections()} <= anchors(DESIGN)


def test_every_section_of_the_design_that_is_cited_is_there() -> None:
    there = sections()
    for path in CITING:
        for number, item in cited(path.read_text(encoding="utf-8", errors="replace")):
            where = path.relative_to(ROOT)
            assert number in there, f"{where} cites design {number}, which docs/design.md does not have"
            assert not item or re.search(rf"^{item}\. ", there[number], re.MULTILINE), (
                f"{where} cites point {item} of design {number}, which is not there"
            )


def test_code_names_the_design_where_it_cites_it() -> None:
    for path in (ROOT / "reconciler").rglob("*.py"):
        found = BARE.findall(path.read_text(encoding="utf-8"))
        assert found == [], f"{path.relative_to(ROOT)}: write (design {found[0]})"


def test_every_page_that_is_cited_is_in_the_repository() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    known = [f"/{page.relative_to(ROOT).as_posix()}" for page in pages]
    for path in CITING:
        for name in set(PAGE.findall(path.read_text(encoding="utf-8", errors="replace"))) - ELSEWHERE.keys():
            there = any(page.endswith(f"/{name}") for page in known)
            assert there or path.name in SPEAKING_OF_PAGES, f"{path.relative_to(ROOT)} cites {name}, which is not there"


def test_citations_are_read_as_people_write_them() -> None:
    assert cited("(design 3.2, 3.3) and design 3.4 to 3.6; see design 3.10, point 6, or (design 3.2\n    rule 4).") == {
        ("3.2", ""),
        ("3.3", ""),
        ("3.4", ""),
        ("3.6", ""),
        ("3.10", "6"),
        ("3.2", "4"),
    }
