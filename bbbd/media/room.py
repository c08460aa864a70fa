"""The media of one meeting: its people with their links, who speaks, and what each person is to receive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred, DeferredLock

from bbbd.live.media_port import Wish
from bbbd.live.media_rights import may_receive, may_send
from bbbd.media.janus_api import JanusFailed
from bbbd.media.links import DownLink, Feed, UpLink
from bbbd.meetings.event import Microphone
from bbbd.meetings.media import TrackKind
from bbbd.meetings.model import Meeting, Person

#: Heights of tiles, in pixels, from which a larger layer of a camera is sent.
MIDDLE_FROM, LARGE_FROM = 150, 300


class LinkDropped(JanusFailed):
    """A link was dropped on purpose while something waited for it."""


@dataclass(slots=True, eq=False)
class Member:
    """One person's media."""

    user: str
    #: The page that was heard last, and what it wishes.
    page: str = ""
    wish: Wish | None = None
    up: UpLink | None = None
    down: DownLink | None = None
    #: Whether the person is to be muted when their microphone arrives, and whether they were ever heard.
    comes_muted: bool = False
    was_heard: bool = False
    #: One offer of this person at a time.
    sending: DeferredLock = field(default_factory=DeferredLock)
    #: One change of what is kept of this person at a time.
    keeping: DeferredLock = field(default_factory=DeferredLock)
    #: Cameras of the offer that is under way.
    promised: int = 0
    #: Whether ``down`` is being changed; the answer that it waits for; failures in a row.
    is_settling: bool = False
    answered: Deferred[str] | None = None
    failures: int = 0
    health: str = "good"

    def anew(self) -> Member:
        """Return what stays of it where all links are lost."""
        return Member(self.user, page=self.page, wish=self.wish, was_heard=self.was_heard, health=self.health)

    def give_up_offer(self) -> None:
        """Wait no longer for the answer to an offer."""
        answered, self.answered = self.answered, None
        if answered is not None:
            answered.errback(LinkDropped("the link was dropped"))

    @property
    def cameras(self) -> int:
        """The cameras that the person sends or is about to send, whether their packets come already or not."""
        kinds = [kind for mid, kind in self.up.tracks.items() if mid not in self.up.blocked] if self.up else []
        return max(self.promised, kinds.count(TrackKind.CAMERA))


