"""Checks whether LibreOffice is installed, and for which scripts its documents have no font (``bbbd check``)."""

from __future__ import annotations

import subprocess
from shutil import which

#: A language of each script that fontconfig knows, and Debian's package with fonts for it.
SCRIPTS = {
    "Latin": ("en", "fonts-dejavu"),
    "Cyrillic": ("ru", "fonts-dejavu"),
    "Greek": ("el", "fonts-dejavu"),
    "Arabic": ("ar", "fonts-noto-core"),
    "Hebrew": ("he", "fonts-noto-core"),
    "Devanagari": ("hi", "fonts-noto-core"),
    "Thai": ("th", "fonts-noto-core"),
    "Chinese": ("zh-cn", "fonts-noto-cjk"),
    "Japanese": ("ja", "fonts-noto-cjk"),
    "Korean": ("ko", "fonts-noto-cjk"),
    "emoji": ("und-zsye", "fonts-noto-color-emoji"),
}
#: Seconds that fontconfig may take: it reads all fonts the first time.
_WITHIN = 60


def program_of(office: str) -> str:
    """Return the path of LibreOffice's program, given the setting; empty if there is none, or none is wanted."""
    return (which(office or "soffice") or "") if office.lower() != "none" else ""


def scripts_without_font(fc_list: str = "fc-list") -> dict[str, str]:
    """Return the scripts that no font has, each with the package to install. Raises ``OSError``."""
    missing = {}
    for script, (language, package) in SCRIPTS.items():
        try:
            found = subprocess.run(  # noqa: S603 - the words are ours
                [fc_list, f":lang={language}", "family"], capture_output=True, check=True, timeout=_WITHIN
            ).stdout
        except subprocess.SubprocessError as fault:
            raise OSError(str(fault)) from None
        if not found.strip():
            missing[script] = package
    return missing
