"""Claims: what counts where several triggers, markers or targets concern one value of a file."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.finding import Position
from reconciler.model.image_field import ImageField, Part, Via
from reconciler.model.name import IstagName
from reconciler.rules.image_claim import settle_claims

PROD = IstagName("team-a", "app", "prod")
TEST = IstagName("team-a", "app", "test")
PATH = ("spec", "template", "spec", "containers", 0, "image")
FIELD = ImageField("d.yaml", 0, PATH, PROD, "app", Position("d.yaml", 9, 12))
OTHER = replace(FIELD, istag=TEST, position=Position("d.yaml", 9, 30))
SHOWN = "spec.template.spec.containers[0].image"


def lines(*fields: ImageField) -> list[str]:
    return [str(finding) for finding in settle_claims(fields).findings]


def test_one_istag_by_two_ways_is_one_field() -> None:
    assert settle_claims([FIELD, replace(FIELD, via=Via.MARKER)]).fields == (FIELD,)


def test_a_paused_trigger_does_not_pause_the_marker_of_the_same_istag() -> None:
    marker = replace(FIELD, via=Via.MARKER)
    assert settle_claims([replace(FIELD, paused=True), marker]).fields == (marker,)


def test_a_trigger_comes_before_the_lookup_of_the_name_that_is_still_there() -> None:
    lookup = replace(OTHER, via=Via.LOOKUP)
    found = settle_claims([lookup, FIELD])
    assert found.fields == (FIELD,)
    assert found.findings == ()


def test_other_places_are_no_claims_on_one_value() -> None:
    elsewhere = [replace(OTHER, file="e.yaml"), replace(OTHER, document=1), replace(OTHER, path=("image",))]
    assert settle_claims([FIELD, *elsewhere]).fields == (FIELD, *elsewhere)


def test_two_triggers_with_two_istags_are_warnings_and_nothing_is_written() -> None:
    assert settle_claims([FIELD, OTHER]).fields == ()
    assert lines(FIELD, OTHER) == [
        f"d.yaml:9:12: warning: {SHOWN} follows team-a/app:prod by a trigger and team-a/app:test by a trigger "
        "(d.yaml:9), so nothing is written there. Take one of them out. [conflicting-image]",
        f"d.yaml:9:30: warning: {SHOWN} follows team-a/app:test by a trigger and team-a/app:prod by a trigger "
        "(d.yaml:9), so nothing is written there. Take one of them out. [conflicting-image]",
    ]


def test_a_marker_and_a_trigger_with_two_istags_are_errors() -> None:
    marker = replace(OTHER, via=Via.MARKER)
    assert settle_claims([FIELD, marker]).fields == ()
    assert [line.split(": ")[1] for line in lines(FIELD, marker)] == ["error", "error"]


def test_two_parts_of_one_istag_for_one_value_are_errors() -> None:
    tag, digest = (replace(FIELD, via=Via.MARKER, part=part) for part in (Part.TAG, Part.DIGEST))
    assert lines(tag, digest)[0] == (
        f"d.yaml:9:12: error: {SHOWN} follows the tag of team-a/app:prod by a marker and the digest of "
        "team-a/app:prod by a marker (d.yaml:9), so nothing is written there. Take one of them out. "
        "[conflicting-image]"
    )
