"""The README's five minutes, run as they are written, against a registry of this machine."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.conftest import Images, Place, run_script

README = Path(__file__).parents[2] / "README.md"
SOURCE = "quay.io/podman/hello:latest"


def blocks() -> list[str]:
    """The shell blocks of the chapter, without the one that installs."""
    chapter = README.read_text(encoding="utf-8").partition("## Your first stream")[2].partition("\n## ")[0]
    found = re.findall(r"```sh\n(.*?)```", chapter, flags=re.DOTALL)
    return [block for block in found if "pipx install" not in block]


def test_a_new_user_who_follows_the_readme_has_a_first_stream(tmp_path: Path, images: Images) -> None:
    (tmp_path / "home").mkdir()
    here = Place(tmp_path, "images")
    here.path.mkdir()
    digest = images.push("hello", "latest")
    script = "".join(blocks()).replace(SOURCE, images.name("hello", "latest"))
    assert images.prefix in script
    out = run_script(here, script)
    assert "1 stream, 1 tag: 0 errors, 0 warnings" in out
    written = here.path / "my-images/history/default/hello/latest.yaml"
    assert digest in written.read_text(encoding="utf-8")
    assert re.search(r"^default/hello:latest .* InSync$", out, flags=re.MULTILINE)
