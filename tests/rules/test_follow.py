"""Circles, and chains that end at an undeclared tag, with the whole chain in the text."""

from __future__ import annotations

from reconciler.model.finding import Position
from reconciler.model.follow import Edges
from reconciler.model.name import IstagName
from reconciler.model.stream import SpecTag
from reconciler.rules.follow import edges, follow
from tests.kit.world import FILE, docker, follows, istag


def graph(**arrows: str | None) -> Edges:
    return {istag(f"s:{name}"): istag(f"s:{target}") if target else None for name, target in arrows.items()}


def reported(edges: Edges, broken: set[IstagName] | None = None) -> dict[str, str]:
    return {name.tag: hit.message for name, hit in follow(edges, broken or set())}


def test_chains_that_end_at_a_source_are_fine() -> None:
    assert reported(graph(a="b", b="c", c=None)) == {}


def test_every_tag_of_a_circle_is_reported_with_the_circle_from_itself() -> None:
    assert reported(graph(a="b", b="c", c="a")) == {
        "a": "team-a/s:a follows itself: team-a/s:a -> team-a/s:b -> team-a/s:c -> team-a/s:a. "
        "Give one of them another source.",
        "b": "team-a/s:b follows itself: team-a/s:b -> team-a/s:c -> team-a/s:a -> team-a/s:b. "
        "Give one of them another source.",
        "c": "team-a/s:c follows itself: team-a/s:c -> team-a/s:a -> team-a/s:b -> team-a/s:c. "
        "Give one of them another source.",
    }


def test_a_tag_can_follow_itself() -> None:
    assert reported(graph(a="a")) == {
        "a": "team-a/s:a follows itself: team-a/s:a -> team-a/s:a. Give one of them another source."
    }


def test_a_tag_that_leads_into_a_circle_is_not_part_of_it() -> None:
    assert set(reported(graph(x="y", y="a", a="b", b="a"))) == {"a", "b"}


def test_a_chain_that_ends_at_an_undeclared_tag_is_reported_at_each_of_its_tags() -> None:
    assert reported(graph(a="b", b="gone")) == {
        "a": "team-a/s:a follows a tag that is not declared: team-a/s:a -> team-a/s:b -> team-a/s:gone. "
        "Declare team-a/s:gone, unless something pushes to it.",
        "b": "team-a/s:b follows a tag that is not declared: team-a/s:b -> team-a/s:gone. "
        "Declare team-a/s:gone, unless something pushes to it.",
    }


def test_a_tag_of_another_namespace_is_suggested() -> None:
    graph_ = {istag("s:a"): istag("t:x"), IstagName("team-b", "t", "x"): None}
    assert reported(graph_) == {
        "a": "team-a/s:a follows a tag that is not declared: team-a/s:a -> team-a/t:x. Did you mean team-b/t:x? Write "
        "that into from.namespace, or give the streams one namespace: metadata.namespace, or namespaces: in "
        "reconciler.yaml."
    }


def test_a_tag_with_an_error_counts_as_declared() -> None:
    assert reported(graph(a="b"), {istag("s:b")}) == {}


def test_long_chains_and_circles_take_little_time_and_short_messages() -> None:
    size = 20_000
    line = {istag(f"s:l{number}"): istag(f"s:l{number + 1}") for number in range(size)}
    ring = {istag(f"s:r{number}"): istag(f"s:r{(number + 1) % size}") for number in range(size)}
    found = reported({**line, **ring})
    assert len(found) == 2 * size
    assert found["l0"].startswith("team-a/s:l0 follows a tag that is not declared: team-a/s:l0 -> team-a/s:l1 -> ")
    assert found["l0"].endswith(
        "team-a/s:l19 -> … -> team-a/s:l20000. Declare team-a/s:l20000, unless something pushes to it."
    )
    assert max(len(message) for message in found.values()) < 600


def test_only_istag_sources_are_followed() -> None:
    here = Position(FILE, 1, 1)
    tags = {
        istag("s:a"): SpecTag("a", follows("base:1"), here),
        istag("s:b"): SpecTag("b", docker("nginx"), here),
        istag("s:c"): SpecTag("c", None, here),
        istag("s:d"): SpecTag("d", follows("a:b:c"), here),
    }
    assert edges(tags) == {
        istag("s:a"): istag("base:1"),
        istag("s:b"): None,
        istag("s:c"): None,
        istag("s:d"): None,
    }


def test_an_undeclared_tag_of_an_imported_repository_is_not_a_finding() -> None:
    edges = graph(a="b", b="gone")
    importing = {istag("s:a").stream_name}
    assert list(follow(edges, set(), importing)) == []
