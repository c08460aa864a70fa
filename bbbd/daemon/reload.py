"""A reload: which of the new settings take effect in a running process."""

from __future__ import annotations

import dataclasses
import resource

from twisted.logger import Logger

from bbbd.settings.settings import Settings
from bbbd.values.fields import declarations

_log = Logger()


def as_before(old: Settings, new: Settings) -> tuple[Settings, list[str]]:
    """Return the new settings with old values where a change needs a restart, and the names of those that changed."""
    fixed = [one for one in declarations(Settings) if one.more.get("restart")]
    before = {one.attribute: getattr(old, one.attribute) for one in fixed}
    changed_fixed = [one.name for one in fixed if getattr(new, one.attribute) != before[one.attribute]]
    return dataclasses.replace(new, **before), changed_fixed


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
