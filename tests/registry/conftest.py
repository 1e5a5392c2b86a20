from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

import pytest

from reconciler.model.config import Installation
from reconciler.registry.client import RegistryClient
from reconciler.registry.credentials.credential import Credentials
from reconciler.transport.session import Transport
from tests.kit.clock import FakeClock


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds on real sockets. Where an answer has to come in time, they are as long as a busy machine may need."""

    read: float = 20
    total: float = 60


PATIENT = TimeLimits()
WARY_OF_SILENCE = TimeLimits(read=0.3)
SHORT_OF_TIME = TimeLimits(total=0.6)


class MakeClient(Protocol):
    """Builds a client on the test's clock."""

    def __call__(
        self,
        credentials: Credentials | None = None,
        installation: Installation | None = None,
        patience: TimeLimits = PATIENT,
    ) -> RegistryClient: ...


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make_client(clock: FakeClock) -> Iterator[MakeClient]:
    with ExitStack() as stack:

        def make(
            credentials: Credentials | None = None,
            installation: Installation | None = None,
            patience: TimeLimits = PATIENT,
        ) -> RegistryClient:
            transport = Transport(connect_timeout=10, read_timeout=patience.read, request_timeout=patience.total)
            stack.enter_context(transport)
            return RegistryClient(transport, credentials or Credentials(), installation or Installation(), clock)

        yield make


@pytest.fixture
def client(make_client: MakeClient) -> RegistryClient:
    """Anonymous, with long time limits and nothing configured."""
    return make_client()
