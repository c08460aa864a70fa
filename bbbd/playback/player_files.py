"""The player's own files: read once, linked, named by their content, and kept in memory.

Their paths below the version are those of the source tree: modules of the player import those of the meeting's page.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bbbd.page.files import (
    PAGE,
    linked,
    needed_at_once,
    preloads,
    read_languages,
    served_file,
    texts,
    version_of,
)
from bbbd.page.translations import Translations

_STATIC = Path(__file__).parent / "static"
#: What the player uses of the meeting's page, besides modules that its own import.
_SHARED = ("shell/icon.svg", "shell/icons.svg")
#: Its style sheets are one file: that of the meeting's page first, and last what is for paper alone.
_STYLE = "{page}\n{own}\n@media print {{\n{paper}\n}}\n"
#: Icons that are part of its page, besides all of its own.
_ICONS = ("keyboard", "link", "settings")
#: Each icon is a line of its file.
_SYMBOL = '<symbol id="'
#: The words of the meeting's page that the player says too.
SHARED_WORDS = (
    "back.to",
    "close",
    "keys",
    "keys.list",
    "role.moderator",
    "settings",
    "settings.language",
    "settings.languageBrowser",
    "settings.shortcuts",
    "settings.theme",
    "settings.themeDark",
    "settings.themeDevice",
    "settings.themeLight",
)
_TEMPLATE = "player.html"
_MAIN = "playback/static/main.js"


class PlayerFiles:
    """The player's files by path. ``version`` changes whenever one of them does.

    With ``modules`` each module is a file; else all are one.
    """

    def __init__(self, *, modules: bool = False) -> None:
        own = {path.name: path.read_bytes() for path in sorted(_STATIC.iterdir()) if path.is_file()}
        template = own.pop(_TEMPLATE).decode().replace("{{icons}}", _icons(own.pop("player.svg").decode()))
        own["player.css"] = _STYLE.format(
            page=(PAGE / "shell/page.css").read_text(),
            own=own["player.css"].decode(),
            paper=own.pop("print.css").decode(),
        ).encode()
        found = {f"playback/static/{name}": data for name, data in own.items()}
        found |= {f"page/{name}": (PAGE / name).read_bytes() for name in _SHARED}
        found |= {f"page/{path.relative_to(PAGE).as_posix()}": path.read_bytes() for path in PAGE.glob("*/*.js")}
        needed = needed_at_once(texts(found), _MAIN)
        self.template = template.replace("{{preloads}}", preloads(needed) if modules else "")
        if modules:
            found = {name: data for name, data in found.items() if name in needed or not name.endswith(".js")}
        else:
            found = linked(found, _MAIN)
        self.words = Translations(_read_words())
        found |= {f"page/{name}": data for name, data in self.words.files().items()}
        self.files = {name: served_file(name, data) for name, data in found.items()}
        self.version = version_of(self.template, found)


def _icons(own: str) -> str:
    """Return the symbols of icons, each with a name that no element of the page has."""
    shared = (PAGE / "shell/icons.svg").read_text().splitlines()
    wanted = tuple(f'{_SYMBOL}{name}"' for name in _ICONS)
    symbols = [line for line in own.splitlines() if line.startswith(_SYMBOL)]
    symbols += [line for line in shared if line.startswith(wanted)]
    return "".join(line.replace(_SYMBOL, f"{_SYMBOL}icon-", 1) for line in symbols)


def _read_words() -> dict[str, dict[str, str]]:
    pages = read_languages()
    own_words = read_languages(prefix="player.")
    return {tag: {key: pages[tag][key] for key in SHARED_WORDS} | own for tag, own in own_words.items()}


@cache
def _made(*, modules: bool) -> PlayerFiles:
    return PlayerFiles(modules=modules)


def bundled(*, modules: bool = False) -> PlayerFiles:
    """Return the player's files, the same for every server of a process."""
    return _made(modules=modules)
