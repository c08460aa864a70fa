"""What a page needs to know of ICE, as ``RTCPeerConnection`` takes it."""

from __future__ import annotations

from typing import Any

from bbbd.meetings.ice import relays
from bbbd.settings.settings import Settings


def ice_facts(settings: Settings, user: str, now: int) -> dict[str, Any]:
    """Return the servers, the seconds for which they are valid, and whether only relays are to be used.

    ``now`` is milliseconds since 1970.
    """
    ice: list[dict[str, Any]] = [{"urls": url} for url in settings.stun_servers]
    ice += [
        {"urls": relay.url, "username": relay.username, "credential": relay.password}
        for relay in relays(settings, user, now)
    ]
    return {"ice": ice, "iceFor": settings.turn_lifetime, "relayOnly": settings.media_through_relay_only}
