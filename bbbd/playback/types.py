"""Content types of published files: a fixed table; what is not in it is only downloaded."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import NamedTuple


class Served(NamedTuple):
    """How a file is served: its type, whether it is a document that could run scripts, whether it is only saved."""

    content_type: str
    document: bool = False
    download: bool = False


_TYPES = {
    ".html": Served("text/html;charset=utf-8", document=True),
    ".htm": Served("text/html;charset=utf-8", document=True),
    ".svg": Served("image/svg+xml", document=True),
    ".xml": Served("text/xml;charset=utf-8", document=True),
    ".json": Served("application/json;charset=utf-8"),
    ".vtt": Served("text/vtt;charset=utf-8"),
    ".txt": Served("text/plain;charset=utf-8"),
    ".css": Served("text/css;charset=utf-8"),
    ".js": Served("text/javascript;charset=utf-8"),
    ".png": Served("image/png"),
    ".jpg": Served("image/jpeg"),
    ".jpeg": Served("image/jpeg"),
    ".gif": Served("image/gif"),
    ".webp": Served("image/webp"),
    ".ico": Served("image/x-icon"),
    ".webm": Served("video/webm"),
    ".mp4": Served("video/mp4"),
    ".m4v": Served("video/mp4"),
    ".m4a": Served("audio/mp4"),
    ".mp3": Served("audio/mpeg"),
    ".ogg": Served("audio/ogg"),
    ".oga": Served("audio/ogg"),
    ".opus": Served("audio/ogg"),
    ".wav": Served("audio/wav"),
    ".pdf": Served("application/pdf"),
    ".woff2": Served("font/woff2"),
    ".woff": Served("font/woff"),
}
_OTHER = Served("application/octet-stream", download=True)


def served_as(name: str) -> Served:
    """Return how a file of this name is served."""
    return _TYPES.get(PurePosixPath(name).suffix.lower(), _OTHER)
