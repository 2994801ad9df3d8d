"""Where the servers may keep their files, and as whom they run.

PostgreSQL refuses to run as root, so root starts it as another user. That user must be able to reach its files: where
the data folder lies under a closed folder (a home with mode 0700), the files move; a folder's permissions are never
widened.
"""

from __future__ import annotations

import os
import pwd
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.launch.refusal import CannotStart

# A path of a Unix socket has at most 107 bytes; PostgreSQL's file name takes 14 of them.
LONGEST_SOCKET_FOLDER = 90
# Root's own choice outlives a reboot; the temporary folder is for machines where /var/lib may not be written.
FOLDERS_FOR_MOVED_DATA = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108  (created closed, owner verified)


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The operating-system user that a server runs as when root starts it."""

    name: str
    uid: int
    gid: int


def server_user() -> ServerUser | None:
    """``postgres`` if there is such a user, else ``nobody``; None when we are not root and need no other user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(name, entry.pw_uid, entry.pw_gid)
    raise CannotStart("PostgreSQL does not run as root, and this machine has neither a user 'postgres' nor 'nobody'.")


def may_reach(path: Path, *, user: ServerUser | None) -> bool:
    """Whether the user can pass through every folder from the root down to ``path``."""
    if user is None:
        return True
    resolved = path.resolve()
    return all(_may_pass(folder.stat(), user) for folder in (resolved, *resolved.parents) if folder.is_dir())


def _may_pass(status: os.stat_result, user: ServerUser) -> bool:
    if status.st_uid == user.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == user.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def closed_folder(path: Path, *, user: ServerUser | None = None) -> Path:
    """Make ``path`` with mode 0700 for its user, or accept it if it already is exactly that.

    A folder under a shared temporary folder could have been put there by a stranger: a symbolic link, another owner or
    wider permissions are refused instead of repaired.
    """
    owner = user.uid if user else os.geteuid()
    try:
        path.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        pass
    else:
        path.chmod(0o700)
        if user:
            os.chown(path, user.uid, user.gid)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or status.st_mode & 0o077:
        raise CannotStart(f"{path} must be a folder of user {owner} that nobody else may enter; it is not. Remove it.")
    return path


def data_folder(path: Path) -> Path:
    """The data folder, passable for the database's user but not readable: what lies in it has its own permissions."""
    try:
        if not path.exists():
            path.mkdir(parents=True)
            path.chmod(0o711)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError
    except PermissionError as error:
        raise CannotStart(
            f"The data folder {path} cannot be written by this user. Set DATA_DIR to another one."
        ) from error
    return path.resolve()


def installation_name(folder: Path) -> str:
    """A name for whatever must lie outside this data folder, made once: two clones never share a moved folder."""
    file = folder / "installation"
    if not file.exists():
        file.write_text(f"stepwise-{secrets.token_hex(5)}\n", encoding="ascii")
    return file.read_text(encoding="ascii").strip()


def server_folder(folder: Path, *, name: str, user: ServerUser | None) -> Path:
    """The folder that holds a server's files: inside the data folder if its user can get there, else moved."""
    if may_reach(folder, user=user):
        return closed_folder(folder / name, user=user)
    moved = f"{installation_name(folder)}-{name}"
    parents = [
        parent for parent in FOLDERS_FOR_MOVED_DATA if os.access(parent, os.W_OK) and may_reach(parent, user=user)
    ]
    if not parents:
        raise CannotStart(
            f"User {user and user.name} cannot enter {folder}. Set DATA_DIR to a folder outside a closed home."
        )
    # Where it was put before counts more than where it would be put today: otherwise a start would begin anew.
    known = [parent / moved for parent in parents if (parent / moved).exists()]
    return closed_folder(known[0] if known else parents[0] / moved, user=user)


def socket_folder(server: Path, *, user: ServerUser | None) -> Path:
    """A closed folder for a server's socket, short enough for the operating system's limit."""
    inside = server / "run"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
        return closed_folder(inside, user=user)
    short = Path(tempfile.gettempdir()) / installation_name(server)
    return closed_folder(short, user=user)
