"""The reference of limits, ``docs/limits.md``: each with its constant or setting, which is read from the code.

A row names the constants; their values are looked up, so the page cannot say others than the code has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from importlib import import_module
from typing import Any, NamedTuple

from bbbd.limits import Limit
from bbbd.live.features import MESSAGES
from bbbd.live.rate_limits import RATES, SHARED_RATES
from bbbd.settings.settings import Settings
from bbbd.values.fields import declarations, default_text
from bbbd.values.markdown import MADE, cell


class Row(NamedTuple):
    """A limit: of what, and the refusal. In ``value`` each ``{}`` is replaced by the next of ``sources``.

    A source is a setting (``bbbd.maxBody``) or a constant (``http.head:LONGEST_LINE``), with its unit after a
    space: ``B`` for bytes, else none.
    """

    what: str
    value: str
    sources: Sequence[str]
    answer: str
    limit: Limit | None = None


class Section(NamedTuple):
    """A heading and its rows."""

    title: str
    rows: Sequence[Row]


_DEADLINES, _HEAD = "http.deadlines:", "http.head:"
_QUERY, _CALL, _ARCHIVE = "api.query:", "api.call:", "recordings.archive:"
_UPLOADS = "uploads.facts:"
_SOCKET, _CONNECTION, _DOWNLOAD = "live.websocket:", "live.connection:", "egress.download:"
_UNREAD = "`requestTooLarge`, closed"
_INVALID = "`validationError`"

SECTIONS = (
    Section(
        "Requests and connections",
        (
            Row("request line", "{}", (_HEAD + "LONGEST_LINE B",), "414, closed", Limit.REQUEST_LINE),
            Row(
                "one header; all headers; their number",
                "{}; {}; {}",
                (_HEAD + "LONGEST_HEADER B", _HEAD + "ALL_HEADERS B", _HEAD + "MOST_HEADERS"),
                "431, closed",
                Limit.HEAD,
            ),
            Row(
                "heads that two servers could read differently: two lengths or hosts, a length beside chunks, bare line"
                " feeds, a target on another host",
                "none",
                (),
                "400, closed",
                Limit.FRAMING,
            ),
            Row("time for a head", "{} s", (_DEADLINES + "HEAD_WITHIN",), "408, closed", Limit.SLOW_REQUEST),
            Row(
                "time for a body",
                "all of it or {} in {} s, then again",
                ("http.body_flow:PIECE B", "http.body_flow:WITHIN"),
                "408, closed",
                Limit.SLOW_REQUEST,
            ),
            Row("idle connection", "{} s", (_DEADLINES + "IDLE",), "closed"),
            Row(
                "time to read an answer",
                "{} s, and 1 s for each {}",
                (_DEADLINES + "TAKE_WITHIN", _DEADLINES + "TAKE_RATE B"),
                "cut off",
                Limit.SLOW_READER,
            ),
            Row(
                "connections",
                "{}, or the open files that the system allows, less a reserve",
                ("bbbd.maxConnections",),
                "closed at once",
                Limit.CONNECTIONS,
            ),
            Row(
                "connections of one address, unless it is one of `bbbd.trustedProxies` or a unix socket",
                "{}",
                ("http.site:MOST_OF_ONE_ADDRESS",),
                "closed at once",
                Limit.CONNECTIONS_OF_ADDRESS,
            ),
            Row(
                "unknown session and track tokens of one address",
                "{} a minute",
                ("http.token_rate_limit:MOST",),
                "429, calls `missingSession`; good tokens still work",
                Limit.TOKENS,
            ),
            Row(
                "failed checksums of one address in the log",
                "{} a minute, then a sum",
                ("http.access_log:MOST_FAILURES_LOGGED",),
                "always the same `checksumError`; valid calls of the address are answered",
            ),
        ),
    ),
    Section(
        "Bodies",
        (
            Row("of a call that takes none", "{}", (_CALL + "BodyRule.NOTHING.value B",), _UNREAD, Limit.BODY),
            Row("form", "{}", (_CALL + "LARGEST_FORM B",), _UNREAD, Limit.BODY),
            Row("`create`, `insertDocument`: slides", "{}", ("bbbd.maxBody B",), _UNREAD, Limit.BODY),
            Row("`setConfigXML`", "{}", (_CALL + "BodyRule.LONG_FORM.value B",), _UNREAD, Limit.BODY),
            Row("`putRecordingTextTrack`", "{}", (_CALL + "BodyRule.TRACK.value B",), _UNREAD, Limit.BODY),
            Row("JSON of a call", "{}", (_CALL + "BodyRule.JSON.value B",), _UNREAD, Limit.BODY),
            Row("document from the page", "{}", ("maxFileSizeUpload B",), "413, closed", Limit.BODY),
            Row("piece of what a page records", "{}", (_UPLOADS + "LARGEST_PIECE B",), "413, closed", Limit.BODY),
            Row("anything else", "{}", ("api.request_bodies:LARGEST_UNKNOWN B",), "413, closed", Limit.BODY),
            Row(
                "all bodies in hand, but for archives",
                "{}",
                ("bbbd.maxBodiesInHand B",),
                "`diskFull` or 507, closed",
                Limit.BODIES,
            ),
            Row(
                "free disk space that bodies and their files leave",
                "{}",
                ("bbbd.minFreeDisk B",),
                "before the body `diskFull` or 507, closed",
                Limit.BODIES,
            ),
            Row(
                "the same for `create` with `record`, documents and text tracks",
                "{}",
                ("bbbd.minFreeDisk B",),
                "`diskFull`, 507",
                Limit.FREE_DISK,
            ),
            Row(
                "multipart: parts; headers of a part; bytes of one; boundary",
                "{}; {}; {}; {}",
                tuple(
                    f"api.multipart_upload:{name}"
                    for name in ("MOST_PARTS", "_MOST_HEADERS", "_LONGEST_HEADER B", "_LONGEST_BOUNDARY")
                ),
                _INVALID,
                Limit.MULTIPART,
            ),
        ),
    ),
    Section(
        "Parameters",
        (
            Row(
                "parameters; `meta_*`; characters of all `meta_*`",
                "{}; {}; {}",
                (_QUERY + "MOST_PARAMETERS", _QUERY + "MOST_METADATA", _QUERY + "ALL_METADATA"),
                _INVALID,
                Limit.PARAMETERS,
            ),
            Row(
                "one value, but for `configXML`, `groups`, `recordID` and `meetingID`",
                "{}",
                (_QUERY + "LONGEST_VALUE B",),
                _INVALID,
                Limit.VALUE,
            ),
            Row("text", "{} characters", ("values.value_types:LONGEST_TEXT",), _INVALID, Limit.VALUE),
            Row(
                "name of a person, meeting, track",
                "{} characters",
                ("values.value_types:LONGEST_NAME",),
                _INVALID,
                Limit.VALUE,
            ),
            Row("`sendChatMessage`", "{} characters", ("api.send_chat_message:LONGEST",), _INVALID, Limit.VALUE),
            Row(
                "XML: depth; elements; DTD, entities, anything fetched",
                "{}; {}; none",
                ("values.safe_xml:MAX_DEPTH", "values.safe_xml:MAX_ELEMENTS"),
                "`configXMLError`; slides in a body are left out",
                Limit.XML,
            ),
            Row("ids in one call", "{}", ("api.recordings:MOST_IDS",), _INVALID, Limit.IDS),
            Row("recordings of a page, with `limit`", "{}", ("api.recordings:LARGEST_PAGE",), "clamped"),
        ),
    ),
    Section(
        "Meetings and people",
        (
            Row("meetings", "{}", ("bbbd.maxMeetings",), "`maxMeetingsReached`", Limit.MEETINGS),
            Row(
                "breakout rooms of one",
                "{}",
                ("meetings.breakouts:MOST_BREAKOUTS",),
                "`maxMeetingsReached`, in the page `notAllowed`",
                Limit.BREAKOUTS,
            ),
            Row(
                "people in all meetings",
                "{}",
                ("bbbd.maxAttendees",),
                "`maxParticipantsReached`, close 4005",
                Limit.ATTENDEES,
            ),
            Row(
                "guests who wait for one",
                "{}",
                ("meetings.joining:LOBBY",),
                "`guestDeniedAccess`",
                Limit.WAITING_GUESTS,
            ),
            Row(
                "journal of one",
                "{}",
                ("bbbd.maxJournal B",),
                "chat, reactions and raised hands: `no` `full`, `validationError`; config.xml: `configXMLError`; people"
                " come and go, and it can end",
                Limit.JOURNAL,
            ),
            Row(
                "what pages record of one, of a person in it; files of a person",
                "{}; {}; {}",
                ("bbbd.maxRecordedOfMeeting B", "bbbd.maxRecordedOfPerson B", "uploads.facts:MOST_OF_PERSON"),
                "413",
                Limit.MEDIA,
            ),
            Row(
                "pieces of what a page records, of one person; what is noted of the pieces of one file",
                "{} a second, {} at once; {}",
                (_UPLOADS + "PIECES_A_SECOND", _UPLOADS + "PIECES_AT_ONCE", "recordings.uploaded_media:MOST_LINES B"),
                "429 with `Retry-After`; 413",
                Limit.MEDIA,
            ),
            Row("documents of one", "{}", ("meetings.decks:MOST_DECKS",), "`tooManyDocuments`, 409", Limit.DOCUMENTS),
            Row(
                "hooks of one meeting; of all meetings",
                "{}; {}",
                ("callbacks.hooks:MOST_OF_A_MEETING", "callbacks.hooks:MOST_GLOBAL"),
                "`createHookError`",
                Limit.HOOKS,
            ),
        ),
    ),
    Section(
        "WebSockets",
        (
            Row("message", "{}", ("bbbd.maxMessage B",), "close 1009", Limit.MESSAGE),
            Row("message, of the present kinds", "{}", ("live.protocol:LARGEST B",), "`no` `tooLong`", Limit.MESSAGE),
            Row(
                "text of a chat message; of the lobby's notice",
                "{}; {} characters",
                ("live.chat:LONGEST_TEXT", "live.lobby:LONGEST_NOTICE"),
                "`no` `tooLong`",
                Limit.TEXT,
            ),
            Row(
                "messages of one person",
                "{}",
                ("live.rate_limits:_ALL rate",),
                "`no` `tooMany` with `wait`",
                Limit.MESSAGE_RATE,
            ),
            Row(
                "refusals",
                "{} in {} s",
                ("live.rate_limits:MOST_REFUSALS", "live.rate_limits:REFUSALS_WITHIN"),
                "`bye` `flood`, close 4007",
                Limit.MESSAGE_RATE,
            ),
            Row(
                "frames without a message",
                "{} a second, {} at once",
                (_SOCKET + "FRAME_RATE", _SOCKET + "FRAME_BURST"),
                "`bye` `flood`, close 4007",
                Limit.FRAMES,
            ),
            Row(
                "what waits for a slow reader",
                "{}, or {} s",
                (_SOCKET + "MOST_UNSENT B", _SOCKET + "UNREAD_FOR"),
                "close 4008; the person is away and may come back",
                Limit.SLOW_READER,
            ),
            Row(
                "question of a poll; one of its own answers; their number",
                "{} characters; {} characters; {}",
                ("live.polls:LONGEST_QUESTION", "live.polls:LONGEST_ANSWER", "live.polls:MOST_ANSWERS"),
                "`no` `tooLong`, of their number `malformed`",
                Limit.TEXT,
            ),
            Row(
                "silence: a ping is sent; no answer",
                "{} s; {} s",
                (_CONNECTION + "PING_EVERY", _CONNECTION + "DEAD_AFTER"),
                "cut off; the person is away and may come back",
                Limit.SILENCE,
            ),
            Row("time for `hello`", "{} s", (_CONNECTION + "HELLO_WITHIN",), "`bye` `timeout`, close 4010"),
            Row("connections of one token", "1", (), "the older one: `bye` `elsewhere`, close 4003"),
        ),
    ),
    Section(
        "Documents and subtitles",
        (
            Row(
                "fetching: in all; without a byte; redirects",
                "{} s; {} s; {}",
                (_DOWNLOAD + "WITHIN", _DOWNLOAD + "SILENT", _DOWNLOAD + "MOST_REDIRECTIONS"),
                "the meeting shows why",
                Limit.DOCUMENT,
            ),
            Row("document", "{}", ("maxFileSizeUpload B",), "the meeting shows why", Limit.DOCUMENT),
            Row(
                "at once: of all meetings that are fetched; of one meeting; conversions",
                "{}; {}; {}",
                ("slides.document_source:MOST_FETCHED", "slides.service:OF_ONE", "bbbd.workers"),
                "wait",
            ),
            Row(
                "conversion: pages; pixels of a picture; memory; computing",
                "{}; {}; {}; {} s",
                ("maxNumPages", "slides.process_limits:MOST_PIXELS", "bbbd.workerMemory B", "bbbd.workerSeconds"),
                "the meeting shows why",
                Limit.DOCUMENT,
            ),
            Row(
                "pictures of one document",
                "{}",
                ("slides.process_limits:LARGEST B",),
                "the meeting shows why",
                Limit.DOCUMENT,
            ),
            Row(
                "subtitles: file; cues; characters of a line",
                "{}; {}; {}",
                tuple(f"subtitles.cues:{name}" for name in ("LARGEST B", "MOST_CUES", "LONGEST_LINE")),
                "the upload is dropped, with its reason in the log",
            ),
        ),
    ),
    Section(
        "Callbacks and hooks",
        (
            Row(
                "one call: connecting; in all; bytes of the answer that are read",
                "{} s; {} s; {}",
                ("egress.agent:CONNECT_WITHIN", "egress.agent:WITHIN", "egress.response_limits:MOST_BODY B"),
                "tried again",
            ),
            Row(
                "calls at once: in all; to one host; to one receiver",
                "{}; {}; 1",
                ("callbacks.receiver_queues:MOST_AT_ONCE", "callbacks.receiver_queues:MOST_TO_ONE_HOST"),
                "wait",
            ),
            Row(
                "calls that are due",
                "{}",
                ("callbacks.outbox:MOST_DUE",),
                "hooks get no new ones, which is logged as an error; callbacks of meetings are kept",
                Limit.CALLBACKS,
            ),
            Row("calls given up that are kept", "{}", ("callbacks.outbox_store:MOST_GIVEN_UP",), "the oldest go"),
        ),
    ),
    Section(
        "Archives of recordings",
        (
            Row(
                "unpacked; members; directories; formats; times its own length",
                "{}; {}; {}; {}; {}",
                tuple(
                    _ARCHIVE + name
                    for name in ("MOST_BYTES B", "MOST_FILES", "MOST_DIRECTORIES", "MOST_FORMATS", "MOST_RATIO")
                ),
                "refused whole, kept in `failed/` with the reason",
                Limit.ARCHIVE,
            ),
            Row(
                "a member: depth; name; path",
                "{}; {}; {}",
                (_ARCHIVE + "MOST_DEPTH", _ARCHIVE + "LONGEST_NAME B", _ARCHIVE + "LONGEST_PATH B"),
                "the same",
                Limit.ARCHIVE,
            ),
            Row(
                "reading: memory; free disk space that stays",
                "{}; {}",
                ("recordings.unpack:MEMORY B", "recordings.importer:SPARE B"),
                "the same",
                Limit.ARCHIVE,
            ),
            Row("links, devices, paths that lead out", "none", (), "the same", Limit.ARCHIVE),
        ),
    ),
)

_INTRODUCTION = (
    "# Limits",
    "",
    "What bbbd accepts at most, and what a caller sees beyond. A setting has its name, with the default. Of some"
    " settings 0 is no limit (see [settings.md](settings.md)).",
    "",
    "Each refusal is counted under the word in the last column. The log has one line a minute (`event=refused`) for"
    " each word and address, with `count`. The refusal of a document or archive has no address.",
)


def limits_page() -> str:
    """Return the page of all limits."""
    lines = [MADE, *_INTRODUCTION]
    for section in SECTIONS:
        lines += ["", f"## {section.title}", "", "| what | at most | beyond | counted as |", "|---|---|---|---|"]
        lines += [_line(row) for row in section.rows]
        if section.title == "WebSockets":
            lines += ["", *_rates()]
    return "\n".join((*lines, ""))


def _line(row: Row) -> str:
    value = row.value.format(*map(_shown, row.sources))
    return f"| {cell(row.what)} | {value} | {cell(row.answer)} | {f'`{row.limit}`' if row.limit else ''} |"


def _rates() -> Iterator[str]:
    yield "| message | of one person | of all people of a meeting |"
    yield "|---|---|---|"
    for kind in MESSAGES:
        if kind in RATES or kind in SHARED_RATES:
            own, shared = RATES.get(kind), SHARED_RATES.get(kind)
            tag = kind.__struct_config__.tag
            yield f"| `{tag}` | {_as_rate(own) if own else ''} | {_as_rate(shared) if shared else ''} |"


def _as_rate(rate: Any) -> str:
    return f"{rate.rate:g} a second, {rate.burst:g} at once"


def _shown(source: str) -> str:
    path, _, unit = source.partition(" ")
    if ":" not in path:
        default = _default(path)
        return f"`{path}` ({_as_size(int(default)) if unit == 'B' else default})"
    module, names = path.split(":")
    value: Any = reduce(getattr, names.split("."), import_module(f"bbbd.{module}"))
    if unit == "rate":
        return _as_rate(value)
    return _as_size(value) if unit == "B" else f"{value:,}"


def _default(name: str) -> str:
    """Return the default of a setting. Raises ``StopIteration`` for one that is not declared."""
    return default_text(next(one for one in declarations(Settings) if name in one.names).default)


def _as_size(value: int) -> str:
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if value >= 1 << shift and value % (1 << shift) == 0:
            return f"{value >> shift} {unit}"
    return f"{value:,} bytes"
