"""Reads BigBlueButton's ``.properties`` files into settings, and reports all faults in them at once.

A later file wins over an earlier one, and the command line wins over all files. ``${other.key}`` is replaced. An
unknown ``bbbd.*`` key is a warning that suggests the nearest name. Unknown keys of BigBlueButton are ignored: real
files have hundreds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bbbd.settings.settings import Settings
from bbbd.values.fields import Declared, FromSetting, Prefixed, RefusedValue, declarations, read_one

#: The settings files that are tried when none is named.
USUAL = (Path("/etc/bbbd/bbbd.properties"), Path("/etc/bigbluebutton/bbb-web.properties"))
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class SettingsFault:
    """A fault in a settings file. A fault with a ``warning``, its consequence, does not stop the start."""

    where: str
    text: str
    warning: str = ""

    def __str__(self) -> str:
        """Return the place, the text, and the warning if it is one."""
        return f"{self.where}: {self.text}" + (f"   [warning: {self.warning}]" if self.warning else "")


class BadSettings(Exception):
    """The settings cannot be used; ``faults`` are the reasons."""

    def __init__(self, faults: Sequence[SettingsFault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


@dataclass(slots=True)
class _Given:
    """The texts of all files, and the file and line of each."""

    texts: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    faults: list[SettingsFault] = field(default_factory=list)

    def find(self, name: str) -> str | None:
        return self.texts.get(name)

    def matching(self, prefix: str) -> Mapping[str, str]:
        return {name[len(prefix) :]: text for name, text in self.texts.items() if name.startswith(prefix)}

    def add_file(self, path: Path) -> None:
        import javaproperties  # noqa: PLC0415 - 20 ms that a command without a settings file does not need

        try:
            # Editors of Windows begin a file with a byte order mark, which is no part of the first key.
            content = path.read_text("utf-8-sig")
            seen: dict[str, str] = {}
            # The library gives no line numbers, so the lines of each element are counted here.
            line = 1
            for element in javaproperties.parse(content):
                place = f"{path}:{line}"
                line += len(element.source.splitlines())
                if not isinstance(element, javaproperties.KeyValue):
                    continue
                key = element.key
                if key in seen:
                    self.faults.append(
                        SettingsFault(place, f"{key} is set twice, also at {seen[key]}", "this value is used")
                    )
                seen[key] = self.places[key] = place
                self.texts[key] = element.value
        except OSError as fault:
            self.faults.append(SettingsFault(str(path), f"cannot be read: {fault.strerror}"))
        except UnicodeDecodeError as fault:
            self.faults.append(SettingsFault(str(path), f"is not UTF-8 (byte {fault.start})"))
        except ValueError as fault:
            self.faults.append(SettingsFault(str(path), f"is not a .properties file: {fault}"))

    def holds_secret(self, text: str) -> bool:
        """Return whether a text contains a secret, for instance through ``${…}``."""
        names = [name for one in declarations(Settings) if one.more.get("secret") for name in one.names]
        values = [part.strip() for name in names for part in self.texts.get(name, "").split(",")]
        return any(value and value in text for value in values)

    def resolve(self, key: str, path: tuple[str, ...] = ()) -> str:
        if key in path:
            raise ValueError(" -> ".join((*path, key)))
        return _VARIABLE.sub(
            lambda found: self.resolve(found[1], (*path, key)) if found[1] in self.texts else found[0], self.texts[key]
        )


def _unknown(name: str, known: Sequence[str]) -> str:
    import difflib  # noqa: PLC0415 - 10 ms that only a misspelt setting needs

    nearest = difflib.get_close_matches(name, known, 1, 0.7)
    return f"{name} is not a setting" + (f"; did you mean {nearest[0]}?" if nearest else "")


def files_of(named: Sequence[str]) -> tuple[Path, ...]:
    """Return the files to read: the named ones, else ``$BBBD_SETTINGS``, else the first usual one that exists."""
    if named:
        return tuple(Path(name) for name in named)
    if environment := os.environ.get("BBBD_SETTINGS"):
        return (Path(environment),)
    return tuple(path for path in USUAL if path.exists())[:1]


def _value(declared: Declared, given: _Given) -> Any:
    name = next((name for name in declared.names if name in given.texts), declared.name)
    where = given.places.get(name, name)
    try:
        if name in given.texts:
            given.texts[name] = given.resolve(name)
            if not given.texts[name].strip() and not isinstance(declared.kind, Prefixed):
                empty = declared.kind.empty
                return declared.default if empty is None else empty
        return read_one(declared, given)
    except RefusedValue as fault:
        hidden = declared.more.get("secret") or given.holds_secret(given.texts.get(name, ""))
        text = f"{name}: its value {fault.why}" if hidden else str(fault)
        given.faults.append(SettingsFault(where, text))
    except ValueError as fault:
        given.faults.append(SettingsFault(where, f"{name} refers to itself: {fault}"))
    return None if isinstance(declared.default, FromSetting) else declared.default


def read_settings(
    named: Sequence[str] = (), overrides: Mapping[str, str] | None = None
) -> tuple[Settings, tuple[SettingsFault, ...]]:
    """Return the settings of the files that ``files_of`` finds, changed by the overrides, and the warnings.

    ``overrides`` are texts by setting name, from the command line. Raises ``BadSettings``.
    """
    given = _Given()
    for path in files_of(named):
        given.add_file(path)
    given.texts |= overrides or {}
    given.places |= dict.fromkeys(overrides or {}, "command line")
    values = {declared.attribute: _value(declared, given) for declared in declarations(Settings)}
    known = [name for declared in declarations(Settings) for name in declared.names]
    given.faults += [
        SettingsFault(given.places[name], _unknown(name, known), "the setting is ignored")
        for name in given.texts
        if name.startswith("bbbd.") and name not in known
    ]
    settings = Settings(**values)
    parts = urlsplit(settings.server_url)
    if parts.query or parts.fragment:
        name = "bigbluebutton.web.serverURL"
        given.faults.append(SettingsFault(given.places[name], f"{name} has a query or fragment; remove it"))
    if any(not fault.warning for fault in given.faults):
        raise BadSettings(given.faults)
    return settings, tuple(given.faults)
