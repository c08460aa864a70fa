"""Content types of published files, a fixed table; unknown types are sent as downloads."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import NamedTuple


class FileType(NamedTuple):
    """The type of a file; ``document`` could run scripts, ``download`` is never displayed."""

    content_type: str
    document: bool = False
    download: bool = False


_TYPES = {
    ".html": FileType("text/html;charset=utf-8", document=True),
    ".htm": FileType("text/html;charset=utf-8", document=True),
    ".svg": FileType("image/svg+xml", document=True),
    ".xml": FileType("text/xml;charset=utf-8", document=True),
    ".json": FileType("application/json;charset=utf-8"),
    ".vtt": FileType("text/vtt;charset=utf-8"),
    ".txt": FileType("text/plain;charset=utf-8"),
    ".css": FileType("text/css;charset=utf-8"),
    ".js": FileType("text/javascript;charset=utf-8"),
    ".png": FileType("image/png"),
    ".jpg": FileType("image/jpeg"),
    ".jpeg": FileType("image/jpeg"),
    ".gif": FileType("image/gif"),
    ".webp": FileType("image/webp"),
    ".ico": FileType("image/x-icon"),
    ".webm": FileType("video/webm"),
    ".mp4": FileType("video/mp4"),
    ".m4v": FileType("video/mp4"),
    ".m4a": FileType("audio/mp4"),
    ".mp3": FileType("audio/mpeg"),
    ".ogg": FileType("audio/ogg"),
    ".oga": FileType("audio/ogg"),
    ".opus": FileType("audio/ogg"),
    ".wav": FileType("audio/wav"),
    ".pdf": FileType("application/pdf"),
    ".woff2": FileType("font/woff2"),
    ".woff": FileType("font/woff"),
}
_OTHER = FileType("application/octet-stream", download=True)


def file_type(name: str) -> FileType:
    """Return the type of a file by its name."""
    return _TYPES.get(PurePosixPath(name).suffix.lower(), _OTHER)


def recording_file_type(name: str) -> FileType:
    """Return the type of a file of a recording: a stranger's script is plain text, which no page here may run."""
    known = file_type(name)
    return file_type("script.txt") if known == file_type("script.js") else known
