"""Broken files: mutations of every fixture, and pieces of YAML in any order, only give findings.

The files are small, far below the bounds of `settings`. Other tests hold that the time grows only with the size.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.config import Config
from reconciler.model.finding import Position, Severity
from reconciler.model.reference import TAG_RE
from reconciler.model.stream import Declarations
from reconciler.reading.declare import declare

GOLDEN = Path(__file__).parents[1] / "golden" / "validate"
HEAD = b"apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata:\n  name: app\n"
PIECES = (
    *(b"{", b"}", b"[", b"]", b": ", b":", b"- ", b"-", b", ", b"#", b"'", b'"', b"|", b">-", b"&a", b"*a", b"<<: *a"),
    *(b"? ", b"!!str ", b"!!binary ", b"! ", b"%YAML 1.1\n", b"---\n", b"...\n", b"\n", b"\n  ", b"\n    ", b"\t"),
    *(b"\r\n", b"\r", b"\x00", b"\x85", b"\xef\xbb\xbf", b"\xff\xfe", b"\xe9", b"\xed\xa0\x80", "\u2028é😀".encode()),
    *(b"{{ x }}", b"{% x %}", b"${{X}}", b"${X}", b"<X>", b"null", b"~", b"on", b"1.10", b"0777", b"1e999", b"9" * 400),
    *(b"kind: ImageStream\n", b"kind: List\n", b"kind: Template\n", b"apiVersion: v1\n", b"items:\n", b"metadata: "),
    *(
        b"name: ",
        b"namespace: ",
        b"spec:\n",
        b"  tags:\n",
        b"  - name: a\n",
        b"    from: ",
        b"scheduled: true",
        b"status: ",
    ),
    *(b"DockerImage", b"ImageStreamTag", b"ImageStreamImage", b"quay.io/acme/app:1", b"app:prod", b"app@sha256:0123"),
    *(
        b"annotations: ",
        b"reconciler/frozen: ",
        b"$patch: delete",
        b"dockerImageRepository: ",
        b"\\",
        b"\\ud800",
        b"=\n",
    ),
)


@cache
def fixtures() -> tuple[tuple[str, bytes], ...]:
    """Every fixture of the golden folders, with its name."""
    found = sorted(path for path in GOLDEN.glob("*/input/**/*") if path.suffix in {".yaml", ".yml", ".json"})
    return tuple((path.name, path.read_bytes()) for path in found)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A fixture with a few spans removed, doubled, moved or replaced."""
    name, data = draw(st.sampled_from(fixtures()))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 60)))
        span = draw(st.sampled_from([b"", data[start:end] * 2, data[end : end + 40], *PIECES]))
        data = data[:start] + span + data[end:]
    return name, data


@st.composite
def assembled(draw: st.DrawFn) -> tuple[str, bytes]:
    """Pieces of YAML in any order, after nothing or the beginning of a stream."""
    head = draw(
        st.sampled_from([b"", b"# ImageStream\n", HEAD, HEAD + b"spec:\n  tags:\n", b'{"kind": "ImageStream", '])
    )
    return draw(st.sampled_from(["f.yaml", "f.json"])), head + b"".join(
        draw(st.lists(st.sampled_from(PIECES), max_size=25))
    )


def lines(data: bytes) -> int:
    """At most how many lines a reader can count."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16" if wide else "utf-8", "replace")
    return len(text.splitlines()) + 1


def check(found: Declarations, file: str, data: bytes) -> None:
    """Check what holds for every file: findings have a place and one sentence, and unusable values are not used."""
    last = lines(data)
    places = [finding.position for finding in found.findings]
    places += [Position(skipped.file, skipped.line, 1) for skipped in found.skipped]
    places += [note.position for note in found.notes]
    for place in places:
        assert place.file == file
        assert 0 <= place.line <= last
        assert place.column >= (place.line > 0)
    for finding in found.findings:
        assert finding.message.isprintable()
        assert finding.message.endswith(".")
        assert len(finding.message) < 1_500
    tags = {stream.name.tag(tag) for stream in found.streams.values() for tag in stream.tags}
    assert not tags & found.broken
    assert all(TAG_RE.fullmatch(tag.tag) for tag in tags)
    errors = [finding for finding in found.findings if finding.severity is Severity.ERROR]
    assert errors or found.skipped or not (found.failed_files or found.broken)


def declared(file: str, data: bytes) -> None:
    for previously in (None, lambda _: False, lambda _: True):
        found = declare({file: data}, Config(), previously)
        check(found, file, data)
        assert declare({file: data}, Config(), previously) == found


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_mutated_files_give_findings_and_raise_nothing(file: tuple[str, bytes]) -> None:
    declared(*file)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(assembled())
def test_pieces_of_yaml_give_findings_and_raise_nothing(file: tuple[str, bytes]) -> None:
    declared(*file)


@pytest.mark.soak
@settings(
    max_examples=int(os.environ.get("FILES_EXAMPLES", "20000")), deadline=None, suppress_health_check=list(HealthCheck)
)
@given(mutated() | assembled())
def test_twenty_thousand_files_give_findings_and_raise_nothing(file: tuple[str, bytes]) -> None:
    declared(*file)


def test_there_is_something_to_mutate() -> None:
    assert len(fixtures()) > 100