@dataclass(slots=True, eq=False)
class MediaRoom:
    """The media of one meeting."""

    meeting: Meeting
    #: The server's own, since several may use one Janus.
    server: str
    secret: str
    members: dict[str, Member] = field(default_factory=dict)
    #: Since when each person speaks who does, and when each spoke last; steady milliseconds.
    speaking: dict[str, int] = field(default_factory=dict)
    spoke: dict[str, int] = field(default_factory=dict)
    is_made: bool = False
    making: DeferredLock = field(default_factory=DeferredLock)
    is_gathering: bool = False

    @property
    def name(self) -> str:
        """The room's name in Janus. It has the room's secret: a restart needs it, and only bbbd can list rooms."""
        return f"{self.server}:{self.meeting.internal_id}:{self.secret}"

    def forget_links(self) -> None:
        """Forget all links: the engine has none of them."""
        self.is_made = False
        self.speaking.clear()
        for member in self.members.values():
            member.up = member.down = None
            member.give_up_offer()

    def cameras_of(self, user: str) -> int:
        """Return the cameras of a person, those on their way too."""
        person, member = self.meeting.people.get(user), self.members.get(user)
        return max(person.cameras if person is not None else 0, member.cameras if member is not None else 0)

    def cameras_besides(self, user: str) -> int:
        """Return the cameras of all others, those on their way too."""
        return sum(self.cameras_of(other) for other in self.meeting.people if other != user)

    def member(self, user: str) -> Member:
        """Return a person's media, made if they are new."""
        if user not in self.members:
            self.members[user] = Member(user)
        return self.members[user]

    def heard(self, most: int) -> list[str]:
        """Return the people whose microphones are passed on: the last ``most`` and one who spoke, or may at once.

        One more, since nobody hears themselves. Those who are muted keep a free place, so that their first word is
        not lost.
        """
        people = self.meeting.people

        def rank(user: str) -> tuple[bool, bool, int]:
            return (people[user].microphone is not Microphone.ON, user not in self.speaking, -self.spoke.get(user, 0))

        voices = [
            user
            for user, one in self.members.items()
            if user in people and one.up is not None and one.up.live_of(TrackKind.MICROPHONE)
        ]
        return sorted(voices, key=rank)[: most + 1]

    def wanted(self, member: Member, *, talkers: int, cameras: int) -> set[Feed]:
        """Return what a person is to receive: what they wish, as far as they may, within the limits."""
        receiver = self.meeting.people.get(member.user)
        wish = member.wish
        if receiver is None or wish is None:
            return set()
        feeds: set[Feed] = set()
        if wish.sound:
            others = [user for user in self.heard(talkers) if user != member.user][:talkers]
            feeds.update(self._feeds(receiver, others, TrackKind.MICROPHONE))
        if wish.screen:
            kinds = (TrackKind.SCREEN, TrackKind.SCREEN_SOUND) if wish.sound else (TrackKind.SCREEN,)
            for kind in kinds:
                feeds.update(self._feeds(receiver, [self.meeting.presenter], kind))
        feeds.update(list(self._feeds(receiver, list(wish.cameras), TrackKind.CAMERA))[:cameras])
        return feeds

    def _feeds(self, receiver: Person, users: list[str], kind: TrackKind) -> Iterator[Feed]:
        for user in users:
            sender, member = self.meeting.people.get(user), self.members.get(user)
            if sender is None or member is None or member.up is None:
                continue
            if may_receive(self.meeting, receiver, sender, kind):
                for mid in member.up.live_of(kind):
                    yield Feed(user, mid, kind, member.up.handle)

    def layer(self, member: Member, feed: Feed) -> int | None:
        """Return which layer of a camera a tile needs, 0 to 2; None for a track that has none."""
        sender = self.members.get(feed.user)
        if sender is None or sender.up is None or feed.mid not in sender.up.simulcast or member.wish is None:
            return None
        height = member.wish.cameras.get(feed.user, 0)
        return 2 if height >= LARGE_FROM else 1 if height >= MIDDLE_FROM else 0

    def forbidden(self, member: Member) -> set[str]:
        """Return the mids of a person's tracks that they may no longer send."""
        person = self.meeting.people.get(member.user)
        if person is None or member.up is None:
            return set()
        return {mid for mid, kind in member.up.tracks.items() if not may_send(self.meeting, person, kind)}

    def silent(self, member: Member) -> set[str]:
        """Return the mids of a person's tracks that the engine is to mute."""
        person, up = self.meeting.people.get(member.user), member.up
        if person is None or up is None:
            return set()
        is_on = person.microphone is Microphone.ON
        return up.blocked | {mid for mid, kind in up.tracks.items() if kind is TrackKind.MICROPHONE and not is_on}

    def state(self, member: Member) -> tuple[Microphone, int, bool]:
        """Return the microphone, the number of cameras and whether the screen is shared, as the engine has them."""
        person, up = self.meeting.people[member.user], member.up
        # After a restart the page has not yet said again what it wants.
        listens = member.wish.sound if member.wish is not None else person.microphone is Microphone.LISTEN
        microphone = Microphone.LISTEN if listens else Microphone.NONE
        if up is None:
            return microphone, 0, False
        if up.live_of(TrackKind.MICROPHONE):
            microphone = person.microphone
            if microphone not in (Microphone.MUTED, Microphone.ON):
                microphone = Microphone.MUTED if member.comes_muted else Microphone.ON
        return microphone, len(up.live_of(TrackKind.CAMERA)), bool(up.live_of(TrackKind.SCREEN))
