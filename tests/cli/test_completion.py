"""Completion in a real bash, as a TAB requests it, and the scripts of the other shells."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from reconciler.cli.main import run
from tests.kit.branch import ONE, Branch, declared, docker
from tests.kit.command import command
from tests.kit.git import GitKit

_TAB = """
PATH={bin}:$PATH
source <(imagestream completion bash)
COMP_LINE={line}
COMP_POINT=${{#COMP_LINE}}
_imagestream_completion imagestream
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    git = GitKit(tmp_path_factory.mktemp("completion"))
    with pytest.MonkeyPatch.context() as patch:
        git.alone(patch)
        branch = Branch(git.repository())
        spec = declared({"prod": docker(ONE), "prod-eu": docker(ONE), "test": docker(ONE)})
        branch.git.commit({"reconciler.yaml": "", "is.yaml": spec}, "Declare")
    return branch.git.path


def completed(repository: Path, tmp_path: Path, line: str, before: str = "") -> list[str]:
    """The completions of bash for a line that ends at the cursor."""
    program = tmp_path / "imagestream"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(command())} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    script = before + _TAB.format(bin=shlex.quote(str(tmp_path)), line=shlex.quote(line))
    done = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=repository, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_bash_completes_the_tag_after_the_colon_alone(repository: Path, tmp_path: Path) -> None:
    assert completed(repository, tmp_path, "imagestream history team-a/app:p") == ["prod", "prod-eu"]


def test_bash_completes_the_stream_whole(repository: Path, tmp_path: Path) -> None:
    names = ["team-a/app:prod", "team-a/app:prod-eu", "team-a/app:test"]
    assert completed(repository, tmp_path, "imagestream rollback te") == names


def test_bash_without_the_colon_among_its_word_breaks_gets_the_whole_word(repository: Path, tmp_path: Path) -> None:
    before = "COMP_WORDBREAKS=${COMP_WORDBREAKS//:}\n"
    assert completed(repository, tmp_path, "imagestream history team-a/app:t", before) == ["team-a/app:test"]


def test_bash_completes_names_in_the_namespace_and_the_repository_that_were_given(
    repository: Path, tmp_path: Path
) -> None:
    line = f"imagestream -C {repository} describe -n team-a app"
    assert completed(Path("/"), tmp_path, line) == ["app", "app:prod", "app:prod-eu", "app:test"]
    assert completed(repository, tmp_path, "imagestream status -n ") == ["team-a"]


def test_bash_completes_commands_and_options(repository: Path, tmp_path: Path) -> None:
    assert completed(repository, tmp_path, "imagestream st") == ["status"]
    assert completed(repository, tmp_path, "imagestream status --off") == ["--offline"]


def test_without_a_repository_nothing_is_offered(tmp_path: Path) -> None:
    assert completed(tmp_path, tmp_path, "imagestream history t") == []


@pytest.mark.parametrize(
    ("shell", "asks", "takes"),
    [
        ("zsh", "_IMAGESTREAM_COMPLETE=zsh_complete imagestream", "compadd -U -V unsorted -a completions"),
        ("fish", "_IMAGESTREAM_COMPLETE=fish_complete", "complete --no-files --command imagestream"),
    ],
)
def test_the_other_shells_have_scripts_of_their_own(
    shell: str, asks: str, takes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert asks in script
    assert takes in script


@pytest.mark.parametrize(
    ("shell", "words", "offered"),
    [
        ("zsh", {"COMP_WORDS": "imagestream history team-a/app:t", "COMP_CWORD": "2"}, "plain\nteam-a/app:test\n_\n"),
        ("fish", {"COMP_WORDS": "imagestream history ", "COMP_CWORD": "team-a/app:t"}, "plain,team-a/app:test\n"),
    ],
)
def test_they_are_offered_names_with_their_colons(
    repository: Path, shell: str, words: dict[str, str], offered: str
) -> None:
    environ = {**os.environ, **words, "_IMAGESTREAM_COMPLETE": f"{shell}_complete"}
    done = subprocess.run(command(), cwd=repository, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, offered)
