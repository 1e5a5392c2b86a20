"""The files that the reconciler writes, byte for byte; reading them gives the same values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reconciler.documents.convert.stream import to_history, to_hold
from reconciler.documents.read.document import read_documents
from reconciler.documents.read.node import to_plain
from reconciler.documents.render.history import render_history, render_hold
from reconciler.documents.render.scalar import scalar
from reconciler.model.history import Cause, HeldImage, TagEvent, TagHistory, TagHold
from reconciler.model.name import IstagName
from reconciler.model.stream import ImportMode, Source, SourceKind
from reconciler.reading.owned_file import read_hold

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
NAME = IstagName("team-a", "app", "prod")
DOCKER = Source(SourceKind.DOCKER_IMAGE, "quay.io/acme/app:1.4.2")

HISTORY = f"""\
# written by imagestream; git revert rolls back   +argocd:skip-file-rendering
apiVersion: reconciler/v1alpha1
kind: TagHistory
metadata:
  namespace: team-a
  name: app:prod
items:
- image: {A}
  dockerImageReference: quay.io/acme/app@{A}
  created: "2026-11-23T08:00:00Z"
  generation: 4
  from:
    kind: DockerImage
    name: quay.io/acme/app:1.4.2
  importMode: Legacy
  cause: scheduled
- image: {B}
  dockerImageReference: quay.io/acme/app@{B}
  created: "2026-11-22T08:00:00Z"
  generation: 3
  from:
    kind: ImageStreamTag
    name: base:1.10
    namespace: team-b
  cause: followed
- image: {A}
  dockerImageReference: quay.io/acme/app@{A}
  created: "2026-11-21T08:00:00Z"
  generation: 2
  cause: pushed
- dockerImageReference: quay.io/acme/app:1
  created: "2026-11-20T08:00:00Z"
  generation: 1
  from:
    kind: DockerImage
    name: quay.io/acme/app:1
  cause: declared
