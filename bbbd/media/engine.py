"""Janus as the server uses it: the session, the handles of people, the rooms, and what goes wrong."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from bbbd.clock import Clock
from bbbd.live.media_port import MediaOutlet
from bbbd.live.protocol import CommandRefused, RefusalKey
from bbbd.media.janus_api import JanusApi, JanusFailed
from bbbd.media.links import KnownLinks, LinksFile
from bbbd.media.room import MediaRoom, Member
from bbbd.meetings.event import Event, Microphone
from bbbd.meetings.media import MediaChanged
from bbbd.meetings.model import Meeting, Person
from bbbd.settings.current import CurrentSettings

_log = Logger()

#: Janus' codes for a session and a handle that it does not know.
UNKNOWN = (458, 459)
#: More people than any meeting has: Janus' own limit is three.
_PUBLISHERS = 100_000


class Engine:
    """One session with Janus and all that belongs to it. ``is_up`` while Janus answers.

    ``server`` tells the rooms of this server from those of others that use the same Janus, which is at ``address``.
    """

    def __init__(
        self,
        *,
        outlet: MediaOutlet,
        links: LinksFile,
        clock: Clock,
        timer: IReactorTime,
        current: CurrentSettings,
        admin_key: str,
        server: str,
        address: str,
    ) -> None:
        self.is_up = False
        self.server = server
        self.address = address
        self.outlet = outlet
        self.links = links
        self.clock = clock
        self.timer = timer
        self.current = current
        self.admin_key = admin_key
        self.rooms: dict[str, MediaRoom] = {}
        self.handles: dict[int, tuple[MediaRoom, Member]] = {}
        #: The handle by which rooms are made and people are muted.
        self.control = 0
        #: Whether everybody was told that their media ended: what is left in Janus then belongs to nobody.
        self.was_lost = False
        self._api: JanusApi | None = None

    @property
    def api(self) -> JanusApi:
        """The session. Raises ``CommandRefused`` while Janus is away."""
        if self._api is None or not self.is_up:
            raise CommandRefused(RefusalKey.UNAVAILABLE, "sound and cameras are away for a moment", 3)
        return self._api

    async def begin(self, api: JanusApi, known: KnownLinks) -> None:
        """Use a session that was opened, with the links in it. Raises ``JanusFailed`` and ``OSError``."""
        known.session = api.session
        self.control = known.control = known.control or await api.attach()
        self.links.begin(known)
        self._api, self.is_up, self.was_lost = api, True, False

    def has(self, room: MediaRoom, member: Member) -> bool:
        """Return whether a person is still in a meeting that goes on: either may end while something is awaited."""
        return self.rooms.get(room.meeting.internal_id) is room and room.members.get(member.user) is member

    def room(self, meeting: Meeting) -> MediaRoom:
        """Return the media of a meeting."""
        room = self.rooms.get(meeting.internal_id)
        if room is None:
            room = self.rooms[meeting.internal_id] = MediaRoom(meeting, self.server, secrets.token_urlsafe(24))
        return room

    async def make_room(self, room: MediaRoom) -> None:
        """Make a room in Janus, once. Raises ``JanusFailed``, and ``CommandRefused`` when the meeting has ended."""
        await room.making.acquire()
        try:
            if not room.is_made:
                body = {
                    "request": "create",
                    "room": room.name,
                    "admin_key": self.admin_key,
                    "secret": room.secret,
                    "is_private": True,
                    "publishers": _PUBLISHERS,
                    "fir_freq": 10,
                    "videocodec": "vp8",
                    "audiocodec": "opus",
                    "opus_fec": True,
                    "audiolevel_event": True,
                    "audio_active_packets": 25,
                    "lock_record": True,
                }
                await self.api.ask(self.control, body)
                room.is_made = True
                if self.rooms.get(room.meeting.internal_id) is not room:
                    await self.destroy_room(room.name, room.secret)
                    raise CommandRefused(RefusalKey.GONE, "the meeting has ended")
        finally:
            room.making.release()

    async def destroy_room(self, name: str, secret: str) -> None:
        """Destroy a room in Janus. Raises ``JanusFailed``."""
        await self.api.ask(self.control, {"request": "destroy", "room": name, "secret": secret})

    async def attach(self, room: MediaRoom, member: Member) -> int:
        """Return a new handle of a person. Raises ``JanusFailed``, and ``CommandRefused`` when they are gone."""
        handle = await self.api.attach()
        if not self.has(room, member):
            await self.detach(handle)
            raise CommandRefused(RefusalKey.GONE, "you are not in the meeting")
        self.handles[handle] = (room, member)
        return handle

    async def detach(self, handle: int) -> None:
        """Give a handle back; Janus may have forgotten it already. Raises ``JanusFailed``."""
        self.handles.pop(handle, None)
        if not self.is_up:
            return
        try:
            await self.api.request("detach", handle_id=handle)
        except JanusFailed as fault:
            if fault.code not in UNKNOWN:
                raise

    def note(self, room: MediaRoom, member: Member) -> None:
        """Note the links of a person, for a restart."""
        try:
            self.links.note(room.meeting.internal_id, member.user, member.up, member.down)
            if self.links.is_long and self._api is not None:
                every = {
                    (internal_id, one.user): (one.up, one.down)
                    for internal_id, other in self.rooms.items()
                    for one in other.members.values()
                    if one.up is not None or one.down is not None
                }
                self.links.begin(KnownLinks(self._api.session, self.control, every))
        except OSError as fault:
            _log.error("the file of links cannot be written: {why}", event="links_not_kept", why=str(fault))

    def happen(self, meeting: Meeting, event: Event) -> None:
        """Let an event happen; if it cannot be kept, the next change of the meeting tries again."""
        try:
            self.outlet.happen(meeting, event)
        except OSError:
            _log.failure("a change of media is not kept", event="media_not_kept")

    def silence(self, meeting: Meeting, person: Person) -> None:
        """Let the media of a person end, if there are any."""
        if person.microphone is not Microphone.NONE or person.cameras or person.screen:
            self.happen(meeting, MediaChanged(user=person.user, microphone=Microphone.NONE))

    def settle_state(self, room: MediaRoom, member: Member) -> None:
        """Let ``MediaChanged`` happen if Janus has another state of a person than the meeting."""
        person = room.meeting.people.get(member.user)
        if person is None or room.meeting.ended is not None or room.members.get(member.user) is not member:
            return
        microphone, cameras, screen = room.state(member)
        member.was_heard = member.was_heard or microphone is Microphone.ON
        if (microphone, cameras, screen) != (person.microphone, person.cameras, person.screen):
            changed = MediaChanged(user=member.user, microphone=microphone, cameras=cameras, screen=screen)
            self.happen(room.meeting, changed)

    def run(self, work: Awaitable[None]) -> None:
        """Begin work that nobody waits for; what Janus refuses is logged."""

        async def guarded() -> None:
            try:
                await work
            except (JanusFailed, CommandRefused) as fault:
                if self.is_up:
                    _log.warn("Janus did not do it: {why}", event="janus_refused", why=str(fault))

        Deferred.fromCoroutine(guarded()).addErrback(
            lambda failure: _log.failure("the media plane failed", failure, event="media_failed")
        )

    def lost(self) -> None:
        """Forget all that was in Janus."""
        self.is_up, self.was_lost = False, True
        self.handles.clear()
        for room in self.rooms.values():
            room.forget_links()
