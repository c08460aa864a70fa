"""What pages record of themselves, as the server knows it: what is asked for, what is there, what is refused."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
from twisted.internet.defer import DeferredLock

from bbbd.clock import Moment
from bbbd.live.rate_limits import Bucket
from bbbd.meetings.model import Meeting
from bbbd.meetings.people import ejected
from bbbd.recordings.uploaded_media import LONGEST_LINE, MOST_LINES, StoredUpload, UploadHead
from bbbd.settings.settings import Settings
from bbbd.uploads.keeping import KINDS

#: Bytes of a piece.
LARGEST_PIECE = 4 << 20
#: Files of one person in a meeting.
MOST_OF_PERSON = 2000
#: Pieces of one person a second, and at once: each is two syncs of the disk. A page that makes up for a lost connection
#: sends twenty a second on a good line.
PIECES_A_SECOND, PIECES_AT_ONCE = 20, 100
#: Milliseconds by which a page's idea of the server's clock may be off.
CLOCKS_DIFFER = 60_000
_MIMES, _LONGEST_MIME = ("video/webm", "audio/webm", "video/mp4", "audio/mp4"), 100


class UploadRefused(Exception):
    """A request is refused: the status and the reason.

    ``offset`` is the right one, where another was given; ``seconds`` those after which the same may be asked again.
    """

    def __init__(self, status: int, why: str, offset: int | None = None, seconds: int = 0) -> None:
        super().__init__(why)
        self.status = status
        self.why = why
        self.offset = offset
        self.seconds = seconds


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What a page begins to record. ``started_at`` is a time of the server's clock; ``seq`` tells its files apart."""

    kind: str
    mime: str
    started_at: int
    seq: int


@dataclass(slots=True, eq=False)
class Upload:
    """A file under way, as the disk has it."""

    name: str
    head: UploadHead
    length: int = 0
    line_bytes: int = 0
    is_cut: bool = False
    #: Whether this process has told the journal that it began.
    is_told: bool = False
    lock: DeferredLock = field(default_factory=DeferredLock)

    @classmethod
    def of(cls, stored: StoredUpload) -> Upload:
        """Return a file that is on the disk."""
        return cls(stored.name, stored.head, stored.length, stored.line_bytes)


@dataclass(slots=True, eq=False)
class MeetingUploads:
    """The files of one meeting, and when it ended (0: it goes on, or nothing tells)."""

    uploads: dict[str, Upload]
    ended: int
    lock: DeferredLock = field(default_factory=DeferredLock)
    #: When those left who were removed for good, once the meeting has ended.
    ejected: dict[str, int] = field(default_factory=dict)
    #: Those whose files could not begin, which was told.
    told: set[str] = field(default_factory=set)
    #: Bytes and files of each person, and bytes of all, with those that are being written.
    _bytes: Counter[str] = field(default_factory=Counter)
    _files: Counter[str] = field(default_factory=Counter)
    _all_bytes: int = 0
    _wanted: dict[tuple[str, str, int, int], Upload] = field(default_factory=dict)
    _pieces: dict[str, Bucket] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in self.uploads.values():
            self.add(one)

    def add(self, upload: Upload) -> None:
        """Add a file."""
        head = upload.head
        self.uploads[upload.name] = upload
        self._files[head.user] += 1
        self._wanted[head.user, head.kind, head.seq, head.started] = upload
        self._count(head.user, upload.length)

    def end(self, meeting: Meeting) -> None:
        """Note that the meeting has ended."""
        self.ended, self.ejected = meeting.end_time, ejected(meeting)

    @contextmanager
    def counted(self, user: str, more: int) -> Iterator[None]:
        """Count bytes of a person that are being written, and no longer if that fails."""
        self._count(user, more)
        try:
            yield
        except BaseException:
            self._count(user, -more)
            raise

    def _count(self, user: str, more: int) -> None:
        self._bytes[user] += more
        self._all_bytes += more

    def same(self, user: str, wanted: Wanted) -> Upload | None:
        """Return the file that a person's page asked for before, None if it did not."""
        return self._wanted.get((user, wanted.kind, wanted.seq, wanted.started_at))

    def check_count(self, user: str) -> None:
        """Check that a person may have one more file. Raises ``UploadRefused``."""
        if self._files[user] >= MOST_OF_PERSON:
            raise UploadRefused(413, f"A person has at most {MOST_OF_PERSON:,} uploads in a meeting.")

    def check_most(self, user: str, more: int, settings: Settings) -> None:
        """Check that so many bytes more of a person are not too many. Raises ``UploadRefused``."""
        if self._bytes[user] + more > settings.max_recorded_of_person:
            raise UploadRefused(413, f"A person has at most {settings.max_recorded_of_person:,} bytes in a meeting.")
        if self._all_bytes + more > settings.max_recorded_of_meeting:
            most = settings.max_recorded_of_meeting
            raise UploadRefused(413, f"A meeting has at most {most:,} bytes of what pages record.")

    def check_rate(self, user: str, now: Moment) -> None:
        """Count a piece of a person against their rate. Raises ``UploadRefused``."""
        seconds = now.steady / 1000
        if user not in self._pieces:
            self._pieces[user] = Bucket(PIECES_A_SECOND, PIECES_AT_ONCE, seconds)
        if wait := self._pieces[user].take(seconds):
            why = f"A person sends at most {PIECES_A_SECOND} pieces a second."
            raise UploadRefused(429, why, seconds=math.ceil(wait))


def check_lines(upload: Upload) -> None:
    """Check that there is room for one more line about a piece of a file. Raises ``UploadRefused``."""
    if upload.line_bytes + LONGEST_LINE > MOST_LINES:
        raise UploadRefused(413, f"This upload has too many pieces: what is noted of them is {MOST_LINES:,} bytes.")


def check_wanted(wanted: Wanted, now: int) -> None:
    """Check what a page asks for, whoever asks. Raises ``UploadRefused``."""
    if wanted.kind not in KINDS:
        raise UploadRefused(400, f"kind must be one of: {', '.join(KINDS)}.")
    if wanted.mime.partition(";")[0].strip().lower() not in _MIMES or len(wanted.mime) > _LONGEST_MIME:
        raise UploadRefused(415, f"mime must be one of: {', '.join(_MIMES)}, with codecs or without.")
    if not 0 <= wanted.seq < 1 << 53:
        raise UploadRefused(400, "seq must be a whole number.")
    if not -1 << 53 < wanted.started_at <= now + CLOCKS_DIFFER:
        raise UploadRefused(400, "startedAt must be a time of the server's clock, in milliseconds, not to come.")


def hash_of(token: str) -> str:
    """Return what the disk has of a session token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def head_of(wanted: Wanted, user: str, token: str, now: int) -> UploadHead:
    """Return the head of a file that a person's page begins now."""
    return UploadHead(
        user=user,
        session=hash_of(token),
        kind=wanted.kind,
        mime=wanted.mime,
        started=wanted.started_at,
        begun=now,
        seq=wanted.seq,
    )
