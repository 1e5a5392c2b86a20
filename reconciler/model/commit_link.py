"""Commit links: the web page of a commit, from the address of its repository.

    | address of the repository                                      | page of a commit                            |
    | -------------------------------------------------------------- | ------------------------------------------- |
    | GitLab: `https://gitlab.com/GROUP/REPO.git`                    | `/GROUP/REPO/-/commit/ID`                   |
    | Bitbucket Cloud: `https://bitbucket.org/TEAM/REPO.git`         | `/TEAM/REPO/commits/ID`                     |
    | Bitbucket Data Center: `https://HOST/scm/KEY/REPO.git`         | `/projects/KEY/repos/REPO/commits/ID`       |
    | the same by ssh: `ssh://git@HOST:7999/KEY/REPO.git`            | `/projects/KEY/repos/REPO/commits/ID`       |
    | Azure DevOps: `https://dev.azure.com/ORG/PROJECT/_git/REPO`    | `/ORG/PROJECT/_git/REPO/commit/ID`          |
    | the same by ssh: `git@ssh.dev.azure.com:v3/ORG/PROJECT/REPO`   | `/ORG/PROJECT/_git/REPO/commit/ID`          |
    | GitHub, Gitea, Forgejo and others: `https://HOST/PATH.git`     | `/PATH/commit/ID`                           |

A page has no user, password or query of the address. GitLab under a name of its own is known by `gitlab` in that name;
under another name it leads from the last form to its page itself.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote, urlsplit

_SCP: Final = re.compile(r"(?:[^@/:\s]+@)?(?P<host>[A-Za-z0-9.-]+):(?P<path>[^:\s]+)")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9a-fA-F:]+\](?::\d{1,5})?", re.ASCII)
_BITBUCKET_PORT: Final = 7999
_MAX: Final = 2_000
"""Characters of an address; a longer one gets no page."""


def commit_link(repository: str, commit: str) -> str:
    """The web page of a commit; empty where the address of the repository leads to no web page."""
    place = _place(repository) if len(repository) <= _MAX else None
    return f"{_page(*place)}/{commit}" if place is not None else ""


def _place(repository: str) -> tuple[str, str, str, int | None] | None:
    """Scheme and host of the web page, the path on it, and the port of ssh; None if there is no page."""
    match = _SCP.fullmatch(repository) if "://" not in repository else None
    if match is not None:
        return "https", match["host"].lower(), _path(match["path"]), None
    try:
        parts = urlsplit(repository)
        port = parts.port
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2].lower()
    if not _HOST.fullmatch(host) or not _path(parts.path):
        return None
    if parts.scheme in {"http", "https"}:
        return parts.scheme, host, _path(parts.path), None
    if parts.scheme in {"ssh", "git"}:
        return "https", host.removesuffix(f":{port}"), _path(parts.path), port
    return None


def _path(text: str) -> str:
    """The path of a repository, without `.git`, as a URL has it."""
    return quote(unquote(text.strip("/").removesuffix(".git")), safe="/~._-")


def _page(scheme: str, host: str, path: str, port: int | None) -> str:
    """The page of a commit without its id."""
    site = f"{scheme}://{host}"
    parts = path.split("/")
    if host == "ssh.dev.azure.com" and parts[0] == "v3" and len(parts) == 4:  # noqa: PLR2004 - v3, organisation, project, name
        return f"https://dev.azure.com/{parts[1]}/{parts[2]}/_git/{parts[3]}/commit"
    if host == "bitbucket.org":
        return f"{site}/{path}/commits"
    if parts[0] == "scm" and len(parts) == 3:  # noqa: PLR2004 - scm, project, name
        return f"{site}/{_project(parts[1])}/repos/{parts[2]}/commits"
    if port == _BITBUCKET_PORT and len(parts) == 2:  # noqa: PLR2004 - project, name
        return f"{site}/{_project(parts[0])}/repos/{parts[1]}/commits"
    if "gitlab" in host:
        return f"{site}/{path}/-/commit"
    return f"{site}/{path}/commit"


def _project(key: str) -> str:
    """A project of Bitbucket Data Center; `~jane` is the space of a person."""
    return f"users/{key[1:]}" if key.startswith("~") else f"projects/{key}"
