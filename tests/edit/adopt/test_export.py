"""Exports of OpenShift: clean specs, stacks with the original times, and findings."""

from __future__ import annotations

import json

import pytest

from reconciler.edit.adopt.export import Export, ExportedStream, ExportOptions
from reconciler.edit.adopt.export_reader import read_exports
from reconciler.edit.adopt.left_out import left_out
from reconciler.model.config import Config
from reconciler.model.history import Cause, TagEvent
from reconciler.model.name import IstagName
from reconciler.model.stream import ImportMode, Source, SourceKind
from reconciler.reading.declare import declare
from reconciler.settings import MAX_FILE_BYTES
from tests.kit.corpus import CORPUS
from tests.kit.export import INTERNAL, REPOSITORY, Object, docker, event, events, exported, follows, listed, text
from tests.kit.world import A, B, C, istag

ONE = f"{REPOSITORY}:1"
HINT = "Name the registry's public route with --route HOST, or mirror the image and point the tag at the mirror."


def read(*streams: Object, route: str | None = None) -> Export:
    return read_exports({"export.yaml": listed(*streams)}, ExportOptions("default", route))


def only(export: Export) -> ExportedStream:
    (stream,) = export.streams
    return stream


def stack(export: Export, tag: str = "app:prod") -> tuple[TagEvent, ...]:
    return next(each.stacks for each in export.streams if istag(tag) in each.stacks)[istag(tag)]


def texts(export: Export) -> list[str]:
    return [f"{finding.severity}: {finding.message} [{finding.rule}]" for finding in export.findings]


# Specs.


