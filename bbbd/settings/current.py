"""The settings and shared secrets that apply now: one object, made at the start and shared by all parts."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.settings.settings import Settings


@dataclass(slots=True)
class CurrentSettings:
    """Holds the settings and secrets. A reload replaces each as a whole.

    Read them at use and keep no copy: then a reload needs no subscribers. The first secret signs, all are accepted.
    """

    settings: Settings
    secrets: tuple[str, ...] = ()
    #: The ports that the server listens on in fact: those of systemd's sockets too, which no setting names.
    ports: frozenset[int] = frozenset()
