"""A reload: it reads the settings in a thread, and says which of them take effect in a running process."""

from __future__ import annotations

import dataclasses
import resource
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from bbbd.daemon.options import Options
from bbbd.settings.applications import load_all_secrets
from bbbd.settings.properties import SettingsFault, read_settings
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk
from bbbd.values.fields import declarations

_log = Logger()


class Reloads:
    """Runs reloads one after another; those that are asked for during one are one more, for files may have changed."""

    def __init__(self, reload: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._reload = reload
        self._is_running = self._is_asked = False
        #: Whether nothing is to change any longer.
        self.are_over = False

    def ask(self) -> None:
        """Reload now, or once more after the reload that is running."""
        self._is_asked = True
        if not self._is_running:
            self._is_running = True
            Deferred.fromCoroutine(self._run()).addErrback(
                lambda failure: _log.failure("a reload failed", failure, event="reload_failed")
            )

    def stop(self) -> None:
        """Begin no more reloads."""
        self.are_over = True

    async def _run(self) -> None:
        try:
            while self._is_asked and not self.are_over:
                self._is_asked = False
                await self._reload()
        finally:
            self._is_running = False


class NewSettings(NamedTuple):
    """The settings and secrets of a reload, the warnings about them, and the changed settings that need a restart."""

    settings: Settings
    secrets: tuple[str, ...]
    applications: dict[str, str]
    warnings: tuple[SettingsFault, ...]
    fixed: list[str]


def read_again(options: Options, old: Settings) -> NewSettings:
    """Read everything again. Waits for the disk; raises ``BadSettings``, ``NoSecret`` and ``OSError``."""
    settings, warnings = read_settings(options.files, options.overrides)
    # A setting that needs a restart keeps its value, and so does everything that depends on it.
    kept, fixed = as_before(old, settings)
    secrets, applications = load_all_secrets(kept, Disk())
    return NewSettings(within_descriptors(kept), (*secrets, *applications.values()), applications, warnings, fixed)


def as_before(old: Settings, new: Settings) -> tuple[Settings, list[str]]:
    """Return the new settings with old values where a change needs a restart, and the names of those that changed."""
    fixed = [one for one in declarations(Settings) if one.more.get("restart")]
    before = {one.attribute: getattr(old, one.attribute) for one in fixed}
    changed_fixed = [one.name for one in fixed if getattr(new, one.attribute) != before[one.attribute]]
    return dataclasses.replace(new, **before), changed_fixed


def changed(old: Settings, new: Settings) -> list[str]:
    """Return the names of the settings that differ."""
    return [one.name for one in declarations(Settings) if getattr(new, one.attribute) != getattr(old, one.attribute)]


def within_descriptors(settings: Settings) -> Settings:
    """Return the settings with the connections limited by the open descriptors, less a reserve for files."""
    most = max(resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200, 10)
    if 0 < settings.max_connections <= most:
        return settings
    _log.warn(
        "bbbd accepts only {most} connections: RLIMIT_NOFILE does not allow more",
        event="connections_lowered",
        most=most,
    )
    return dataclasses.replace(settings, max_connections=most)
