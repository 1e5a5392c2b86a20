"""The sources and names of spec tags and streams."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.name import StreamName
from reconciler.model.plain import mapping
from reconciler.model.stream import Stream
from reconciler.rules.name import ambiguous_name, stream_name, tag_name, unquoted
from reconciler.rules.source import repository, source
from reconciler.rules.subject import StreamSubject, TagSubject
from reconciler.rules.table import Hit

APP = Stream(StreamName("team-a", "app"))
DIGEST = "sha256:" + "a" * 64


def entry(value: object) -> TagSubject:
    return TagSubject(mapping(value), ("spec", "tags", 0), APP)


def imports(repository: object) -> StreamSubject:
    return StreamSubject({"spec": {"dockerImageRepository": repository}}, APP)


def stream(namespace: str, name: str) -> StreamSubject:
    return StreamSubject({}, replace(APP, name=StreamName(namespace, name)))


def reported(kind: str, name: str, **tag: object) -> list[str]:
    value = {"from": {"kind": kind, "name": name}, **tag}
    return [f"{hit.message} [{hit.rule}]" for hit in source(entry(value))]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("DockerImage", "quay.io/acme/app:1.4"),
        ("DockerImage", "nginx"),
        ("DockerImage", f"127.0.0.1:5000/a/b:1@{DIGEST}"),
        ("ImageStreamTag", "prod"),
        ("ImageStreamTag", "base:1.10"),
        ("ImageStreamImage", DIGEST),
        ("ImageStreamImage", "app@aaaa"),
        ("Pod", "left to the schema"),
        ("DockerImage", ""),
    ],
)
def test_a_source_that_can_be_resolved_has_no_hit(kind: str, name: str) -> None:
    assert reported(kind, name) == []


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        (
            "DockerImage",
            "http://quay.io/a/b:1",
            "pull spec 'http://quay.io/a/b:1' has a scheme. Leave out 'http://'. [pull-spec]",
        ),
        (
            "DockerImage",
            "quay.io/${ORG}/app:1",
            (
                "pull spec 'quay.io/${ORG}/app:1' is not of the form [HOST[:PORT]/]NAME[:TAG][@DIGEST]. "
                "Repositories are lower case. Fill in the placeholder ${ORG}. [pull-spec]"
            ),
        ),
        ("DockerImage", "a" * 1001, "the pull spec is too long. Use up to 1000 characters. [pull-spec]"),
        ("ImageStreamTag", "a:b:c", "'a:b:c' has more than one colon. Write TAG or STREAM:TAG. [source-name]"),
        (
            "ImageStreamTag",
            f"app@{DIGEST}",
            (
                "'app@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' is not an istag. "
                "Write kind: ImageStreamImage to pin an image. [source-name]"
            ),
        ),
        (
            "ImageStreamTag",
            "team-b/app:prod",
            (
                "'team-b/app:prod' is not an istag of the form TAG or STREAM:TAG. Put the namespace into from.namespace, "
                "or write kind: DockerImage for a pull spec. [source-name]"
            ),
        ),
        ("ImageStreamTag", "app:", "istag 'app:' is not of the form [NAMESPACE/]STREAM:TAG. [source-name]"),
        (
            "ImageStreamTag",
            "<IMAGE-TAG>",
            (
                "istag '<IMAGE-TAG>' is not of the form TAG or STREAM:TAG. Fill in the placeholder <IMAGE-TAG>. "
                "[source-name]"
            ),
        ),
        ("ImageStreamImage", "a@b@c", "'a@b@c' has more than one @. Write STREAM@DIGEST. [source-name]"),
        (
            "ImageStreamImage",
            "app@latest",
            "isimage 'app@latest' is not of the form [NAMESPACE/]STREAM@sha256:DIGITS. [source-name]",
        ),
        (
            "ImageStreamImage",
            "b/app@aaaa",
            (
                "'b/app@aaaa' is not an isimage of the form STREAM@DIGEST. Put the namespace into from.namespace. "
                "[source-name]"
            ),
        ),
    ],
)
def test_a_source_that_cannot_be_resolved_is_reported(kind: str, name: str, message: str) -> None:
    assert reported(kind, name) == [message]


@pytest.mark.parametrize(
    ("kind", "why"),
    [("ImageStreamTag", "a followed tag moves by itself"), ("ImageStreamImage", "a pinned image never moves")],
)
def test_only_a_docker_image_can_be_scheduled(kind: str, why: str) -> None:
    assert reported(kind, "app@aaaa" if kind.endswith("Image") else "x", importPolicy={"scheduled": True}) == [
        f"{kind} cannot be scheduled; {why}. Take scheduled out. [scheduled-source]"
    ]


def test_a_namespace_on_a_docker_image_is_ignored() -> None:
    value = {"from": {"kind": "DockerImage", "name": "nginx", "namespace": "b"}}
    (hit,) = source(entry(value))
    assert hit == Hit(
        "ignored-field",
        ("spec", "tags", 0, "from", "namespace"),
        "from.namespace has no effect on a DockerImage. Take it out.",
        at_key=True,
    )


def test_scheduled_without_a_source_is_ignored() -> None:
    (hit,) = source(entry({"importPolicy": {"scheduled": True}}))
    assert hit.message == "scheduled has no effect on a tag without from. Name a DockerImage."


@pytest.mark.parametrize("value", [None, [], {"from": []}, {"from": {"kind": ["x"]}}, {"from": {}, "importPolicy": 1}])
def test_odd_values_are_left_to_the_schema(value: object) -> None:
    assert list(source(entry(value))) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "quay.io/acme/app:1",
            "dockerImageRepository 'quay.io/acme/app:1' has a tag or digest. Write quay.io/acme/app. [repository]",
        ),
        (
            f"quay.io/a/b@{DIGEST}",
            (
                "dockerImageRepository "
                "'quay.io/a/b@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'… "
                "has a tag or digest. Write quay.io/a/b. [repository]"
            ),
        ),
        ("https://quay.io/a", "pull spec 'https://quay.io/a' has a scheme. Leave out 'https://'. [repository]"),
    ],
)
def test_a_repository_with_a_tag_or_digest_is_an_error(text: str, message: str) -> None:
    assert [f"{hit.message} [{hit.rule}]" for hit in repository(imports(text))] == [message]


@pytest.mark.parametrize("value", [None, "", 5, []])
def test_a_stream_without_a_repository_is_fine(value: object) -> None:
    assert list(repository(imports(value))) == []


@pytest.mark.parametrize("name", ["prod", "1.10", "_x", "A", "latest", "a" * 128])
def test_tag_names_of_the_grammar_are_fine(name: str) -> None:
    assert list(tag_name(entry({"name": name}))) == []


GRAMMAR = "Use up to 128 of A-Z a-z 0-9 _ . - and none of the last two first."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", f"the tag has no name. {GRAMMAR}"),
        ("-bad", f"'-bad' is not a tag name. {GRAMMAR}"),
        ("a/b", f"'a/b' is not a tag name. {GRAMMAR}"),
        ("a b\n", f"'a b\\n' is not a tag name. {GRAMMAR}"),
        ("ä", f"'ä' is not a tag name. {GRAMMAR}"),
        ("a" * 129, f"'{'a' * 80}'… is not a tag name. {GRAMMAR}"),
        ("${TAG}", f"'${{TAG}}' is not a tag name. {GRAMMAR} Fill in the placeholder ${{TAG}}."),
        ("$(cuda)", f"'$(cuda)' is not a tag name. {GRAMMAR} Fill in the placeholder $(cuda)."),
        ("${my-tag}", f"'${{my-tag}}' is not a tag name. {GRAMMAR} Fill in the placeholder ${{my-tag}}."),
        ("${{MY_TAG}}", f"'${{{{MY_TAG}}}}' is not a tag name. {GRAMMAR} Fill in the placeholder ${{{{MY_TAG}}}}."),
        ("${TAG:-1.4}", f"'${{TAG:-1.4}}' is not a tag name. {GRAMMAR} Fill in the placeholder ${{TAG:-1.4}}."),
        (
            "@my-app_PLACEHOLDER",
            f"'@my-app_PLACEHOLDER' is not a tag name. {GRAMMAR} Fill in the placeholder my-app_PLACEHOLDER.",
        ),
        ("{TAG}", f"'{{TAG}}' is not a tag name. {GRAMMAR} Fill in the placeholder {{TAG}}."),
    ],
)
def test_tag_names_outside_the_grammar_are_errors(name: str, message: str) -> None:
    assert [(hit.rule, hit.message) for hit in tag_name(entry({"name": name}))] == [("tag-name", message)]


@pytest.mark.parametrize("name", ["app", "2.4", "openad_workbench", "a.b-c", "1"])
def test_stream_names_that_openshift_accepts_are_fine(name: str) -> None:
    assert list(stream_name(stream("team-a", name))) == []


SHAPE = "Use lower-case letters and digits with single . _ - between them."


@pytest.mark.parametrize(
    ("namespace", "name", "message"),
    [
        ("team-a", "ucsls-F24", f"'ucsls-F24' is not a stream name. {SHAPE}"),
        ("team-a", "a--b", f"'a--b' is not a stream name. {SHAPE}"),
        ("team-a", "<CHANGE_ME>", f"'<CHANGE_ME>' is not a stream name. {SHAPE} Fill in the placeholder <CHANGE_ME>."),
        ("team-a", "a" * 256, "the name is too long. Use up to 255 characters."),
        ("team-a", "a" * 250, "namespace and name together are too long. Use up to 255 characters."),
        ("Team", "app", "'Team' is not a namespace. Use up to 63 of a-z 0-9 and -, not at either end."),
        ("a_b", "app", "'a_b' is not a namespace. Use up to 63 of a-z 0-9 and -, not at either end."),
    ],
)
def test_stream_names_that_openshift_refuses_are_errors(namespace: str, name: str, message: str) -> None:
    assert [hit.message for hit in stream_name(stream(namespace, name))] == [message]


def test_a_bad_namespace_does_not_hide_a_bad_name() -> None:
    assert [hit.path for hit in stream_name(stream("Team", "App"))] == [
        ("metadata", "namespace"),
        ("metadata", "name"),
    ]


@pytest.mark.parametrize(
    ("raw", "value", "message"),
    [
        ("1.10", 1.1, '1.10 without quotes is read as a number. Put it in quotes: "1.10".'),
        ("8", 8, '8 without quotes is read as a number. Put it in quotes: "8".'),
        ("true", True, 'true without quotes is read as true or false. Put it in quotes: "true".'),
        ("null", None, 'null without quotes is read as null. Put it in quotes: "null".'),
    ],
)
def test_text_without_quotes_is_shown_with_them(raw: str, value: object, message: str) -> None:
    assert unquoted(raw, value) == message


def test_text_that_older_readers_misread_is_a_warning() -> None:
    tag = replace(entry({"name": "on"}), ambiguous_name="on")
    assert [hit.message for hit in ambiguous_name(tag)] == [
        'oc and other YAML 1.1 readers take on for another type than text. Put it in quotes: "on".'
    ]