def test_a_clean_spec_keeps_what_people_meant_and_nothing_that_a_server_wrote() -> None:
    stream = exported({"prod": docker(ONE, scheduled=True, insecure=True), "test": follows("prod", "team-a")})
    stream["metadata"]["labels"] = {"app": "app"}
    stream["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = "{}"
    stream["spec"]["lookupPolicy"]["local"] = True
    stream["spec"]["tags"][0] |= {"annotations": {"description": "The one\nthat runs"}}
    stream["spec"]["tags"][1]["referencePolicy"]["type"] = "Local"
    assert only(read(stream)).spec.decode() == (
        "apiVersion: image.openshift.io/v1\n"
        "kind: ImageStream\n"
        "metadata:\n"
        "  name: app\n"
        "  namespace: team-a\n"
        "  labels:\n"
        "    app: app\n"
        "  annotations:\n"
        '    openshift.io/display-name: "The app"\n'
        "spec:\n"
        "  lookupPolicy:\n"
        "    local: true\n"
        "  tags:\n"
        "    - name: prod\n"
        "      annotations:\n"
        "        description: |-\n"
        "          The one\n"
        "          that runs\n"
        "      from:\n"
        "        kind: DockerImage\n"
        "        name: registry.example/app:1\n"
        "      importPolicy:\n"
        "        insecure: true\n"
        "        scheduled: true\n"
        "        importMode: PreserveOriginal\n"
        "    - name: test\n"
        "      from:\n"
        "        kind: ImageStreamTag\n"
        "        name: prod\n"
        "      referencePolicy:\n"
        "        type: Local\n"
    )


def test_an_export_without_an_import_mode_comes_from_a_cluster_that_knew_only_legacy() -> None:
    tag = docker(ONE)
    del tag["importPolicy"]["importMode"]
    export = read(exported({"prod": tag}, {"prod": events("a")}))
    assert b"importMode: Legacy" in only(export).spec
    assert stack(export)[0].import_mode is ImportMode.LEGACY


def test_a_file_that_no_server_wrote_gets_no_import_mode() -> None:
    plain = {
        "apiVersion": "v1",
        "kind": "ImageStream",
        "metadata": {"name": "app"},
        "spec": {"tags": [{"name": "1", "from": {"kind": "DockerImage", "name": ONE}}]},
    }
    stream = only(read_exports({"app.json": text(plain)}, ExportOptions("elsewhere")))
    assert b"importMode" not in stream.spec
    assert stream.spec.startswith(b"apiVersion: image.openshift.io/v1\n")
    assert str(stream.stream.name) == "elsewhere/app"


def test_a_clean_spec_has_no_finding() -> None:
    tags = {"1.10": docker(ONE), "on": docker(f"{REPOSITORY}@{A}"), "ref": {**docker(ONE), "reference": True}}
    stream = only(read(exported({**tags, "place": {**docker(ONE), "from": None}})))
    declared = declare({"app.yaml": stream.spec}, Config())
    assert declared.findings == ()
    assert list(declared.streams[stream.stream.name].tags) == ["1.10", "on", "ref", "place"]


# Stacks.


def test_events_keep_their_times_and_are_counted_anew() -> None:
    items = stack(read(exported({"prod": docker(ONE)}, {"prod": events("cba")})))
    assert [(each.image, each.created, each.generation) for each in items] == [
        (C, "2024-05-03T06:07:08Z", 3),
        (B, "2024-05-02T06:07:08Z", 2),
        (A, "2024-05-01T06:07:08Z", 1),
    ]
    assert {each.cause for each in items} == {Cause.ADOPTED}
    assert {each.source for each in items} == {Source(SourceKind.DOCKER_IMAGE, ONE)}
    assert items[0].pull_spec == f"{REPOSITORY}@{C}"


def test_an_image_twice_in_a_row_is_one_event_of_the_older_time() -> None:
    items = stack(read(exported({"prod": docker(ONE)}, {"prod": events("bbaab")})))
    assert [(each.image, each.created) for each in items] == [
        (B, "2024-05-04T06:07:08Z"),
        (A, "2024-05-02T06:07:08Z"),
        (B, "2024-05-01T06:07:08Z"),
    ]


def test_the_pull_spec_is_spelt_as_the_spec_spells_the_repository() -> None:
    status = {"prod": events("a", "docker.io/library/nginx")}
    assert stack(read(exported({"prod": docker("nginx:1")}, status)))[0].pull_spec == f"nginx@{A}"


def test_a_reference_is_an_event_without_an_image() -> None:
    tag = {**docker(ONE), "reference": True}
    (item,) = stack(read(exported({"prod": tag}, {"prod": [event(None, 1, ONE)]})))
    assert (item.image, item.pull_spec, item.source) == (None, ONE, Source(SourceKind.DOCKER_IMAGE, ONE))


def test_a_pushed_tag_has_a_history_without_a_source() -> None:
    (item,) = stack(read(exported({}, {"prod": events("a")})))
    assert (item.image, item.source) == (A, None)


def test_a_tag_that_follows_records_its_source_with_the_namespace_and_the_pull_spec_of_what_it_follows() -> None:
    status = {"prod": events("ba"), "test": events("b", f"{INTERNAL}/team-a/app")}
    export = read(exported({"prod": docker(ONE), "test": follows("prod")}, status))
    (item,) = stack(export, "app:test")
    assert item.source == Source(SourceKind.ISTAG, "prod", "team-a")
    assert item.pull_spec == f"{REPOSITORY}@{B}"
    assert texts(export) == []


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"created": None}, "created is null, which is not a time. It is left out."),
        ({"created": "yesterday"}, "created is 'yesterday', which is not a time. It is left out."),
        ({"image": "cafe"}, "image 'cafe' is not the digest of a manifest. It is left out."),
        ({"dockerImageReference": "a b"}, "dockerImageReference 'a b' is not a pull spec. It is left out."),
        ({"dockerImageReference": None}, "dockerImageReference '' is not a pull spec. It is left out."),
        ({"image": "", "dockerImageReference": ""}, "dockerImageReference '' is not a pull spec. It is left out."),
        (
            {"image": "", "dockerImageReference": "a\nTag: b"},
            "dockerImageReference 'a\\nTag: b' is not a pull spec. It is left out.",
        ),
    ],
)
def test_an_event_that_no_history_can_have_is_left_out_and_reported(broken: Object, message: str) -> None:
    top, *rest = events("cba")
    export = read(exported({"prod": docker(ONE)}, {"prod": [top | broken, *rest]}))
    assert [each.image for each in stack(export)] == [B, A]
    assert texts(export) == [f"warning: {message} [event-left-out]"]


