"""The imports of a command: nothing slow for help and completion, and for its work only packages that it uses.

Modules are counted in a process of their own. A row that grows makes its command slower.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence

import click
import pytest

from reconciler.cli.lazy import HandledCommand, module_name
from reconciler.cli.main import cli
from tests.kit.branch import ONE, Branch, declared, docker
from tests.kit.git import GitFolder, GitKit

SLOW = {"git", "jsonschema", "prometheus_client", "re2", "requests", "ruamel", "starlette", "uvicorn", "watchdog"}
"""Top-level packages that take a while to import."""
READS = {"git", "jsonschema", "re2", "ruamel"}
"""The packages that read a commit."""
LOOKS_UP = READS | {"requests"}
"""The packages that look up registries too."""
MOST_MODULES = 180
"""The limit without a handler: modules of Python, of click, and a part of `cli`."""

ALLOWED: Mapping[str, set[str]] = {
    "adopt": LOOKS_UP,
    "demo": set(),
    "describe": READS,
    "find": READS,
    "freeze": READS,
    "history": READS,
    "image-lookup": READS,
    "import": LOOKS_UP,
    "init": READS,
    "plan": LOOKS_UP,
    "promote": LOOKS_UP,
    "resolve": READS,
    "rollback": LOOKS_UP,
    "run": SLOW,
    "set-triggers": READS,
    "sinks status": LOOKS_UP,
    "sinks test": LOOKS_UP,
    "status": READS,
    "sync": LOOKS_UP,
    "tag": READS,
    "unfreeze": READS,
    "unhold": READS,
    "validate": READS,
    "verify": READS,
}
"""By command: the slow packages that its handler may import."""

SPECIAL_ROOMS = {
    "daemon",
    "delivery",
    "demo",
    "edit",
    "forge",
    "notify",
    "query",
    "registry",
    "server",
    "telemetry",
    "transport",
    "watch",
}
"""The rooms that some commands use and others do not."""
_REGISTRIES = {"registry", "transport"}
USED_ROOMS: Mapping[str, set[str]] = {
    "adopt": {"edit", *_REGISTRIES},
    "demo": {"demo"},
    "describe": {"query"},
    "find": {"query"},
    "freeze": {"edit"},
    "image-lookup": {"edit"},
    "import": {"edit", *_REGISTRIES},
    "init": {"edit", "query"},
    "plan": _REGISTRIES,
    "promote": {"edit", *_REGISTRIES},
    "rollback": {"edit", *_REGISTRIES},
    "run": {"daemon", "delivery", "forge", "notify", "query", "server", "telemetry", "watch", *_REGISTRIES},
    "set-triggers": {"edit"},
    "sinks status": {"delivery", "notify", "transport"},
    "sinks test": {"delivery", "notify", "transport"},
    "status": {"query"},
    "sync": _REGISTRIES,
    "tag": {"edit"},
    "unfreeze": {"edit"},
    "unhold": {"edit"},
    "validate": {"query"},
}
"""By command: those of the special rooms that its handler imports; a command without a row imports none."""
HANDLER_MODULES: Mapping[frozenset[str], int] = {
    frozenset(): 250,
    frozenset(READS): 600,
    frozenset(LOOKS_UP): 850,
    frozenset(SLOW): 1_100,
}
"""By the slow packages of a handler: the limit of all modules, Python's own included."""

_RUN = """
import json, sys
from reconciler.cli.main import run
code = run(json.loads(sys.argv[1]))
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""
_IMPORT = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps([0, sorted(sys.modules)]), file=sys.stderr)
"""


def modules(program: str, argument: str, environ: Mapping[str, str] | None = None, *, code: int = 0) -> set[str]:
    """The modules that a process has at its end."""
    line = [sys.executable, "-c", program, argument]
    done = subprocess.run(line, env={**os.environ, **(environ or {})}, capture_output=True, text=True, check=True)
    *lines, last = done.stderr.splitlines()
    ended, found = json.loads(last)
    assert ended == code, lines
    return set(found)


