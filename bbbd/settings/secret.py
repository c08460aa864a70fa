"""The shared secret: where it comes from, and how it is made at first start.

The setting ``securitySalt`` wins; then a file ``secret`` that systemd hands over; then ``secret`` in the data
directory (mode 0600), which is made when there is none. A file holds one secret a line, the first signs.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk


class NoSecret(Exception):
    """A file that should hold a secret holds none."""


def made() -> str:
    """Return a new secret: 256 random bits in hexadecimal."""
    return secrets.token_hex(32)


def secret_file(settings: Settings) -> Path | None:
    """Return the file that the secret is read from; None when the settings have it."""
    if settings.secrets:
        return None
    handed_over = os.environ.get("CREDENTIALS_DIRECTORY")
    if handed_over and (path := Path(handed_over) / "secret").is_file():
        return path
    return settings.directory / "secret"


def write_secrets(disk: Disk, path: Path, values: tuple[str, ...]) -> None:
    """Write a file of secrets."""
    disk.replace(path, "".join(f"{value}\n" for value in values).encode())


def read_secrets(path: Path) -> tuple[str, ...]:
    """Return the secrets of a file, none when there is no file."""
    if not path.exists():
        return ()
    return tuple(line.strip() for line in path.read_text("utf-8").splitlines() if line.strip())


def load_secrets(settings: Settings, disk: Disk) -> tuple[str, ...]:
    """Return the secrets that sign, made when there are none. Raises ``OSError`` and ``NoSecret``."""
    path = secret_file(settings)
    if path is None:
        return settings.secrets
    if not path.exists():
        disk.mkdir(path.parent)
        write_secrets(disk, path, (made(),))
    values = read_secrets(path)
    if not values:
        raise NoSecret(f"{path} holds no secret; remove it, or `bbbd secret set` writes one")
    return values
