"""Files that more than one user works with: a service with a user of its own, and root beside it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def give_to_owner_of(folder: Path, descriptor: int) -> None:
    """Give an open file that root has made in `folder` to the folder's owner, who has to read it.

    Nothing happens where we are not root: then it is ours, and so is the folder. SQLite does the same for the files
    beside its databases.
    """
    if os.geteuid() == 0:
        owner = folder.stat()
        # In a container root may not be allowed to; then whoever reads it has to say that he cannot.
        with suppress(PermissionError):
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
