"""The media of one meeting by links between browsers: whose page has a link with whose, and what goes over it.

A link is of two pages, and carries both directions. Its name is made of the two pages, so that a restart of bbbd comes
to the same names, and nobody hears it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from bbbd.live.media_port import Wish
from bbbd.live.media_rights import may_receive, may_send
from bbbd.meetings.event import Microphone
from bbbd.meetings.media import MediaChanged, TrackKind
from bbbd.meetings.model import Meeting

#: Failures in a row after which two people are told that their browsers find no way to each other.
FAILURES_TOLD = 3


@dataclass(slots=True, eq=False)
class MeshMember:
    """One person's page."""

    user: str
    page: str = ""
    wish: Wish | None = None
    #: What the page sends, and which of it a moderator or a lock ended, until the page does so too.
    kinds: frozenset[TrackKind] = frozenset()
    blocked: set[TrackKind] = field(default_factory=set)
    comes_muted: bool = False
    was_heard: bool = False
    health: str = "good"
    #: The links that the page was told last.
    told: str = ""

    @property
    def sends(self) -> set[TrackKind]:
        """What the page sends and is not to end."""
        return set(self.kinds - self.blocked)


@dataclass(slots=True, eq=False)
class MeshLink:
    """The link of two people: ``older`` came earlier to the meeting, ``newer`` makes the offers.

    ``generation`` counts the links that broke; ``rests_until`` is when the next one is tried, in steady milliseconds.
    """

    older: MeshMember
    newer: MeshMember
    name: str
    generation: int = 0
    failures: int = 0
    is_up: bool = False
    rests_until: int = 0

    @property
    def is_apart(self) -> bool:
        """Whether the two find no way to each other."""
        return self.failures >= FAILURES_TOLD

    def other(self, user: str) -> str:
        """Return the person at the other end."""
        return self.older.user if user == self.newer.user else self.newer.user


#: What goes over links: the kinds by sender and receiver.
Flows = dict[tuple[str, str], set[TrackKind]]
Copies = Mapping[TrackKind, int]


