"""The command line itself: exit codes, one-line errors, JSON that fits its schema, help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.schema.check import check
from tests.e2e.conftest import Images, Place, stream, tag

COMMANDS = [
    "adopt",
    "completion",
    "demo",
    "describe",
    "find",
    "freeze",
    "history",
    "image-lookup",
    "import",
    "init",
    "plan",
    "promote",
    "resolve",
    "rollback",
    "run",
    "schema",
    "set-triggers",
    "sinks",
    "status",
    "sync",
    "tag",
    "unfreeze",
    "unhold",
    "validate",
    "verify",
]


@pytest.fixture
def declared(place: Place, images: Images) -> Place:
    images.push("app", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"), scheduled=True)))
    place.commit("Declare app")
    return place


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_an_example(place: Place, name: str) -> None:
    examples = place.ok(name, "--help").partition("\n  Example:\n")[2]
    assert examples
    assert "imagestream" in examples.splitlines()[0]


def test_the_commands_are_these_in_groups(place: Place) -> None:
    listed = place.ok("--help").partition("\nStart:\n")[2].splitlines()
    assert sorted(line.split()[0] for line in listed if line.startswith("  ") and line[2] != " ") == COMMANDS
    assert [line for line in listed if line.endswith(":") and line[0] != " "] == [
        "Look:",
        "Keep in step:",
        "Change:",
        "Notify:",
        "Shell and editor:",
    ]


def test_plan_shows_and_does_nothing(declared: Place) -> None:
    before = declared.git("rev-parse", "HEAD")
    assert "move     team-a/app:prod" in declared.ok("plan")
    ran = declared.run("plan", "--exit-code")
    assert ran.code == 3
    assert declared.git("rev-parse", "HEAD") == before
    declared.ok("sync")
    assert declared.run("plan", "--exit-code").code == 0


def test_plan_with_a_base_shows_only_what_differs(declared: Place, images: Images) -> None:
    images.push("web", "1")
    declared.write("imagestreams/web.yaml", stream("web", tag("prod", images.name("web", "1"))))
    declared.commit("Declare web")
    changes = declared.run("plan", "--base", "HEAD~1", "-o", "json").json["changes"]
    assert [change["tag"] for change in changes] == ["team-a/web:prod"]


def test_plan_as_markdown_is_a_table(declared: Place) -> None:
    lines = declared.ok("plan", "-o", "markdown").splitlines()
    assert lines[0].startswith("**1 change** on `")
    assert lines[2] == "| change | tag | from | to | source | cause |"
    assert lines[4].startswith("| move | team-a/app:prod | \\<none\\> | sha256:")


@pytest.mark.parametrize(
    ("arguments", "schema"),
    [
        (("plan", "-o", "json"), "plan"),
        (("sync", "-o", "json"), "plan"),
        (("status", "-o", "json"), "status"),
        (("validate", "-o", "json"), "validate"),
    ],
)
def test_json_outputs_fit_their_schemas(declared: Place, arguments: tuple[str, ...], schema: str) -> None:
    assert check(schema, declared.run(*arguments).json) == []


def test_history_and_resolve_json_fit_their_schemas(declared: Place) -> None:
    declared.ok("sync")
    assert check("history", declared.run("history", "team-a/app:prod", "-o", "json").json) == []
    assert check("resolve", declared.run("resolve", "team-a/app:prod", "-o", "json").json) == []


def test_a_repository_without_a_config_is_refused_and_init_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    bare = Place(tmp_path)
    bare.path.mkdir()
    bare.git("init", "--quiet", "--initial-branch=main", ".")
    bare.write("README.md", "hello")
    commit = bare.commit()
    for name in ("plan", "sync", "status"):
        ran = bare.run(name)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == (
            f"error: {bare.path.resolve()}: commit {commit[:12]} has no reconciler.yaml, so this is not yet a "
            "repository of image streams. Run `imagestream init` and commit what it writes.\n"
        )


def test_a_broken_config_stops_passes_and_changes_nothing(declared: Place) -> None:
    declared.write(
        "reconciler.yaml", "apiVersion: reconciler/v1alpha1\nkind: Config\nspec: {limits: {history: many}}\n"
    )
    head = declared.commit("Break the config")
    ran = declared.run("sync")
    assert ran.code == 1
    assert ran.err.startswith("error: reconciler.yaml:3:")
    assert ran.err.endswith("Nothing is done until reconciler.yaml is right.\n")
    assert declared.git("rev-parse", "HEAD").strip() == head


def test_outside_a_repository_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    nowhere = Place(tmp_path)
    nowhere.path.mkdir()
    ran = nowhere.run("status")
    assert ran.code == 2
    assert "is not a git repository" in ran.err
    assert ran.err.count("\n") == 1


def test_validate_works_in_any_folder(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    folder = Place(tmp_path)
    folder.write("is.yaml", stream("app", tag("prod", "quay.io/acme/app:1")))
    assert folder.ok("validate") == "1 stream, 1 tag: 0 errors, 0 warnings\n"


def test_validate_counts_what_was_requested(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    folder = Place(tmp_path)
    folder.write("is.yaml", stream("app", tag("prod", "quay.io/acme/app:1"), tag("dev", "quay.io/acme/app:2")))
    folder.write("more/is.yaml", stream("app", tag("test", "quay.io/acme/app:3")))
    folder.write("more/other.yaml", stream("other", tag("prod", "quay.io/acme/app:1")))
    counts = {
        (): "2 streams, 4 tags",
        ("is.yaml",): "1 stream, 2 tags",
        ("more",): "2 streams, 2 tags",
        ("more/is.yaml", "is.yaml"): "1 stream, 3 tags",
    }
    for paths, count in counts.items():
        assert folder.ok("validate", *(str(folder.path / path) for path in paths)) == f"{count}: 0 errors, 0 warnings\n"
    told = json.loads(folder.ok("validate", "-o", "json", str(folder.path / "more")))
    assert (told["streams"], told["tags"]) == (2, 2)


def test_validate_shows_path_line_column_and_rule_for_people_and_github(place: Place) -> None:
    place.write("imagestreams/app.yaml", stream("app", tag("-bad", "quay.io/acme/app:1")))
    ran = place.run("validate")
    assert ran.code == 1
    assert ran.out.startswith("imagestreams/app.yaml:8:")
    github = place.run("validate", "-o", "github").out
    assert github.startswith("::error file=imagestreams/app.yaml,line=8,col=")


def test_a_wrong_option_is_one_line_and_exit_code_2(place: Place) -> None:
    ran = place.run("plan", "--nonsense")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: No such option '--nonsense'. See `imagestream plan --help`.\n"


def test_options_come_from_the_environment_too(declared: Place) -> None:
    assert declared.run("plan", environ={"IMAGESTREAM_PLAN_EXIT_CODE": "1"}).code == 3


def test_dead_registries_only_are_exit_code_4(place: Place) -> None:
    place.write("imagestreams/app.yaml", stream("app", tag("prod", "127.0.0.1:1/acme/app:1")))
    place.commit("Declare app")
    ran = place.run("sync")
    assert ran.code == 4
    assert "Unreachable: " in ran.err
    assert place.run("plan").out == "No changes, but not everything could be looked up:\n"


def test_init_writes_what_is_missing_and_overwrites_nothing(place: Place) -> None:
    assert place.ok("init") == "Everything was there already.\n"
    place.write(".gitattributes", "*.png binary")
    place.write("reconciler.yaml", "mine\n")
    assert place.ok("init").splitlines()[0] == "added to .gitattributes"
    assert (place.path / ".gitattributes").read_text().splitlines()[0] == "*.png binary"
    assert (place.path / "reconciler.yaml").read_text() == "mine\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_each_shell(place: Place, shell: str) -> None:
    assert "_IMAGESTREAM_COMPLETE" in place.ok("completion", shell)


def test_istags_are_completed_from_the_histories(declared: Place) -> None:
    declared.ok("sync")
    ran = declared.run(
        environ={"_IMAGESTREAM_COMPLETE": "bash_complete", "COMP_WORDS": "imagestream history team", "COMP_CWORD": "2"}
    )
    assert "team-a/app:prod" in ran.out


def test_json_is_json_for_every_answer_of_a_registry(place: Place) -> None:
    place.write("imagestreams/app.yaml", stream("app", tag("prod", "127.0.0.1:1/acme/app:1")))
    place.commit("Declare app")
    ran = place.run("plan", "-o", "json")
    assert json.loads(ran.out)["problems"][0]["reason"] == "Unreachable"
    assert ran.code == 1
