"""Errors of the schemas as sentences: the place, the rule, and what to write instead."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.planning.trailers import OWN_KEYS
from reconciler.schema.check import SchemaError, check

CONFIG = {"apiVersion": "reconciler/v1alpha1", "kind": "Config"}
STREAM = {"apiVersion": "image.openshift.io/v1", "kind": "ImageStream", "metadata": {"name": "app"}}
DIGEST = "sha256:" + "a" * 64
EVENT = {
    "image": DIGEST,
    "dockerImageReference": f"quay.io/acme/app@{DIGEST}",
    "created": "2026-11-23T08:00:00Z",
    "generation": 1,
    "cause": "declared",
}
HISTORY = {
    "apiVersion": "reconciler/v1alpha1",
    "kind": "TagHistory",
    "metadata": {"namespace": "team-a", "name": "app:prod"},
}


def lines(name: str, value: object) -> list[str]:
    return [f"{error.message} [{error.rule}]" for error in check(name, value)]


def config(spec: object) -> list[str]:
    return lines("config", {**CONFIG, "spec": spec})


def tag(value: object) -> list[str]:
    return lines("imagestream", {**STREAM, "spec": {"tags": [value]}})


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (None, []),
        ({}, []),
        ({"streems": {}}, ["spec.streems is unknown. streams is probably meant. [unknown-key]"]),
        (
            {"foo": 1},
            [
                (
                    "spec.foo is unknown. Known here: commit, defaultNamespace, images, limits, namespaces, "
                    "push, schedule, sinks, streams, targets. [unknown-key]"
                )
            ],
        ),
        (
            {"schedule": {"interval": "15 minutes"}},
            [
                (
                    "spec.schedule.interval is '15 minutes'. How often a scheduled tag is checked, at least 1s. "
                    "Write it for example 15m. [wrong-value]"
                )
            ],
        ),
        (
            {"schedule": {"interval": "0s"}},
            [
                (
                    "spec.schedule.interval is '0s'. How often a scheduled tag is checked, at least 1s. "
                    "Write it for example 15m. [wrong-value]"
                )
            ],
        ),
        (
            {"schedule": {"interval": 900}},
            ["spec.schedule.interval is the number 900. Write text, for example 15m. [wrong-type]"],
        ),
        ({"push": {"quiet": "0s", "atMostEvery": "1h30m", "mode": "direct"}}, []),
        (
            {"push": {"mode": "pull-request"}},
            [
                (
                    "spec.push.mode: pull-request is not supported. Changes are pushed to the branch; this version "
                    "does not open pull requests. Take it out. [not-supported]"
                )
            ],
        ),
        (
            {"push": {"mode": "pullrequest"}},
            ["spec.push.mode is 'pullrequest'. pull-request is probably meant. [wrong-value]"],
        ),
        (
            {"commit": {"group": "x"}},
            ["spec.commit.group is 'x'. Write one of per-event, per-stream, per-pass. [wrong-value]"],
        ),
        (
            {"commit": {"trailers": ["iMAGE: x"]}},
            [
                (
                    "spec.commit.trailers[0] is 'iMAGE: x'. A line KEY: VALUE; the key is not one of the "
                    "reconciler's own. "
                    "Write it for example Team: platform. [wrong-value]"
                )
            ],
        ),
        (
            {"commit": {"subjectPrefix": "x" * 41}},
            ["spec.commit.subjectPrefix is too long. Write at most 40 characters. [wrong-value]"],
        ),
        ({"limits": {"history": 0}}, ["spec.limits.history is the number 0. Write at least 1. [wrong-value]"]),
        ({"limits": {"history": 1001}}, ["spec.limits.history is the number 1001. Write at most 1000. [wrong-value]"]),
        (
            {"streams": {"include": "**"}},
            ["spec.streams.include is '**'. Write a list (each item begins with `- `). [wrong-type]"],
        ),
        ({"commit": []}, ["spec.commit is a list. Write a mapping (KEY: VALUE). [wrong-type]"]),
        ({"commit": {"skipCi": "no"}}, ["spec.commit.skipCi is 'no'. Write true or false. [wrong-type]"]),
        (
            {"namespaces": [{"path": "a/**"}]},
            ["spec.namespaces[0].namespace is missing. Write namespace: team-a. [missing-field]"],
        ),
        ({"sinks": [{"name": "ci", "url": "https://ci.example.com/in"}]}, []),
        ({"sinks": [{"url": "https://h/"}]}, ["spec.sinks[0].name is missing. Write name: ci. [missing-field]"]),
        (
            {"sinks": [{"name": "ci", "kind": "slak"}]},
            ["spec.sinks[0].kind is 'slak'. slack is probably meant. [wrong-value]"],
        ),
        (
            {"sinks": [{"name": "ci", "url": "https://me:secret@ci.example.com/in"}]},
            [
                "spec.sinks[0].url is 'https://me:secret@ci.example.com/in'. The address to call: an http or https URL "
                "without a user name. Write it for example https://ci.example.com/in. [wrong-value]"
            ],
        ),
        (
            {"sinks": [{"name": "ci", "changes": ["moved"]}]},
            ["spec.sinks[0].changes[0] is 'moved'. move is probably meant. [wrong-value]"],
        ),
        (
            {"sinks": [{"name": "a/../b", "secret": "../key"}]},
            [
                "spec.sinks[0].name is 'a/../b'. The sink's name; refs/imagestream/sinks/NAME records how far it was "
                "told. Write it for example ci. [wrong-value]",
                "spec.sinks[0].secret is '../key'. The name of a file in the installation's secretsDir, which holds a "
                "key, a token or the address, by the kind. Write it for example ci. [wrong-value]",
            ],
        ),
        (
            {"access": {}, "images": None},
            [
                "spec.access is not supported. This version does not read access rules. Take it out. [not-supported]",
                "spec.images is empty. Write a mapping (KEY: VALUE). [wrong-type]",
            ],
        ),
        (
            {"targets": [{"path": "a.yaml"}, {"path": "a.yaml", "from": "app:prod"}]},
            [
                "spec.targets[0].from is missing. Write from: team-a/app:prod. [missing-field]",
                "spec.targets[0] has to have exactly one of kustomize, helm. [wrong-value]",
                "spec.targets[1] has to have exactly one of kustomize, helm. [wrong-value]",
            ],
        ),
        (
            {"targets": [{"path": "a", "from": "app", "kustomize": {}, "helm": {}}]},
            [
                "spec.targets[0] has to have exactly one of kustomize, helm. [wrong-value]",
                (
                    "spec.targets[0].from is 'app'. The istag [NAMESPACE/]STREAM:TAG; the namespace is that of streams "
                    "in the file, if it is left out. Write it for example team-a/app:prod. [wrong-value]"
                ),
                "spec.targets[0].helm is empty. Write at least one of repository, tag, digest. [missing-field]",
                "spec.targets[0].kustomize.image is missing. Write image: acme/app. [missing-field]",
            ],
        ),
        (
            {"targets": [{"path": "a", "from": "app:1", "helm": {"tag": "image..tag"}}]},
            [
                (
                    "spec.targets[0].helm.tag is 'image..tag'. The path of the value with the version. "
                    "Write it for example image.tag. [wrong-value]"
                )
            ],
        ),
        (
            {"images": {"write": "digest"}},
            ["spec.images.write is 'digest'. Write one of pull-spec, tag-and-digest. [wrong-value]"],
        ),
    ],
)
def test_an_error_in_a_config_says_what_to_write(spec: object, expected: list[str]) -> None:
    assert config(spec) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"certFile": "/c", "keyFile": "/k", "identity": "aws"}, []),
        ({"certFile": "/c"}, []),
        ({"keyFile": "/k"}, ["spec.registries[0] has keyFile without certFile. Add it. [missing-field]"]),
        (
            {"identity": "alibaba"},
            ["spec.registries[0].identity is 'alibaba'. Write one of aws, gcp, azure. [wrong-value]"],
        ),
    ],
)
def test_an_error_in_a_registry_rule_says_what_to_write(rule: dict[str, str], expected: list[str]) -> None:
    spec = {"registries": [{"prefix": "quay.io"} | rule]}
    installation = {"apiVersion": "reconciler/v1alpha1", "kind": "Installation", "spec": spec}
    assert [f"{found.message} [{found.rule}]" for found in check("installation", installation)] == expected


@pytest.mark.parametrize("key", ["forge", "access", "authenticators", "gateway"])
def test_an_installation_may_not_set_what_has_no_effect_yet(key: str) -> None:
    (line,) = lines("installation", {"apiVersion": CONFIG["apiVersion"], "kind": "Installation", "spec": {key: {}}})
    assert line.startswith(f"spec.{key} is not supported. This version ")
    assert line.endswith(" Take it out. [not-supported]")


def test_all_errors_are_found_in_one_go() -> None:
    assert config({"foo": 1, "limits": {"history": "x"}, "push": {"mode": 1}}) == [
        (
            "spec.foo is unknown. Known here: commit, defaultNamespace, images, limits, namespaces, push, "
            "schedule, sinks, streams, targets. [unknown-key]"
        ),
        "spec.limits.history is 'x'. Write a whole number. [wrong-type]",
        "spec.push.mode is the number 1. Write text. [wrong-type]",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"name": "a", "from": None, "annotations": None, "generation": None, "importPolicy": {}}, []),
        ({"name": "a", "importPolicy": {"importMode": ""}, "referencePolicy": {"type": ""}}, []),
        ({"name": "a", "from": {"kind": "DockerImage", "name": "x", "resourceVersion": "latest", "odd": 1}}, []),
        (
            {"name": "a", "from": {"kind": "dockerimage", "name": "x"}},
            ["spec.tags[0].from.kind is 'dockerimage'. DockerImage is probably meant. [wrong-value]"],
        ),
        (
            {"name": "a", "from": {"kind": "Pod", "name": ""}},
            [
                (
                    "spec.tags[0].from.kind is 'Pod'. Write one of DockerImage, ImageStreamTag, "
                    "ImageStreamImage. [wrong-value]"
                ),
                "spec.tags[0].from.name is empty. Write text, for example quay.io/acme/app:1.4.2. [wrong-value]",
            ],
        ),
        (
            {"name": "a", "from": {"Kind": "DockerImage"}},
            [
                "spec.tags[0].from.kind is missing. 'Kind' is probably meant to be it. [missing-field]",
                "spec.tags[0].from.name is missing. Write name: quay.io/acme/app:1.4.2. [missing-field]",
            ],
        ),
        (
            {"name": "a", "importPolicy": {"importMode": "ManifestList"}},
            [
                (
                    "spec.tags[0].importPolicy.importMode is 'ManifestList'. Write one of Legacy, "
                    "PreserveOriginal. [wrong-value]"
                )
            ],
        ),
        (
            {"name": "a", "referencePolicy": {"type": "local"}},
            ["spec.tags[0].referencePolicy.type is 'local'. Local is probably meant. [wrong-value]"],
        ),
        ("x", ["spec.tags[0] is 'x'. Write a mapping (KEY: VALUE). [wrong-type]"]),
        (None, ["spec.tags[0] is empty. Write a mapping (KEY: VALUE). [wrong-type]"]),
        ({}, ["spec.tags[0].name is missing. Write name: prod. [missing-field]"]),
    ],
)
def test_an_error_in_a_spec_tag_says_what_to_write(value: object, expected: list[str]) -> None:
    assert tag(value) == expected


@pytest.mark.parametrize(
    "extra",
    [
        {"spec": None},
        {"spec": {}},
        {"spec": {"tags": None, "lookupPolicy": {"local": False}, "dockerImageRepository": ""}},
        {"status": {"dockerImageRepository": "", "tags": [{"tag": "a", "items": None}]}},
        {"status": None},
        {"labels": {"odd": 1}},
        {
            "metadata": {
                "name": "app",
                "annotations": None,
                "labels": None,
                "creationTimestamp": None,
                "generation": 3,
                "managedFields": [],
                "ownerReferences": [{}],
                "uid": "x",
            }
        },
    ],
)
def test_an_object_that_openshift_accepts_has_no_error(extra: dict[str, object]) -> None:
    assert lines("imagestream", {**STREAM, **extra}) == []


def test_a_stream_needs_its_head() -> None:
    assert lines("imagestream", {"metadata": {}}) == [
        "apiVersion is missing. Write apiVersion: image.openshift.io/v1. [missing-field]",
        "kind is missing. Write kind: ImageStream. [missing-field]",
        "metadata.name is missing. Write name: app. [missing-field]",
    ]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([EVENT], []),
        ([{key: value for key, value in EVENT.items() if key != "image"}], []),
        ([], ["items is empty. Write at least 1. [missing-field]"]),
        (
            [{key: value for key, value in EVENT.items() if key not in {"image", "dockerImageReference"}}],
            [
                "items[0].dockerImageReference is missing. "
                f"Write dockerImageReference: quay.io/acme/app@{EXAMPLE}. [missing-field]"
                for EXAMPLE in ["sha256:9f2c1ab04d770cc1b31a4f5f7b6ff1f0b9a4f9c1d2e3f405162738495a6b7c8d"]
            ],
        ),
        (
            [{**EVENT, "image": "sha256:abc"}],
            [
                (
                    "items[0].image is 'sha256:abc'. The image: a manifest digest. Left out for reference "
                    "tags. Write it for "
                    "example sha256:9f2c1ab04d770cc1b31a4f5f7b6ff1f0b9a4f9c1d2e3f405162738495a6b7c8d. [wrong-value]"
                )
            ],
        ),
        ([{**EVENT, "generation": 0}], ["items[0].generation is the number 0. Write at least 1. [wrong-value]"]),
        ([{**EVENT, "generation": True}], ["items[0].generation is true. Write a whole number. [wrong-type]"]),
        (
            [{**EVENT, "cause": "magic"}],
            [
                (
                    "items[0].cause is 'magic'. Write one of declared, scheduled, pushed, followed, "
                    "requested, adopted. "
                    "[wrong-value]"
                )
            ],
        ),
        ([{**EVENT, "form": {}}], ["items[0].form is unknown. from is probably meant. [unknown-key]"]),
    ],
)
def test_a_history_is_checked_to_the_letter(items: object, expected: list[str]) -> None:
    assert lines("taghistory", {**HISTORY, "items": items}) == expected


def test_a_held_image_is_an_image_or_a_pull_spec() -> None:
    head = {**HISTORY, "kind": "TagHold"}
    both = {"image": DIGEST, "dockerImageReference": "x", "commit": "a" * 40}
    expected = ["held[0] has to have exactly one of image, dockerImageReference. [wrong-value]"]
    assert lines("taghold", {**head, "held": [both]}) == expected
    assert lines("taghold", {**head, "held": [{"commit": "a" * 40}]}) == expected
    assert lines("taghold", {**head, "held": [{"commit": "a" * 40, "image": DIGEST}]}) == []


def test_an_error_tells_whether_the_schema_wants_text() -> None:
    (error,) = check("imagestream", {**STREAM, "metadata": {"name": "app", "labels": {"a": 1}}})
    assert error == SchemaError(
        ("metadata", "labels", "a"), "wrong-type", "metadata.labels.a is the number 1. Write text.", wants_text=True
    )


@pytest.mark.parametrize("value", ["x" * 10**6, ["x" * 10**6] * 3, {"x" * 10**6: 1}, float("inf"), 10**400, "a\nb\x1b"])
def test_no_value_makes_a_message_long_or_breaks_its_line(value: object) -> None:
    found = [*config(value), *config({"push": value}), *config({"push": {"mode": value}}), *tag(value)]
    found += tag({"name": value, "from": value, "importPolicy": {"importMode": value}})
    assert found
    assert all(len(line) < 400 and line.isprintable() for line in found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("taghold", {**HISTORY, "kind": "TagHold", "held": [{"image": DIGEST, "commit": "a" * 40 + "\n"}]}),
        ("taghistory", {**HISTORY, "items": [{**EVENT, "image": f"{DIGEST}\n"}]}),
        ("taghistory", {**HISTORY, "items": [{**EVENT, "created": f"{EVENT['created']}\n"}]}),
        ("taghistory", {**HISTORY, "items": [{**EVENT, "dockerImageReference": "quay.io/acme/app\nx"}]}),
        ("taghistory", {**HISTORY, "items": [{**EVENT, "from": {"kind": "DockerImage", "name": "x\n"}}]}),
        ("config", {**CONFIG, "spec": {"commit": {"subjectPrefix": "x\n"}}}),
        ("config", {**CONFIG, "spec": {"commit": {"trailers": ["Team: x\n"]}}}),
        ("config", {**CONFIG, "spec": {"defaultNamespace": "team-a\n"}}),
        ("config", {**CONFIG, "spec": {"schedule": {"interval": "15m\n"}}}),
    ],
)
def test_a_pattern_matches_the_whole_value(name: str, value: object) -> None:
    (error,) = check(name, value)
    assert error.rule == "wrong-value"


@pytest.mark.parametrize(
    "character", ["\0", "\t", "\x1b", "\x7f", "\x85", "\x9b", "\u200e", "\u2028", "\u202e", "\u2066"]
)
def test_commit_texts_cannot_have_invisible_characters(character: str) -> None:
    for commit in ({"subjectPrefix": f"x{character}y"}, {"trailers": [f"Team: x{character}y"]}):
        (error,) = check("config", {**CONFIG, "spec": {"commit": commit}})
        assert error.rule == "wrong-value"


@pytest.mark.parametrize("key", sorted(OWN_KEYS))
def test_no_trailer_of_a_config_has_a_key_of_our_own(key: str) -> None:
    for written in (key, key.title()):
        (error,) = check("config", {**CONFIG, "spec": {"commit": {"trailers": [f"{written}: x"]}}})
        assert error.rule == "wrong-value"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["spec", "tags", "metadata", "name", "from", "items", "held", "x"]), inner)
    ),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None)
@given(VALUES, st.sampled_from(["imagestream", "taghistory", "taghold", "config", "installation", "plan", "validate"]))
def test_any_value_can_be_checked_without_an_exception(value: object, name: str) -> None:
    assert all(error.message.endswith(".") for error in check(name, value))


@pytest.mark.parametrize("path", ["Acme", "acme/*", "acme/app:1", "a%2fb", ".", "-acme"])
@pytest.mark.parametrize("key", ["registries", "allowedRegistries"])
def test_a_prefix_that_no_repository_can_have_is_refused(path: str, key: str) -> None:
    value: object = [f"quay.io/{path}"] if key == "allowedRegistries" else [{"prefix": f"quay.io/{path}"}]
    plain = {"apiVersion": CONFIG["apiVersion"], "kind": "Installation", "spec": {key: value}}
    (found,) = lines("installation", plain)
    assert found.startswith(f"spec.{key}[0]")
    assert f"is 'quay.io/{path}'. HOST[:PORT][/PATH], whole parts only" in found
