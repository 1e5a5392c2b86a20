from collections.abc import Callable

import pytest

from reconciler.errors import InputError, RemoteError, UnavailableError
from reconciler.model.observation import Reason
from reconciler.registry.answer_error import AnswerError
from reconciler.registry.expiring_cache import ExpiringCache, ExpiringValue
from tests.kit.clock import FakeClock


class Source:
    """Gives `1`, `2`, …; fails while it has an error."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.made = 0
        self.error: Exception | None = None

    def make(self) -> ExpiringValue[int]:
        self.made += 1
        if self.error is not None:
            raise self.error
        return ExpiringValue(self.made, self.seconds)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.mark.parametrize(("life", "good"), [(3600.0, 3300.0), (600.0, 540.0), (60.0, 54.0), (-5.0, 0.9)])
def test_an_answer_is_kept_and_renewed_before_it_ends(clock: FakeClock, life: float, good: float) -> None:
    source, cache = Source(life), ExpiringCache[int](clock)
    assert [cache.get("a", source.make) for _ in range(3)] == [1, 1, 1]
    clock.advance(good - 0.01)
    assert cache.get("a", source.make) == 1
    clock.advance(0.02)
    assert cache.get("a", source.make) == 2


def test_each_key_has_its_own_answer(clock: FakeClock) -> None:
    source, cache = Source(60), ExpiringCache[int](clock)
    assert [cache.get(key, source.make) for key in "abab"] == [1, 2, 1, 2]


def test_a_failed_renewal_is_not_reported_while_the_value_is_valid(clock: FakeClock) -> None:
    source, cache = Source(3600), ExpiringCache[int](clock)
    cache.get("a", source.make)
    source.error = RemoteError("gone.")
    clock.advance(3400)
    assert [cache.get("a", source.make) for _ in range(3)] == [1, 1, 1]
    assert source.made == 2
    clock.advance(201)
    with pytest.raises(RemoteError, match=r"^gone\.$"):
        cache.get("a", source.make)


@pytest.mark.parametrize(
    "make",
    [
        lambda: InputError("x"),
        lambda: RemoteError("x", host="h"),
        lambda: UnavailableError("x", host="h", retryable=True),
        lambda: AnswerError(Reason.DENIED, "x", host="h"),
    ],
)
def test_a_failure_is_given_to_every_caller_for_half_a_minute(clock: FakeClock, make: Callable[[], Exception]) -> None:
    source, cache = Source(60), ExpiringCache[int](clock)
    source.error = make()
    for _ in range(3):
        with pytest.raises(type(source.error)) as caught:
            cache.get("a", source.make)
        assert caught.value is not source.error
        assert type(caught.value) is type(source.error)
        assert vars(caught.value) == vars(source.error)
    assert source.made == 1
    source.error = None
    clock.advance(31)
    assert cache.get("a", source.make) == 2
