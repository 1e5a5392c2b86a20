"""Signed commits by command: `signing` in --config, with real keys; on, off, and with another key."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from reconciler.model.config import Signing
from tests.e2e.conftest import Images, Place, run_script, stream, tag
from tests.kit.keys import openpgp_key, ssh_key


def installation(place: Place, signing: Signing, name: str = "installation.yaml") -> str:
    """An Installation with that signing; its path."""
    key = f"    keyFile: {signing.key_file}\n" if signing.key_file else ""
    text = (
        "apiVersion: reconciler/v1alpha1\nkind: Installation\nspec:\n  signing:\n"
        f"    format: {signing.format}\n    trusted: {signing.trusted}\n{key}"
    )
    (place.root / name).write_text(text, encoding="utf-8")
    return str(place.root / name)


@pytest.fixture
def declared(place: Place, images: Images) -> Place:
    images.push("app", "1", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "1"), scheduled=True)))
    place.commit("Declare app")
    return place


@pytest.mark.parametrize("kind", ["ssh", "openpgp"])
def test_passes_are_signed_and_a_revert_of_one_is_still_a_roll_back(
    declared: Place, images: Images, tmp_path: Path, kind: str
) -> None:
    config = installation(declared, (ssh_key if kind == "ssh" else openpgp_key)(tmp_path, "bot"))
    declared.ok("--config", config, "sync")
    images.push("app", "1", "2")
    declared.ok("--config", config, "sync")
    assert "gpgsig" in declared.git("cat-file", "commit", "HEAD")
    declared.git("revert", "--no-edit", "HEAD")
    declared.ok("--config", config, "sync")
    assert declared.subjects()[0] == "Hold team-a/app:prod"
    assert declared.run("--config", config, "sync", "-o", "json").json["changes"] == []
    assert declared.ok("--config", config, "verify") == "4 commits of 1 istag: no break.\n"


def test_signing_switched_on_off_and_with_a_new_key(declared: Place, images: Images, tmp_path: Path) -> None:
    old, new = ssh_key(tmp_path, "old"), ssh_key(tmp_path, "new")
    both = tmp_path / "both"
    both.write_bytes(Path(old.trusted).read_bytes() + Path(new.trusted).read_bytes())
    renewed = Signing(new.format, str(both), new.key_file)
    configs = [(), ("--config", installation(declared, old, "old.yaml")), ("--config", installation(declared, renewed))]
    for version, words in enumerate(configs, start=1):
        images.push("app", "1", str(version))
        declared.ok(*words, "sync")
        assert declared.ok(*words, "verify") == f"{version} commit{'s' * (version > 1)} of 1 istag: no break.\n"
    images.push("app", "1", "4")
    declared.ok("sync")
    assert declared.run("verify").code == 0
    assert declared.run(*configs[2], "verify").code == 1


def test_a_forged_commit_is_undone_and_named(declared: Place, images: Images, tmp_path: Path) -> None:
    """A person without the key repeats what the reconciler would write."""
    config = ("--config", installation(declared, ssh_key(tmp_path, "bot")))
    declared.ok(*config, "sync")
    images.push("app", "1", "2")
    declared.ok("sync")  # without the key
    forged = declared.git("rev-parse", "HEAD").strip()
    declared.git("update-ref", "refs/imagestream/tip/main", "HEAD~1")
    declared.git("update-ref", "-d", "refs/imagestream/next/main")
    ran = declared.run(*config, "verify")
    assert ran.code == 1
    assert ran.out.splitlines()[0].endswith("[unsigned]")
    ran = declared.run(*config, "sync")
    assert "added an event to its history that was never recorded. The pass undoes the change." in ran.err
    said = declared.git("log", "-1", "--format=%B", "--grep=^Restore history of team-a/app:prod")
    assert f"Undoes: {forged}" in said
    assert declared.run(*config, "verify").code == 0


def test_a_person_who_signs_nothing_rolls_back_all_the_same(declared: Place, images: Images, tmp_path: Path) -> None:
    """The entry in the hold is not believed by itself: the pass holds the images that were taken off the stack."""
    config = ("--config", installation(declared, ssh_key(tmp_path, "bot")))
    declared.ok(*config, "sync")
    images.push("app", "1", "2")
    declared.ok(*config, "sync")
    declared.ok("rollback", "team-a/app:prod")
    assert declared.run(*config, "verify").code == 0
    declared.run(*config, "sync")
    declared.run(*config, "sync")
    assert "Held" in declared.ok(*config, "status")
    assert declared.run(*config, "sync", "-o", "json").json["changes"] == []
    assert declared.run(*config, "verify").code == 0
    declared.ok("unhold", "team-a/app:prod")
    declared.ok(*config, "sync")
    assert declared.run(*config, "verify").code == 0


@pytest.mark.parametrize("words", [["sync"], ["rollback", "team-a/app:prod"]])
def test_nothing_is_written_unsigned_where_signatures_count(
    declared: Place, images: Images, tmp_path: Path, words: list[str]
) -> None:
    key = ssh_key(tmp_path, "bot")
    for version in "12":
        images.push("app", "1", version)
        declared.ok("--config", installation(declared, key), "sync")
    images.push("app", "1", "3")
    before = declared.git("rev-parse", "HEAD")
    ran = declared.run("--config", installation(declared, Signing(key.format, key.trusted), "reader.yaml"), *words)
    assert (ran.code, ran.err) == (
        2,
        "error: the installation's signing names no keyFile, and unsigned changes would be undone. "
        "Add it to --config.\n",
    )
    assert declared.git("rev-parse", "HEAD") == before


def test_a_broken_installation_is_refused(declared: Place, tmp_path: Path) -> None:
    key = ssh_key(tmp_path, "bot")
    missing = str(tmp_path / "missing")
    ran = declared.run("--config", installation(declared, Signing(key.format, key.trusted, missing)), "sync")
    assert (ran.code, ran.err) == (
        2,
        f"error: signing.keyFile {missing} cannot be read: No such file or directory. Correct it in --config.\n",
    )
    assert declared.subjects()[0] == "Declare app"


def test_the_page_about_signing_can_be_followed(declared: Place, images: Images) -> None:
    page = (Path(__file__).parents[2] / "docs" / "signing.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(sh|yaml)\n(.*?)```", page, flags=re.DOTALL)
    (make, text), (_, config), (_, commands) = ((kind, block) for kind, block in blocks)
    assert make == "sh"
    subprocess.run(["sh", "-eu", "-c", text], cwd=declared.path, env=declared.environ(), check=True)
    (declared.root / "home/.config/imagestream/installation.yaml").write_text(config, encoding="utf-8")
    run_script(declared, commands)
    assert declared.git("status", "--porcelain") == ""
    assert "gpgsig" in declared.git("cat-file", "commit", "HEAD")
    images.push("app", "1", "2")
    use = ("--config", "../home/.config/imagestream/installation.yaml")
    declared.ok(*use, "sync")
    assert declared.ok(*use, "verify") == "2 commits of 1 istag: no break.\n"


def test_what_an_installation_names_is_not_taken_from_the_repository(declared: Place, tmp_path: Path) -> None:
    key = ssh_key(tmp_path, "bot")
    declared.write("trusted", Path(key.trusted).read_text(encoding="utf-8"))
    (tmp_path / "trusted").symlink_to(declared.path / "trusted")
    config = installation(declared, Signing(key.format, "trusted"))
    for command in ("verify", "sync", "status", "validate"):
        ran = declared.run("--config", config, command)
        assert (ran.code, ran.err) == (
            1,
            f"error: {config}: signing.trusted {tmp_path}/trusted lies in the repository {declared.path}, where "
            "everyone with write access to the branch can change it. Move it out of the repository.\n",
        )


def test_an_installation_is_not_taken_from_the_repository(declared: Place) -> None:
    declared.write("installation.yaml", "apiVersion: reconciler/v1alpha1\nkind: Installation\n")
    ran = declared.run("--config", "installation.yaml", "status")
    assert (ran.code, ran.err) == (
        1,
        f"error: --config {declared.path}/installation.yaml lies in the repository {declared.path}, where everyone "
        "with write access to the branch can change it. Move it out of the repository.\n",
    )
