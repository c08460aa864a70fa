"""The operator's config.xml documents of the Flash era: the default one, and those of the ``configDir``.

bbbd itself does not read them; it stores and returns them for other clients. ``config_xml.py`` has those of meetings.
"""

from __future__ import annotations

import re
from pathlib import Path

from bbbd.storage.disk import read_regular

#: A configToken that names a file.
NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
#: The largest file that is read, in bytes.
LARGEST = 1 << 20


def shipped(name: str) -> Path:
    """Return a file that comes with bbbd: installed with the package, or beside it in a checkout."""
    here = Path(__file__).parent.parent
    installed = here / "etc" / name
    return installed if installed.exists() else here.parent / "etc" / name


class ConfigDocuments:
    """The documents of one server. Files are small and bounded, so each call reads them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._default = shipped("config.xml").read_text("utf-8")

    def default(self) -> str:
        """Return the document of joins without a configToken."""
        return self.find("config.xml") or self._default

    def find(self, token: str) -> str | None:
        """Return the document in the file that a token names, None without such a file."""
        if NAME.fullmatch(token) is None:
            return None
        path = self._directory / token
        try:
            if not path.is_file() or path.is_symlink() or path.stat().st_size > LARGEST:
                return None
            return read_regular(path, LARGEST).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            return None
