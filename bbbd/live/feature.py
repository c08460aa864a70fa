"""A feature, as people in a meeting see it: its messages and its parts of a snapshot.

Its commands are registered by ``commands.command``, its views by ``visibility.view``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bbbd.live.protocol import ClientMessage
from bbbd.live.visibility import Viewer
from bbbd.meetings.model import Meeting


def _nothing(_meeting: Meeting, _viewer: Viewer | None = None) -> dict[str, Any]:
    return {}


class Feature(NamedTuple):
    """A feature. ``module``, ``title`` and ``about`` are for the reference of the protocol (``docs/protocol.md``).

    ``for_all`` returns its parts of a snapshot that are the same for every viewer: they are made once for each state
    of the meeting. ``for_viewer`` returns those that one viewer sees differently: they replace the common ones.
    ``limits`` are its limits, as ``welcome`` names them.
    """

    module: str
    title: str
    about: str
    messages: tuple[type[ClientMessage], ...] = ()
    for_all: Callable[[Meeting], dict[str, Any]] = _nothing
    for_viewer: Callable[[Meeting, Viewer], dict[str, Any]] = _nothing
    limits: Mapping[str, int] = {}
