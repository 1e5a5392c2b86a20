"""The request budget: what scheduled tags cost at each registry, and when that is more than it allows."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents.convert.selection import read_selection
from reconciler.model.config import Config, Installation, RegistryRule, RequestLimit
from reconciler.model.finding import Position
from reconciler.model.host import Host
from reconciler.model.observation import Failure, ListAnswer, Listed, Listing, Reason
from reconciler.model.stream import ImportMode, Source, SpecTag
from reconciler.planning.budget import loads
from reconciler.planning.registry_load import Load
from tests.kit.world import FILE, A, declare, docker, follows, spec

QUARTER = Config(interval=900)
NOTHING = Installation()


def scheduled(source: Source | str, line: int = 10, **fields: object) -> SpecTag:
    return spec("t", docker(source) if isinstance(source, str) else source, line, scheduled=True, **fields)


def selecting(source: str, policy: str) -> SpecTag:
    return scheduled(source, annotations={"reconciler/select": policy}, selection=read_selection(policy))


def of(*tags: SpecTag, config: Config = QUARTER, installation: Installation = NOTHING) -> dict[str, Load]:
    declared = declare({f"s{number}:t": tag for number, tag in enumerate(tags)})
    return {load.registry: load for load in loads(declared, config, installation)}


def test_each_registry_has_the_load_of_its_distinct_questions() -> None:
    found = of(
        scheduled("quay.io/a/b:1", 30),
        scheduled("quay.io/a/b:1", 20),
        scheduled("quay.io/a/b:2"),
        scheduled("quay.io/a/b:2", import_mode=ImportMode.LEGACY),
        scheduled("nginx:1"),
        scheduled("docker.io/library/nginx:1"),
    )
    assert {name: load.questions for name, load in found.items()} == {"docker.io": 1, "quay.io": 3}
    assert [load.requests for load in found.values()] == [Fraction(1, 900), Fraction(3, 900)]


@pytest.mark.parametrize(
    "tag",
    [
        spec("t", docker("quay.io/a:1")),
        spec("t", None, scheduled=True),
        scheduled(f"quay.io/a@{A}"),
        scheduled("quay.io/a:1", reference=True),
        scheduled(follows("app:prod")),
        scheduled("NOT A PULL SPEC"),
    ],
)
def test_what_no_schedule_looks_up_costs_nothing(tag: SpecTag) -> None:
    assert of(tag) == {}


def test_an_interval_of_its_own_counts_and_the_shortest_of_those_that_share_a_question() -> None:
    often = {"reconciler/interval": "1m"}
    found = of(scheduled("quay.io/a:1"), scheduled("quay.io/a:1", annotations=often), scheduled("quay.io/a:2"))
    assert found["quay.io"].requests == Fraction(1, 60) + Fraction(1, 900)
    broken = of(scheduled("quay.io/a:1", annotations={"reconciler/interval": "often"}))
    assert broken["quay.io"].requests == Fraction(1, 900)


def test_the_interval_of_a_registry_counts_for_its_tags_and_for_what_is_pushed_to_it() -> None:
    rules = (RegistryRule("quay.io", interval=60), RegistryRule("own.example", integrated=True, interval=30))
    often = {"reconciler/interval": "1s"}
    tags = (scheduled("quay.io/a:1"), scheduled("quay.io/b:1", annotations=often), scheduled("ghcr.io/a:1"))
    found = of(*tags, installation=Installation(rules))
    assert {name: load.requests for name, load in found.items()} == {
        "quay.io": Fraction(1, 60) + 1,
        "ghcr.io": Fraction(1, 900),
        "own.example": Fraction(3, 30),
    }


def test_a_selection_lists_its_repository_once_and_looks_at_one_image_for_each_policy() -> None:
    tags = [selecting("quay.io/a", policy) for policy in ("semver: '>=1'", "semver: '>=1'", "semver: '>=2'")]
    found = of(*tags, scheduled("quay.io/a:1"))
    assert (found["quay.io"].questions, found["quay.io"].lists) == (3, 1)
    assert found["quay.io"].requests == Fraction(4, 900)


def test_the_integrated_registry_is_listed_once_for_each_stream() -> None:
    rules = (RegistryRule("registry.example:5000", integrated=True),)
    found = of(scheduled("quay.io/a:1"), scheduled("quay.io/b:1"), installation=Installation(rules))
    assert (found["registry.example:5000"].questions, found["registry.example:5000"].lists) == (0, 2)
    assert found["registry.example:5000"].requests == Fraction(2, 900)


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        ("nginx:1", RequestLimit(2000, 60)),
        ("quay.io/a:1", RequestLimit(5, 1)),
        ("gcr.io/a/b:1", RequestLimit(60_000, 60)),
        ("eu.gcr.io/a/b:1", RequestLimit(60_000, 60)),
        ("europe-docker.pkg.dev/a/b/c:1", RequestLimit(60_000, 60)),
        ("notgcr.io/a:1", None),
        ("ghcr.io/a/b:1", None),
        ("localhost:5000/a:1", None),
    ],
)
def test_what_registries_are_known_to_take(source: str, limit: RequestLimit | None) -> None:
    (load,) = of(scheduled(source)).values()
    assert load.limit == limit
    assert not load.exceeds


def test_what_is_not_known_is_never_exceeded() -> None:
    found = of(*(scheduled(f"ghcr.io/a/b:{number}") for number in range(1000)), config=Config(interval=1))
    assert not found["ghcr.io"].exceeds
    with pytest.raises(ValueError, match="only a load that exceeds"):
        _ = found["ghcr.io"].warning


def test_a_limit_of_the_installation_is_for_its_prefix_and_comes_first() -> None:
    rules = (
        RegistryRule("quay.io/a", request_limit=RequestLimit(1, 900)),
        RegistryRule("docker.io", request_limit=RequestLimit(100, 6 * 3600)),
    )
    found = of(
        scheduled("quay.io/a/b:1"),
        scheduled("quay.io/a/c:1"),
        scheduled("quay.io/b:1"),
        scheduled("nginx:1"),
        installation=Installation(registries=rules),
    )
    assert [name for name, load in found.items() if load.exceeds] == ["quay.io/a"]
    assert [name for name, load in found.items() if load.stated] == ["docker.io", "quay.io/a"]
    assert found["quay.io"].questions == 1


def test_the_warning_tells_how_much_is_needed_for_what_and_what_to_do() -> None:
    rules = (RegistryRule("docker.io", request_limit=RequestLimit(100, 6 * 3600)),)
    tags = [scheduled(f"acme/app:{number}", 100 - number) for number in range(5)]
    (load,) = of(*tags, selecting("acme/app", "semver: '1'"), installation=Installation(rules)).values()
    assert load.exceeds
    assert load.warning == (
        "docker.io would be asked 168 times in 6h for 6 images and 1 list of tags, more than the 100 that the "
        "installation's requestLimit says. Raise schedule.interval or reconciler/interval, or schedule less."
    )
    assert load.first == Position(FILE, 10, 5)


LIST = Listing(Host("quay.io"), "a")


@pytest.mark.parametrize(
    ("listings", "requests"),
    [
        ({}, 1 + 3 * 50),
        ({LIST: Failure(Reason.UNREACHABLE, "away.")}, 1 + 3 * 50),
        ({LIST: Listed(("one", "two", "tmp-3"))}, 1 + 3 * 2),
        ({LIST: Listed(tuple(map(str, range(51))))}, 1),  # too many are a problem, and not compared
    ],
)
def test_build_times_cost_three_requests_for_each_image_that_is_or_may_be_compared(
    listings: dict[Listing, ListAnswer], requests: int
) -> None:
    declared = declare({"s:t": selecting("quay.io/a", "{newest: true, exclude: ^tmp-}")})
    (load,) = loads(declared, QUARTER, NOTHING, listings)
    assert load.requests == Fraction(requests, 900)


def test_the_warning_about_build_times_tells_whether_their_number_is_known() -> None:
    rules = (RegistryRule("docker.io", request_limit=RequestLimit(100, 6 * 3600)),)
    declared = declare({"s:t": scheduled("acme/app:1"), "s:n": selecting("acme/app", "newest: true")})
    (guessed,) = loads(declared, QUARTER, Installation(rules))
    listed = {Listing(Host("docker.io"), "acme/app"): Listed(("one", "two"))}
    (counted,) = loads(declared, QUARTER, Installation(rules), listed)
    end = (
        ", more than the 100 that the installation's requestLimit says. "
        "Raise schedule.interval or reconciler/interval, or schedule less."
    )
    assert guessed.warning == (
        "docker.io would be asked up to 3648 times in 6h for 1 image and 1 list of tags and the build times of up to "
        f"50 images{end}"
    )
    assert counted.warning == (
        "docker.io would be asked 192 times in 6h for 1 image and 1 list of tags and the build times of 2 images" + end
    )


def test_docker_hub_counts_the_manifests_of_what_is_compared_as_pulls() -> None:
    declared = declare({"s:t": selecting("acme/app", "newest: true")})
    (load,) = loads(declared, QUARTER, NOTHING)
    assert load.exceeds
    assert load.warning == (
        "docker.io would count up to 1200 pulls in 6h, more than the 100 that it gives without an account: newest "
        "fetches a manifest for each of up to 50 images in every new process. Narrow it with match and exclude, raise "
        "reconciler/interval, or use `imagestream run`, which fetches each once."
    )


@pytest.mark.parametrize(("number", "exceeds"), [(4, False), (5, True)])
def test_few_builds_are_within_docker_hubs_pulls(number: int, exceeds: bool) -> None:
    declared = declare({"s:t": selecting("acme/app", "newest: true")})
    listed = {Listing(Host("docker.io"), "acme/app"): Listed(tuple(map(str, range(number))))}
    (load,) = loads(declared, QUARTER, NOTHING, listed)
    assert load.exceeds is exceeds


def test_a_limit_that_the_installation_states_is_all_that_counts_for_pulls() -> None:
    rules = (RegistryRule("docker.io", request_limit=RequestLimit(10_000, 6 * 3600)),)
    assert not of(selecting("acme/app", "newest: true"), installation=Installation(rules))["docker.io"].exceeds


def test_other_registries_count_no_pulls() -> None:
    assert not of(selecting("quay.io/a", "newest: true"))["quay.io"].exceeds


def test_the_warning_for_a_known_limit_tells_that_it_is_known() -> None:
    (load,) = of(*(scheduled(f"quay.io/a:{number}") for number in range(6)), config=Config(interval=1)).values()
    assert load.warning == (
        "quay.io would be asked 6 times in 1s for 6 images, more than the 5 that it is known to take. "
        "Raise schedule.interval or reconciler/interval, or schedule less."
    )


def test_exactly_the_limit_is_not_more_than_it() -> None:
    tags = [scheduled(f"quay.io/a:{number}") for number in range(5)]
    assert not of(*tags, config=Config(interval=1))["quay.io"].exceeds
    assert not of(*tags, config=Config(interval=0))["quay.io"].exceeds  # no shorter than a second


NAMES = st.lists(st.sampled_from(["quay.io/a:1", "quay.io/a:2", "nginx:1", "ghcr.io/x:1"]), max_size=6)


@given(NAMES, NAMES, st.integers(1, 10_000))
def test_more_tags_never_cost_less_and_the_same_tags_nothing_more(
    one: list[str], other: list[str], interval: int
) -> None:
    config = Config(interval=interval)
    few = of(*map(scheduled, one), config=config)
    more = of(*map(scheduled, one + other), config=config)
    assert all(more[name].requests >= load.requests for name, load in few.items())
    assert few == of(*map(scheduled, one + one), config=config)


@given(st.integers(1, 3600), st.integers(2, 50))
def test_half_as_many_looks_cost_half(interval: int, number: int) -> None:
    tags = [scheduled(f"quay.io/a:{each}") for each in range(number)]
    once, twice = (of(*tags, config=Config(interval=each))["quay.io"] for each in (interval, 2 * interval))
    assert once.requests == 2 * twice.requests
