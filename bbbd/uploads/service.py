"""What pages record of themselves: who may send it, how much, until when; and what is answered.

A page that was away asks for the length and goes on there. ``late`` is told, in a thread, of bytes that come when the
meeting is over.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import partial

import msgspec
from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger

from bbbd.live.hub import Hub
from bbbd.meetings.media import CutReason
from bbbd.meetings.model import Meeting, Person
from bbbd.meetings.registry import Meetings
from bbbd.recordings.uploaded_media import Slice, record_of
from bbbd.settings.current import CurrentSettings
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import GroupCommit, Thread
from bbbd.uploads.facts import (
    CLOCKS_DIFFER,
    MeetingUploads,
    Upload,
    UploadRefused,
    Wanted,
    check_lines,
    check_wanted,
    hash_of,
    head_of,
)
from bbbd.uploads.files import UploadFiles, fresh_name
from bbbd.uploads.keeping import KeptTracks
from bbbd.uploads.rights import check_not_ejected, check_rights, refusal

_log = Logger()

_MINUTE = 60_000
_FULL = "The server's disk is nearly full."


class MediaUploads:
    """The files of all meetings that pages send. ``worker`` waits for the disk."""

    def __init__(
        self,
        *,
        hub: Hub,
        meetings: Meetings,
        files: UploadFiles,
        kept: KeptTracks,
        rounds: GroupCommit,
        worker: Thread,
        current: CurrentSettings,
        free_disk: FreeDisk,
        late: Callable[[str], None],
    ) -> None:
        self.hub = hub
        self._meetings = meetings
        self._files = files
        self._kept = kept
        self._rounds = rounds
        self._worker = worker
        self._current = current
        self._free_disk = free_disk
        self._late = late
        self._loading = DeferredLock()
        self._known: dict[str, MeetingUploads] = {}

    # What is there.

    def _live(self, record_id: str) -> Meeting | None:
        # By the internal id alone: an application may give another meeting any external id.
        return self._meetings.directory.live.get(record_id)

    async def _of(self, record_id: str) -> MeetingUploads:
        """Return the files of a meeting. Raises ``OSError``."""
        await self._loading.acquire()
        try:
            if record_id not in self._known:
                found = await self._worker(partial(self._files.find, record_id))
                uploads = {one.name: Upload.of(one) for one in found.uploads}
                known = MeetingUploads(uploads, found.ended, ejected=found.ejected)
                if not uploads and self._live(record_id) is None:
                    # Of a name that somebody made up nothing is remembered.
                    return known
                self._known[record_id] = known
            return self._known[record_id]
        finally:
            self._loading.release()

    def knows(self, name: str, token: str) -> bool:
        """Return whether a file is in memory, and is the token's: its next piece may be read."""
        upload = known.uploads.get(name) if (known := self._known.get(record_of(name))) is not None else None
        return upload is not None and self.owns(upload, token)

    def owns(self, upload: Upload, token: str) -> bool:
        """Return whether a token is of the person who began a file, or of the very session, which may be over."""
        found = self.hub.session(token)
        if found is not None and found[0].internal_id == record_of(upload.name):
            return found[1].user == upload.head.user
        return hmac.compare_digest(hash_of(token), upload.head.session)

    async def find(self, name: str, token: str) -> Upload:
        """Return a file of a token's person. Raises ``UploadRefused`` and ``OSError``."""
        record_id = record_of(name)
        upload = (await self._of(record_id)).uploads.get(name) if record_id else None
        if upload is not None and self.owns(upload, token):
            return upload
        raise UploadRefused(
            *((403, "This is another person's upload.") if upload else (404, "There is no such upload."))
        )

    def ended(self, meeting: Meeting) -> None:
        """Note that a meeting has ended."""
        if meeting.internal_id in self._known:
            self._known[meeting.internal_id].end(meeting)

    def forget(self) -> None:
        """Forget the files of meetings of which nothing is accepted any more: once a minute."""
        for record_id, known in list(self._known.items()):
            if self._live(record_id) is None and self._is_late(known):
                del self._known[record_id]

    def _is_late(self, known: MeetingUploads) -> bool:
        return self.hub.now().wall > known.ended + self._current.settings.uploads_accepted * _MINUTE

    # Beginning.

    async def begin(self, meeting: Meeting, person: Person, token: str, wanted: Wanted) -> str:
        """Begin a file and return its name; the same request again gets the same name.

        Raises ``UploadRefused``, ``OSError`` and ``SyncFailed``; then there is no file.
        """
        check_wanted(wanted, self.hub.now().wall)
        known = await self._of(meeting.internal_id)
        await known.lock.acquire()
        try:
            upload = known.same(person.user, wanted)
            if upload is None:
                upload = await self._make(meeting, person, token, wanted, known)
            elif not self._is_told(meeting, upload):
                self._check_begin(meeting, person, wanted, known)
                self._tell_begin(meeting, upload)
        finally:
            known.lock.release()
        await self._rounds.settled()
        return upload.name

    async def _make(
        self, meeting: Meeting, person: Person, token: str, wanted: Wanted, known: MeetingUploads
    ) -> Upload:
        record_id, now = meeting.internal_id, self.hub.now().wall
        self._check_begin(meeting, person, wanted, known)
        name = fresh_name(record_id, person.user, now, known.uploads)
        upload = Upload(name, head_of(wanted, person.user, token, now))
        await self._worker(partial(self._files.begin, record_id, name, upload.head))
        try:
            # Meanwhile the meeting may have ended, or the person may have changed their mind.
            self._check_begin(meeting, person, wanted, known)
            self._tell_begin(meeting, upload)
        except (UploadRefused, OSError):
            await self._worker(partial(self._files.drop, record_id, name))
            raise
        known.add(upload)
        return upload

    def _tell_begin(self, meeting: Meeting, upload: Upload) -> None:
        self._kept.begin(meeting, upload.head.user, upload.name, upload.head.kind, upload.head.started)
        upload.is_told = True

    def _is_told(self, meeting: Meeting, upload: Upload) -> bool:
        """Return whether the journal has a file: a kill may have come between the two. Then nothing was accepted."""
        if upload.is_told or upload.length or upload.head.size is not None:
            return True
        return self._kept.knows(meeting, upload.name, upload.head.kind)

    def _check_begin(self, meeting: Meeting, person: Person, wanted: Wanted, known: MeetingUploads) -> None:
        check_rights(self.hub.media, meeting, person, wanted)
        known.check_count(person.user)
        known.check_most(person.user, 0, self._current.settings)
        if self._free_disk.is_low:
            if person.user not in known.told:
                known.told.add(person.user)
                self._kept.cut(meeting, person.user, "", wanted.kind, CutReason.DISK)
            raise UploadRefused(507, _FULL)
        known.told.discard(person.user)

    # Going on.

    async def add(self, upload: Upload, offset: int, recorded: int, data: bytes) -> int:
        """Write a piece behind the others and return the new length. Raises ``UploadRefused``; then nothing changed.

        ``recorded`` is when its last byte had been recorded, 0 where that is not known.
        """
        known = await self._of(record_of(upload.name))
        known.check_rate(upload.head.user, self.hub.now())
        await upload.lock.acquire()
        try:
            self._check_open(upload, known)
            if offset != upload.length:
                raise UploadRefused(409, "Another offset is due.", upload.length)
            now = self.hub.now().wall
            if recorded and not upload.head.started - CLOCKS_DIFFER <= recorded <= now + CLOCKS_DIFFER:
                raise UploadRefused(400, "Slice-At must be a time of the server's clock, since the file began.")
            if data:
                await self._write(upload, known, data, Slice(offset + len(data), recorded, now))
            return upload.length
        finally:
            upload.lock.release()

    async def _write(self, upload: Upload, known: MeetingUploads, data: bytes, made: Slice) -> None:
        record_id, user = record_of(upload.name), upload.head.user
        known.check_most(user, len(data), self._current.settings)
        check_lines(upload)
        if self._free_disk.is_low:
            self._cut(upload)
            raise UploadRefused(507, _FULL)
        add = partial(self._files.add, record_id, upload.name, data, upload.length, upload.line_bytes, made)
        try:
            with known.counted(user, len(data)):
                if self._live(record_id) is None:
                    await self._worker(partial(self._late, record_id))
                upload.line_bytes = await self._worker(add)
                if self._live(record_id) is None:
                    # The recording may have been completed while this was written.
                    await self._worker(partial(self._late, record_id))
        except OSError as fault:
            _log.error("what a page recorded cannot be stored: {why}", event="media_not_recorded", why=str(fault))
            self._cut(upload)
            raise UploadRefused(507, "The server cannot store it.") from None
        upload.length = made.length
        self._resume(upload)

    def _check_open(self, upload: Upload, known: MeetingUploads) -> None:
        meeting = self._live(record_of(upload.name))
        if meeting is not None and meeting.consents.get(upload.head.user) is False:
            raise UploadRefused(403, "This person refused to be recorded.")
        if upload.head.size is not None:
            raise UploadRefused(409, "This upload is complete.", upload.length)
        check_not_ejected(meeting, known.ejected, upload.head.user, self.hub.now().wall)
        if meeting is None and self._is_late(known):
            most = self._current.settings.uploads_accepted
            raise UploadRefused(410, f"The meeting ended more than {most} minutes ago.")

    def _cut(self, upload: Upload) -> None:
        upload.is_cut = True
        if (meeting := self._live(record_of(upload.name))) is not None:
            self._kept.cut(meeting, upload.head.user, upload.name, upload.head.kind, CutReason.DISK)

    def _resume(self, upload: Upload) -> None:
        """Tell that a file goes on which was cut, if it still does."""
        meeting = self._live(record_of(upload.name)) if upload.is_cut else None
        upload.is_cut = False
        person = meeting.people.get(upload.head.user) if meeting is not None else None
        kind = upload.head.kind
        if meeting is not None and person is not None and refusal(self.hub.media, meeting, person, kind) is None:
            self._kept.begin(meeting, person.user, upload.name, kind, self.hub.now().wall)

    async def complete(self, upload: Upload, size: int) -> None:
        """Note that a file has all its bytes. Raises ``UploadRefused`` and ``OSError``; then nothing changed."""
        record_id = record_of(upload.name)
        known = await self._of(record_id)
        await upload.lock.acquire()
        try:
            if upload.head.size is None or size != upload.length:
                self._check_open(upload, known)
            if size != upload.length:
                raise UploadRefused(409, "Another length is here.", upload.length)
            await self._note_complete(upload)
        finally:
            upload.lock.release()
        if (meeting := self._live(record_id)) is not None:
            self._kept.end(meeting, upload.name, upload.head.kind)

    async def _note_complete(self, upload: Upload) -> None:
        if upload.head.size is None:
            head = msgspec.structs.replace(upload.head, size=upload.length)
            await self._worker(partial(self._files.complete, record_of(upload.name), upload.name, head))
            upload.head = head

    def withdrawn(self, meeting: Meeting, user: str) -> None:
        """End the files of a person who refuses to be recorded: no recording waits for them."""
        if self.hub.media.pages_record and meeting.created.record:
            Deferred.fromCoroutine(self._end_of(meeting.internal_id, user)).addErrback(
                lambda failure: _log.failure("a file is not ended", failure, event="media_not_ended")
            )

    async def _end_of(self, record_id: str, user: str) -> None:
        for upload in [one for one in (await self._of(record_id)).uploads.values() if one.head.user == user]:
            await upload.lock.acquire()
            try:
                await self._note_complete(upload)
            finally:
                upload.lock.release()
