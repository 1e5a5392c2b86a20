"""Plain values become values of the model; values of a wrong type become defaults."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.documents.convert.config import to_config, to_installation
from reconciler.documents.convert.stream import to_history, to_hold, to_source, to_stream, to_tag
from reconciler.errors import InputError
from reconciler.model.config import (
    CloudIdentity,
    CommitStyle,
    Config,
    Grouping,
    Installation,
    NamespaceRule,
    RegistryRule,
    RequestLimit,
    Target,
)
from reconciler.model.duration import seconds
from reconciler.model.finding import Position
from reconciler.model.hint import Receiver
from reconciler.model.host import Host
from reconciler.model.image_field import WriteStyle
from reconciler.model.name import IstagName, StreamName
from reconciler.model.person import Person
from reconciler.model.stream import ImportMode, Source, SourceKind, SpecTag

HERE = Position("f.yaml", 1, 1)
NAME = IstagName("team-a", "app", "prod")


def test_a_tag_has_openshifts_defaults() -> None:
    assert to_tag({"name": "prod"}, "team-a", HERE) == SpecTag("prod", None, HERE)


def test_a_tag_with_everything() -> None:
    value = {
        "name": "prod",
        "from": {"kind": "DockerImage", "name": "quay.io/acme/app:1", "namespace": "ignored"},
        "reference": True,
        "importPolicy": {"scheduled": True, "insecure": True, "importMode": "Legacy"},
        "annotations": {"a": "b", "c": None},
    }
    assert to_tag(value, "team-a", HERE) == SpecTag(
        "prod",
        Source(SourceKind.DOCKER_IMAGE, "quay.io/acme/app:1"),
        HERE,
        reference=True,
        scheduled=True,
        insecure=True,
        import_mode=ImportMode.LEGACY,
        annotations={"a": "b"},
    )


@pytest.mark.parametrize("kind", [SourceKind.ISTAG, SourceKind.ISIMAGE])
def test_istag_and_isimage_sources_get_the_namespace_of_the_stream(kind: SourceKind) -> None:
    assert to_source({"kind": kind.value, "name": "x"}, "team-a") == Source(kind, "x", "team-a")
    assert to_source({"kind": kind.value, "name": "x", "namespace": "b"}, "team-a") == Source(kind, "x", "b")


@pytest.mark.parametrize("value", [None, {}, {"kind": "DockerImage"}, {"kind": ["x"], "name": "x"}, {"name": "x"}, 5])
def test_a_source_without_kind_or_name_is_not_a_source(value: object) -> None:
    assert to_source(value) is None


def test_a_streams_own_namespace_comes_first() -> None:
    assert to_stream({"metadata": {"name": "app"}}, "d", HERE).name == StreamName("d", "app")
    assert to_stream({"metadata": {"name": "app", "namespace": ""}}, "d", HERE).name == StreamName("d", "app")
    assert to_stream({"metadata": {"name": "app", "namespace": "n"}}, "d", HERE).name == StreamName("n", "app")


def test_an_empty_config_has_all_defaults() -> None:
    assert to_config(None) == Config()
    assert to_config({"spec": None}) == Config()
    assert to_installation(None) == Installation()


def test_a_config_with_everything() -> None:
    spec = {
        "streams": {"include": ["a/**"], "exclude": ["b/**"]},
        "defaultNamespace": "team",
        "namespaces": [{"path": "overlays/test/**", "namespace": "test"}],
        "limits": {"history": 5},
        "schedule": {"interval": "1h30m"},
        "push": {"quiet": "30s", "atMostEvery": "10m"},
        "commit": {"subjectPrefix": "[i] ", "trailers": ["Team: x"], "skipCi": True, "group": "per-pass"},
    }
    assert to_config({"spec": spec}) == Config(
        include=("a/**",),
        exclude=("b/**",),
        default_namespace="team",
        namespaces=(NamespaceRule("overlays/test/**", "test"),),
        history_limit=5,
        interval=5400,
        quiet=30,
        at_most_every=600,
        commit=CommitStyle("[i] ", ("Team: x",), skip_ci=True, group=Grouping.PER_PASS),
    )


def test_an_installation_with_everything() -> None:
    rule = {
        "prefix": "r:5000",
        "insecure": True,
        "integrated": True,
        "caFile": "/ca",
        "connections": 2,
        "namespaces": ["a"],
        "interval": "6h",
        "requestLimit": "100/6h",
        "identity": "gcp",
        "certFile": "/cert",
        "keyFile": "/key",
    }
    spec = {
        "registries": [rule],
        "pullSecrets": ["/p"],
        "secretsDir": "/s",
        "identity": {"name": "n", "email": "e@x"},
        "allowPrivate": ["10.1.2.3"],
        "receivers": [
            {"name": "jf", "kind": "artifactory", "secret": "s", "registry": "r:5000", "repositories": {"local": "all"}}
        ],
        "gitReceivers": [{"name": "gh", "kind": "github", "secret": "t"}],
    }
    assert to_installation({"spec": spec}) == Installation(
        registries=(
            RegistryRule(
                "r:5000",
                insecure=True,
                integrated=True,
                ca_file="/ca",
                connections=2,
                namespaces=("a",),
                interval=21_600,
                request_limit=RequestLimit(100, 21_600),
                identity=CloudIdentity.GCP,
                cert_file="/cert",
                key_file="/key",
            ),
        ),
        pull_secrets=("/p",),
        secrets_dir="/s",
        identity=Person("n", "e@x"),
        allow_private=("10.1.2.3",),
        receivers=(Receiver("jf", "artifactory", "s", Host("r:5000"), (("local", "all"),)),),
        git_receivers=(Receiver("gh", "github", "t"),),
        paths=(
            ("registries.caFile", "/ca"),
            ("registries.certFile", "/cert"),
            ("registries.keyFile", "/key"),
            ("pullSecrets", "/p"),
            ("secretsDir", "/s"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "expected"), [("15m", 900), ("1h30m", 5400), ("90s", 90), ("0s", 0), ("2h", 7200), ("1h1m1s", 3661)]
)
def test_durations_are_seconds(text: str, expected: int) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "15", "1.5h", "m", "-1s", "1d", "30m1h", "15 m", "1h\n", "٣s"])
def test_a_malformed_duration_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        seconds(text)
    assert str(caught.value) == (
        f"{text!r} is not a duration. Write hours, minutes and seconds such as 1h30m, 15m or 90s."
    )


KEYS = st.sampled_from(
    [
        "metadata",
        "spec",
        "tags",
        "name",
        "namespace",
        "from",
        "kind",
        "importPolicy",
        "scheduled",
        "items",
        "held",
        "image",
        "cause",
        "generation",
        "annotations",
        "streams",
        "include",
        "schedule",
        "interval",
        "commit",
        "group",
        "trailers",
        "registries",
        "prefix",
        "identity",
        "limits",
        "history",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["DockerImage", "ImageStream"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_odd_values_never_raise(value: object) -> None:
    to_stream(value, "d", HERE)
    to_tag(value, "d", HERE)
    to_history(value, NAME)
    to_hold(value, NAME)
    to_config(value)
    to_installation(value)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("CI.Internal", "ci.internal"),
        ("ci.internal.:8443", "ci.internal:8443"),
        ("10.1.2.3/8", "10.1.2.3/8"),
        ("[FD00::1]", "[fd00::1]"),
        ("[fd00::1]:443", "[fd00::1]:443"),
    ],
)
def test_an_allowed_address_is_recognised_in_every_spelling(written: str, known: str) -> None:
    assert to_installation({"spec": {"allowPrivate": [written]}}).allow_private == (known,)


@pytest.mark.parametrize("text", ["*.internal", "10.0.0.0/33", "https://ci.internal", "ci.internal:x"])
def test_an_allowed_address_that_cannot_match_is_an_error(text: str) -> None:
    with pytest.raises(InputError) as caught:
        to_installation({"spec": {"allowPrivate": [text]}})
    assert str(caught.value) == f"{text!r} is not a host name. Write HOST or HOST:PORT."


def test_targets_and_how_images_are_written() -> None:
    helm = {"repository": "image.repository", "tag": "web[0].tag", "digest": 'a["b.c/d"].digest'}
    spec = {
        "targets": [
            {"path": "apps/*/kustomization.yaml", "from": "app:prod", "kustomize": {"image": "acme/app"}},
            {"path": "values.yaml", "from": "team-a/app:prod", "helm": helm},
        ],
        "images": {"write": "tag-and-digest"},
    }
    assert to_config({"spec": spec}) == Config(
        write=WriteStyle.TAG_AND_DIGEST,
        targets=(
            Target("apps/*/kustomization.yaml", "app:prod", image="acme/app"),
            Target(
                "values.yaml",
                "team-a/app:prod",
                repository=("image", "repository"),
                tag=("web", 0, "tag"),
                digest=("a", "b.c/d", "digest"),
            ),
        ),
    )


def test_a_malformed_istag_or_path_of_a_target_is_an_error() -> None:
    target = {"path": "a.yaml", "from": f"{'a' * 300}:prod", "kustomize": {"image": "a"}}
    with pytest.raises(InputError, match="together are too long"):
        to_config({"spec": {"targets": [target]}})
    with pytest.raises(InputError, match="is not a path"):
        to_config({"spec": {"targets": [{"path": "a", "from": "a:b", "helm": {"tag": "a[b]"}}]}})
