"""The meeting page's files: read once, linked, named by their content, and kept in memory."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from bbbd.http.packed_file import PackedFile
from bbbd.page.linking import imported_at_once, link
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
#: What runs before anything else has arrived is a part of the page itself.
_EARLY = "shell/early.js"
_INDEX = "shell/index.html"
#: A part of the page too: they are drawn with what is around them.
_ICONS = "shell/icons.svg"
_LANGUAGES = "languages"


def served_file(name: str, data: bytes) -> PackedFile:
    """Return a file of a name that ends in what tells its type."""
    suffix = name[name.rindex(".") :]
    if suffix in _PACKED:
        return PackedFile(_TYPES[suffix].encode(), data, packs=False)
    return PackedFile(f"{_TYPES[suffix]};charset=utf-8".encode(), data)


def version_of(page: str, files: Mapping[str, bytes]) -> str:
    """Return a name for files and their page that no others have."""
    whole = sha256(page.encode())
    for name, data in sorted(files.items()):
        whole.update(name.encode() + b"\0" + data + b"\0")
    return whole.hexdigest()[:16]


def preloads(modules: Iterable[str]) -> str:
    """Return the elements with which a page fetches modules before others import them."""
    return "\n".join(map(_PRELOAD.format, modules))


def texts(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the modules among files."""
    return {name: data.decode() for name, data in files.items() if name.endswith(".js")}


def linked(files: Mapping[str, bytes], entry: str) -> dict[str, bytes]:
    """Return files with the modules that ``entry`` needs linked, and without those that it does not."""
    kept = {name: data for name, data in files.items() if not name.endswith(".js")}
    return kept | {name: text.encode() for name, text in link(texts(files), entry).items()}


def needed_at_once(sources: Mapping[str, str], entry: str) -> list[str]:
    """Return the modules that a page starts with, given its first; lazily imported ones are not among them."""
    names = [entry]
    for one in names:
        names += sorted(set(imported_at_once(one, sources[one])) - set(names))
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
    """The page's files by path. ``version`` changes whenever one of them does.

    With ``modules`` each module is a file, as a developer wants them; else those that are needed together are one.
    """

    def __init__(self, directory: Path = PAGE, *, modules: bool = False) -> None:
        found = _read(directory)
        sources = texts(found)
        early = f'(() => {{\n"use strict";\n{link(sources, _EARLY)[_EARLY]}}})();\n'
        #: The content security policy's name for the one script that is a part of the page.
        self.inline = f"'sha256-{b64encode(sha256(early.encode()).digest()).decode()}'"
        self.words = Translations(read_languages(directory))
        index = found.pop(_INDEX).decode().replace("{{early}}", early).replace("{{icons}}", found.pop(_ICONS).decode())
        self.index = index.replace("{{preloads}}", preloads(needed_at_once(sources, _MAIN)) if modules else "")
        if not modules:
            found = {**linked(found, _MAIN), **{name: found[name] for name in _UNLINKED}}
        found |= self.words.files()
        self.files = {name: served_file(name, data) for name, data in found.items()}
        self.version = version_of(self.index, found)


#: A script for browsers that know no modules.
_UNLINKED = ("shell/unsupported.js",)


@cache
def _made(*, modules: bool) -> PageFiles:
    return PageFiles(modules=modules)


def bundled(*, modules: bool = False) -> PageFiles:
    """Return the files of bbbd's own page, the same for every server of a process."""
    return _made(modules=modules)
