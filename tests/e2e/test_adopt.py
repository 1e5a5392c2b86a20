"""`imagestream adopt` as a user has it: an export, a real registry, a remote."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from reconciler.schema.check import check
from tests.e2e.conftest import Images, Place, command
from tests.kit.export import docker, event, exported, follows, listed

PROPOSAL = (
    "note: every stream is in namespace team-a. Write `defaultNamespace: team-a` under spec in reconciler.yaml, and names "
    "can leave it out.\n"
)


@pytest.fixture
def export(place: Place, images: Images) -> dict[str, Any]:
    """A stream whose tag was imported from the registry once, and has since moved there."""
    first = images.push("app", "1", "1")
    second = images.push("app", "1", "2")
    repository = images.name("app", "1").rpartition(":")[0]
    stream = exported(
        {"prod": docker(images.name("app", "1"), scheduled=True), "test": follows("prod")},
        {"prod": [{**event("a", 2, repository), "image": first, "dockerImageReference": f"{repository}@{first}"}]},
    )
    (place.root / "export.json").write_bytes(listed(stream))
    return {"first": first, "second": second, "stream": stream, "path": str(place.root / "export.json")}


def test_an_export_is_adopted_pushed_and_kept_in_step_from_then_on(remote: Place, export: dict[str, Any]) -> None:
    ran = remote.run("adopt", export["path"])
    assert (ran.code, ran.err) == (0, PROPOSAL)
    summary = "team-a/app: adopted 1 tag, 1 event; imagestreams/team-a/app.yaml declares 2 tags"
    assert ran.out == f"{summary}\npushed to origin/main\n"
    assert remote.subjects()[0] == "Adopt team-a/app: 1 tag"
    assert remote.git("rev-parse", "HEAD") == remote.git("rev-parse", "origin/main")
    assert remote.run("validate", "--strict").code == 0
    planned = remote.run("plan", "-o", "json").json["changes"]
    assert [(change["tag"], change["previous"], change["image"]) for change in planned] == [
        ("team-a/app:prod", export["first"], export["second"]),
        ("team-a/app:test", None, export["second"]),
    ]
    remote.ok("sync")
    assert remote.ok("verify").endswith("no break.\n")
    history = remote.run("history", "team-a/app:prod", "-o", "json").json["items"]
    assert [(item["image"], item["generation"], item["cause"]) for item in history] == [
        (export["second"], 2, "scheduled"),
        (export["first"], 1, "adopted"),
    ]
    assert (history[1]["created"], history[1]["author"]) == ("2024-05-02T06:07:08Z", "Jane Doe <jane@example.com>")


def test_it_reads_the_pipe(place: Place, export: dict[str, Any]) -> None:
    done = subprocess.run(
        [*command(), "adopt", "-"],
        cwd=place.path,
        env=place.environ(),
        input=listed(export["stream"]),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.decode().splitlines()[-1] == "NOT pushed: git push -u REMOTE main"
    assert place.subjects()[0] == "Adopt team-a/app: 1 tag"


def test_a_dry_run_and_a_second_run_write_nothing(place: Place, export: dict[str, Any]) -> None:
    before = place.git("rev-parse", "HEAD")
    assert place.ok("adopt", "--dry-run", export["path"]) == (
        "team-a/app: would adopt 1 tag, 1 event; imagestreams/team-a/app.yaml declares 2 tags\n"
        "Nothing was written: this is a dry run.\n"
    )
    assert place.git("rev-parse", "HEAD") == before
    place.ok("adopt", export["path"])
    assert place.ok("adopt", export["path"]) == "team-a/app: nothing to adopt, all of it is here\nNo changes.\n"
    assert len(place.subjects()) == 2


@pytest.mark.parametrize("flags", [[], ["--dry-run"]])
def test_its_json_fits_its_schema(place: Place, export: dict[str, Any], flags: list[str]) -> None:
    inner = exported({}, {"pushed": [event("a", 1, "172.30.1.1:5000/team-a/inner")], "a/b": []}, name="inner")
    (place.root / "two.json").write_bytes(listed(export["stream"], inner))
    ran = place.run("adopt", *flags, "-o", "json", str(place.root / "two.json"))
    assert check("adopt", ran.json) == []
    assert ran.code == 1
    assert [finding["rule"] for finding in ran.json["findings"]] == ["cluster-registry", "tag-left-out"]
    (stream, _) = ran.json["streams"]
    head = place.git("rev-parse", "HEAD~1").strip() if not flags else None
    assert stream["tags"] == [
        {
            "tag": "team-a/app:prod",
            "image": export["first"],
            "dockerImageReference": stream["tags"][0]["dockerImageReference"],
            "events": 1,
            "leftOut": 0,
            "commit": head,
        }
    ]


def test_findings_refusals_and_cuts_are_on_stderr_and_the_rest_is_done(place: Place, images: Images) -> None:
    place.write("reconciler.yaml", "apiVersion: reconciler/v1alpha1\nkind: Config\nspec: {limits: {history: 1}}\n")
    place.write("other.yaml", "kind: ImageStream\napiVersion: v1\nmetadata: {name: other, namespace: team-a}\n")
    place.commit()
    source = images.name("app", "1")
    repository = source.rpartition(":")[0]
    app = exported({"prod": docker(source)}, {"prod": [event("b", 2, repository), event("a", 1, repository)]})
    (place.root / "export.json").write_bytes(listed(app, exported({"1": docker(source)}, name="other")))
    ran = place.run("adopt", "../export.json")
    assert ran.code == 1
    assert ran.out.splitlines()[0] == "team-a/app: adopted 1 tag, 1 event; imagestreams/team-a/app.yaml"
    lines = ran.err.splitlines()
    assert lines[0].endswith(
        "Invalid: stream team-a/other is declared differently: tag 1 is not declared. Make other.yaml and ../export.json agree."
    )
    assert lines[1:] == [
        "note: team-a/app:prod: limits.history has no room for 1 older event; the export has them",
        PROPOSAL.rstrip("\n"),
        "note: left out: 1 stream refused for a problem",
        "note: left out: 1 older event that limits.history has no room for",
    ]


def test_a_file_without_an_import_mode_gets_the_cluster_s_unless_told_otherwise(place: Place, images: Images) -> None:
    source = images.name("app", "1")
    spec = f"kind: ImageStream\napiVersion: v1\nmetadata: {{name: app, namespace: team-a}}\nspec:\n  tags:\n  - name: prod\n    from: {{kind: DockerImage, name: '{source}'}}   # ours\n"
    place.write("app.yaml", spec)
    place.commit()
    legacy = docker(source, importMode="Legacy")
    app = exported({"prod": legacy}, {"prod": [event("a", 1, source.rpartition(":")[0])]})
    (place.root / "export.json").write_bytes(listed(app))
    kept = place.ok("adopt", "../export.json", "--dry-run", "--import-mode", "PreserveOriginal")
    assert kept.splitlines()[0] == "team-a/app: would adopt 1 tag, 1 event; app.yaml (kept as it is)"
    ran = place.run("adopt", "../export.json")
    assert (ran.code, ran.out.splitlines()[0]) == (
        0,
        "team-a/app: adopted 1 tag, 1 event; app.yaml (importMode written for 1 tag)",
    )
    assert ran.err == (
        "note: app.yaml names no importMode where the export names Legacy, which clusters fill in: it is written, "
        f"so that nothing moves. --import-mode PreserveOriginal leaves the file as it is\n{PROPOSAL}"
    )
    assert (place.path / "app.yaml").read_text() == spec + "    importPolicy:\n      importMode: Legacy\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("nowhere.yaml",),
            "nowhere.yaml cannot be read: No such file or directory. Name files that `oc get is -o yaml` wrote.",
        ),
        ((".",), ". cannot be read: Is a directory. Name files that `oc get is -o yaml` wrote."),
        (
            ("--route", "https://r.example", "x.yaml"),
            "--route https://r.example is not a host. Write HOST or HOST:PORT, as in a pull spec.",
        ),
        (
            ("--namespace", "No_Space", "x.yaml"),
            "--namespace No_Space is not a namespace. Use up to 63 of a-z 0-9 -, not at either end.",
        ),
    ],
)
def test_wrong_usage_is_one_line(place: Place, arguments: tuple[str, ...], message: str) -> None:
    ran = place.run("adopt", *arguments)
    assert (ran.code, ran.err) == (2, f"error: {message}\n")


def test_a_push_that_is_left_to_the_person_is_explained(remote: Place, export: dict[str, Any]) -> None:
    out = remote.ok("adopt", "--no-push", export["path"])
    assert out.splitlines()[-1] == "NOT pushed: git push origin main:main"


# A live repository.


def test_a_live_repository_becomes_a_stream_and_the_first_pass_imports_it(place: Place, images: Images) -> None:
    digests = {tag: images.push("web", tag, tag) for tag in ("1.2.0", "1.10.0", "latest")}
    repository = images.name("web", "latest").removesuffix(":latest")
    out = place.ok("adopt", repository, "--scheduled", "--namespace", "team-a")
    assert (
        out
        == "team-a/web: adopted 3 tags, 0 events; imagestreams/team-a/web.yaml\nNOT pushed: git push -u REMOTE main\n"
    )
    assert place.git("log", "-1", "--format=%an %s") == "Jane Doe Adopt team-a/web: 3 tags\n"
    assert place.run("validate", "--strict").code == 0
    place.ok("sync")
    rows = place.run("status", "-o", "json").json["tags"]
    assert {row["tag"]: row["recorded"] for row in rows} == {f"team-a/web:{tag}": each for tag, each in digests.items()}
    assert place.ok("adopt", repository, "--scheduled", "--namespace", "team-a").splitlines()[-1] == "No changes."


def test_a_repository_that_is_not_there_is_one_line(place: Place, images: Images) -> None:
    repository = images.name("nothing", "x").removesuffix(":x")
    ran = place.run("adopt", repository, "--name", "other")
    host = images.registry.address
    message = f"tags of {repository}: {host} does not have the repository (404). Check the name."
    assert (ran.code, ran.err) == (1, f"error: {message}\n")
    assert place.run("adopt", "127.0.0.1:1/acme/app").code == 4
    assert place.subjects() == ["Start"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a.yaml", "quay.io/acme/app"), "quay.io/acme/app is not a file. Adopt files or one repository at a time."),
        (("a" * 5000, "quay.io/a/c"), "quay.io/a/c is one repository too many. Adopt one at a time."),
        (("quay.io/a/b", "quay.io/a/c"), "quay.io/a/c is one repository too many. Adopt one at a time."),
        (("-", "--scheduled"), "--scheduled is for a REPOSITORY, and - is not one. Leave it out."),
        (("quay.io/a/b", "--route", "r.example"), "--route is for FILEs, and quay.io/a/b is not one. Leave it out."),
    ],
)
def test_files_and_repositories_are_not_mixed(place: Place, arguments: tuple[str, ...], message: str) -> None:
    ran = place.run("adopt", *arguments)
    assert (ran.code, ran.err) == (2, f"error: {message}\n")
