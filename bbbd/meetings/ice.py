"""ICE servers: STUN, and TURN with a temporary name and password (coturn's ``use-auth-secret``)."""

from __future__ import annotations

import hmac
from base64 import b64encode
from dataclasses import dataclass

from bbbd.settings.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A TURN server with credentials; ``ttl`` is seconds."""

    url: str
    username: str
    password: str
    ttl: int


def relays(settings: Settings, user: str, now: int) -> tuple[Relay, ...]:
    """Return the relays for a user (internal id), none without ``turnSecret``; ``now`` is milliseconds since 1970.

    The name is ``<end>:<user>``; the password is its HMAC with the secret that bbbd and the relay share, so a relay
    needs no list of users.
    """
    if not settings.turn_secret:
        return ()
    username = f"{now // 1000 + settings.turn_lifetime}:{user}"
    password = b64encode(hmac.digest(settings.turn_secret.encode(), username.encode(), "sha1")).decode()
    return tuple(
        Relay(url=url, username=username, password=password, ttl=settings.turn_lifetime)
        for url in settings.turn_servers
    )
