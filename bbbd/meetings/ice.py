"""Servers that help browsers to reach each other: STUN, and TURN with a name and password that die after a while."""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import dataclass

from bbbd.settings.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A TURN server and how somebody gets in; ``ttl`` is seconds."""

    url: str
    username: str
    password: str
    ttl: int


def relays(settings: Settings, user: str, now: int) -> tuple[Relay, ...]:
    """Return the relays for somebody (an internal id), none without their secret; ``now`` is milliseconds since 1970.

    The name is ``<end>:<user>`` and the password is made of it with the shared secret, as coturn's ``use-auth-secret``
    wants it, so nobody needs to tell a relay of anybody.
    """
    if not settings.turn_secret:
        return ()
    username = f"{now // 1000 + settings.turn_lifetime}:{user}"
    password = b64encode(hmac.digest(settings.turn_secret.encode(), username.encode(), "sha1")).decode()
    return tuple(
        Relay(url=url, username=username, password=password, ttl=settings.turn_lifetime)
        for url in settings.turn_servers
    )
