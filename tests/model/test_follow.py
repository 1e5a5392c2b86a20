"""Chains of followed istags: where they end, and which of them are cycles."""

from __future__ import annotations

from itertools import pairwise

from reconciler.model.follow import Chains, Edges, steps
from tests.kit.world import istag

A, B, C, D = (istag(f"app:{tag}") for tag in "abcd")


def test_a_chain_ends_at_its_last_tag() -> None:
    chains = Chains({A: B, B: C, C: None})
    assert [chains.last(each) for each in (A, B, C)] == [C, C, C]
    assert not any(map(chains.is_in_cycle, (A, B, C)))


def test_a_chain_may_end_at_a_tag_that_is_not_declared() -> None:
    assert Chains({A: B}).last(A) == B


def test_only_the_members_of_a_cycle_are_in_it() -> None:
    edges: Edges = {D: A, A: B, B: C, C: A}
    chains = Chains(edges)
    assert [each for each in edges if chains.is_in_cycle(each)] == [A, B, C]
    assert chains.last(D) is None
    assert list(steps(B, edges, B)) == [B, C, A]


def test_a_tag_may_follow_itself() -> None:
    assert Chains({A: A}).is_in_cycle(A)
    assert list(steps(A, {A: A}, A)) == [A]


def test_a_chain_of_ten_thousand_tags_is_walked_once() -> None:
    names = [istag(f"app:t{number}") for number in range(10_000)]
    edges: Edges = {**dict(pairwise(names)), names[-1]: None}
    assert Chains(edges).last(names[0]) == names[-1]
