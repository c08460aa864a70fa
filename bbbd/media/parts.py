"""Makes the parts of a server for sound, cameras and screens."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import cast

from twisted.internet.interfaces import IReactorUNIXDatagram
from twisted.logger import Logger

from bbbd.environment import Environment
from bbbd.live.hub import Hub
from bbbd.live.media_messages import MediaMessages
from bbbd.media.connector import ConnectedPlane, JanusConnector
from bbbd.media.engine import Engine
from bbbd.media.fallback import Fallback
from bbbd.media.janus_plane import JanusPlane
from bbbd.media.keeping import Keeping
from bbbd.media.links import LinksFile
from bbbd.media.mesh_plane import MeshPlane
from bbbd.meetings.registry import Meetings
from bbbd.settings.current import CurrentSettings
from bbbd.settings.media import MediaEngine
from bbbd.settings.settings import Settings
from bbbd.storage.disk import read_regular

_log = Logger()

#: The file of links, in the data directory.
LINKS = "media.links"


def make(environment: Environment, current: CurrentSettings, *, meetings: Meetings, hub: Hub) -> JanusConnector | None:
    """Make the media plane of one server and give it to the hub; return its connection, None without Janus."""
    settings = current.settings
    if settings.media is MediaEngine.OFF:
        return None
    outlet = MediaMessages(hub)
    mesh = MeshPlane(
        outlet=outlet, clock=environment.clock, timer=environment.socket_timer, current=current, meetings=meetings
    )
    if settings.media is MediaEngine.MESH or (settings.media is MediaEngine.AUTO and not settings.janus):
        hub.media = mesh
        meetings.listeners.append(lambda meeting, event, _at: mesh.happened(meeting, event))
        return None
    if not settings.janus:
        _log.error("bbbd.media is janus, but bbbd.janus names none: there is no sound", event="janus_unnamed")
        return None
    secret, admin_key = secrets_of(settings)
    server = sha256(os.fsencode(settings.directory)).hexdigest()[:12]
    engine = Engine(
        outlet=outlet,
        links=LinksFile(environment.disk, settings.directory / LINKS),
        clock=environment.clock,
        timer=environment.socket_timer,
        current=current,
        admin_key=admin_key,
        server=server,
    )
    janus = JanusPlane(engine, meetings, Keeping(engine, meetings, environment.disk, environment.worker))
    meetings.listeners.append(lambda meeting, event, _at: janus.happened(meeting, event))
    plane: ConnectedPlane = janus
    hub.media = janus
    if settings.media is MediaEngine.AUTO:
        meetings.listeners.append(lambda meeting, event, _at: mesh.happened(meeting, event))
        plane = Fallback(hub=hub, outlet=outlet, janus=janus, mesh=mesh, timer=environment.socket_timer)
    return JanusConnector(
        plane=plane,
        reactor=cast("IReactorUNIXDatagram", environment.network.reactor),
        timer=environment.socket_timer,
        disk=environment.disk,
        address=Path(settings.janus),
        secret=secret,
        server=server,
    )


def secret_file(settings: Settings) -> Path:
    """Return the file with Janus' secrets."""
    return Path(settings.janus_secret_file) if settings.janus_secret_file else Path(settings.janus).with_name("secret")


def secrets_of(settings: Settings) -> tuple[str, str]:
    """Return Janus' API secret and the admin key of VideoRoom; empty ones, with a line in the log, without a file."""
    path = secret_file(settings)
    try:
        lines = read_regular(path, 4096).decode().splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        _log.error(
            "{path} with Janus' secrets cannot be read: {why}", event="janus_secret", path=str(path), why=str(fault)
        )
        return "", ""
    first, second = [*(line.strip() for line in lines), "", ""][:2]
    return first, second
