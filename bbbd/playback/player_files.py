"""The player's own files: read once, named by their content, kept in memory plain and packed.

Their paths below the version are those of the source tree: modules of the player import those of the meeting's page.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from bbbd.page.files import PAGE, packed_file, read_languages
from bbbd.page.translations import Translations

_STATIC = Path(__file__).parent / "static"
#: The files of the meeting's page that the player uses.
_SHARED = ("shell/dom.js", "shell/strings.js", "shell/icon.svg", "shell/icons.svg", "shell/page.css")
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
_PRELOAD = '<link rel="modulepreload" href="{{{{base}}}}/{}">'


class PlayerFiles:
    """The player's files by path. ``version`` changes whenever one of them does."""

    def __init__(self) -> None:
        own = {path.name: path.read_bytes() for path in sorted(_STATIC.iterdir()) if path.is_file()}
        template = own.pop(_TEMPLATE).decode()
        found = {f"playback/static/{name}": data for name, data in own.items()}
        found |= {f"page/{name}": (PAGE / name).read_bytes() for name in _SHARED}
        self.words = Translations(_read_words())
        found |= {f"page/{name}": data for name, data in self.words.files().items()}
        modules = [name for name in sorted(found) if name.endswith(".js")]
        self.template = template.replace("{{preloads}}", "\n".join(map(_PRELOAD.format, modules)))
        self.files = {name: packed_file(name, data) for name, data in found.items()}
        whole = sha256(self.template.encode())
        for name, data in sorted(found.items()):
            whole.update(name.encode() + b"\0" + data + b"\0")
        self.version = whole.hexdigest()[:16]


def _read_words() -> dict[str, dict[str, str]]:
    pages = read_languages()
    own_words = read_languages(prefix="player.")
    return {tag: {key: pages[tag][key] for key in SHARED_WORDS} | own for tag, own in own_words.items()}


@cache
def bundled() -> PlayerFiles:
    """Return the player's files, the same for every server of a process."""
    return PlayerFiles()