def slow(found: set[str]) -> set[str]:
    """The slow packages among the modules."""
    return {module.partition(".")[0] for module in found} & SLOW


def all_commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command of the program by its words, also those of groups."""
    for name, each in group.commands.items():
        yield f"{before}{name}", each
        if isinstance(each, click.Group):
            yield from all_commands(each, f"{before}{name} ")


def completing(*words: str) -> dict[str, str]:
    """The environment in which bash requests a completion of the last word."""
    line = " ".join(("imagestream", *words))
    return {"COMP_WORDS": line, "COMP_CWORD": str(len(words)), "_IMAGESTREAM_COMPLETE": "bash_complete"}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> GitFolder:
    git = GitKit(tmp_path_factory.mktemp("imports"))
    with pytest.MonkeyPatch.context() as patch:
        git.alone(patch)
        branch = Branch(git.repository())
        branch.git.commit({"reconciler.yaml": "", "is.yaml": declared({"prod": docker(ONE)})}, "Declare")
    return branch.git


@pytest.mark.parametrize(
    ("arguments", "environ", "code"),
    [
        (["--version"], {}, 0),
        (["--help"], {}, 0),
        (["-h"], {}, 0),
        ([], {}, 2),
        (["nonsense"], {}, 2),
        *((each, {}, 0) for each in ([name, "--help"] for name in sorted(cli.commands))),
        (["completion", "bash"], {}, 0),
        (["completion", "zsh"], {}, 0),
        (["schema"], {}, 0),
        ([], completing("st"), 0),
        ([], completing("status", "--off"), 0),
        ([], completing("plan", "-o", "mark"), 0),
        ([], completing("run", "--"), 0),
    ],
    ids=str,
)
def test_help_and_completion_import_no_handler_and_nothing_slow(
    arguments: Sequence[str], environ: Mapping[str, str], code: int
) -> None:
    found = modules(_RUN, json.dumps(arguments), environ, code=code)
    assert slow(found) == set()
    assert [each for each in found if each.startswith("reconciler.cli.handler")] == []
    assert len(found) < MOST_MODULES
    commands = {each for each in found if each.startswith("reconciler.cli.command.")}
    assert len(commands) <= 1


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_a_handler_imports_only_what_its_command_uses(name: str) -> None:
    found = modules(_IMPORT, f"reconciler.cli.handler.{module_name(name)}")
    assert slow(found) == ALLOWED[name]
    assert len(found) < HANDLER_MODULES[frozenset(ALLOWED[name])]
    rooms = {each.split(".")[1] for each in found if each.startswith("reconciler.")}
    assert rooms & SPECIAL_ROOMS == USED_ROOMS.get(name, set())


def test_every_command_with_a_handler_has_its_row() -> None:
    assert {name for name, each in all_commands(cli) if isinstance(each, HandledCommand)} == set(ALLOWED)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("validate",), 0),
        (("verify",), 0),
        (("history", "team-a/app:prod"), 1),
        (("resolve", "team-a/app:prod"), 1),
        (("find", "sha256:9f2c1ab04d77"), 0),
        (("status", "--offline"), 0),
        (("describe", "--offline", "team-a/app"), 0),
        (("freeze", "team-a/app:prod"), 0),
        (("init",), 0),
    ],
    ids=str,
)
def test_a_command_that_needs_git_alone_imports_nothing_for_registries(
    repository: GitFolder, arguments: Sequence[str], code: int
) -> None:
    words = json.dumps(["-C", str(repository.path), *arguments])
    assert slow(modules(_RUN, words, repository.environ, code=code)) <= READS


def test_the_completion_of_a_name_reads_the_commit_and_no_more(repository: GitFolder) -> None:
    found = modules(_RUN, "[]", completing("-C", str(repository.path), "history", "team-a/app:p"))
    assert slow(found) == READS
