"""`imagestream run` as a GitHub App: its key is enough to fetch and to push, and no process shows a token."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import Images, Place, stream, tag
from tests.e2e.test_run import end, output_of, running, tops, until
from tests.kit.git_server import web_server
from tests.kit.github_api import APP, INSTALLATION, github_api


def test_an_app_fetches_and_pushes_with_tokens_of_an_hour(remote: Place, images: Images) -> None:
    place = remote
    first = images.push("app", "main", "1")
    place.write("imagestreams/app.yaml", stream("app", tag("prod", images.name("app", "main"), scheduled=True)))
    place.commit("Declare app")
    place.git("push", "-q")
    for setting in ("http.receivepack", "uploadpack.allowFilter"):
        place.git("-C", str(place.root / "remote.git"), "config", setting, "true")
    with web_server(place.root, place.root / "web") as server, github_api(place.root / "github") as api:
        server.users.write_text("nobody:may\n")
        api.handed_out = lambda token: _allow(server.users, token)
        options = {
            "REPO": f"{server.url}/git/remote.git",
            "GIT_APP_ID": APP,
            "GIT_APP_INSTALLATION_ID": INSTALLATION,
            "GIT_APP_KEY_FILE": str(api.key),
            "GIT_APP_API": api.url,
        }
        environ = {f"IMAGESTREAM_RUN_{name}": value for name, value in options.items()}
        with running(place, "--repo", options["REPO"], environ=environ) as process:
            until(lambda: tops(place) == [first], place)
            assert len(api.tokens) == 1
            shown = (
                Path(f"/proc/{process.pid}/environ").read_bytes() + Path(f"/proc/{process.pid}/cmdline").read_bytes()
            )
            end(process, place)
    mirror = [file.read_bytes() for file in (place.root / "mirror").rglob("*") if file.is_file()]
    assert not [each for each in (*mirror, shown, output_of(place).encode()) if b"ghs_" in each]


def _allow(users: Path, token: str) -> None:
    users.write_text(f"x-access-token:{token}\n")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (
            ("--git-app-id", "1"),
            "a GitHub App needs --git-app-id, --git-app-installation-id and --git-app-key-file. Give all of them.",
        ),
        (("--git-app-api", "https://x"), "--git-app-api is of no use without --git-app-id."),
        (
            (
                *("--git-app-id", "1", "--git-app-installation-id", "2", "--git-app-key-file", "k"),
                *("--git-password-file", "p"),
            ),
            "--git-app-id makes the password for the remote. Leave out the other --git- options.",
        ),
        (
            ("--git-app-id", "1", "--git-app-installation-id", "2", "--git-app-key-file", "/nowhere/key"),
            "--git-app-key-file /nowhere/key has no RSA key of 2048 bits or more without a passphrase."
            " Generate one in the App's settings.",
        ),
    ],
)
def test_incomplete_options_of_an_app_are_errors(place: Place, words: tuple[str, ...], error: str) -> None:
    ran = place.run("run", "--repo", "https://git.example.com/a/b.git", *words)
    assert (ran.code, ran.err) == (2, f"error: {error}\n")
