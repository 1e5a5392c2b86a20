"""Declarations: what files declare, their errors, and what these protect from removal."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.documents.render.history import render_history, render_hold
from reconciler.errors import DocumentError
from reconciler.model.config import Config, Installation, NamespaceRule
from reconciler.model.finding import Position, Severity
from reconciler.model.history import Cause, HeldImage, TagEvent, TagHistory, TagHold
from reconciler.model.name import IstagName, StreamName
from reconciler.model.stream import Declarations, Skipped, Source, SourceKind, SpecTag, Stream
from reconciler.reading.declare import declare
from reconciler.reading.owned_file import read_config, read_history, read_hold, read_installation
from reconciler.settings import MAX_FILE_BYTES, MAX_FINDINGS

HEAD = "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata:\n  name: app\n"
APP = StreamName("team-a", "app")
CONFIG = Config(default_namespace="team-a")
DIGEST = "sha256:" + "a" * 64
NAME = APP.tag("prod")


def stream(*tags: str, head: str = HEAD) -> str:
    """A stream with tags, each given as the content of a flow mapping."""
    return head + "spec:\n  tags:\n" + "".join(f"  - {{{tag}}}\n" for tag in tags)


def declared(text: str | bytes, file: str = "f.yaml", config: Config = CONFIG) -> Declarations:
    return declare({file: text.encode() if isinstance(text, str) else text}, config)


def lines(found: Declarations) -> list[str]:
    return [str(finding) for finding in found.findings]


def test_a_stream_is_declared_with_its_tags_and_their_places() -> None:
    text = HEAD + (
        "spec:\n"
        "  tags:\n"
        "  - name: '1.4'\n"
        "    from: {kind: DockerImage, name: quay.io/acme/app:1.4}\n"
        "    importPolicy: {scheduled: true}\n"
        "  - name: prod\n"
        "    from: {kind: ImageStreamTag, name: '1.4'}\n"
    )
    assert declared(text) == Declarations(
        streams={
            APP: Stream(
                APP,
                {
                    "1.4": SpecTag(
                        "1.4",
                        Source(SourceKind.DOCKER_IMAGE, "quay.io/acme/app:1.4"),
                        Position("f.yaml", 7, 5),
                        scheduled=True,
                    ),
                    "prod": SpecTag("prod", Source(SourceKind.ISTAG, "1.4", "team-a"), Position("f.yaml", 10, 5)),
                },
                (Position("f.yaml", 1, 1),),
            )
        },
        files=1,
    )


def test_the_namespace_is_the_streams_own_else_its_paths_else_the_default() -> None:
    config = Config(
        default_namespace="d",
        namespaces=(NamespaceRule("overlays/test/**", "test"), NamespaceRule("overlays/**", "other")),
    )
    own = HEAD + "  namespace: own\n"
    files = {"overlays/test/a.yaml": HEAD, "overlays/x/a.yaml": HEAD, "a.yaml": HEAD, "overlays/test/b.yaml": own}
    found = declare({path: text.encode() for path, text in files.items()}, config)
    assert [name.namespace for name in found.streams] == ["test", "other", "d", "own"]


def test_a_stream_may_be_spread_over_files() -> None:
    files = {
        "a.yaml": stream("name: a") + "---\n" + HEAD + "  annotations: {x: '1'}\n",
        "b.yaml": stream("name: b", head=HEAD + "  annotations: {x: '1', y: '2'}\n"),
    }
    found = declare({path: text.encode() for path, text in files.items()}, CONFIG)
    assert lines(found) == []
    assert list(found.streams[APP].tags) == ["a", "b"]
    assert found.streams[APP].annotations == {"x": "1", "y": "2"}
    assert [str(position) for position in found.streams[APP].positions] == ["a.yaml:1:1", "a.yaml:9:1", "b.yaml:1:1"]
    assert found.files == 2


def test_a_tag_declared_twice_is_an_error_at_each_place_and_cannot_be_used() -> None:
    files = {"a.yaml": stream("name: a", "name: b"), "b.yaml": stream("name: a, annotations: {x: y}")}
    found = declare({path: text.encode() for path, text in files.items()}, CONFIG)
    apart = (
        "Keep one of them, or leave files out with streams.exclude. If they are two streams, give each its "
        "metadata.namespace, or their folders theirs with namespaces: in reconciler.yaml."
    )
    assert lines(found) == [
        (f"a.yaml:7:12: error: tag a of team-a/app is declared twice, also at b.yaml:7. {apart} [duplicate-tag]"),
        (f"b.yaml:7:12: error: tag a of team-a/app is declared twice, also at a.yaml:7. {apart} [duplicate-tag]"),
    ]
    assert [finding.path for finding in found.findings] == ["spec.tags[0].name"] * 2
    assert list(found.streams[APP].tags) == ["b"]
    assert found.broken == {APP.tag("a")}
    assert found.failed_files == frozenset()


def test_a_tag_that_overlays_declare_alike_is_a_warning_and_can_be_used() -> None:
    entry = "name: prod, from: {kind: DockerImage, name: 'quay.io/acme/app:1'}, importPolicy: {scheduled: true}"
    files = {f"overlays/{name}/app.yaml": stream(entry).encode() for name in ("prod", "test")}
    found = declare(files, CONFIG)
    assert [(each.rule, str(each.severity)) for each in found.findings] == [("repeated-tag", "warning")] * 2
    assert list(found.streams[APP].tags) == ["prod"]
    assert found.broken == frozenset()
    for others in ([entry.replace("app:1", "app:2")], [entry.replace("true", "false")], [entry, entry]):
        contradicting = declare({**files, "overlays/eu/app.yaml": stream(*others).encode()}, CONFIG)
        assert {each.rule for each in contradicting.findings if str(each.severity) == "error"} == {"duplicate-tag"}
        assert contradicting.broken == {APP.tag("prod")}


def test_tags_that_differ_only_in_case_cannot_be_used() -> None:
    found = declared(stream("name: prod", "name: Prod"))
    assert lines(found) == [
        "f.yaml:7:12: error: tag prod of team-a/app differs only in case from Prod. Rename one of them. [tag-case]",
        "f.yaml:8:12: error: tag Prod of team-a/app differs only in case from prod. Rename one of them. [tag-case]",
    ]
    assert found.broken == {APP.tag("prod"), APP.tag("Prod")}


def test_contradicting_repositories_and_annotations_are_reported() -> None:
    one = HEAD + "  annotations: {x: '1'}\nspec: {dockerImageRepository: quay.io/a/b}\n"
    two = HEAD + "  annotations: {x: '2'}\nspec: {dockerImageRepository: quay.io/a/c}\n"
    found = declared(f"{one}---\n{two}")
    assert lines(found) == [
        (
            "f.yaml:1:1: warning: annotation x of team-a/app has another value at f.yaml:8. Keep one of them. "
            "[conflicting-annotation]"
        ),
        (
            "f.yaml:1:1: error: dockerImageRepository of team-a/app has another value at f.yaml:8. Keep one of them. "
            "[contradiction]"
        ),
        (
            "f.yaml:8:1: warning: annotation x of team-a/app has another value at f.yaml:1. Keep one of them. "
            "[conflicting-annotation]"
        ),
        (
            "f.yaml:8:1: error: dockerImageRepository of team-a/app has another value at f.yaml:1. Keep one of them. "
            "[contradiction]"
        ),
    ]
    assert found.streams[APP].repository is None
    assert found.streams[APP].annotations == {"x": "1"}


def test_a_circle_is_a_finding_at_each_member_and_left_to_the_planner() -> None:
    found = declared(
        stream("name: a, from: {kind: ImageStreamTag, name: b}", "name: b, from: {kind: ImageStreamTag, name: a}")
    )
    assert lines(found) == [
        (
            "f.yaml:7:50: error: team-a/app:a follows itself: team-a/app:a -> team-a/app:b -> team-a/app:a. "
            "Give one of them another source. [cycle]"
        ),
        (
            "f.yaml:8:50: error: team-a/app:b follows itself: team-a/app:b -> team-a/app:a -> team-a/app:b. "
            "Give one of them another source. [cycle]"
        ),
    ]
    assert list(found.streams[APP].tags) == ["a", "b"]
    assert found.broken == frozenset()


def test_following_an_undeclared_tag_is_a_warning() -> None:
    found = declared(stream("name: a, from: {kind: ImageStreamTag, name: 'base:1', namespace: b}"))
    assert lines(found) == [
        (
            "f.yaml:7:50: warning: team-a/app:a follows a tag that is not declared: team-a/app:a -> b/base:1. "
            "Declare b/base:1, unless something pushes to it. [missing-source]"
        )
    ]
    assert list(found.streams[APP].tags) == ["a"]


# One small fixture for each anomaly seen in the wild: the document, its findings, and the tags that can be used.
ANOMALIES: dict[str, tuple[str, list[str], list[str]]] = {
    "a duplicate key in a tag": (
        HEAD
        + "spec:\n  tags:\n  - name: stable\n    from: {kind: DockerImage, name: x}\n    name: v1.4\n  - name: b\n",
        ["f.yaml:9:5: error: key 'name' is here twice, first in line 7. Keep one of them. [duplicate-key]"],
        ["b"],
    ),
    "a duplicate key in an annotation": (
        HEAD + "  annotations:\n    x: a\n    x: b\nspec: {tags: [{name: a}]}\n",
        ["f.yaml:7:5: error: key 'x' is here twice, first in line 6. Keep one of them. [duplicate-key]"],
        ["a"],
    ),
    "two lists of tags": (
        HEAD + "spec:\n  tags: [{name: a}]\n  tags: [{name: b}]\n",
        ["f.yaml:7:3: error: key 'tags' is here twice, first in line 6. Keep one of them. [duplicate-key]"],
        [],
    ),
    "a duplicate key in another object of the file": (
        HEAD + "---\nkind: Deployment\nspec: {resources: 1, resources: 2}\n",
        [],
        [],
    ),
    "a number as tag name": (
        stream("name: 1.10", "name: 8", "name: 2.4a"),
        [
            'f.yaml:7:12: error: 1.10 without quotes is read as a number. Put it in quotes: "1.10". [unquoted-text]',
            'f.yaml:8:12: error: 8 without quotes is read as a number. Put it in quotes: "8". [unquoted-text]',
        ],
        ["2.4a"],
    ),
    "a boolean and null as tag name": (
        stream("name: true", "name: null", "name: ~", "name: ''"),
        [
            (
                'f.yaml:7:12: error: true without quotes is read as true or false. Put it in quotes: "true". '
                "[unquoted-text]"
            ),
            'f.yaml:8:12: error: null without quotes is read as null. Put it in quotes: "null". [unquoted-text]',
            "f.yaml:9:12: error: spec.tags[2].name is empty. Write text, for example prod. [wrong-type]",
            (
                "f.yaml:10:12: error: the tag has no name. Use up to 128 of A-Z a-z 0-9 _ . - and none of the last two "
                "first. [tag-name]"
            ),
        ],
        [],
    ),
    "a tag name that YAML 1.1 misreads": (
        stream("name: on"),
        [
            (
                "f.yaml:7:12: warning: oc and other YAML 1.1 readers take on for another type than text. "
                'Put it in quotes: "on". [ambiguous-tag]'
            )
        ],
        ["on"],
    ),
    "a timestamp in an annotation": (HEAD + "  annotations: {x: 2024-01-01T00:00:00Z}\n", [], []),
    "a number in an annotation": (
        HEAD + "  annotations: {x: 8}\nspec: {tags: [{name: a}]}\n",
        ['f.yaml:5:20: error: 8 without quotes is read as a number. Put it in quotes: "8". [unquoted-text]'],
        ["a"],
    ),
    "a mapping in an annotation": (
        HEAD + "  annotations: {labels: {build: x}}\n",
        ["f.yaml:5:25: error: metadata.annotations.labels is a mapping. Write text. [wrong-type]"],
        [],
    ),
    "server-written noise": (
        (
            "apiVersion: image.openshift.io/v1\nkind: ImageStream\nmetadata:\n  name: app\n  creationTimestamp: null\n"
            "  annotations: null\n  generation: 3\nspec:\n  lookupPolicy: {local: false}\n  tags:\n  - name: a\n"
            "    annotations: null\n    from: null\n    generation: null\n    importPolicy: {}\n"
            "    referencePolicy: {type: ''}\nstatus:\n  dockerImageRepository: ''\n  tags: [{tag: a, items: null}]\n"
        ),
        [],
        ["a"],
    ),
    "the old apiVersion": (stream("name: a", head=HEAD.replace("image.openshift.io/v1", "v1")), [], ["a"]),
    "an older apiVersion": (
        stream("name: a", head=HEAD.replace("image.openshift.io/v1", "v1beta3")),
        ["f.yaml:1:13: error: apiVersion is 'v1beta3'. Write one of image.openshift.io/v1, v1. [wrong-value]"],
        [],
    ),
    "an underscore in the name": (HEAD.replace("app", "openad_workbench"), [], []),
    "an upper-case name": (
        HEAD.replace("app", "ucsls-F24"),
        [
            (
                "f.yaml:4:9: error: 'ucsls-F24' is not a stream name. Use lower-case letters and digits with single . _ - "
                "between them. [stream-name]"
            )
        ],
        [],
    ),
    "a stream that looks like a number": (HEAD.replace("app", '"2.4"'), [], []),
    "a scheme in the pull spec": (
        stream("name: a, from: {kind: DockerImage, name: 'http://quay.io/a/b:c'}"),
        [
            "f.yaml:7:47: error: pull spec 'http://quay.io/a/b:c' has a scheme. Leave out 'http://'. [pull-spec]",
        ],
        [],
    ),
    "placeholders": (
        stream("name: <IMAGE-TAG>, from: {kind: DockerImage, name: '${REPO}:1'}"),
        [
            (
                "f.yaml:7:12: error: '<IMAGE-TAG>' is not a tag name. Use up to 128 of A-Z a-z 0-9 _ . - and none of the "
                "last two first. Fill in the placeholder <IMAGE-TAG>. [tag-name]"
            ),
            (
                "f.yaml:7:57: error: pull spec '${REPO}:1' is not of the form [HOST[:PORT]/]NAME[:TAG][@DIGEST]. "
                "Repositories are lower case. Fill in the placeholder ${REPO}. [pull-spec]"
            ),
        ],
        [],
    ),
    "capital Kind and Name": (
        stream("name: a, from: {Kind: DockerImage, Name: x}"),
        [
            "f.yaml:7:21: error: spec.tags[0].from.kind is missing. 'Kind' is probably meant to be it. [missing-field]",
            "f.yaml:7:21: error: spec.tags[0].from.name is missing. 'Name' is probably meant to be it. [missing-field]",
            "f.yaml:7:22: warning: Kind is unknown. kind is probably meant. [unknown-field]",
            "f.yaml:7:41: warning: Name is unknown. name is probably meant. [unknown-field]",
        ],
        [],
    ),
    "an importMode the API refuses": (
        stream("name: a, importPolicy: {importMode: ManifestList}"),
        [
            (
                "f.yaml:7:42: error: spec.tags[0].importPolicy.importMode is 'ManifestList'. "
                "Write one of Legacy, PreserveOriginal. [wrong-value]"
            )
        ],
        [],
    ),
    "importPolicy under from": (
        stream("name: a, from: {kind: DockerImage, name: x, importPolicy: {scheduled: true}}"),
        [
            (
                "f.yaml:7:50: warning: importPolicy has no effect here. It belongs to importPolicy of the "
                "tag, beside from. "
                "[misplaced-field]"
            )
        ],
        ["a"],
    ),
    "scheduled on the tag": (
        stream("name: a, scheduled: true"),
        ["f.yaml:7:15: warning: scheduled has no effect here. It belongs to importPolicy.scheduled. [misplaced-field]"],
        ["a"],
    ),
    "a misspelt from": (
        stream("name: a, form: {kind: DockerImage, name: x}"),
        ["f.yaml:7:15: warning: form is unknown. from is probably meant. [unknown-field]"],
        ["a"],
    ),
    "spec inside metadata, label": (
        HEAD + "  spec: {}\n  label: {}\nlabels: {}\n",
        [
            "f.yaml:5:3: warning: spec has no effect here. It belongs to spec, beside metadata. [misplaced-field]",
            "f.yaml:6:3: warning: label has no effect here. It belongs to metadata.labels. [misplaced-field]",
            "f.yaml:7:1: warning: labels has no effect here. It belongs to metadata.labels. [misplaced-field]",
        ],
        [],
    ),
    "no spec": (HEAD, [], []),
    "an empty spec": (HEAD + "spec:\n", [], []),
    "only a name": (
        "kind: ImageStream\napiVersion: v1\nname: app\n",
        [
            "f.yaml:1:1: error: metadata is missing. Write metadata: and its value. [missing-field]",
            "f.yaml:3:1: warning: name has no effect here. It belongs to metadata.name. [misplaced-field]",
        ],
        [],
    ),
    "tags with annotations only": (stream("name: a, annotations: {x: y}"), [], ["a"]),
    "scheduled on a followed tag": (
        stream("name: b", "name: a, from: {kind: ImageStreamTag, name: b}, importPolicy: {scheduled: true}"),
        [
            (
                "f.yaml:8:80: error: ImageStreamTag cannot be scheduled; a followed tag moves by itself. "
                "Take scheduled out. [scheduled-source]"
            )
        ],
        ["b"],
    ),
    "tags that are no list": (
        HEAD + "spec: {tags: {a: 1}}\n",
        ["f.yaml:5:14: error: spec.tags is a mapping. Write a list (each item begins with `- `). [wrong-type]"],
        [],
    ),
    "a frozen tag, wrongly": (
        stream("name: a, annotations: {reconciler/frozen: 'yes'}"),
        [
            'f.yaml:7:48: error: reconciler/frozen is \'yes\'. Write "true" or "false". [annotation-value]',
        ],
        [],
    ),
    "tags that Windows takes for devices": (
        stream("name: con", "name: NUL.1", "name: com1", "name: console", "name: com10"),
        [
            (
                f"f.yaml:{line}:12: warning: history/team-a/app/{tag}.yaml cannot be checked out on Windows, where {tag} "
                "names a device. Choose another name. [windows-name]"
            )
            for line, tag in ((7, "con"), (8, "NUL.1"), (9, "com1"))
        ],
        ["con", "NUL.1", "com1", "console", "com10"],
    ),
    "a kind that is nearly right": (
        HEAD.replace("kind: ImageStream", "kind: Imagestream"),
        [
            (
                "f.yaml:2:7: error: kind 'Imagestream' is unknown, so nothing is declared. ImageStream is "
                "probably meant. "
                "[misspelt-kind]"
            )
        ],
        [],
    ),
    "a list of streams at the top": (
        "- kind: ImageStream\n  apiVersion: image.openshift.io/v1\n  metadata: {name: app}\n",
        [
            "f.yaml:1:1: error: a list is where an object belongs, so nothing is declared. "
            "Put --- between the objects, or write them as items of kind: List. [misplaced-stream]"
        ],
        [],
    ),
}


@pytest.mark.parametrize("name", ANOMALIES)
def test_every_anomaly_has_its_verdict(name: str) -> None:
    text, expected, usable = ANOMALIES[name]
    found = declared(text)
    assert lines(found) == expected
    assert [tag for each in found.streams.values() for tag in each.tags] == usable


def test_findings_in_a_list_know_their_path_and_line() -> None:
    text = "kind: List\nitems:\n- kind: ImageStream\n  apiVersion: v1\n  metadata: {name: x, odd: 1}\n"
    (finding,) = declared(text).findings
    assert (str(finding.position), finding.path) == ("f.yaml:5:23", "items[0].metadata.odd")


def test_tags_with_errors_are_broken_and_their_file_is_not() -> None:
    found = declared(stream("name: 1.10", "name: b, from: {kind: DockerImage, name: '<X>'}", "name: c"))
    assert found.broken == {APP.tag("1.10"), APP.tag("b")}
    assert found.failed_files == frozenset()
    assert list(found.streams[APP].tags) == ["c"]


@pytest.mark.parametrize(
    "text",
    [
        stream("name: a/b"),
        stream("from: {kind: DockerImage, name: x}"),
        stream("name: a, name: b"),
        HEAD + "spec: []\n",
        HEAD + "spec: {tags: x}\n",
        HEAD.replace("app", "App"),
        HEAD.replace("  name: app", "  nam: app"),
        HEAD + "  namespace: 5\n",
        HEAD + "  name: other\n",
        HEAD + "spec: [\n",
        HEAD + "spec: {tags: [{name: '{{ x }}'}]}\n",
    ],
)
def test_a_file_that_is_partly_unreadable_holds_back_removals(text: str) -> None:
    assert declared(text).failed_files == {"f.yaml"}


def test_the_objects_beside_a_bad_one_are_declared() -> None:
    found = declared(HEAD.replace("app", "App") + "---\n" + stream("name: a"))
    assert list(found.streams) == [APP]
    assert found.failed_files == {"f.yaml"}


def test_a_bad_file_stops_no_other() -> None:
    found = declare({"a.yaml": b"kind: ImageStream\n\tx", "b.yaml": HEAD.encode()}, CONFIG)
    assert lines(found) == [
        "a.yaml:2:1: error: this is not YAML: there is a tab where YAML allows only blanks. Indent with blanks. [unreadable]"
    ]
    assert list(found.streams) == [APP]
    assert found.failed_files == {"a.yaml"}


def test_findings_come_in_file_order_then_by_line() -> None:
    files = {"b.yaml": stream("name: 8", "name: 9"), "a.yaml": stream("name: 7")}
    found = declare({path: text.encode() for path, text in files.items()}, CONFIG)
    assert [(each.position.file, each.position.line) for each in found.findings] == [
        ("b.yaml", 7),
        ("b.yaml", 8),
        ("a.yaml", 7),
    ]


def skipped(found: Declarations) -> list[tuple[str, int, str]]:
    """File, line and kind of each skipped object; each has a reason."""
    assert all(each.why for each in found.skipped)
    return [(each.file, each.line, each.what) for each in found.skipped]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("kind: Template\napiVersion: v1\nobjects: [{kind: ImageStream, name: '${X}'}]\n", "OpenShift Template"),
        ("- {op: add, path: /spec/tags/0, value: {kind: ImageStreamTag}}\n", "kustomize patch"),
        (HEAD + "$patch: delete\n", "kustomize patch"),
        (
            (
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches: [{target: {kind: "
                "ImageStream}}]\n"
            ),
            "kustomization",
        ),
        (stream("name: '{{ tag }}'"), "file with template braces"),
        (HEAD.replace("app", "{{ name }}"), "file with template braces"),
        ("{% if x %}\n" + HEAD + "{% endif %}\n", "file with template braces"),
        ("{{- if .Values.x }}\n" + HEAD + "{{- end }}\n", "file with template braces"),
    ],
)
def test_what_is_recognised_as_something_else_is_skipped(text: str, what: str) -> None:
    found = declared(text)
    assert [(file, kind) for file, _, kind in skipped(found)] == [("f.yaml", what)]
    assert lines(found) == []
    assert found.streams == {}


def test_a_template_next_to_a_stream_is_skipped_alone() -> None:
    found = declared(HEAD + "---\nkind: Template\napiVersion: v1\nobjects: []\n")
    assert list(found.streams) == [APP]
    assert skipped(found) == [("f.yaml", 6, "OpenShift Template")]


def test_braces_below_the_place_that_is_wrong_do_not_excuse_it() -> None:
    found = declared(HEAD + "spec: [\n---\nkind: ConfigMap\ndata: {x: '{{ y }}'}\n")
    assert [finding.rule for finding in found.findings] == ["unreadable"]


def test_a_file_that_a_kustomization_uses_as_a_patch_is_not_a_stream() -> None:
    files = {
        "overlays/test/kustomization.yaml": b"resources: [../../base]\npatches: [{path: tags.yaml}]\n",
        "overlays/test/tags.yaml": stream("name: a").encode(),
        "base/app.yaml": HEAD.encode(),
    }
    found = declare(files, CONFIG)
    assert skipped(found) == [("overlays/test/tags.yaml", 0, "kustomize patch")]
    assert found.streams[APP].tags == {}


def test_an_unreadable_kustomization_names_no_patches() -> None:
    found = declare({"kustomization.yaml": b"patches: [", "a.yaml": HEAD.encode()}, CONFIG)
    assert list(found.streams) == [APP]
    assert lines(found) == []


def test_other_manifests_have_no_findings() -> None:
    found = declared("kind: Deployment\nspec: {a: 1, a: 2}\n")
    assert found == Declarations()


def test_ten_thousand_other_manifests_are_not_parsed() -> None:
    other = b"kind: Deployment\nspec:\n" + b"  - x: [\n" * 2_000
    found = declare({f"{number}.yaml": other for number in range(10_000)}, CONFIG, lambda _: True)
    assert found == Declarations()


class TestFilesThatNameNoneOfOurKinds:
    GARBAGE = b"not: [yaml\n"

    def test_are_not_ours_without_knowledge_of_earlier_commits(self) -> None:
        assert declared(self.GARBAGE) == Declarations()

    def test_are_not_ours_if_they_never_declared_anything(self) -> None:
        assert declare({"f.yaml": self.GARBAGE}, CONFIG, lambda _: False) == Declarations()

    def test_are_an_error_if_they_did(self) -> None:
        found = declare({"f.yaml": self.GARBAGE, "g.yaml": b"kind: A"}, CONFIG, {"f.yaml", "g.yaml"}.__contains__)
        assert lines(found) == [
            (
                "f.yaml:2:1: error: this is not YAML: a bracket or brace is not closed, or a comma is missing. Add it. "
                "[unreadable]"
            )
        ]
        assert found.failed_files == {"f.yaml"}

    def test_only_unreadable_ones_are_looked_up(self) -> None:
        asked: list[str] = []

        def note(path: str) -> bool:
            asked.append(path)
            return False

        files = {
            "a.yaml": b"kind: A",
            "b.yaml": self.GARBAGE,
            "c.yaml": HEAD.encode(),
            "d.yaml": b"kind: ImageStream\n[",
        }
        declare(files, CONFIG, note)
        assert asked == ["b.yaml"]


class TestFilesTooLargeToRead:
    @pytest.mark.parametrize("data", [None, b"kind: ImageStream" + b" " * MAX_FILE_BYTES])
    def test_are_skipped(self, data: bytes | None) -> None:
        found = declare({"f.yaml": data}, CONFIG, lambda _: False)
        why = "Split it if it declares streams."
        assert found == Declarations(skipped=(Skipped("f.yaml", "file larger than 2 MiB", why=why),))

    def test_hold_back_what_they_declared_before(self) -> None:
        found = declare({"f.yaml": None}, CONFIG, lambda _: True)
        assert lines(found) == ["f.yaml:0:0: error: the file is larger than 2 MiB. Split it. [unreadable]"]
        assert found.failed_files == {"f.yaml"}


TEXTS = st.sampled_from(["a", "1.10", "b:c", "{{ x }}", "<X>", "DockerImage", "ImageStreamTag", "-", "", "*a", "on"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "from", "kind", "tags", "spec", "importPolicy", "scheduled", "annotations", "odd"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES)
def test_any_stream_gives_findings_and_raises_nothing(metadata: object, spec: object) -> None:
    text = f"kind: ImageStream\napiVersion: v1\nmetadata: {metadata!r}\nspec: {spec!r}\n"
    found = declared(text.replace("None", "null"))
    usable = {each.name.tag(tag) for each in found.streams.values() for tag in each.tags}
    assert not usable & found.broken
    errors = [finding for finding in found.findings if finding.severity is Severity.ERROR]
    assert errors or not (found.broken or found.failed_files) or found.skipped
    assert all(len(finding.message) < 700 and finding.message.isprintable() for finding in found.findings)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"kind: ImageStream\n", HEAD.encode() + b"spec:\n  tags:\n"]))
def test_arbitrary_bytes_give_findings_and_raise_nothing(data: bytes, head: bytes) -> None:
    found = declare({"f.yaml": head + data}, CONFIG, lambda _: True)
    assert all(finding.position.file == "f.yaml" for finding in found.findings)


CONFIG_HEAD = b"apiVersion: reconciler/v1alpha1\nkind: Config\n"


class TestReadConfig:
    @pytest.mark.parametrize("data", [b"", b"# ours\n", CONFIG_HEAD, CONFIG_HEAD + b"spec:\n"])
    def test_every_field_has_a_default(self, data: bytes) -> None:
        assert read_config(data, "reconciler.yaml") == (Config(), ())

    def test_durations_become_seconds(self) -> None:
        config, findings = read_config(CONFIG_HEAD + b"spec: {schedule: {interval: 1h30m}}\n", "reconciler.yaml")
        assert config is not None
        assert config.interval == 5400
        assert findings == ()

    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            (
                CONFIG_HEAD + b"spec:\n  schedule: {interval: 15 min}\n  streems: {}\n",
                [
                    (
                        "r.yaml:4:24: error: spec.schedule.interval is '15 min'. How often a scheduled tag is "
                        "checked, at "
                        "least 1s. Write it for example 15m. [wrong-value]"
                    ),
                    "r.yaml:5:3: error: spec.streems is unknown. streams is probably meant. [unknown-key]",
                ],
            ),
            (
                CONFIG_HEAD + b"spec: {defaultNamespace: 1, defaultNamespace: a}\n",
                [
                    (
                        "r.yaml:3:29: error: key 'defaultNamespace' is here twice, first in line 3. "
                        "Keep one of them. [duplicate-key]"
                    )
                ],
            ),
            (
                CONFIG_HEAD + b"spec: {schedule: {interval: 15}}\n",
                ['r.yaml:3:29: error: 15 without quotes is read as a number. Put it in quotes: "15". [unquoted-text]'],
            ),
            (
                b"kind: Installation\napiVersion: reconciler/v1alpha1\n",
                ["r.yaml:1:7: error: kind is 'Installation'. Write Config. [wrong-value]"],
            ),
            (
                CONFIG_HEAD + b"---\n" + CONFIG_HEAD,
                ["r.yaml:4:1: error: the file has more than one document. Keep one. [unreadable]"],
            ),
            (
                b"[",
                [
                    (
                        "r.yaml:1:2: error: this is not YAML: the file ends inside a list or mapping. Add "
                        "what is missing. [unreadable]"
                    )
                ],
            ),
            (b"- a\n", ["r.yaml:1:1: error: the document is a list. Write a mapping (KEY: VALUE). [wrong-type]"]),
        ],
    )
    def test_a_broken_config_is_none_with_the_reason(self, data: bytes, expected: list[str]) -> None:
        config, findings = read_config(data, "r.yaml")
        assert config is None
        assert [str(finding) for finding in findings] == expected


class TestReadInstallation:
    def test_every_field_has_a_default(self) -> None:
        assert read_installation(b"", "i.yaml") == (Installation(), ())

    def test_a_broken_one_is_none_with_the_reason(self) -> None:
        data = b"apiVersion: reconciler/v1alpha1\nkind: Installation\nspec: {registries: [{insecure: true}]}\n"
        installation, findings = read_installation(data, "i.yaml")
        assert installation is None
        assert [str(finding) for finding in findings] == [
            (
                "i.yaml:3:21: error: spec.registries[0].prefix is missing. Write prefix: registry.example.com:5000. "
                "[missing-field]"
            )
        ]


EVENT = TagEvent(DIGEST, f"x@{DIGEST}", "2026-11-23T08:00:00Z", 1, None, Cause.PUSHED)


def refusal(data: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        read_history(data, "h.yaml", NAME)
    return str(caught.value)


class TestReadHistory:
    def test_what_was_written_is_read_back(self) -> None:
        history = TagHistory(NAME, (EVENT,))
        assert read_history(render_history(history), NAME.history_path, NAME) == history

    def test_another_layout_is_the_same_content(self) -> None:
        text = render_history(TagHistory(NAME, (EVENT,))).decode()
        other = "# changed\n" + text.replace("- image", "-   image").replace("\n  ", "\n    ")
        assert read_history(other.encode(), NAME.history_path, NAME).items == (EVENT,)

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            (
                "app:prod",
                "app:test",
                (
                    "h.yaml:6:9: metadata.name is 'app:test', but the file lies where team-a/app:prod "
                    "belongs. Write app:prod."
                ),
            ),
            (
                "team-a",
                "team-b",
                (
                    "h.yaml:5:14: metadata.namespace is 'team-b', but the file lies where team-a/app:prod "
                    "belongs. Write team-a."
                ),
            ),
            ("generation: 1", "generation: 0", "h.yaml:11:15: items[0].generation is the number 0. Write at least 1."),
            ("generation: 1", "generation: '1'", "h.yaml:11:15: items[0].generation is '1'. Write a whole number."),
            (
                "cause: pushed",
                "cause: magic",
                (
                    "h.yaml:12:10: items[0].cause is 'magic'. Write one of declared, scheduled, pushed, "
                    "followed, requested, adopted."
                ),
            ),
            ("TagHistory", "TagHold", "h.yaml:3:7: kind is 'TagHold'. Write TagHistory."),
            (
                "  cause: pushed",
                "  cause: pushed\n  cause: pushed",
                "h.yaml:13:3: key 'cause' is here twice, first in line 12. Keep one of them.",
            ),
        ],
    )
    def test_an_error_is_reported_with_its_line(self, old: str, new: str, message: str) -> None:
        text = render_history(TagHistory(NAME, (EVENT,))).decode()
        assert old in text
        assert refusal(text.replace(old, new, 1).encode()) == message

    def test_a_history_without_events_is_none(self) -> None:
        head = "apiVersion: reconciler/v1alpha1\nkind: TagHistory\nmetadata: {namespace: team-a, name: 'app:prod'}\n"
        assert refusal(f"{head}items: []\n".encode()) == "h.yaml:4:8: items is empty. Write at least 1."
        assert refusal(head.encode()) == "h.yaml:1:1: items is missing. Write items: and its value."

    def test_an_event_needs_a_pull_spec(self) -> None:
        text = render_history(TagHistory(NAME, (EVENT,))).decode().replace(f"  dockerImageReference: x@{DIGEST}\n", "")
        assert refusal(text.encode()).startswith("h.yaml:8:3: items[0].dockerImageReference is missing.")

    def test_an_image_is_a_digest(self) -> None:
        text = render_history(TagHistory(NAME, (EVENT,))).decode().replace(f"image: {DIGEST}", "image: latest")
        assert refusal(text.encode()).startswith("h.yaml:8:10: items[0].image is 'latest'.")

    def test_an_empty_file_is_not_a_history(self) -> None:
        assert refusal(b"") == "h.yaml: the file is empty. It has to hold a TagHistory."

    def test_a_merge_conflict_is_not_a_history(self) -> None:
        assert refusal(b"<<<<<<< HEAD\nitems: []\n=======\n").startswith("h.yaml:2:6: this is not YAML: ")


class TestReadHold:
    def test_what_was_written_is_read_back(self) -> None:
        hold = TagHold(NAME, (HeldImage(DIGEST, None, "a" * 40, Source(SourceKind.ISTAG, "x", "b")),))
        assert read_hold(render_hold(hold), NAME.hold_path, NAME) == hold

    def test_it_has_to_be_at_the_path_of_its_name(self) -> None:
        hold = TagHold(IstagName("b", "app", "prod"), (HeldImage(None, "x:1", "a" * 40, None),))
        with pytest.raises(DocumentError) as caught:
            read_hold(render_hold(hold), "h.yaml", NAME)
        assert str(caught.value) == (
            "h.yaml:5:14: metadata.namespace is 'b', but the file lies where team-a/app:prod belongs. Write team-a."
        )


def test_findings_of_one_file_are_bounded_and_its_errors_come_first() -> None:
    tags = "".join(f"  - {{name: t{index}, form: a}}\n" for index in range(MAX_FINDINGS))
    text = f"{HEAD}spec:\n  tags:\n{tags}  - {{name: 'a b'}}\n  - {{name: 'c d'}}\n"
    found = declare({"a.yaml": text.encode(), "b.yaml": text.replace("name: app", "name: b").encode()}, Config())
    for file in ("a.yaml", "b.yaml"):
        said = [each for each in found.findings if each.position.file == file]
        assert len(said) == MAX_FINDINGS + 1
        assert [each.rule for each in said[-3:]] == ["tag-name", "tag-name", "more-findings"]
        assert (said[-1].severity, said[-1].message) == (
            Severity.WARNING,
            "2 more findings of this file are left out. Correct those above first.",
        )