@pytest.mark.parametrize("value", [None, "text", 7, [None], [{"tag": "prod", "items": None}], [{"tag": "prod"}]])
def test_a_status_of_any_shape_gives_no_history_and_no_error(value: object) -> None:
    stream = exported({"prod": docker(ONE)})
    stream["status"]["tags"] = value
    export = read(stream)
    assert only(export).stacks == {}


# Findings.


def test_a_pull_spec_that_only_the_cluster_resolves_is_reported_with_advice() -> None:
    inner = f"{INTERNAL}/team-a/base:1"
    status = {"prod": events("a", f"{INTERNAL}/team-a/base"), "pushed": events("b", f"{INTERNAL}/team-a/app")}
    export = read(exported({"prod": docker(inner)}, status))
    assert texts(export) == [
        f"warning: team-a/app:prod names {inner}, which only the cluster can reach. {HINT} [cluster-registry]",
        f"warning: team-a/app:pushed is {INTERNAL}/team-a/app@{B}, which only the cluster can pull. {HINT} [cluster-registry]",
    ]
    assert b"svc:5000/team-a/base:1" in only(export).spec


@pytest.mark.parametrize(
    "host", [INTERNAL, "docker-registry.default.svc:5000", "172.30.1.1:5000", "r.x.svc.cluster.local"]
)
def test_a_named_route_takes_the_place_of_what_only_the_cluster_knows(host: str) -> None:
    stream = exported({"prod": docker(f"{host}/team-a/base:1")}, {"prod": events("a", f"{host}/team-a/base")})
    export = read(stream, route="registry.apps.example.com")
    assert texts(export) == [
        f"warning: team-a/app:prod names {host}/team-a/base:1, which only the cluster can reach. "
        "Its spec here names registry.apps.example.com/team-a/base:1. [cluster-registry]"
    ]
    assert b"name: registry.apps.example.com/team-a/base:1" in only(export).spec
    assert stack(export)[0].pull_spec == f"registry.apps.example.com/team-a/base@{A}"


def test_the_export_itself_may_name_the_route() -> None:
    stream = exported({}, {"prod": events("a", f"{INTERNAL}/team-a/app")})
    stream["status"]["publicDockerImageRepository"] = "default-route.apps.example.com/team-a/app"
    assert stack(read(stream))[0].pull_spec == f"default-route.apps.example.com/team-a/app@{A}"


@pytest.mark.parametrize("host", ["172.31.1.1:5000", "svc.example.com", "quay.io"])
def test_other_registries_stay_as_they_are(host: str) -> None:
    export = read(exported({"prod": docker(f"{host}/a/b:1")}, {"prod": events("a", f"{host}/a/b")}), route="r.example")
    assert stack(export)[0].pull_spec == f"{host}/a/b@{A}"


def test_an_image_from_elsewhere_than_the_spec_names_keeps_its_own_source() -> None:
    export = read(exported({"prod": docker("registry.example/new:1")}, {"prod": events("a")}))
    assert stack(export)[0].source == Source(SourceKind.DOCKER_IMAGE, f"{REPOSITORY}@{A}")
    assert texts(export) == [
        f"warning: team-a/app:prod is {REPOSITORY}@{A}, but its spec names registry.example/new:1. The next pass "
        "resolves that. [other-source]"
    ]


