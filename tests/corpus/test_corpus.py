"""The corpus: files that people really keep in git. No file raises, and each ends with a verdict."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from reconciler.documents.convert.trigger import read_triggers
from reconciler.errors import InputError
from reconciler.model.config import Config
from reconciler.model.finding import Severity
from reconciler.model.stream import Declarations
from reconciler.reading.declare import declare
from tests.kit.corpus import CORPUS

pytestmark = pytest.mark.corpus

NERC = "OCP-on-NERC__nerc-ocp-config/cluster-scope/overlays/nerc-ocp-prod/rhoai/imagestreams/ucsls-F24-imagestream.yaml"
FEATURES = "operate-first__apps/docs/odh/jupyterhub/features/templates/imagestream-template.yaml"
GRAPH = "openshift__oc/pkg/api/graph/test"
HELPERS = "openshift__oc/pkg/helpers/graph/genericgraph/test"
GENERIC = "openshift__oc/pkg/oc/graph/genericgraph/test"
JKUBE = "eclipse-jkube__jkube/gradle-plugin/it/src/it"
SCENARIOS = "openshift__oc/test/fixtures/app-scenarios"

# Plain files with errors, one by one: the rules that are broken, and why the file is not loaded as a whole.
ERRORS: dict[str, set[str]] = {
    "fedora-infra__ansible/roles/openshift-apps/greenwave/templates/imagestreamtag.yml": {"lost-streams"},  # a list
    NERC: {"stream-name", "pull-spec"},  # upper case; http:// in the pull spec
    FEATURES: {"stream-name", "pull-spec", "tag-name"},  # a form to be filled in: <IMAGE-REPO>, <IMAGE-TAG>
    "aicoe-aiops__ocp-ci-analysis/manifests/imagestream.yaml": {"stream-name", "pull-spec"},  # <CHANGE_ME>
    "os-climate__itr-data-pipeline/manifests/imagestream.yaml": {"stream-name", "pull-spec"},  # <CHANGE_ME>
    "fedora-infra__ansible/roles/openshift-apps/solr/files/imagestream.yml": {"unquoted-text"},  # name: 8
    "flavianmissi__imagestreams/imagestream.yaml": {"wrong-value"},  # importMode: ManifestList
    f"{GRAPH}/prereq-image-present-with-sched.yaml": {"scheduled-source"},  # on an ImageStreamImage
    f"{HELPERS}/prereq-image-present-with-sched.yaml": {"scheduled-source"},  # for the same reason
    f"{HELPERS}/bad_secret_refs.yaml": {"repository"},  # dockerImageRepository with a tag
    f"{GENERIC}/bad_secret_refs.yaml": {"repository"},  # for the same reason
    f"{SCENARIOS}/new-project-no-build.yaml": {"wrong-value"},  # v1beta3, which no server takes any more
    f"{SCENARIOS}/new-project-one-build.yaml": {"wrong-value"},  # for the same reason
    f"{SCENARIOS}/new-project-two-deployment-configs.yaml": {"wrong-value"},  # for the same reason
}

# Plain files whose warnings of these rules are what the survey found in them.
WARNINGS: dict[str, set[str]] = {
    "woland7__microservices-synchronizer-config/imagestream.yaml": {"misplaced-field"},  # metadata.label
    "openshift__release/clusters/app.ci/supplemental-ci-images/coreos/cosa-upstream-is.yaml": {
        "misplaced-field",  # importPolicy under from
        "unknown-field",  # failedBuildHistoryLimit
    },
    "sclorg__s2i-nodejs-container/imagestreams/nodejs-rhel7.json": {"missing-source"},  # 12-el8 for 12-el7
    "openshift__release/clusters/app.ci/supplemental-ci-images/cincinnati-ci/rust.yaml": {
        "missing-source"
    },  # a build's
    "openshift__bugzilla-tools/cmd/team-slo-results/manifests/git-build-watcher.cronjob.yml": {
        "trigger-path",  # a Deployment's, on a CronJob
        "unknown-field",  # pause
        "missing-source",
    },
    f"{JKUBE}/controller/expected/statefulset/openshift.yml": {"trigger-value"},  # @ignore@
    f"{JKUBE}/controller/expected/replicaset/openshift.yml": {"trigger-value"},
}


@dataclass(frozen=True)
class Row:
    """One row of the index."""

    file: str
    plain: bool
    streams: int
    tags: int
    notes: str


@cache
def rows() -> tuple[Row, ...]:
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8", newline="") as stream:
        return tuple(
            Row(
                row["file"],
                row["plain_yaml"] == "yes",
                int(row["imagestreams"] or 0),
                int(row["tags"] or 0),
                row["notes"],
            )
            for row in csv.DictReader(stream, delimiter="\t")
        )


def outcome(file: str) -> Declarations:
    return declare({file: (CORPUS / file).read_bytes()}, Config(), lambda _: True)


@cache
def outcomes() -> dict[str, Declarations]:
    return {row.file: outcome(row.file) for row in rows()}


def rules(found: Declarations, severity: Severity) -> set[str]:
    return {finding.rule for finding in found.findings if finding.severity is severity}


def verdict(found: Declarations) -> str:
    """How a file ends."""
    if rules(found, Severity.ERROR):
        return "errors"
    if found.skipped:
        return "skipped"
    return "streams" if found.streams else "no streams"


def test_plain_files_that_openshift_accepts_have_no_error() -> None:
    plain = {row.file for row in rows() if row.plain}
    found = {file: rules(outcomes()[file], Severity.ERROR) for file in plain}
    assert {file: broken for file, broken in found.items() if broken} == ERRORS


def test_plain_files_declare_every_stream_and_tag_that_they_hold() -> None:
    for row in rows():
        found = outcomes()[row.file]
        if row.plain and verdict(found) == "streams":
            tags = sum(len(stream.tags) for stream in found.streams.values())
            assert (row.file, len(found.streams), tags) == (row.file, row.streams, row.tags)


def test_a_plain_file_without_streams_has_none() -> None:
    wrong = [row.file for row in rows() if row.plain and row.streams and verdict(outcomes()[row.file]) == "no streams"]
    assert wrong == []


def test_templates_are_skipped() -> None:
    verdicts = {row.file: verdict(outcomes()[row.file]) for row in rows() if not row.plain and row.streams}
    assert {file: said for file, said in verdicts.items() if said != "skipped"} == {}


def test_only_release_payload_maps_are_skipped_among_plain_files() -> None:
    skipped = {row.file: outcomes()[row.file].skipped for row in rows() if row.plain and outcomes()[row.file].skipped}
    assert {each.what for found in skipped.values() for each in found} == {"release payload map"}
    assert all(file.endswith("/image-references") for file in skipped)


@pytest.mark.parametrize("file", WARNINGS)
def test_known_mistakes_are_warnings(file: str) -> None:
    assert rules(outcomes()[file], Severity.WARNING) == WARNINGS[file]


def test_single_trigger_annotations_are_read_but_for_those_that_go_does_not_decode() -> None:
    """Found without a file of their own: paused as text; quotes not escaped (3, 6, 10); single quotes."""
    values = [json.loads(line)["value"] for line in (CORPUS / "trigger-annotations.jsonl").read_text().splitlines()]
    refused: list[int] = []
    for number, value in enumerate(values, start=1):
        try:
            read_triggers(value)
        except InputError:
            refused.append(number)
    assert (len(values), refused) == (15, [2, 3, 4, 6, 10])


def test_every_finding_has_a_line_a_path_and_one_printable_sentence() -> None:
    for file, found in outcomes().items():
        for finding in found.findings:
            assert finding.position.file == file
            assert finding.position.line > 0
            assert finding.path or finding.rule == "lost-streams"
            assert finding.message.endswith(".")
            assert finding.message.isprintable()


def versions() -> Iterator[str]:
    for path in sorted((CORPUS / "_history").rglob("*")):
        if path.is_file():
            yield path.relative_to(CORPUS).as_posix()


def test_every_version_of_every_file_with_a_history_ends_with_a_verdict() -> None:
    files = list(versions())
    assert files
    assert {verdict(outcome(file)) for file in files} <= {"streams", "no streams", "skipped", "errors"}


def test_a_jinja_file_that_stopped_loading_holds_back_removals() -> None:
    series = [file for file in versions() if "packit__deployment" in file]
    assert series
    templated = [found for file in series if (found := outcome(file)).skipped]
    assert all(found.failed_files for found in templated)


def test_the_whole_corpus_in_one_go_raises_nothing() -> None:
    files = {row.file: (CORPUS / row.file).read_bytes() for row in rows()}
    found = declare(files, Config(), lambda _: True)
    assert found.streams
    assert {"duplicate-tag", "missing-source"} <= {finding.rule for finding in found.findings}
