"""What ``bbbd check`` says of sound and cameras: which engine would run, and why."""

from __future__ import annotations

from collections.abc import Iterator

from bbbd.cli.findings import Finding, Severity
from bbbd.media.janus_check import JanusUnusable, identity_of
from bbbd.settings.media import MediaEngine
from bbbd.settings.settings import Settings


def check_media(settings: Settings) -> Iterator[Finding]:
    """Yield which engine would run, why, and what is wrong with it."""
    if settings.media is MediaEngine.OFF:
        yield Finding(Severity.OK, "no sound and no cameras: bbbd.media is off")
        return
    if settings.media is MediaEngine.JANUS and not settings.janus:
        yield Finding(Severity.BAD, "bbbd.media is janus, but bbbd.janus names none", "`bbbd janus-config`")
        return
    if settings.media is MediaEngine.MESH or not settings.janus:
        why = "bbbd.media is mesh" if settings.media is MediaEngine.MESH else "bbbd.janus names no Janus"
        yield from _check_mesh(settings, why)
        return
    try:
        yield Finding(Severity.OK, f"sound and cameras by {identity_of(settings)}")
    except JanusUnusable as fault:
        if settings.media is MediaEngine.JANUS:
            yield Finding(Severity.BAD, f"no sound and no cameras: {fault}", fault.todo)
            return
        yield Finding(Severity.BAD, f"Janus cannot be used: {fault}", fault.todo)
        yield from _check_mesh(settings, "bbbd.media is auto, and Janus does not answer")


def _check_mesh(settings: Settings, why: str) -> Iterator[Finding]:
    """Yield what links between browsers need, and what they cannot."""
    yield Finding(
        Severity.OK,
        f"sound and cameras from browser to browser (mesh: {why}), for up to {settings.mesh_audio_copies + 1} people"
        f" with sound and {settings.mesh_video_copies + 1} with cameras",
    )
    has_relay = bool(settings.turn_servers and settings.turn_secret)
    if settings.media_through_relay_only and not has_relay:
        todo = "set bbbd.turnServers and bbbd.turnSecret"
        yield Finding(Severity.BAD, "bbbd.mediaThroughRelayOnly without a TURN server: nobody hears anybody", todo)
    elif not has_relay:
        todo = "TURN (bbbd.turnServers), or Janus (`bbbd janus-config`): docs/media.md"
        yield Finding(Severity.WARN, "without TURN, browsers in different networks may not reach each other", todo)
