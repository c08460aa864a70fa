"""Reads BigBlueButton's ``.properties`` files into settings, and reports all faults in them at once.

A later file wins over an earlier one, an environment variable over all files, and the command line over both.
``${other.key}`` is replaced. An unknown ``bbbd.*`` key is a warning that suggests the nearest name. Unknown keys of
BigBlueButton are ignored: real files have hundreds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bbbd.settings.overrides import FILE_VARIABLE, from_environment, names_of_settings, variable_of, why_refused
from bbbd.settings.settings import Settings
from bbbd.values.fields import Declared, FromSetting, Prefixed, RefusedValue, declarations, read_one

#: The settings files that are tried when none is named.
USUAL = (Path("/etc/bbbd/bbbd.properties"), Path("/etc/bigbluebutton/bbb-web.properties"))
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class SettingsFault:
    """A fault in a setting, and where it was given: file and line, variable, or command line.

    A fault with a ``warning``, its consequence, does not stop the start.
    """

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

    def put(self, declared: Declared | None, name: str, text: str, place: str) -> None:
        """Set one setting, whatever of its names the files use."""
        for other in declared.names if declared else ():
            self.texts.pop(other, None)
        self.texts[name], self.places[name] = text, place

    def add_environment(self, environment: Mapping[str, str], known: Mapping[str, Declared]) -> None:
        for variable, name, text in from_environment(environment, known):
            place = f"environment {variable}"
            if not name:
                nearest = _nearest(variable, [variable_of(one) for one in known])
                self.faults.append(
                    SettingsFault(place, f"is no variable of a setting{nearest}", "the variable is ignored")
                )
            elif why := why_refused(known[name], "the environment"):
                self.faults.append(SettingsFault(place, why))
            else:
                self.put(known[name], name, text, place)

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


def _nearest(name: str, known: Sequence[str]) -> str:
    """Return the question whether the nearest name was meant, empty when none is near."""
    import difflib  # noqa: PLC0415 - 10 ms that only a misspelt setting needs

    nearest = difflib.get_close_matches(name, known, 1, 0.7)
    return f"; did you mean {nearest[0]}?" if nearest else ""


def check_assignments(names: Iterable[str]) -> None:
    """Refuse what ``--set`` may not name: secrets, and what is no setting. Raises ``BadSettings``."""
    known = names_of_settings()
    faults = []
    for name in names:
        declared = known.get(name)
        if declared is None:
            why = f"{name} is not a setting{_nearest(name, list(known))}"
        else:
            why = why_refused(declared, "the process list")
        if why:
            faults.append(SettingsFault("command line", why))
    if faults:
        raise BadSettings(faults)


def files_of(named: Sequence[str]) -> tuple[Path, ...]:
    """Return the files to read: the named ones, else ``$BBBD_SETTINGS``, else the first usual one that exists."""
    if named:
        return tuple(Path(name) for name in named)
    if environment := os.environ.get(FILE_VARIABLE):
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
    """Return the settings of the files that ``files_of`` finds, changed by variables and overrides, and the warnings.

    ``overrides`` are texts by setting name, from the command line. Raises ``BadSettings``.
    """
    given, known = _Given(), names_of_settings()
    for path in files_of(named):
        given.add_file(path)
    given.add_environment(os.environ, known)
    for name, text in (overrides or {}).items():
        given.put(known.get(name), name, text, "command line")
    values = {declared.attribute: _value(declared, given) for declared in declarations(Settings)}
    given.faults += [
        SettingsFault(
            given.places[name], f"{name} is not a setting{_nearest(name, list(known))}", "the setting is ignored"
        )
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
