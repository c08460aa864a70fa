"""The settings and shared secrets that apply now: one object, made at the start and shared by all parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bbbd.settings.settings import Settings


@dataclass(slots=True)
class CurrentSettings:
    """Holds the settings and secrets. A reload replaces each as a whole.

    Read them at use and keep no copy: then a reload needs no subscribers. The first secret signs, all are accepted.
    """

    settings: Settings
    secrets: tuple[str, ...] = ()
    #: The secrets of applications that have their own, by name. They are among ``secrets`` too, behind the server's.
    applications: Mapping[str, str] = field(default_factory=dict)
    #: The ports that the server listens on in fact: those of systemd's sockets too, which no setting names.
    ports: frozenset[int] = frozenset()

    def application(self, number: int) -> str:
        """Return the name of the application whose secret has a number (the first has 1), "" if it is nobody's own."""
        if not self.applications:
            return ""
        secret = self.secrets[number - 1] if 0 < number <= len(self.secrets) else ""
        return next((name for name, own in self.applications.items() if own == secret), "")

    def secret_of(self, application: str) -> str:
        """Return the secret that signs what is sent to an application: its own, else the server's first."""
        return self.applications.get(application) or self.secrets[0]
