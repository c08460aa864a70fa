"""The meeting page's files: read once, named by their content, kept in memory plain and packed."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from posixpath import dirname, join, normpath

from bbbd.page.translations import Translations

PAGE = Path(__file__).parent
#: Pictures that are packed already.
_PACKED = (".png", ".ico")
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
#: Modules import each other: with this list a browser fetches all of them at once.
_PRELOAD = '<link rel="modulepreload" href="{{{{base}}}}/{}">'
_MAIN = "shell/main.js"
_INDEX = "shell/index.html"
_LANGUAGES = "languages"
_IMPORT = re.compile(rb'^(?:import|export|}) .*?from "(\.[\w./]+)";$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file as it is served: its type, its bytes, and those packed; the latter are empty where nothing is gained."""

    content_type: bytes
    plain: bytes
    packed: bytes


def packed_file(name: str, data: bytes) -> PageFile:
    """Return a file of a name that tells its type."""
    suffix = Path(name).suffix
    if suffix in _PACKED:
        return PageFile(_TYPES[suffix].encode(), data, b"")
    content_type = f"{_TYPES[suffix]};charset=utf-8".encode()
    return PageFile(content_type, data, gzip.compress(data, mtime=0))


def _modules(found: Mapping[str, bytes]) -> list[str]:
    """Return the modules that the page starts with; lazily imported ones are not among them."""
    names = [_MAIN]
    for one in names:
        imported = {normpath(join(dirname(one), match.decode())) for match in _IMPORT.findall(found[one])}
        names += sorted(imported - set(names))
    return sorted(names)


def _read(directory: Path) -> dict[str, bytes]:
    """Return the files of every feature's folder, by their path below ``directory``."""
    paths = sorted(path for path in directory.glob("*/*") if path.suffix in _TYPES and path.parent.name != _LANGUAGES)
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}


def read_languages(directory: Path = PAGE, prefix: str = "") -> dict[str, dict[str, str]]:
    """Return the words of each language: the meeting's page's, or with ``player.`` those of the player."""
    named = {path.stem: path for path in sorted((directory / _LANGUAGES).glob(f"{prefix}*.json"))}
    tags = {stem.removeprefix(prefix): path for stem, path in named.items()}
    return {tag: json.loads(path.read_bytes()) for tag, path in tags.items() if "." not in tag}


class PageFiles:
    """The page's files by path. ``version`` changes whenever one of them does."""

    def __init__(self, directory: Path = PAGE) -> None:
        found = _read(directory)
        preloads = "\n".join(_PRELOAD.format(name) for name in _modules(found))
        self.index = found.pop(_INDEX).decode().replace("{{preloads}}", preloads)
        self.words = Translations(read_languages(directory))
        found |= self.words.files()
        self.files = {name: packed_file(name, data) for name, data in found.items()}
        whole = sha256(self.index.encode())
        for name, data in sorted(found.items()):
            whole.update(name.encode() + b"\0" + data + b"\0")
        self.version = whole.hexdigest()[:16]


@cache
def bundled() -> PageFiles:
    """Return the files of bbbd's own page, the same for every server of a process."""
    return PageFiles()
