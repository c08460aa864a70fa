"""Recording: while it is on, Janus writes what each person sends into files, one for each track.

A *stretch* is the time for which Janus writes what one link brings. It begins when recording is switched on, or when
the link comes up meanwhile, and ends with either. Janus gives each file the stretch's name and the track's place in the
description: ``<record id>_<user>_<begin>-audio-0.mjr``. ``MediaKept`` tells of a track whose packets come, and again
when it ends, so that a kill loses neither the file nor what it holds.
"""

from __future__ import annotations

import errno
from functools import partial
from pathlib import Path

from twisted.logger import Logger

from bbbd.live.media_rights import may_be_recorded
from bbbd.media.engine import Engine
from bbbd.media.janus_api import JanusFailed
from bbbd.media.links import KeptTrack, Stretch, UpLink
from bbbd.media.recovery import LocalMeetings
from bbbd.media.room import MediaRoom, Member
from bbbd.meetings.event import Event
from bbbd.meetings.media import CutReason, MediaCut, MediaKept, TrackKind
from bbbd.meetings.model import Meeting
from bbbd.storage.disk import Disk
from bbbd.storage.group_commit import Thread
from bbbd.values.enums import RecordedMedia

_log = Logger()

#: Characters that Janus takes as the name of a stretch, with its directory, and tracks that one link may have.
_LONGEST_NAME, _MOST_TRACKS = 230, 16
_ENDING = ".mjr"
#: A track that is not to be kept is written here.
_NOWHERE = Path("/dev/null")


