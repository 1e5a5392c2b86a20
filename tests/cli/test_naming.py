"""Names on the command line: the same exit code in every command, suggestions, and `-n`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from reconciler.cli.main import cli, run
from reconciler.cli.naming import NameType
from tests.kit.branch import ONE, Branch, declared, docker
from tests.kit.git import GitFolder, GitKit

UNKNOWN = {
    "describe": ("describe", "{}"),
    "freeze": ("freeze", "{}"),
    "history": ("history", "{}"),
    "import": ("import", "{}"),
    "promote from": ("promote", "{}", "team-a/app:new"),
    "resolve": ("resolve", "{}"),
    "rollback": ("rollback", "{}"),
    "status": ("status", "{}"),
    "tag from": ("tag", "{}", "team-a/app:new"),
    "tag --alias": ("tag", "-d", "{}"),
    "unfreeze": ("unfreeze", "{}"),
    "unhold": ("unhold", "{}"),
}
MALFORMED = UNKNOWN | {
    "promote to": ("promote", "team-a/app:prod", "{}"),
    "tag to": ("tag", "team-a/app:prod", "{}"),
    "import --from": ("import", "team-a/app:new", "--from", "{}", "--confirm"),
    "adopt": ("adopt", "{}"),
    "-n": ("status", "-n", "{}"),
    "adopt -n": ("adopt", "-n", "{}", "quay.io/acme/app"),
    "find": ("find", "{}"),
}


class Ran(NamedTuple):
    """The result of a command."""

    code: int
    out: str
    err: str


class Here:
    """A repository, and the command line run on it inside this process."""

    def __init__(self, git: GitFolder, capsys: pytest.CaptureFixture[str]) -> None:
        self.git, self._capsys = git, capsys

    def run(self, *words: str) -> Ran:
        """Run `imagestream`."""
        self._capsys.readouterr()
        code = run(["-C", str(self.git.path), *words])
        printed = self._capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    def ok(self, *words: str) -> str:
        """Run `imagestream` and expect success."""
        ran = self.run(*words)
        assert ran.code == 0, ran.err
        return ran.out


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branch]:
    """`team-a/app:prod` with a recorded image; the tests do not change it."""
    git = GitKit(tmp_path_factory.mktemp("naming"))
    with pytest.MonkeyPatch.context() as patch:
        git.alone(patch)
        branch = Branch(git.repository())
        branch.put("b")
        spec = {"imagestreams/app.yaml": declared({"prod": docker(ONE)})}
        branch.git.commit({"reconciler.yaml": "", **spec}, "Declare")
        branch.run()
        yield branch


@pytest.fixture
def here(kit: Branch, capsys: pytest.CaptureFixture[str]) -> Here:
    return Here(kit.git, capsys)


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_name_that_nothing_has_ends_with_1_and_the_one_that_was_meant(here: Here, name: str) -> None:
    ran = here.run(*(word.format("app:prod") for word in UNKNOWN[name]))
    assert ran.code == 1
    assert ran.err.startswith("error: default/app:prod ")
    assert " Did you mean team-a/app:prod?" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("name", MALFORMED)
def test_a_name_that_is_none_is_wrong_usage(here: Here, name: str) -> None:
    for text in ("App!:prod", "https://quay.io/acme:x"):
        ran = here.run(*(word.format(text) for word in MALFORMED[name]))
        assert (ran.code, ran.out) == (2, ""), (text, ran.err)
        assert ran.err.startswith("error: ")


def test_an_image_in_the_place_of_an_istag_is_reported_as_one(here: Here) -> None:
    ran = here.run("history", "app@sha256:0123")
    printed = "error: 'app@sha256:0123' names an image, not an istag. Write [NAMESPACE/]STREAM:TAG.\n"
    assert (ran.code, ran.out, ran.err) == (2, "", printed)


def test_every_argument_that_names_something_brings_the_option_for_its_namespace() -> None:
    named = {name for name, each in cli.commands.items() if any(isinstance(p.type, NameType) for p in each.params)}
    with_option = {name for name, each in cli.commands.items() if any("-n" in p.opts for p in each.params)}
    # An istag to follow may be one that is declared later; test_workload_commands has the unknown objects.
    assert named == {words[0] for words in UNKNOWN.values()} - {"tag"} | {"set-triggers"}
    assert with_option == named | {"tag", "adopt", "image-lookup"}


def test_the_suggestion_is_in_one_line(here: Here) -> None:
    assert here.run("history", "app:prod").err == (
        f"error: default/app:prod has no history at {here.git.head()[:12]}. "
        "Did you mean team-a/app:prod? `imagestream status` lists the istags that have.\n"
    )
    assert here.run("status", "team-a/ap:prod").err == (
        "error: team-a/ap:prod is neither declared nor recorded. Did you mean team-a/app:prod? "
        "`imagestream status` lists all that are.\n"
    )
    assert here.run("describe", "app").err == (
        "error: stream default/app is neither declared nor recorded. Did you mean team-a/app? "
        "`imagestream status` lists all.\n"
    )


def test_the_option_gives_names_their_namespace_and_those_with_one_keep_it(here: Here) -> None:
    spec = here.ok("resolve", "team-a/app:prod")
    assert here.ok("resolve", "-n", "team-a", "app:prod") == spec
    assert here.ok("resolve", "app:prod", "--namespace=team-a") == spec
    assert here.ok("resolve", "-n", "other", "team-a/app:prod") == spec
    assert here.ok("describe", "--offline", "-n", "team-a", "app").startswith("Name:")
    ran = here.run("resolve", "-n", "other", "app:prod")
    assert (ran.code, "other/app:prod" in ran.err) == (1, True)


def test_tag_writes_into_the_namespace_of_the_option(here: Here) -> None:
    for words, printed in (
        (("app:prod", "app:new"), f"Tag team-a/app:new set to team-a/app@sha256:{'b' * 64}.\n"),
        (("quay.io/x/app:prod", "app:new"), "Tag team-a/app:new set to quay.io/x/app:prod.\n"),
        (("--alias", "app:prod", "app:new"), "Tag team-a/app:new set up to track team-a/app:prod.\n"),
        (("-d", "app:prod"), "Deleted tag team-a/app:prod.\n"),
    ):
        assert here.ok("tag", "-n", "team-a", *words, "--no-commit") == printed
        here.git.git("checkout", "--quiet", ".")


@pytest.mark.parametrize(
    "words",
    [("team-a/app:prod",), ("team-a/app",), ("team-a/",), ("-n", "team-a"), ("-n", "team-a", "app"), ()],
)
def test_status_shows_an_istag_a_stream_or_a_namespace(here: Here, words: tuple[str, ...]) -> None:
    (row,) = json.loads(here.ok("status", "--offline", "-o", "json", *words))["tags"]
    assert (row["tag"], row["state"], row["live"]) == ("team-a/app:prod", "InSync", None)


@pytest.mark.parametrize("words", [("other/",), ("-n", "other"), ("team-a/other",)])
def test_status_of_an_unknown_name_is_an_error(here: Here, words: tuple[str, ...]) -> None:
    ran = here.run("status", *words)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith(" is neither declared nor recorded. `imagestream status` lists all that are.\n")
