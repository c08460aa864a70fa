"""What ``bbbd check`` says of sound and cameras: which engine would run, and why."""

from __future__ import annotations

import os
from collections.abc import Iterator

from bbbd.cli.findings import Finding, Severity
from bbbd.composing.tools import PROGRAMS, missing_programs
from bbbd.media.janus_check import JanusUnusable, identity_of
from bbbd.settings.media import MediaEngine
from bbbd.settings.settings import Settings
from bbbd.transcription.model import what_is_missing
from bbbd.values.enums import RecordedMedia


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
    found = [_check_janus(settings, address) for address in settings.janus]
    yield from found
    if any(one.level is Severity.OK for one in found):
        yield from _check_recording(settings)
    elif settings.media is MediaEngine.AUTO:
        yield from _check_mesh(settings, "bbbd.media is auto, and no Janus answers")


def _check_janus(settings: Settings, address: str) -> Finding:
    """Return whether bbbd can use a Janus."""
    is_one = len(settings.janus) == 1
    where = "" if is_one else f" (at {address})"
    loss = "no sound and no cameras" if is_one and settings.media is MediaEngine.JANUS else "Janus cannot be used"
    try:
        return Finding(Severity.OK, f"sound and cameras by {identity_of(settings, address)}{where}")
    except JanusUnusable as fault:
        return Finding(Severity.BAD, f"{loss}: {fault}{where}", fault.todo)


def _check_recording(settings: Settings) -> Iterator[Finding]:
    """Yield what recordings with sound and cameras lack."""
    if settings.record_media is RecordedMedia.OFF:
        return
    if missing := missing_programs():
        packages = " ".join(dict.fromkeys(PROGRAMS[name] for name in missing))
        what = f"recordings have no sound and no cameras: {', '.join(missing)} not found; raw files stay"
        yield Finding(Severity.WARN, what, f"apt install {packages}, or set bbbd.recordMedia=off")
    else:
        yield Finding(Severity.OK, "recordings with sound and cameras are composed by ffmpeg")
    if settings.kept_media.is_dir() and not os.access(settings.kept_media, os.W_OK):
        what = f"bbbd cannot write into {settings.kept_media}: recordings of Janus stay there"
        yield Finding(Severity.BAD, what, "let both bbbd and Janus write into bbbd.janusRecordings, by a group")


def check_captions(settings: Settings) -> Iterator[Finding]:
    """Yield whether speech in recordings can be recognised, if that is wanted."""
    if settings.automatic_captions and (why := what_is_missing(settings.captions_model)):
        yield Finding(Severity.WARN, f"recordings have no automatic captions: {why}")
    elif settings.automatic_captions:
        yield Finding(Severity.OK, "recordings with sound have automatic captions")


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
    is_recorded = settings.mesh_recordings and settings.record_media is not RecordedMedia.OFF
    if is_recorded and (missing := missing_programs(of_janus=False)):
        what = f"recordings have no sound and no cameras: {', '.join(missing)} not found; raw files stay"
        yield Finding(Severity.WARN, what, "apt install ffmpeg, or set bbbd.recordMedia=off")