def test_a_copy_that_would_follow_here_is_reported() -> None:
    base = exported({"1": docker(ONE)}, {"1": events("b")}, name="base")
    app = exported({"prod": follows("base:1")}, {"prod": events("a")})
    assert texts(read(base, app)) == [
        "warning: team-a/app:prod is sha256:aaaaaaaaaaaa, but team-a/base:1, which it follows, is sha256:bbbbbbbbbbbb. "
        f"The next pass moves it there. To keep it, let it name an ImageStreamImage: app@{A} [moves-when-followed]"
    ]


def test_a_failed_import_is_reported_on_one_clean_line() -> None:
    stream = exported({"prod": docker(ONE)}, {"prod": []})
    stream["status"]["tags"][0]["conditions"] = [
        {"type": "ImportSuccess", "status": "False", "reason": "NotFound", "message": "no\nsuch [skip ci] image"}
    ]
    assert texts(read(stream)) == [
        "warning: team-a/app:prod: OpenShift's last import failed (NotFound: no such (skip ci) image). [failed-import]"
    ]


def test_tags_that_cannot_be_are_left_out_one_by_one() -> None:
    tags = {"feature/x": docker(ONE), "prod": docker(ONE)}
    export = read(
        exported(tags, {"feature/x": events("a"), "prod": events("a"), "PROD": events("b"), "a/b": events("c")})
    )
    assert [str(name) for name in only(export).stacks] == ["team-a/app:prod"]
    assert [line.rpartition("[")[2] for line in texts(export)] == ["tag-name]", "tag-left-out]", "tag-left-out]"]
    assert texts(export)[1:] == [
        "error: tag PROD differs only in case from prod. It is left out. [tag-left-out]",
        "error: tag 'a/b' is not a name that a tag can have. It is left out. [tag-left-out]",
    ]


# Files.


def test_everything_that_is_left_out_is_counted_by_why() -> None:
    status = {"1": [*events("baab"), {"created": "never"}], "bad tag": events("a"), "none": []}
    one = exported({"1": docker(ONE), "2": docker("http://x")}, {**status, "2": events("a")})
    one["status"]["tags"][0]["conditions"] = [{"type": "ImportSuccess", "status": "False"}]
    two = exported({"1": docker(ONE)}, name="No_Name")
    export = read(one, two, {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "x"}})
    assert [str(each) for each in left_out(export.left_out)] == [
        "1 object of another kind than ImageStream",
        "1 stream with an error",
        "1 spec tag with an error, and its history",
        "1 tag whose name cannot be, or differs only in case from another",
        "1 tag of status without an event",
        "1 failed import because no history records failures",
        "1 event without an image, a pull spec or a time",
        "1 event of the image that was there already",
    ]
    assert not left_out(read(exported({"1": docker(ONE)}, {"1": events("ba")})).left_out)


def test_a_large_export_is_read_object_by_object_with_progress() -> None:
    streams = [exported({"1": docker(ONE)}, {"1": events("ba")}, name=f"s{number}") for number in range(40)]
    for number, each in enumerate(streams):
        each["metadata"]["annotations"]["note"] = "x" * 60_000
        each["status"]["tags"][0]["items"].append({"created": "never"} if number == 7 else event("c", 1))
    streams[9]["metadata"]["annotations"]["note"] = "x" * (MAX_FILE_BYTES + 1)
    told: list[tuple[int, int]] = []
    export = read_exports({"e.json": listed(*streams)}, ExportOptions("default"), lambda *each: told.append(each))
    assert len(export.streams) == 39
    assert told == [(number, 40) for number in range(1, 41)]
    left, large = export.findings
    lines = listed(*streams).decode().splitlines()
    assert (left.rule, left.path) == ("event-left-out", "items[7].status.tags[0].items[2].created")
    assert lines[left.position.line - 1].strip() == '"created": "never"'
    assert (large.rule, lines[large.position.line - 1]) == ("unreadable", "    {")
    assert '"name": "s9"' in "".join(lines[large.position.line : large.position.line + 15])
    assert large.message == "the file is larger than 2 MiB. Export fewer at a time: oc get is -n NAMESPACE -o yaml"


