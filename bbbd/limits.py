"""The limits whose refusals are counted: the closed set of words for them in the log and in metrics.

The limits themselves are constants of the modules that they protect; ``limits_reference.py`` lists all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Limit(StrEnum):
    """A limit. Its value is its word."""

    #: Requests.
    REQUEST_LINE = "request_line"
    HEAD = "head"
    FRAMING = "framing"
    SLOW_REQUEST = "slow_request"
    SLOW_READER = "slow_reader"
    BODY = "body"
    BODIES = "bodies"
    CONNECTIONS = "connections"
    CONNECTIONS_OF_ADDRESS = "connections_of_address"
    TOKENS = "tokens"
    #: Parameters and bodies of calls.
    PARAMETERS = "parameters"
    VALUE = "value"
    MULTIPART = "multipart"
    XML = "xml"
    IDS = "ids"
    #: Meetings and people.
    MEETINGS = "meetings"
    BREAKOUTS = "breakouts"
    ATTENDEES = "attendees"
    WAITING_GUESTS = "waiting_guests"
    JOURNAL = "journal"
    DOCUMENTS = "documents"
    FREE_DISK = "free_disk"
    MEDIA = "media"
    #: WebSockets.
    MESSAGE = "message"
    MESSAGE_RATE = "message_rate"
    FRAMES = "frames"
    TEXT = "text"
    SILENCE = "silence"
    #: What comes from elsewhere, and goes there.
    DOCUMENT = "document"
    ARCHIVE = "archive"
    HOOKS = "hooks"
    CALLBACKS = "callbacks"


#: Counts a refusal: of a caller by address ("" for a unix socket, None where nobody asked), and the limit.
Refused = Callable[[str | None, Limit], None]