class Keeping:
    """What one Janus keeps of the people of its meetings. ``thread`` waits for the disk."""

    def __init__(self, engine: Engine, meetings: LocalMeetings, disk: Disk, thread: Thread) -> None:
        self._engine = engine
        self._meetings = meetings
        self._disk = disk
        self._thread = thread
        #: Whether the disk is nearly full: then nothing is kept.
        self._is_full = False

    # Bringing Janus in line.

    def settle(self, room: MediaRoom, *members: Member) -> None:
        """Begin and end what the meeting wants of some people, or of all."""
        if self._engine.is_up and room.meeting.ended is None:
            for member in members or tuple(room.members.values()):
                # What is under way may be what is no longer wanted: somebody refuses while Janus begins to write.
                is_due = bool(member.keeping.locked) or self._wants(room, member)
                if member.up is not None and (is_due or member.up.stretch is not None):
                    self._engine.run(self._settle(room, member))

    def _wants(self, room: MediaRoom, member: Member) -> bool:
        person = room.meeting.people.get(member.user)
        kept = self._engine.current.settings.record_media
        if person is None or member.up is None or not member.up.is_up or self._is_full:
            return False
        return may_be_recorded(room.meeting, person, kept)

    async def _settle(self, room: MediaRoom, member: Member) -> None:
        await member.keeping.acquire()
        try:
            up, wants = member.up, self._wants(room, member)
            if up is None:
                return
            if wants and up.stretch is None:
                await self._begin(room, member, up)
            elif not wants and up.stretch is not None:
                await self._end(room, member, up)
            if member.up is up and up.stretch is not None:
                await self._note_tracks(room, member, up, up.stretch)
        finally:
            member.keeping.release()

    async def _begin(self, room: MediaRoom, member: Member, up: UpLink) -> None:
        """Have Janus write. Raises ``JanusFailed`` and ``CommandRefused``."""
        directory = self._engine.current.settings.kept_media
        only_sound = self._engine.current.settings.record_media is RecordedMedia.SOUND
        name = f"{room.meeting.internal_id}_{member.user}_{self._engine.clock.now().wall}"
        try:
            await self._thread(partial(self._prepare, directory / name, only_sound=only_sound))
            if member.up is not up:
                return
            # A process that was killed may have begun what nobody knows of.
            await self._engine.api.ask(up.handle, {"request": "configure", "record": False, "secret": room.secret})
            body = {"request": "configure", "record": True, "filename": str(directory / name), "secret": room.secret}
            await self._engine.api.ask(up.handle, body)
        except (OSError, JanusFailed) as fault:
            self._refused(room, member, up, f"{directory}: {fault}")
            return
        if member.up is up:
            up.stretch = Stretch(name=name)
            self._engine.note(room, member)

    def _prepare(self, base: Path, *, only_sound: bool) -> None:
        """Have the directory, and send pictures that nobody wants nowhere. Raises ``OSError``."""
        if len(str(base)) > _LONGEST_NAME:
            raise OSError(errno.ENAMETOOLONG, "the path is too long for Janus")
        self._disk.mkdir(base.parent, 0o770)
        for line in range(_MOST_TRACKS) if only_sound else ():
            self._disk.symlink(_NOWHERE, base.with_name(f"{base.name}-video-{line}.mjr"))

    def _sweep(self, base: Path) -> None:
        for path in base.parent.glob(f"{base.name}-video-*.mjr"):
            if path.is_symlink():
                self._disk.unlink(path)

    def _refused(self, room: MediaRoom, member: Member, up: UpLink, why: str) -> None:
        if up.was_refused:
            return
        up.was_refused = True
        _log.error("nothing is recorded of somebody: {why}", event="media_not_recorded", why=why)
        for mid in sorted(up.live):
            self._happen(room.meeting, MediaCut(user=member.user, track=up.tracks[mid], why=CutReason.REFUSED))

    async def _end(self, room: MediaRoom, member: Member, up: UpLink) -> None:
        stretch = up.stretch
        assert stretch is not None
        await self._engine.api.ask(up.handle, {"request": "configure", "record": False, "secret": room.secret})
        if up.stretch is stretch:
            self._end_tracks(room, member.user, up)
        if member.up is up:
            self._engine.note(room, member)
        await self._thread(partial(self._sweep, self._engine.current.settings.kept_media / stretch.name))

    async def _note_tracks(self, room: MediaRoom, member: Member, up: UpLink, stretch: Stretch) -> None:
        """Tell of tracks that began or ended in a stretch."""
        only_sound = self._engine.current.settings.record_media is RecordedMedia.SOUND
        wanted = {
            mid for mid in up.live - up.blocked if mid in up.lines and not (only_sound and not up.tracks[mid].is_sound)
        }
        now = self._engine.clock.now().wall
        for mid in sorted(set(stretch.tracks) - wanted):
            self._end_track(room.meeting, member.user, stretch, mid, now)
        for mid in sorted(wanted - set(stretch.tracks) - stretch.missing):
            file = f"{stretch.name}-{'audio' if up.tracks[mid].is_sound else 'video'}-{up.lines[mid]}.mjr"
            path = self._engine.current.settings.kept_media / file
            is_there = await self._thread(path.exists)
            if member.up is not up or up.stretch is not stretch:
                return
            if is_there:
                stretch.tracks[mid] = KeptTrack(file=file, track=up.tracks[mid], start=now)
                self._happen(room.meeting, MediaKept(user=member.user, track=up.tracks[mid], file=file, start=now))
            else:
                stretch.missing.add(mid)
                _log.error("Janus does not write {path}", event="media_not_recorded", path=str(path))
                cut = MediaCut(user=member.user, track=up.tracks[mid], why=CutReason.REFUSED)
                self._happen(room.meeting, cut)
        self._engine.note(room, member)

    def _end_track(self, meeting: Meeting, user: str, stretch: Stretch, mid: str, now: int) -> None:
        kept = stretch.tracks.pop(mid)
        self._happen(meeting, MediaKept(user=user, track=kept.track, file=kept.file, start=kept.start, end=now))

    def _end_tracks(self, room: MediaRoom, user: str, up: UpLink) -> None:
        stretch, up.stretch = up.stretch, None
        if stretch is not None:
            for mid in sorted(stretch.tracks):
                self._end_track(room.meeting, user, stretch, mid, self._engine.clock.now().wall)

    def _happen(self, meeting: Meeting, event: Event) -> None:
        # The end of a meeting ends all its stretches.
        if meeting.ended is None:
            self._engine.happen(meeting, event)

    # What others report.

    def dropped(self, room: MediaRoom, user: str, up: UpLink) -> None:
        """Note that a link ended, and its files with it."""
        stretch = up.stretch
        if stretch is None:
            return
        self._end_tracks(room, user, up)
        base = self._engine.current.settings.kept_media / stretch.name

        async def sweep() -> None:
            await self._thread(partial(self._sweep, base))

        self._engine.run(sweep())

    def cut_lost(self, why: CutReason) -> None:
        """Tell of stretches that are not those of a link: Janus, or bbbd, was away when they ended."""
        for meeting in list(self._meetings):
            room = self._engine.rooms.get(meeting.internal_id)
            for person in list(meeting.people.values()):
                member = room.members.get(person.user) if room is not None else None
                stretch = member.up.stretch if member is not None and member.up is not None else None
                going_on = {one.file for one in stretch.tracks.values()} if stretch is not None else set()
                for file, track in list(person.kept.items()):
                    # What a page records goes on.
                    if file not in going_on and file.endswith(_ENDING):
                        self._happen(meeting, MediaCut(user=person.user, track=TrackKind(track), why=why, file=file))

    async def look_at_disk(self) -> None:
        """End all stretches when the disk is nearly full, and begin them again when it is not. Raises ``OSError``."""
        settings = self._engine.current.settings
        if settings.record_media is RecordedMedia.OFF or not any(
            member.up is not None and (self._is_full or member.up.stretch is not None)
            for room in self._engine.rooms.values()
            for member in room.members.values()
        ):
            return
        free = await self._thread(partial(self._free, settings.kept_media))
        was_full, self._is_full = self._is_full, free < settings.min_free_disk
        if self._is_full == was_full:
            return
        if self._is_full:
            _log.error("the disk is nearly full: nothing more is recorded of people's media", event="media_disk_full")
        for room in list(self._engine.rooms.values()):
            if self._is_full:
                self._tell_of_disk(room)
            self.settle(room)

    def _free(self, directory: Path) -> int:
        return self._disk.free(next(path for path in (directory, *directory.parents) if path.exists()))

    def _tell_of_disk(self, room: MediaRoom) -> None:
        for user, member in room.members.items():
            if member.up is not None and member.up.stretch is not None:
                for kept in list(member.up.stretch.tracks.values()):
                    cut = MediaCut(user=user, track=kept.track, why=CutReason.DISK, file=kept.file)
                    self._happen(room.meeting, cut)