def test_lists_in_files_and_documents_are_all_read() -> None:
    one, two, three = (exported({"1": docker(ONE)}, name=name) for name in ("one", "two", "three"))
    items = {"apiVersion": "image.openshift.io/v1", "kind": "ImageStreamList", "items": [three]}
    for each in ("apiVersion", "kind"):
        del three[each]
    documents = b"\n---\n".join([text(one), json.dumps({"kind": "Deployment"}).encode(), text(two)])
    export = read_exports({"a.yaml": documents, "b.json": text(items)}, ExportOptions("default"))
    assert [each.stream.name.name for each in export.streams] == ["one", "two", "three"]
    assert texts(export) == []


def test_the_same_object_twice_is_one_and_another_of_its_name_is_refused() -> None:
    stream = exported({"1": docker(ONE)})
    assert len(read(stream, stream).streams) == 1
    export = read_exports(
        {"a.json": text(stream), "b.json": text(exported({"2": docker(ONE)}))}, ExportOptions("default")
    )
    assert list(only(export).stream.tags) == ["1"]
    assert texts(export) == [
        "error: stream team-a/app is at a.json:1 too, and differs. Export it once. [exported-twice]"
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file holds no ImageStream. Export some: oc get is -n NAMESPACE -o yaml [no-stream]"),
        (
            b"kind: Deployment\n",
            "the file holds no ImageStream. Export some: oc get is -n NAMESPACE -o yaml [no-stream]",
        ),
        (b"\xff\xfe\x00", "the file is not UTF-16 text. Save it as UTF-8. [unreadable]"),
        (
            b" " * (3 << 20),
            "the file is larger than 2 MiB. Export fewer at a time: oc get is -n NAMESPACE -o yaml [unreadable]",
        ),
        (
            b"apiVersion: template.openshift.io/v1\nkind: Template\nobjects:\n- kind: ImageStream\n",
            "the file holds no ImageStream, only: OpenShift Template. Its parameters have no values yet. "
            "Commit what `oc process` makes of it to declare that. [no-stream]",
        ),
        (
            b"kind: ImageStream\n{{ if .Values.on }}\nmetadata: {}\n",
            "the file holds no ImageStream, only: file with template braces. It has to be rendered first; what it "
            "declared before stays. Commit the rendered file in its place. [no-stream]",
        ),
    ],
    ids=["empty", "no stream", "bytes", "huge", "Template", "braces"],
)
def test_a_file_without_streams_is_reported(data: bytes, message: str) -> None:
    export = read_exports({"a.yaml": data}, ExportOptions("default"))
    assert export.streams == ()
    assert texts(export) == [f"error: {message}"]


def test_a_long_line_of_followers_is_settled_without_recursion() -> None:
    tags = {"t0": docker(ONE)} | {f"t{index}": follows(f"t{index - 1}") for index in range(1, 2000)}
    status = {tag: events("a", f"{INTERNAL}/team-a/app" if tag != "t0" else REPOSITORY) for tag in tags}
    stacks = only(read(exported(tags, status))).stacks
    assert {items[0].pull_spec for items in stacks.values()} == {f"{REPOSITORY}@{A}"}


def test_tags_that_follow_each_other_in_a_circle_are_read_and_reported() -> None:
    export = read(exported({"a": follows("b"), "b": follows("a")}, {"a": events("a"), "b": events("a")}))
    assert {line.rpartition("[")[2] for line in texts(export)} == {"cycle]"}


@pytest.mark.corpus
def test_every_real_export_is_read() -> None:
    files = [path for path in sorted(CORPUS.rglob("*")) if path.suffix in {".yaml", ".yml", ".json"}]
    recorded = [path for path in files if path.is_file() and b"dockerImageReference" in path.read_bytes()]
    found = [read_exports({path.name: path.read_bytes()}, ExportOptions("default")) for path in recorded]
    names = {name for export in found for stream in export.streams for name in stream.stacks}
    assert IstagName("default", "camel-k-runtime-quarkus-builder", "2.16.0") in names
