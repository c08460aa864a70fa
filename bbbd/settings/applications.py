"""Applications with a name and a secret of their own: the file ``applications`` in the data directory (mode 0600).

Each line is a name, a blank and a secret. The server's own secrets (``bbbd.settings.secret``) stay valid beside them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from bbbd.settings.secret import NoSecret, load_secrets
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk, read_regular

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def applications_file(settings: Settings) -> Path:
    """Return the path of the file."""
    return settings.directory / "applications"


def load_applications(settings: Settings) -> dict[str, str]:
    """Return the secrets by name; a missing file has none. Raises ``OSError`` and ``NoSecret``, which say no secret."""
    path = applications_file(settings)
    if not path.exists():
        return {}
    try:
        lines = read_regular(path).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise NoSecret(f"{path} is not UTF-8") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, _, secret = line.strip().partition(" ")
        secret = secret.strip()
        if not name:
            continue
        if not NAME.fullmatch(name) or not secret:
            raise NoSecret(f"{path}:{number}: a line is a name, a blank and a secret")
        if name in found or secret in found.values():
            raise NoSecret(f"{path}:{number}: this name, or its secret, is on an earlier line too")
        found[name] = secret
    return found


def load_all_secrets(settings: Settings, disk: Disk) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the server's own secrets, and those of applications by name; no secret is both.

    Makes a secret of the server's when there is none. Raises ``OSError`` and ``NoSecret``, which say no secret.
    """
    secrets, applications = load_secrets(settings, disk), load_applications(settings)
    if shared := [name for name, own in applications.items() if own in secrets]:
        raise NoSecret(f"{applications_file(settings)}: {shared[0]} has the server's own secret, and needs another")
    return secrets, applications


def write_applications(disk: Disk, settings: Settings, applications: Mapping[str, str]) -> None:
    """Write the file whole."""
    disk.mkdir(settings.directory)
    lines = (f"{name} {secret}\n" for name, secret in applications.items())
    disk.replace(applications_file(settings), "".join(lines).encode())
