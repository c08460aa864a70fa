"""What pages record of themselves, as the server knows it: what is asked for, what is there, what is refused."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import msgspec
from twisted.internet.defer import DeferredLock

from bbbd.recordings.uploaded_media import StoredUpload, UploadHead
from bbbd.settings.settings import Settings
from bbbd.uploads.keeping import KINDS

#: Bytes of a piece.
LARGEST_PIECE = 4 << 20
#: Files of one person in a meeting.
MOST_OF_PERSON = 2000
#: Milliseconds by which a page's idea of the server's clock may be off.
CLOCKS_DIFFER = 60_000
_MIMES, _LONGEST_MIME = ("video/webm", "audio/webm", "video/mp4", "audio/mp4"), 100


class UploadRefused(Exception):
    """A request is refused: the status and the reason. ``offset`` is the right one, where another was given."""

    def __init__(self, status: int, why: str, offset: int | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.why = why
        self.offset = offset


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
    #: Bytes that are being written behind them.
    coming: int = 0
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

    def length(self, user: str = "") -> int:
        """Return the bytes of all files, or of one person's, with those that are being written."""
        return sum(one.length + one.coming for one in self.uploads.values() if not user or one.head.user == user)

    def same(self, user: str, wanted: Wanted) -> Upload | None:
        """Return the file that a person's page asked for before, None if it did not."""
        for one in self.uploads.values():
            head = one.head
            if (head.user, head.kind, head.seq, head.started) == (user, wanted.kind, wanted.seq, wanted.started_at):
                return one
        return None

    def check_count(self, user: str) -> None:
        """Check that a person may have one more file. Raises ``UploadRefused``."""
        if sum(one.head.user == user for one in self.uploads.values()) >= MOST_OF_PERSON:
            raise UploadRefused(413, f"A person has at most {MOST_OF_PERSON:,} uploads in a meeting.")

    def check_most(self, user: str, more: int, settings: Settings) -> None:
        """Check that so many bytes more of a person are not too many. Raises ``UploadRefused``."""
        if self.length(user) + more > settings.max_recorded_of_person:
            raise UploadRefused(413, f"A person has at most {settings.max_recorded_of_person:,} bytes in a meeting.")
        if self.length() + more > settings.max_recorded_of_meeting:
            most = settings.max_recorded_of_meeting
            raise UploadRefused(413, f"A meeting has at most {most:,} bytes of what pages record.")


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
