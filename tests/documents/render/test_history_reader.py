"""The history reader: it agrees with `read_documents`, and reads nothing but files of `render_history`."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.documents.render.history import render_history
from reconciler.documents.render.history_reader import read_rendered
from reconciler.errors import DocumentError
from reconciler.model.history import Cause, TagEvent, TagHistory
from reconciler.model.name import IstagName
from reconciler.model.stream import ImportMode, Source, SourceKind
from reconciler.reading.owned_file import read_history
from tests.kit.world import digest, event, stack

PROD = IstagName("team-a", "app", "prod")
TEXT = st.one_of(
    st.sampled_from(["quay.io/acme/app:1.4.2", "app:prod", "1.10", "true", "~", "1e3", "0x1f", "a b", "é", "12:30"]),
    st.text(min_size=1, max_size=12),
    st.from_regex(r"[a-z0-9./:@-]{1,20}", fullmatch=True),
)
SOURCES = st.one_of(
    st.none(),
    st.builds(Source, st.just(SourceKind.DOCKER_IMAGE), TEXT),
    st.builds(Source, st.sampled_from([SourceKind.ISTAG, SourceKind.ISIMAGE]), TEXT, TEXT),
)
EVENTS = st.builds(
    TagEvent,
    image=st.one_of(st.none(), st.sampled_from([digest("a"), digest("b")])),
    pull_spec=TEXT,
    created=st.sampled_from(["2026-11-23T08:00:00Z", "2026-11-23T08:00:00.5Z", "2026-11-23T08:00:00+01:00"]),
    generation=st.integers(1, 10**10),
    source=SOURCES,
    cause=st.sampled_from(list(Cause)),
    import_mode=st.sampled_from(list(ImportMode)),
)
HISTORIES = st.builds(TagHistory, st.just(PROD), st.lists(EVENTS, min_size=1, max_size=4).map(tuple))


def slow(data: bytes) -> TagHistory | None:
    try:
        return read_history(data, PROD.history_path, PROD)
    except DocumentError:
        return None


@given(HISTORIES)
def test_both_readers_agree_on_rendered_histories(history: TagHistory) -> None:
    data = render_history(history)
    quick = read_rendered(data, PROD)
    assert quick is None or quick == slow(data) == history


@given(
    HISTORIES, st.integers(0, 2000), st.integers(0, 20), st.sampled_from([b"", b"\n", b" ", b"#", b"- ", b"a", b'"'])
)
@example(stack("app:prod", event(digest("a"))), 10**6, 0, b"\n")
def test_both_readers_agree_on_changed_histories(history: TagHistory, at: int, length: int, put: bytes) -> None:
    data = render_history(history)
    touched = data[:at] + put + data[at + length :]
    quick = read_rendered(touched, PROD)
    assert quick is None or quick == slow(touched)


def test_ordinary_histories_are_read_quickly() -> None:
    history = stack("app:prod", event(digest("b"), 2), event(digest("a"), 1), event(None, 1))
    assert read_rendered(render_history(history), PROD) == history


def test_the_history_of_another_istag_is_not_read() -> None:
    data = render_history(stack("app:test", event(digest("a"))))
    assert read_rendered(data, PROD) is None
