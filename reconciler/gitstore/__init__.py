"""Git: commits, objects, pushes, logs. The only importer of GitPython.

`Repository` is the entry point; the frozen values that it takes and returns are named beside it. This package does not
know what a Change is: drafts come in (path to bytes, author, message), raw commits go out.

Our references, all under `refs/imagestream/`:

    tip/BRANCH                    belongs to refs/heads/BRANCH: the newest commit the reconciler wrote on it here
    remotes/REMOTE/tip/BRANCH     belongs to the remote-tracking branch: the value of REMOTE's tip/BRANCH
    next/BRANCH                   the commit that a local publication makes the tip, noted before it does
    checkout/BRANCH               the commit that a local publication checks out over BRANCH, noted before it does
    sinks/NAME                    belongs to a branch without a remote: the last commit that a sink was told of
    remotes/REMOTE/sinks/NAME     the value of REMOTE's sinks/NAME
    pending/build                 a name inside fast-import, never written
"""

import os

# GitPython looks for git when it is imported and raises ImportError if there is none. With this setting it fails at the
# first command instead, where the error becomes one line for a person.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

from reconciler.gitstore.access.address import RemoteAddress, remote_address
from reconciler.gitstore.access.credentials import GitAccess, GitCredentials
from reconciler.gitstore.commit_files import CommitFiles, FileEntry
from reconciler.gitstore.containment import leads_into
from reconciler.gitstore.cursor import CursorMoves
from reconciler.gitstore.draft import Draft
from reconciler.gitstore.fetch import Fetched
from reconciler.gitstore.log import Commit, FileChange
from reconciler.gitstore.mirror.local_remote import branch_files, local_folder, loose_commit
from reconciler.gitstore.mirror.mirror import exclusive_folder
from reconciler.gitstore.push import PushOutcome
from reconciler.gitstore.push_messages import PushStatus
from reconciler.gitstore.remote import Upstream
from reconciler.gitstore.repository import Repository
from reconciler.gitstore.work_tree.checkout import WorkTreeError
from reconciler.gitstore.work_tree.files import FolderFiles, folder_files
from reconciler.gitstore.work_tree.publish import BranchMovedError

__all__ = [
    "BranchMovedError",
    "Commit",
    "CommitFiles",
    "CursorMoves",
    "Draft",
    "Fetched",
    "FileChange",
    "FileEntry",
    "FolderFiles",
    "GitAccess",
    "GitCredentials",
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
