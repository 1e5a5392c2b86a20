"""Git: snapshots, objects, commits, pushes, logs. The only importer of GitPython.

`Repository` is the door; the frozen values it takes and gives are named beside it. Nothing here knows what a Change is:
drafts come in (path to bytes, author, message), raw commits go out.

References of ours, all under `refs/imagestream/`:

    tip/BRANCH                    goes with refs/heads/BRANCH: the newest commit the reconciler wrote on it here
    remotes/REMOTE/tip/BRANCH     goes with the remote-tracking branch: what REMOTE has as its tip/BRANCH
    next/BRANCH                   what a local publication is about to make the tip, or made it
    checkout/BRANCH               what a local publication is checking out over BRANCH, or did
    pending/build                 named inside fast-import, never written
"""

import os

# GitPython looks for git when it is imported and raises ImportError where there is none; asked to be quiet, it says so
# at the first command instead, where it becomes one line for a person.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

from reconciler.gitstore.access.address import RemoteAddress, remote_address
from reconciler.gitstore.access.credentials import GitAccess, GitCredentials
from reconciler.gitstore.commit_files import CommitFiles, FileEntry
from reconciler.gitstore.containment import leads_into
from reconciler.gitstore.draft import Draft
from reconciler.gitstore.fetch import Fetched
from reconciler.gitstore.log import Commit, FileChange
from reconciler.gitstore.mirror.local_remote import branch_files, local_folder, loose_commit
from reconciler.gitstore.mirror.mirror import exclusive_folder
from reconciler.gitstore.push import PushOutcome
from reconciler.gitstore.push_messages import PushStatus
from reconciler.gitstore.remote import Upstream
from reconciler.gitstore.repository import Repository
from reconciler.gitstore.work_tree.files import FolderFiles, folder_files
from reconciler.gitstore.work_tree.publish import BranchMovedError, Published, WorkTreeError

__all__ = [
    "BranchMovedError",
    "Commit",
    "CommitFiles",
    "Draft",
    "Fetched",
    "FileChange",
    "FileEntry",
    "FolderFiles",
    "GitAccess",
    "GitCredentials",
    "Published",
    "PushOutcome",
    "PushStatus",
    "RemoteAddress",
    "Repository",
    "Upstream",
    "WorkTreeError",
    "branch_files",
    "exclusive_folder",
    "folder_files",
    "leads_into",
    "local_folder",
    "loose_commit",
    "remote_address",
]
