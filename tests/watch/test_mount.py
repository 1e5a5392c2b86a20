"""Mounts: which of them are network file systems."""

from __future__ import annotations

from pathlib import Path

from reconciler.watch.mount import network_type

MOUNTS = r"""22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/root rw
30 22 0:25 / /srv rw shared:2 - nfs4 server:/srv rw
31 30 0:26 / /srv/local rw - tmpfs tmpfs rw
32 22 0:27 / /with\040space rw - cifs //server/share rw
33 22 0:28 / /ssh rw - fuse.sshfs me@host: rw
34 22 0:29 / /over rw - nfs server:/over rw
35 22 0:30 / /over rw - xfs /dev/b rw
cut
"""


def test_the_longest_and_the_last_mount_decides(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    folders = {
        "/etc": None,
        "/srv": "nfs4",
        "/srv/deep/er": "nfs4",
        "/srv/local/x": None,
        "/srvx": None,
        "/with space": "cifs",
        "/ssh/a": "fuse.sshfs",
        "/over": None,
    }
    assert {folder: network_type(Path(folder), mounts) for folder in folders} == folders


def test_without_a_list_of_mounts_no_folder_is_on_the_network(tmp_path: Path) -> None:
    assert network_type(tmp_path, tmp_path / "none") is None
    assert network_type(tmp_path) is None
