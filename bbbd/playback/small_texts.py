"""Small texts of a recording: they come with the player's page, so that it need not ask for them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from bbbd.http.responses import open_file

#: Bytes of a file, and of all of a recording: what is larger is asked for beside the page's modules.
EACH, ALL = 32 << 10, 96 << 10


def read_small_texts(directory: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the texts of those files that are small, as a browser decodes them. Waits for the disk."""
    texts: dict[str, str] = {}
    left = ALL
    for name in names:
        found = open_file(directory, [name])
        if found is None:
            continue
        most = min(EACH, left)
        with os.fdopen(found[0], "rb") as file:
            data = file.read(most + 1) if found[1].st_size <= most else None
        # It may have grown meanwhile.
        if data is not None and len(data) <= most:
            left -= len(data)
            texts[name] = data.decode("utf-8-sig", "replace")
    return texts
