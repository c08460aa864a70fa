"""What people receive: a subscriber's handle for each, one offer at a time, and the size of each camera.

A person has one link for all that they receive. Changes are made by offers of the server, which the page answers; a
link whose offer is not answered in time is dropped and begun anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import defer
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from bbbd.live.media_rights import shown_sender
from bbbd.live.protocol import CommandRefused, RefusalKey
from bbbd.media.engine import UNKNOWN, Engine
from bbbd.media.janus_api import JanusFailed
from bbbd.media.links import DownLink, Feed
from bbbd.media.offers import described
from bbbd.media.room import LinkDropped, MediaRoom, Member

_log = Logger()

#: Seconds within which a page answers an offer, and until a failed link is made anew (doubled each time).
ANSWER_WITHIN, PAUSE, LONGEST_PAUSE = 20.0, 1.0, 30.0
#: The highest temporal layer of a camera: all its pictures.
_ALL_PICTURES = 2


class Receiving:
    """What the people of all meetings receive. ``gather`` settles a room in a moment."""

    def __init__(self, engine: Engine, gather: Callable[[MediaRoom], None]) -> None:
        self._engine = engine
        self._gather = gather

    async def settle(self, room: MediaRoom, member: Member) -> None:
        """Bring what a person receives in line with what they are to receive."""
        if member.is_settling or member.wish is None:
            return
        member.is_settling = True
        try:
            while self._engine.is_up and await self._negotiate(room, member):
                member.failures = 0
        except (JanusFailed, defer.TimeoutError, CommandRefused) as fault:
            await self._begin_anew(room, member, fault)
        finally:
            member.is_settling = False
        if not self._engine.has(room, member):
            await self.drop(room, member)

    async def _begin_anew(self, room: MediaRoom, member: Member, fault: Exception) -> None:
        """Drop a link that failed; a new one follows, at once if it was dropped on purpose, else after a pause."""
        pause = 0.0
        if not isinstance(fault, LinkDropped) and getattr(fault, "code", 0) not in UNKNOWN:
            _log.info("what a person receives begins anew: {why}", event="media_begins_anew", why=str(fault))
            member.failures += 1
            pause = min(PAUSE * 2 ** min(member.failures - 1, 10), LONGEST_PAUSE)
        self._engine.timer.callLater(pause, self._gather, room)
        await self.drop(room, member)

    async def _negotiate(self, room: MediaRoom, member: Member) -> bool:
        """Make one change of what a person receives; return False if there is none to make."""
        person = room.meeting.people.get(member.user)
        if person is None or person.away is not None or member.wish is None or not self._engine.has(room, member):
            return False
        settings = self._engine.current.settings
        wanted = room.wanted(member, talkers=settings.talkers_heard, cameras=settings.cameras_seen)
        have = set(member.down.feeds.values()) if member.down is not None else set()
        if wanted == have:
            await self._settle_layers(room, member)
            return False
        is_new = member.down is None
        data, offered = await self._subscribe(room, member, wanted, have)
        if member.down is None:
            return True
        if "streams" in data:
            feeds = {(one.user, one.mid): one for one in [*have, *wanted]}
            member.down.feeds = _feeds_of(data, feeds)
        else:
            # Nothing was left to change: those links had ended.
            member.down.feeds = {mid: feed for mid, feed in member.down.feeds.items() if feed in wanted}
        member.down.layers = {mid: layer for mid, layer in member.down.layers.items() if mid in member.down.feeds}
        self._engine.note(room, member)
        if set(member.down.feeds.values()) == have:
            raise JanusFailed("Janus has not the tracks that are wanted", 1)
        if offered:
            await self._offer(room, member, offered, is_new=is_new)
        return True

    async def _subscribe(
        self, room: MediaRoom, member: Member, wanted: set[Feed], have: set[Feed]
    ) -> tuple[dict[str, Any], str]:
        """Subscribe a person to other feeds; return what Janus says, and its offer ("" for none)."""
        added = [{"feed": one.user, "mid": one.mid} for one in sorted(wanted - have)]
        if member.down is None:
            member.down = DownLink(handle=await self._engine.attach(room, member), page=member.page)
            body: dict[str, Any] = {
                "request": "join",
                "ptype": "subscriber",
                "room": room.name,
                "use_msid": True,
                "autoupdate": False,
                "streams": added,
            }
        else:
            removed = [{"sub_mid": mid} for mid, feed in member.down.feeds.items() if feed not in wanted]
            # A link that was begun anew has tracks of the same names: the old ones go first.
            again = {(one.user, one.mid) for one in have - wanted} & {(one.user, one.mid) for one in wanted - have}
            body = {"request": "update", "subscribe": [] if again else added, "unsubscribe": removed}
        data, jsep = await self._engine.api.ask(
            member.down.handle, {name: value for name, value in body.items() if value != []}
        )
        return data, str(jsep.get("sdp", ""))

    async def _offer(self, room: MediaRoom, member: Member, text: str, *, is_new: bool) -> None:
        """Send a page what it is to receive, and Janus the page's answer."""
        down, person = member.down, room.meeting.people.get(member.user)
        if down is None or person is None:
            raise CommandRefused(RefusalKey.GONE, "they are gone")
        down.number += 1
        answered: Deferred[str] = Deferred()
        member.answered = answered
        self._engine.outlet.tell(
            room.meeting,
            member.user,
            "media.down",
            sdp=text,
            offer=down.number,
            fresh=is_new,
            feeds={
                mid: {"user": shown_sender(room.meeting, person, feed.user), "kind": feed.kind}
                for mid, feed in down.feeds.items()
            },
        )
        answer = await answered.addTimeout(ANSWER_WITHIN, self._engine.timer)
        jsep = {"type": "answer", "sdp": answer, "trickle": True}
        await self._engine.api.ask(down.handle, {"request": "start"}, jsep)

    async def _settle_layers(self, room: MediaRoom, member: Member) -> None:
        """Ask for the layer of each camera that its tile needs; nothing is negotiated."""
        down = member.down
        if down is None:
            return
        streams = []
        for mid, feed in down.feeds.items():
            layer = room.layer(member, feed)
            if layer is not None and down.layers.get(mid) != layer:
                down.layers[mid] = layer
                streams.append({"mid": mid, "substream": layer, "temporal": _ALL_PICTURES})
        if streams:
            await self._engine.api.ask(down.handle, {"request": "configure", "streams": streams})

    def answer(self, room: MediaRoom, user: str, number: int, text: str) -> None:
        """Take a page's answer to an offer. Raises ``CommandRefused``."""
        description = described(text, answer=True)
        member = room.member(user)
        if member.answered is None or member.down is None or member.down.number != number:
            raise CommandRefused(RefusalKey.GONE, "there is no such offer")
        answered, member.answered = member.answered, None
        answered.callback(description.text)

    async def drop(self, room: MediaRoom, member: Member) -> None:
        """End what a person receives. Raises ``JanusFailed``."""
        down, member.down = member.down, None
        member.give_up_offer()
        if down is not None:
            self._engine.note(room, member)
            await self._engine.detach(down.handle)

    def ended(self, room: MediaRoom, member: Member, why: str) -> None:
        """Note that the link broke: it is made anew."""
        self._engine.run(self.drop(room, member))
        self._engine.outlet.tell(room.meeting, member.user, "media.gone", link="down", why=why)
        self._gather(room)


def _feeds_of(data: dict[str, Any], feeds: dict[tuple[str, str], Feed]) -> dict[str, Feed]:
    """Return the feed of each track that a subscriber gets, as Janus lists them."""
    found = {}
    for one in data.get("streams", ()):
        feed = feeds.get((str(one.get("feed_id", "")), str(one.get("feed_mid", ""))))
        if feed is not None and one.get("active", True):
            found[str(one["mid"])] = feed
    return found
