from collections.abc import Iterator
from typing import Protocol

import pytest

from reconciler.model.config import Installation
from reconciler.registry.client import RegistryClient
from reconciler.registry.credentials import Credentials
from reconciler.transport.session import Transport
from tests.kit.clock import FakeClock


class MakeClient(Protocol):
    """Builds a client on the test's transport and clock."""

    def __call__(
        self, credentials: Credentials | None = None, installation: Installation | None = None
    ) -> RegistryClient: ...


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def transport() -> Iterator[Transport]:
    """Real sockets with limits that a test can wait for."""
    with Transport(connect_timeout=2, read_timeout=0.3, request_timeout=0.6) as made:
        yield made


@pytest.fixture
def make_client(transport: Transport, clock: FakeClock) -> MakeClient:
    def make(credentials: Credentials | None = None, installation: Installation | None = None) -> RegistryClient:
        return RegistryClient(transport, credentials or Credentials(), installation or Installation(), clock)

    return make


@pytest.fixture
def client(make_client: MakeClient) -> RegistryClient:
    """Anonymous, with nothing configured."""
    return make_client()
