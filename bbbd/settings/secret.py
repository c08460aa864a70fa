"""The shared secret: its sources, and the one made at the first start.

The sources in order: the setting ``securitySalt``; the file ``secret`` among the credentials of systemd; the file
``secret`` in the data directory (mode 0600), which bbbd makes when it is missing. A file has one secret on each line;
the first one signs.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk, read_regular


class NoSecret(Exception):
    """The secret file contains no secret, or cannot be read as text."""


def new_secret() -> str:
    """Return a new secret: 256 random bits in hexadecimal."""
    return secrets.token_hex(32)


def secret_file(settings: Settings) -> Path | None:
    """Return the file that contains the secret; None when the settings contain it."""
    if settings.secrets:
        return None
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (path := Path(credentials) / "secret").is_file():
        return path
    return settings.directory / "secret"


def write_secrets(disk: Disk, path: Path, values: tuple[str, ...]) -> None:
    """Write a file of secrets."""
    disk.replace(path, "".join(f"{value}\n" for value in values).encode())


def read_secrets(path: Path) -> tuple[str, ...]:
    """Return the secrets of a file, whether or not it has a byte order mark; a missing file has none."""
    if not path.exists():
        return ()
    try:
        text = read_regular(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoSecret(f"{path} is not UTF-8") from None
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def load_secrets(settings: Settings, disk: Disk) -> tuple[str, ...]:
    """Return the valid secrets; make one when there is none. Raises ``OSError`` and ``NoSecret``."""
    path = secret_file(settings)
    if path is None:
        return settings.secrets
    if not path.exists():
        disk.mkdir(path.parent)
        write_secrets(disk, path, (new_secret(),))
    values = read_secrets(path)
    if not values:
        raise NoSecret(f"{path} holds no secret; remove the file, or write a secret with `bbbd secret set`")
    return values
