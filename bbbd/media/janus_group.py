"""The media plane of one or several Janus: a meeting lives on one of them, and moves when that one dies.

A meeting that begins goes to the Janus with the fewest people. When a Janus is lost, its meetings go to others that
answer, and their pages offer anew; nobody else hears of it. One that comes back gets the meetings that begin from then
on. A start finds the meetings where they were, by the files of links.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from twisted.logger import Logger

from bbbd.clock import Clock
from bbbd.live.media_port import NoLinks, Offer, Wish
from bbbd.media.ice_servers import ice_facts
from bbbd.media.janus_api import JanusApi
from bbbd.media.janus_plane import JanusPlane
from bbbd.media.keeping import Keeping
from bbbd.meetings.event import Ended, Event
from bbbd.meetings.model import Meeting
from bbbd.meetings.registry import Meetings
from bbbd.settings.current import CurrentSettings
from bbbd.values.enums import RecordedMedia

_log = Logger()


class Homes:
    """Which Janus each meeting lives on, by its place in the settings. ``known`` is what a start found."""

    def __init__(self, meetings: Meetings, known: Mapping[str, int]) -> None:
        self.meetings = meetings
        self._places = dict(known)

    def find(self, meeting: Meeting) -> int | None:
        """Return the place of a meeting's Janus, None for a meeting that has none yet."""
        return self._places.get(meeting.internal_id)

    def settle(self, meeting: Meeting, place: int) -> None:
        """Let a meeting live on a Janus from now on."""
        self._places[meeting.internal_id] = place

    def forget(self, meeting: Meeting) -> None:
        """Forget a meeting that has ended."""
        self._places.pop(meeting.internal_id, None)


class MeetingsAt:
    """The live meetings of one Janus. Those that have none count as the first one's."""

    def __init__(self, homes: Homes, place: int) -> None:
        self._homes = homes
        self._place = place

    def __iter__(self) -> Iterator[Meeting]:
        return (meeting for meeting in self._homes.meetings if self._has(meeting))

    def find_live(self, internal_id: str) -> Meeting | None:
        """Return a live meeting, None for one that has ended or lives elsewhere."""
        meeting = self._homes.meetings.find_live(internal_id)
        return meeting if meeting is not None and self._has(meeting) else None

    def _has(self, meeting: Meeting) -> bool:
        return (self._homes.find(meeting) or 0) == self._place


class JanusGroup(NoLinks):
    """All Janus of a server. ``came`` is called when the first one answers, ``went`` when none does any longer."""

    def __init__(
        self,
        planes: Sequence[JanusPlane],
        homes: Homes,
        *,
        clock: Clock,
        current: CurrentSettings,
        came: Callable[[], None],
        went: Callable[[], None],
    ) -> None:
        self._planes = planes
        self._homes = homes
        self._clock = clock
        self._current = current
        self.came = came
        self.went = went

    @property
    def is_up(self) -> bool:
        """Whether a Janus answers."""
        return any(plane.is_up for plane in self._planes)

    def _emptiest(self) -> int:
        """Return the place of the least loaded Janus, of those that answer, or else of those that may soon."""

        def rank(place: int) -> tuple[bool, bool, int, int]:
            plane = self._planes[place]
            return (not plane.is_up, plane.was_lost, plane.load, place)

        return min(range(len(self._planes)), key=rank)

    def _at(self, meeting: Meeting) -> JanusPlane:
        """Return the Janus of a meeting; one that has none goes to the one with the fewest people."""
        place = self._homes.find(meeting)
        if place is None:
            place = self._emptiest()
            self._homes.settle(meeting, place)
        return self._planes[place]

    # What connections ask: ``MediaPlane``.

    @property
    def keeps(self) -> RecordedMedia:
        """What of people's media is kept while recording is on."""
        return self._current.settings.record_media

    @property
    def pages_record(self) -> bool:
        """They do not: Janus does."""
        return False

    def describe(self, user: str) -> dict[str, Any]:
        """Return what a page needs to know."""
        settings = self._current.settings
        return {
            "engine": "janus",
            "up": self.is_up,
            **ice_facts(settings, user, self._clock.now().wall),
            "cameras": settings.cameras_seen,
            "bitrate": settings.camera_bitrate,
            "keeps": self.keeps,
        }

    async def send(self, meeting: Meeting, user: str, offer: Offer) -> str:
        """Begin or change what a person sends, and return the SDP answer. Raises ``CommandRefused``."""
        return await self._at(meeting).send(meeting, user, offer)

    def watch(self, meeting: Meeting, user: str, wish: Wish) -> None:
        """Note what a person's page wants to receive."""
        self._at(meeting).watch(meeting, user, wish)

    def answer(self, meeting: Meeting, user: str, number: int, sdp: str) -> None:
        """Take a page's answer to an offer. Raises ``CommandRefused``."""
        self._at(meeting).answer(meeting, user, number, sdp)

    def restart(self, meeting: Meeting, user: str) -> None:
        """Make what a person receives anew."""
        self._at(meeting).restart(meeting, user)

    def report(self, meeting: Meeting, user: str, level: str) -> None:
        """Note the quality of a person's connection."""
        self._at(meeting).report(meeting, user, level)

    def happened(self, meeting: Meeting, event: Event) -> None:
        """Follow an event of a meeting."""
        place = self._homes.find(meeting)
        if place is None:
            return
        self._planes[place].happened(meeting, event)
        if isinstance(event, Ended):
            self._homes.forget(meeting)

    # Each Janus comes and goes.

    async def connected(self, plane: JanusPlane, api: JanusApi) -> None:
        """Begin with a Janus, and give it the meetings of those that are lost. Raises ``JanusFailed``, ``OSError``."""
        was_up = self.is_up
        await plane.connected(api)
        for other in self._planes:
            if other.was_lost and not other.is_up:
                self._move_from(other)
        if not was_up:
            self.came()

    def lost(self, plane: JanusPlane, why: str) -> None:
        """Note that a Janus is gone; its meetings go to another one, if there is one."""
        was_known = plane.was_lost
        plane.lost(why)
        if self.is_up:
            self._move_from(plane)
        elif not was_known:
            self.went()

    def _move_from(self, plane: JanusPlane) -> None:
        place = list(self._planes).index(plane)
        moving = [meeting for meeting in self._homes.meetings if self._homes.find(meeting) == place]
        for meeting in moving:
            target = self._emptiest()
            self._homes.settle(meeting, target)
            if (room := plane.release(meeting)) is not None:
                self._planes[target].adopt(room)
        if moving:
            _log.warn("{count} meetings go on by another Janus", event="media_moved", count=len(moving))


class GroupedPlane:
    """One Janus of several, as its connection sees it."""

    def __init__(self, group: JanusGroup, plane: JanusPlane) -> None:
        self._group = group
        self._plane = plane

    @property
    def keeping(self) -> Keeping:
        """What is kept of recordings."""
        return self._plane.keeping

    @property
    def counts(self) -> tuple[bool, int, int]:
        """Whether Janus answers, and the numbers of meetings and people that it has."""
        return self._plane.counts

    def heard(self, message: dict[str, Any]) -> None:
        """Take an event of Janus."""
        self._plane.heard(message)

    async def connected(self, api: JanusApi) -> None:
        """Begin with Janus. Raises ``JanusFailed`` and ``OSError``."""
        await self._group.connected(self._plane, api)

    def lost(self, why: str) -> None:
        """Note that Janus is gone."""
        self._group.lost(self._plane, why)

    def stop(self) -> None:
        """Do nothing more, and end nothing."""
        self._plane.stop()