"""


def history() -> TagHistory:
    events = (
        TagEvent(A, f"quay.io/acme/app@{A}", "2026-11-23T08:00:00Z", 4, DOCKER, Cause.SCHEDULED, ImportMode.LEGACY),
        TagEvent(
            B,
            f"quay.io/acme/app@{B}",
            "2026-11-22T08:00:00Z",
            3,
            Source(SourceKind.ISTAG, "base:1.10", "team-b"),
            Cause.FOLLOWED,
        ),
        TagEvent(A, f"quay.io/acme/app@{A}", "2026-11-21T08:00:00Z", 2, None, Cause.PUSHED),
        TagEvent(
            None,
            "quay.io/acme/app:1",
            "2026-11-20T08:00:00Z",
            1,
            Source(SourceKind.DOCKER_IMAGE, "quay.io/acme/app:1"),
            Cause.DECLARED,
        ),
    )
    return TagHistory(NAME, events)


def test_a_history_looks_exactly_like_this() -> None:
    assert render_history(history()).decode() == HISTORY


def test_a_hold_looks_exactly_like_this() -> None:
    commit = "8c1d" * 10
    held = (HeldImage(A, None, commit, DOCKER), HeldImage(None, "quay.io/acme/app:1", commit, None))
    assert render_hold(TagHold(NAME, held)).decode() == (
        "# written by imagestream; git revert rolls back   +argocd:skip-file-rendering\n"
        "apiVersion: reconciler/v1alpha1\n"
        "kind: TagHold\n"
        "metadata:\n"
        "  namespace: team-a\n"
        "  name: app:prod\n"
        "held:\n"
        f"- image: {A}\n"
        f"  commit: {commit}\n"
        "  from:\n"
        "    kind: DockerImage\n"
        "    name: quay.io/acme/app:1.4.2\n"
        "- dockerImageReference: quay.io/acme/app:1\n"
        f"  commit: {commit}\n"
    )


@pytest.mark.parametrize(
    ("held", "lines"),
    [
        (HeldImage(A, None, "8c1d" * 10, DOCKER), []),
        (HeldImage(A, None, "8c1d" * 10, DOCKER, ImportMode.LEGACY), ["  importMode: Legacy"]),
        (HeldImage(A, None, "8c1d" * 10, DOCKER, other_kind=True), ["  reference: true"]),
        (HeldImage(None, "quay.io/acme/app:1", "8c1d" * 10, DOCKER, other_kind=True), ["  reference: false"]),
    ],
)
def test_a_hold_has_the_reference_flag_only_where_it_differs_from_its_entry(held: HeldImage, lines: list[str]) -> None:
    rendered = render_hold(TagHold(NAME, (held,)))
    assert rendered.decode().splitlines()[12:] == lines
    assert read_hold(rendered, "f.yaml", NAME) == TagHold(NAME, (held,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("team-a", "team-a"),
        ("app:prod", "app:prod"),
        ("v1.4.2", "v1.4.2"),
        ("1.4.2", "1.4.2"),
        ("1.10", '"1.10"'),
        ("10", '"10"'),
        ("1e3", '"1e3"'),
        ("0x10", '"0x10"'),
        ("1:30", '"1:30"'),
        ("true", '"true"'),
        ("on", '"on"'),
        ("n", '"n"'),
        ("null", '"null"'),
        ("", '""'),
        ("2026-11-23", '"2026-11-23"'),
        ("-a", '"-a"'),
        ("a:", '"a:"'),
        ("a b", '"a b"'),
        ("a #b", '"a #b"'),
        ('a"b\\', '"a\\"b\\\\"'),
        ("ä\u2028\x85", '"ä\\u2028\\u0085"'),
        ("0" * 38 + "e1", '"' + "0" * 38 + 'e1"'),
    ],
)
def test_text_is_quoted_only_where_a_reader_may_take_it_for_another_type(text: str, expected: str) -> None:
    assert scalar(text) == expected


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40) | st.text(
    "0123456789abcdefxyon.-_:~TrueNlI/@ ", min_size=1, max_size=12
)
SOURCES = st.none() | st.one_of(
    st.builds(Source, st.just(SourceKind.DOCKER_IMAGE), TEXTS),
    st.builds(Source, st.sampled_from([SourceKind.ISTAG, SourceKind.ISIMAGE]), TEXTS, TEXTS),
)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64).map("sha256:".__add__)
NAMES = st.builds(IstagName, TEXTS, TEXTS, TEXTS)
EVENTS = st.builds(
    TagEvent,
    image=st.none() | DIGESTS,
    pull_spec=TEXTS,
    created=TEXTS,
    generation=st.integers(1, 10**6),
    source=SOURCES,
    cause=st.sampled_from(Cause),
    import_mode=st.sampled_from(ImportMode),
)
HELD = st.builds(HeldImage, DIGESTS, st.none(), TEXTS, SOURCES) | st.builds(HeldImage, st.none(), TEXTS, TEXTS, SOURCES)


@settings(max_examples=150, deadline=None)
@given(st.builds(TagHistory, NAMES, st.lists(EVENTS, min_size=1, max_size=4).map(tuple)))
def test_a_history_that_is_written_is_read_back_the_same(value: TagHistory) -> None:
    data = render_history(value)
    (document,) = read_documents(data, "f.yaml")
    plain = to_plain(document.root)
    assert to_history(plain, value.name) == value
    assert isinstance(plain, dict)
    assert plain["metadata"] == {"namespace": value.name.namespace, "name": value.name.short}
    assert YAML(typ="safe", pure=True).load(data.decode()) == plain
    assert render_history(to_history(plain, value.name)) == data


@settings(max_examples=100, deadline=None)
@given(st.builds(TagHold, NAMES, st.lists(HELD, min_size=1, max_size=4).map(tuple)))
def test_a_hold_that_is_written_is_read_back_the_same(value: TagHold) -> None:
    (document,) = read_documents(render_hold(value), "f.yaml")
    assert to_hold(to_plain(document.root), value.name) == value
