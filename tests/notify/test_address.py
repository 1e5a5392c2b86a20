"""Who may choose the address of a sink, and which host gets a token."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.errors import RemoteError
from reconciler.model.config import Installation, Sink, SinkSecret
from reconciler.model.hint import Receiver
from reconciler.notify.address import forbidden_use, reach_of
from reconciler.notify.outcome import Failed
from reconciler.transport.reach import ANYWHERE
from tests.kit.faults import FaultServer, Reply
from tests.kit.notified import NOTIFICATION, SinkHouse

ALLOWED = Installation(sink_secrets=(SinkSecret("gh", ("https://api.github.com/repos/acme/", "http://ci:8080")),))


@pytest.mark.parametrize(
    "url",
    [
        "https://api.github.com/repos/acme/app/dispatches",
        "https://API.github.com:443/repos/acme/app",
        "https://api.github.com/repos/acme",
        "http://ci:8080/x?token=1",
        "https://api.github.com/repos/acme/projects%2Fone/x",
    ],
)
def test_a_token_may_be_sent_below_an_address_of_the_installation(url: str) -> None:
    assert forbidden_use(Sink("it", "github", url, "gh"), ALLOWED) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/repos/acme/app",
        "http://api.github.com/repos/acme/app",
        "https://api.github.com:8443/repos/acme/app",
        "https://api.github.com/repos/acme-evil/app",
        "https://api.github.com/repos/",
        "https://api.github.com/repos/acme/../evil/app",
        "https://api.github.com/repos/acme/%2e%2e/evil",
        "https://api.github.com/repos/acme/%252e%252e/evil",
        "https://api.github.com/repos/acme/x%2f..%2f..%2fevil",
        "https://api.github.com/repos/acme/x%5c..%5cevil",
        "https://api.github.com//repos/acme/x",
        "https://api.github.com@evil.example.com/repos/acme/x",
        "https://evil.example.com\\@api.github.com/repos/acme/x",
        "https://api.github.com.evil.example.com/repos/acme/x",
    ],
)
def test_a_token_is_sent_nowhere_else(url: str) -> None:
    said = forbidden_use(Sink("it", "github", url, "gh"), ALLOWED)
    assert said is not None
    assert said.startswith("its secret gh may not be sent to ")
    assert said.endswith(". Name both in `sinkSecrets` of the Installation.")


def test_another_secret_of_the_same_folder_is_not_sent() -> None:
    said = forbidden_use(Sink("it", "jenkins", "http://ci:8080/x", "signing-key"), ALLOWED)
    wanted = "its secret signing-key may not be sent to http://ci:8080. Name both in `sinkSecrets` of the Installation."
    assert said == wanted


def test_a_key_that_only_signs_needs_no_entry() -> None:
    assert forbidden_use(Sink("it", "cloudevents", "https://ci.example.com/", "ci"), Installation()) is None


def test_the_secret_of_a_receiver_is_none_of_a_sink() -> None:
    installation = Installation(receivers=(Receiver("hub", "dockerhub", "hub"),))
    sink = Sink("it", "tekton", "https://evil.example.com/", "hub")
    assert forbidden_use(sink, installation) == "its secret hub is that of a receiver. Write another file for the sink."
    named = replace(installation, sink_secrets=(SinkSecret("hub", ("https://evil.example.com",)),))
    assert forbidden_use(sink, named) is None


def test_a_forbidden_secret_is_not_sent_even_if_nobody_asks_first(house: SinkHouse) -> None:
    house.secret("gh", "t0ken")
    with FaultServer({"*": Reply(200)}) as server, house.senders() as senders:
        sink = Sink("it", "argo-events", server.url, "gh")
        problem = senders.problem(sink)
        assert problem is not None
        assert senders.sender(sink).send(NOTIFICATION) == Failed(problem, retryable=False)
        assert server.requests == []


def test_without_the_secret_nothing_is_sent_instead(house: SinkHouse) -> None:
    """Jenkins would start every job without a token, and a receiver might take what is not signed."""
    with FaultServer({"*": Reply(200)}) as server, house.senders() as senders:
        for kind in ("cloudevents", "tekton", "jenkins", "slack"):
            outcome = senders.sender(Sink("it", kind, server.url, "gone")).send(NOTIFICATION)
            assert isinstance(outcome, Failed)
        assert server.requests == []


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "http://[::1]/", "http://10.0.0.1/", "http://[::ffff:127.0.0.1]/"]
)
def test_addresses_inside_are_refused_unless_they_are_named(url: str) -> None:
    with pytest.raises(RemoteError):
        reach_of(url, Installation())


def test_a_named_host_may_be_anywhere() -> None:
    assert reach_of("http://ci.internal/x", Installation(allow_private=("ci.internal",))) is ANYWHERE
    assert reach_of("http://10.0.0.1/x", Installation(allow_private=("10.0.0.0/8",))).networks == ("10.0.0.0/8",)
    assert reach_of("https://ci.example.com/", Installation()).zones == {"public"}
