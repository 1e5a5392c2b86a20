"""Sinks of a Config: what their kind needs, and names that are there once."""

from __future__ import annotations

import pytest

from reconciler.model.change import ChangeKind
from reconciler.model.config import Config, Sink
from reconciler.model.finding import Severity
from reconciler.model.sink_kind import SINK_KINDS
from reconciler.reading.owned_file import read_config
from reconciler.rules.sink import sinks

URL, KEY = "https://h/", "it"


def reported(*given: object) -> list[tuple[str, object, str]]:
    return [(hit.rule, hit.path[2:], hit.message) for hit in sinks({"spec": {"sinks": list(given)}})]


def sink(kind: str, **fields: object) -> dict[str, object]:
    return {"name": "a", "kind": kind, **fields}


@pytest.mark.parametrize(
    "given",
    [
        {"name": "a", "url": URL},
        sink("cloudevents", url=URL, secret=KEY, options={"mode": "binary"}),
        sink("tekton", url=URL),
        sink("argo-events", url=URL),
        sink("github", url=URL, secret=KEY, options={"event": "base"}),
        sink("github-status", url=URL, secret=KEY, options={"context": "images"}),
        sink("gitlab", url=URL, secret=KEY, options={"ref": "main"}),
        sink("gitlab-status", url=URL, secret=KEY),
        sink("grafana", url=URL, secret=KEY),
        sink("jenkins", url=URL, secret=KEY),
        sink("matrix", url=URL, secret=KEY, options={"room": "!a:b"}),
        sink("slack", secret=KEY),
        sink("slack", url=URL),
        sink("teams", secret=KEY),
        sink("apprise", secret=KEY),
        sink("nonsense"),
    ],
)
def test_a_complete_sink_has_no_finding(given: object) -> None:
    assert reported(given) == []


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        (
            {"name": "a"},
            (0,),
            "spec.sinks[0].url is missing. A sink of kind cloudevents needs the address to call.",
        ),
        (
            sink("jenkins", url=URL),
            (0,),
            "spec.sinks[0].secret is missing. Name the file in secretsDir with what jenkins needs.",
        ),
        (
            sink("apprise"),
            (0,),
            "spec.sinks[0].secret is missing. Name the file in secretsDir with what apprise needs.",
        ),
        (
            sink("apprise", url=URL, secret=KEY),
            (0, "url"),
            "spec.sinks[0].url has no effect with kind apprise. The file of the secret holds the address.",
        ),
        (
            sink("slack", url=URL, secret=KEY),
            (0, "url"),
            "spec.sinks[0] has both url and secret. With kind slack the file of the secret holds the address.",
        ),
        (
            sink("teams"),
            (0,),
            "spec.sinks[0].secret is missing. Name the file in secretsDir that holds the address.",
        ),
        (
            sink("gitlab", url=URL, secret=KEY),
            (0,),
            "spec.sinks[0].options.ref is missing. Kind gitlab needs it, for example ref: 'main'.",
        ),
        (
            sink("cloudevents", url=URL, options={"mode": "batch"}),
            (0, "options", "mode"),
            "spec.sinks[0].options.mode is 'batch'. Write one of binary, structured.",
        ),
        (
            sink("cloudevents", url=URL, options={"mod": "x"}),
            (0, "options", "mod"),
            "spec.sinks[0].options.mod is unknown to kind cloudevents. mode is probably meant.",
        ),
        (
            sink("matrix", url=URL, secret=KEY, options={"room": "r", "colour": "x"}),
            (0, "options", "colour"),
            "spec.sinks[0].options.colour is unknown to kind matrix. Known here: room.",
        ),
        (
            sink("slack", secret=KEY, options={"channel": "x"}),
            (0, "options", "channel"),
            "spec.sinks[0].options.channel is unknown to kind slack. Take it out.",
        ),
    ],
)
def test_what_a_kind_lacks_or_does_not_know_is_an_error(given: object, path: object, message: str) -> None:
    assert reported(given) == [("sink", path, message)]


def test_a_name_is_there_once() -> None:
    one = {"name": "ci", "url": URL}
    said = "spec.sinks[2].name is 'ci', as in spec.sinks[0]. Choose another."
    assert reported(one, one | {"name": "other"}, one) == [("duplicate-sink", (2, "name"), said)]


@pytest.mark.parametrize("value", [None, [], {"spec": {"sinks": "x"}}, {"spec": {"sinks": [1, None, {"name": []}]}}])
def test_what_the_schema_refuses_anyway_does_not_end_the_check(value: object) -> None:
    assert all(hit.rule == "sink" for hit in sinks(value))


def test_kinds_are_listed_in_alphabetical_order() -> None:
    assert list(SINK_KINDS) == sorted(SINK_KINDS)


FILE = b"""\
apiVersion: reconciler/v1alpha1
kind: Config
spec:
  sinks:
  - {name: ci, url: "https://ci.example.com/in", secret: ci, namespaces: ["team-*"], changes: [move, hold]}
  - name: chat
    kind: matrix
    url: https://matrix.example.com
    secret: matrix
    options: {room: "!a:example.com"}
    streams: [app]
    tags: [prod, "v*"]
"""


def test_the_sinks_of_a_file_are_read() -> None:
    assert read_config(FILE, "reconciler.yaml") == (
        Config(
            sinks=(
                Sink(
                    "ci",
                    url="https://ci.example.com/in",
                    secret="ci",
                    namespaces=("team-*",),
                    changes=(ChangeKind.MOVE, ChangeKind.HOLD),
                ),
                Sink(
                    "chat",
                    "matrix",
                    "https://matrix.example.com",
                    "matrix",
                    streams=("app",),
                    tags=("prod", "v*"),
                    options={"room": "!a:example.com"},
                ),
            )
        ),
        (),
    )


def test_an_error_in_a_sink_has_its_line() -> None:
    config, (finding,) = read_config(FILE.replace(b'  options: {room: "!a:example.com"}', b""), "reconciler.yaml")
    assert config is None
    assert (finding.rule, finding.severity, finding.position.line) == ("sink", Severity.ERROR, 6)
