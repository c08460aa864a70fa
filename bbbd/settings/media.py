"""Sound, cameras and screens: the engine, and how much of it reaches each person."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import StrEnum

from bbbd.values.enums import RecordedMedia
from bbbd.values.fields import given
from bbbd.values.value_types import BOOLEAN, DIRECTORY, MINUTES, TEXT, ValueType, enum, number, size

#: Bytes that the path of a Unix socket may have, less those that bbbd's own socket beside it takes.
LONGEST_PATH = 90
#: The most Janus beside one bbbd.
MOST_JANUS = 16


class MediaEngine(StrEnum):
    """Which engine forwards sound and pictures."""

    AUTO = "auto"
    OFF = "off"
    MESH = "mesh"
    JANUS = "janus"


def _sockets(text: str) -> tuple[str, ...]:
    paths = tuple(one.removeprefix("unix:") for one in text.split())
    if any(not path.startswith("/") or len(path.encode()) > LONGEST_PATH for path in paths):
        raise ValueError(f"must be unix: and an absolute path of at most {LONGEST_PATH} bytes")
    if len(paths) > MOST_JANUS:
        raise ValueError(f"must be at most {MOST_JANUS} sockets")
    # bbbd's own socket and the secrets are beside each.
    if len({posixpath.dirname(posixpath.normpath(path)) for path in paths}) < len(paths):
        raise ValueError("must be sockets in a directory of their own each")
    return paths


UNIX_SOCKETS: ValueType[tuple[str, ...]] = ValueType(
    "unix: and an absolute path, one or more with blanks between", _sockets, ()
)


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class MediaSettings:
    """Settings of sound, cameras and screens."""

    media: MediaEngine = given(
        "bbbd.media",
        enum(MediaEngine),
        "The engine for sound, cameras and screens: `janus`, a process beside bbbd; `mesh`, links between the browsers"
        " of a few people; `off`; or `auto`, which is Janus while `bbbd.janus` names one that answers, else the mesh.",
        default=MediaEngine.AUTO,
        restart=True,
    )
    janus: tuple[str, ...] = given(
        "bbbd.janus",
        UNIX_SOCKETS,
        "The Unix datagram socket of Janus, such as `unix:/run/janus/api.sock`, or those of several, with blanks"
        " between, each in a directory of its own. `bbbd janus-config` writes configurations that have them. bbbd"
        " makes a socket of its own beside each. A meeting is on the one with the fewest people; when that one is"
        " lost, on another. Put a new one at the end: the order tells which one's links a restart takes up.",
        default=(),
        restart=True,
    )
    janus_secret_file: str = given(
        "bbbd.janusSecretFile",
        TEXT,
        "The file with Janus' API secret in its first line and the admin key of VideoRoom in its second, for every"
        " Janus of `bbbd.janus`. Empty: `secret` beside each socket.",
        default="",
        restart=True,
    )
    record_media: RecordedMedia = given(
        "bbbd.recordMedia",
        enum(RecordedMedia),
        "What is kept of people's media while recording is on: `all`, `sound` alone, or nothing (`off`).",
        default=RecordedMedia.ALL,
    )
    mesh_recordings: bool = given(
        "bbbd.meshRecordings",
        BOOLEAN,
        "Whether in the mesh pages record what they send, as `bbbd.recordMedia` says, and upload it. Otherwise"
        " recordings of the mesh have no sound and no pictures, and people are told so.",
        default=True,
    )
    uploads_accepted: int = given(
        "bbbd.uploadsAcceptedForMinutes",
        MINUTES,
        "In the mesh, the time after a meeting's end in which pages may still send what they recorded. A recording"
        " that is made already is made again.",
        default=60,
    )
    max_recorded_of_person: int = given(
        "bbbd.maxRecordedOfPerson",
        size(least=1 << 20),
        "In the mesh, the most that one person's page may send of its own recording of one meeting.",
        default=4 << 30,
    )
    max_recorded_of_meeting: int = given(
        "bbbd.maxRecordedOfMeeting",
        size(least=1 << 20),
        "In the mesh, the most that all pages together may send of their recordings of one meeting.",
        default=32 << 30,
    )
    janus_recordings: str = given(
        "bbbd.janusRecordings",
        DIRECTORY,
        "The directory in which Janus writes what people send while recording is on, until their meeting ends. Both"
        " bbbd and Janus write in it; it belongs on the disk of `bbbd.recordingDir`. Empty: `media` in"
        " `bbbd.recordingDir`, for a Janus that runs as bbbd's own user.",
        default="",
        restart=True,
    )
    talkers_heard: int = given(
        "bbbd.talkersHeard",
        number("a number of people", 1, 20),
        "The number of people whose microphones each person hears at a time: those who spoke last.",
        default=3,
    )
    cameras_seen: int = given(
        "bbbd.camerasSeen",
        number("a number of cameras", 0, 25),
        "The number of cameras that each page receives at a time; it pages through the others.",
        default=9,
    )
    camera_bitrate: int = given(
        "bbbd.cameraBitrate",
        number("bits a second", 50_000),
        "The most bits a second that a page sends for its camera.",
        default=600_000,
    )
    mesh_video_copies: int = given(
        "bbbd.meshVideoCopies",
        number("a number of people", 1, 12),
        "In the mesh, the most people to whom a page sends its camera: it encodes and sends a copy for each.",
        default=4,
    )
    mesh_audio_copies: int = given(
        "bbbd.meshAudioCopies",
        number("a number of people", 1, 24),
        "In the mesh, the most people to whom a page sends its microphone.",
        default=8,
    )
    mesh_screen_copies: int = given(
        "bbbd.meshScreenCopies",
        number("a number of people", 1, 24),
        "In the mesh, the most people to whom a page sends its screen.",
        default=8,
    )
    media_through_relay_only: bool = given(
        "bbbd.mediaThroughRelayOnly",
        BOOLEAN,
        "Whether sound and pictures go through a TURN server alone. In the mesh people then do not see each other's"
        " network addresses. It needs `bbbd.turnServers`.",
        default=False,
    )
