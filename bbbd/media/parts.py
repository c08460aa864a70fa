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
from bbbd.live.media_port import MediaOutlet
from bbbd.media.connector import JanusConnector, JanusConnectors
from bbbd.media.engine import Engine
from bbbd.media.fallback import Fallback
from bbbd.media.janus_group import GroupedPlane, Homes, JanusGroup, MeetingsAt
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

#: The file of links with the first Janus, in the data directory; those of others have its number at their end.
LINKS = "media.links"


def make(environment: Environment, current: CurrentSettings, *, meetings: Meetings, hub: Hub) -> JanusConnectors | None:
    """Make the media plane of one server and give it to the hub; return its connections, None without Janus."""
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
    group, each = _janus(environment, current, meetings=meetings, outlet=outlet)
    meetings.listeners.append(lambda meeting, event, _at: group.happened(meeting, event))
    hub.media = group
    if settings.media is MediaEngine.AUTO:
        meetings.listeners.append(lambda meeting, event, _at: mesh.happened(meeting, event))
        fallback = Fallback(hub=hub, outlet=outlet, janus=group, mesh=mesh, timer=environment.socket_timer)
        return JanusConnectors(each, fallback.stop)
    return JanusConnectors(each)


def _janus(
    environment: Environment, current: CurrentSettings, *, meetings: Meetings, outlet: MediaOutlet
) -> tuple[JanusGroup, list[JanusConnector]]:
    """Make the plane of all Janus, and their connections."""
    settings = current.settings
    server = sha256(os.fsencode(settings.directory)).hexdigest()[:12]
    names = [LINKS, *(f"{LINKS}.{number}" for number in range(2, len(settings.janus) + 1))]
    files = [LinksFile(environment.disk, settings.directory / name) for name in names]
    homes = Homes(
        meetings, {meeting: place for place, file in enumerate(files) for meeting, _user in file.read().links}
    )
    secrets = [secrets_of(settings, address) for address in settings.janus]
    planes = []
    for place, (address, file, (_secret, admin_key)) in enumerate(zip(settings.janus, files, secrets, strict=True)):
        engine = Engine(
            outlet=outlet,
            links=file,
            clock=environment.clock,
            timer=environment.socket_timer,
            current=current,
            admin_key=admin_key,
            server=server,
            address=address,
        )
        local = MeetingsAt(homes, place)
        planes.append(JanusPlane(engine, local, Keeping(engine, local, environment.disk, environment.worker)))
    tell = outlet.tell_server
    group = JanusGroup(planes, homes, clock=environment.clock, current=current, came=tell, went=tell)
    connectors = [
        JanusConnector(
            plane=GroupedPlane(group, plane),
            reactor=cast("IReactorUNIXDatagram", environment.network.reactor),
            timer=environment.socket_timer,
            disk=environment.disk,
            address=Path(address),
            secret=secret,
            server=server,
        )
        for plane, address, (secret, _admin_key) in zip(planes, settings.janus, secrets, strict=True)
    ]
    return group, connectors


def secret_file(settings: Settings, address: str) -> Path:
    """Return the file with the secrets of the Janus at an address."""
    return Path(settings.janus_secret_file) if settings.janus_secret_file else Path(address).with_name("secret")


def secrets_of(settings: Settings, address: str) -> tuple[str, str]:
    """Return a Janus' API secret and the admin key of VideoRoom; empty ones, with a line in the log, without a file."""
    path = secret_file(settings, address)
    try:
        lines = read_regular(path, 4096).decode().splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        _log.error(
            "{path} with Janus' secrets cannot be read: {why}", event="janus_secret", path=str(path), why=str(fault)
        )
        return "", ""
    first, second = [*(line.strip() for line in lines), "", ""][:2]
    return first, second
