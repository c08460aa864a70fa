"""bbbd's own programs, ``python -m bbbd.…``: the environment in which they are started, and how they say why they end.

It imports nothing beside the standard library, so that such a process starts fast.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: What a program needs of the environment; the rest may hold secrets, and the files that it opens are strangers'.
_KEPT = ("PATH", "LANG", "LC_ALL")


def environment() -> dict[str, str]:
    """Return the environment of a program that is started: it finds this very bbbd."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTHONPATH": str(Path(__file__).parent.parent)}


def end(status: int, why: str) -> int:
    """Say why a program ends, for the one that started it, and return its exit status."""
    sys.stderr.buffer.write(why.encode("utf-8", "backslashreplace") + b"\n")
    return status
