"""`reconciler/select` that cannot be read, has no effect, or selects only once."""

from __future__ import annotations

import pytest

from reconciler.model.config import Config
from reconciler.model.name import IstagName
from reconciler.model.stream import SELECT_ANNOTATION, SpecTag
from reconciler.reading.declare import declare

HEAD = (
    "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata: {name: app, namespace: team-a}\nspec:\n  tags:\n"
)
DIGEST = "sha256:" + "a" * 64


def declared(
    select: str, source: str, more: str = "importPolicy: {scheduled: true}"
) -> tuple[list[str], SpecTag | None]:
    text = (
        f"{HEAD}  - name: prod\n    annotations:\n      reconciler/select: '{select}'\n    from: {source}\n    {more}\n"
    )
    found = declare({"is.yaml": text.encode()}, Config())
    return [str(finding) for finding in found.findings], found.tag(IstagName("team-a", "app", "prod"))


def docker(name: str) -> str:
    return f"{{kind: DockerImage, name: '{name}'}}"


def test_a_scheduled_selection_of_a_repository_has_no_finding() -> None:
    findings, tag = declared('semver: ">=1.4 <2"', docker("quay.io/acme/app"))
    assert findings == []
    assert tag is not None
    assert str(tag.selection) == "semver >=1.4 <2"


def test_a_malformed_selection_is_an_error_and_its_tag_cannot_be_used() -> None:
    findings, tag = declared('semver: "latest"', docker("quay.io/acme/app"))
    assert findings == [
        "is.yaml:8:26: error: reconciler/select: semver: 'latest' is not a version. "
        "Write 1, 1.4, 1.4.2, 1.x or 1.4.2-rc.1. [annotation-value]"
    ]
    assert tag is None


@pytest.mark.parametrize(
    ("select", "message"),
    [
        (
            'semver: ">=2 <1"',
            'semver: no version is in \'>=2 <1\'. Write a range such as ">=1.4 <2", or "*".',
        ),
        ("{newest: true, match: []}", "match is a list of nothing. Write a pattern in it, or take it out."),
    ],
)
def test_a_selection_that_nothing_can_match_is_an_error_and_its_tag_cannot_be_used(select: str, message: str) -> None:
    findings, tag = declared(select, docker("quay.io/acme/app"))
    assert findings == [f"is.yaml:8:26: error: reconciler/select: {message} [annotation-value]"]
    assert tag is None


@pytest.mark.parametrize(
    ("source", "more", "message"),
    [
        (
            "{kind: ImageStreamTag, name: 'app:dev'}",
            "",
            "a tag whose from is not a DockerImage. Name the repository to select from, or take it out.",
        ),
        (
            f"{{kind: ImageStreamImage, name: 'app@{DIGEST}'}}",
            "",
            "a tag whose from is not a DockerImage. Name the repository to select from, or take it out.",
        ),
        ("null", "", "a tag whose from is not a DockerImage. Name the repository to select from, or take it out."),
        (
            docker(f"quay.io/acme/app@{DIGEST}"),
            "",
            "a source that is pinned by digest. Take the digest or the annotation out.",
        ),
        (
            docker("quay.io/acme/app"),
            "reference: true",
            "a tag with reference: true, which is never imported. Take one of them out.",
        ),
    ],
)
def test_a_selection_without_effect_is_a_warning_and_the_tag_works(source: str, more: str, message: str) -> None:
    findings, tag = declared('semver: "*"', source, more)
    assert [line for line in findings if "ignored-field" in line] == [
        f"is.yaml:8:7: warning: {SELECT_ANNOTATION} has no effect on {message} [ignored-field]"
    ]
    assert tag is not None
    assert tag.selection is None


def test_a_tag_in_the_pull_spec_of_a_selection_is_reported() -> None:
    findings, tag = declared('semver: "*"', docker("quay.io/acme/app:1.4"))
    assert findings == [
        "is.yaml:9:37: warning: the tag 1.4 has no effect beside reconciler/select. Write quay.io/acme/app. "
        "[ignored-field]"
    ]
    assert tag is not None
    assert tag.selection is not None


def test_a_selection_without_a_schedule_is_a_warning() -> None:
    findings, _ = declared('semver: "*"', docker("quay.io/acme/app"), "")
    assert findings == [
        "is.yaml:8:7: warning: the selection is made when it is declared or imported, and not again. "
        "Add importPolicy: {scheduled: true} to follow new versions. [unscheduled-selection]"
    ]