@dataclass(slots=True, eq=False)
class MeshRoom:
    """The media of one meeting."""

    meeting: Meeting
    members: dict[str, MeshMember] = field(default_factory=dict)
    #: By the two users, the older one first, and by name.
    links: dict[tuple[str, str], MeshLink] = field(default_factory=dict)
    names: dict[str, MeshLink] = field(default_factory=dict)
    speaking: dict[str, int] = field(default_factory=dict)
    spoke: dict[str, int] = field(default_factory=dict)
    is_gathering: bool = False
    #: Who gets a track, in the order in which they came to it.
    _receivers: dict[tuple[str, TrackKind], list[str]] = field(default_factory=dict)

    @property
    def is_incomplete(self) -> bool:
        """Whether somebody had sound or a camera before a restart, whose page is not back."""
        return any(
            person.microphone is not Microphone.NONE or person.cameras or person.screen
            for user, person in self.meeting.people.items()
            if user not in self.members or self.members[user].wish is None
        )

    def member(self, user: str) -> MeshMember:
        """Return a person's page, made if they are new."""
        if user not in self.members:
            self.members[user] = MeshMember(user)
        return self.members[user]

    def drop_links(self, user: str) -> None:
        """End the links of a person."""
        for pair in [pair for pair in self.links if user in pair]:
            del self.names[self.links.pop(pair).name]
        for key, receivers in list(self._receivers.items()):
            if key[0] == user:
                del self._receivers[key]
            elif user in receivers:
                receivers.remove(user)

    def drop(self, user: str) -> None:
        """Forget a person."""
        self.drop_links(user)
        self.members.pop(user, None)

    def renew(self, link: MeshLink) -> None:
        """Put a new link in the place of one that broke."""
        del self.names[link.name]
        link.generation += 1
        link.is_up = False
        link.name = self._name(link.older, link.newer, link.generation)
        self.names[link.name] = link

    def _name(self, older: MeshMember, newer: MeshMember, generation: int) -> str:
        parts = (self.meeting.internal_id, older.page, newer.page, str(generation))
        return sha256("\0".join(parts).encode()).hexdigest()[:24]

    def could_receive(self, user: str, kind: TrackKind) -> int:
        """Return how many people a person's track would go to, if they all wanted it."""
        sender, people = self.meeting.people.get(user), self.meeting.people
        if sender is None:
            return 0
        return sum(one in people and may_receive(self.meeting, people[one], sender, kind) for one in self.members)

    def flows(self, copies: Copies, cameras: int) -> tuple[Flows, dict[str, set[TrackKind]]]:
        """Return what goes over links now, and by user what does not reach them, since enough others have it.

        ``cameras`` is the most that one page receives.
        """
        flows: Flows = {}
        left_out: dict[str, set[TrackKind]] = {}
        for sender in self.members.values():
            for kind in TrackKind:
                wanting = self._wanting(sender, kind, cameras) if kind in sender.sends else []
                before = self._receivers.get((sender.user, kind), [])
                receivers = [one for one in before if one in wanting]
                receivers += [one for one in wanting if one not in receivers]
                self._receivers[sender.user, kind] = receivers[: copies[kind]]
                for user in receivers[: copies[kind]]:
                    flows.setdefault((sender.user, user), set()).add(kind)
                for user in receivers[copies[kind] :]:
                    left_out.setdefault(user, set()).add(kind)
        return flows, left_out

    def _wanting(self, sender: MeshMember, kind: TrackKind, cameras: int) -> list[str]:
        people = self.meeting.people
        person = people.get(sender.user)
        if person is None or not may_send(self.meeting, person, kind):
            return []
        return [
            one.user
            for one in self.members.values()
            if one.wish is not None
            and one.user in people
            and _wishes(one.wish, sender.user, kind, cameras)
            and may_receive(self.meeting, people[one.user], person, kind)
        ]

    def settle_links(self, flows: Flows) -> None:
        """Make the links that are needed. One that was made stays: a camera comes and goes without a new one."""
        # Whoever came to the meeting later offers: after a restart it is the same.
        place = {user: at for at, user in enumerate(self.meeting.people)}
        for one, other in flows:
            older, newer = sorted((one, other), key=lambda user: place[user])
            if (older, newer) not in self.links:
                first, second = self.members[older], self.members[newer]
                link = MeshLink(first, second, self._name(first, second, 0))
                self.links[older, newer] = self.names[link.name] = link

    def shown(self, flows: Flows, sender: str, receiver: str) -> set[TrackKind]:
        """Return what a receiver may play of a sender: a microphone only while it is not muted."""
        kinds = set(flows.get((sender, receiver), ()))
        if self.meeting.people[sender].microphone is not Microphone.ON:
            kinds.discard(TrackKind.MICROPHONE)
        return kinds

    def block_forbidden(self, member: MeshMember) -> None:
        """Block what a person may no longer send."""
        person = self.meeting.people.get(member.user)
        if person is not None:
            member.blocked |= {kind for kind in member.kinds if not may_send(self.meeting, person, kind)}

    def block_ended(self, event: MediaChanged) -> None:
        """Block what a moderator ended, until the page is without it."""
        member = self.members.get(event.user) if event.by else None
        if member is None:
            return
        if not event.cameras:
            member.blocked |= member.kinds & {TrackKind.CAMERA}
        if not event.screen:
            member.blocked |= {kind for kind in member.kinds if kind.is_screen}

    def state(self, member: MeshMember) -> tuple[Microphone, int, bool]:
        """Return the microphone, the number of cameras and whether the screen is shared, as the page says."""
        person, sends = self.meeting.people[member.user], member.sends
        # After a restart the page has not yet said again what it wants.
        listens = member.wish.sound if member.wish is not None else person.microphone is Microphone.LISTEN
        microphone = Microphone.LISTEN if listens else Microphone.NONE
        if TrackKind.MICROPHONE in sends:
            microphone = person.microphone
            if microphone not in (Microphone.MUTED, Microphone.ON):
                microphone = Microphone.MUTED if member.comes_muted else Microphone.ON
        return microphone, int(TrackKind.CAMERA in sends), TrackKind.SCREEN in sends


def _wishes(wish: Wish, sender: str, kind: TrackKind, cameras: int) -> bool:
    if kind is TrackKind.CAMERA:
        return sender in list(wish.cameras)[:cameras]
    if kind is TrackKind.SCREEN:
        return wish.screen
    return wish.sound and (wish.screen or kind is not TrackKind.SCREEN_SOUND)
