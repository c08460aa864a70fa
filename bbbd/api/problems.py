"""Problems: all refusals of calls in one table, with messageKey and message.

Load balancers and plugins act on the keys; the messages are the 2.2 reference's, for people.
"""

from __future__ import annotations

from enum import Enum

from bbbd.limits import Limit

#: The message when the disk does not take a change that has happened already.
UNSYNCED = "{change}, but the server's disk has not taken that yet; it is tried again until it does."


class Problem(Enum):
    """A messageKey with its usual message."""

    CHECKSUM = ("checksumError", "You did not pass the checksum security check")
    UNSUPPORTED_REQUEST = ("unsupportedRequest", "This request is not supported.")
    UNSUPPORTED_CONTENT_TYPE = (
        "unsupportedContentType",
        "POST request Content-Type is missing or unsupported",
    )
    NOT_ENABLED = (
        "apiNotEnabled",
        "The API service and/or controller is not enabled on this server.  To use it, you must first enable it.",
    )
    VALIDATION = ("validationError", "A parameter is not valid.")
    TOO_LARGE = ("requestTooLarge", "The body of the request is too large.")
    INTERNAL = ("internalError", "Something went wrong on the server; its log tells what.")
    DISK_FULL = ("diskFull", "The server's disk is nearly full; nothing can be recorded.")
    DRAINING = ("serverDraining", "This server takes no new meetings; it is about to be taken out of service.")
    MAX_MEETINGS = ("maxMeetingsReached", "The number of meetings allowed on this server has been reached.")

    MISSING_MEETING_ID = ("missingParamMeetingID", "You must specify a meeting ID for the meeting.")
    MISSING_FULL_NAME = (
        "missingParamFullName",
        "You must specify a name for the attendee who will be joining the meeting.",
    )
    MISSING_RECORD_ID = ("missingParamRecordID", "You must specify a recordID.")
    MISSING_PARAMETER = ("missingParameter", "Missing param {name}.")
    MISSING_PARAM = ("paramError", "Missing param {name}.")
    MISSING_PUBLISH = ("missingParamPublish", "You must specify a publish value true or false.")
    MISSING_SEQUENCE = ("missingParamSequence", "You must specify a sequence number for the breakout room.")
    INVALID_FORMAT = ("invalidFormat", "Meeting id contains invalid characters.")
    ID_NOT_UNIQUE = (
        "idNotUnique",
        "A meeting already exists with that meeting ID.  Please use a different meeting ID.",
    )
    VOICE_BRIDGE = ("nonUniqueVoiceBridge", "The selected voice bridge is already in use.")
    PARENT_MISSING = ("parentMeetingIdMissing", "No parent meeting ID was provided for the breakout room")
    PARENT_UNKNOWN = ("parentMeetingDoesNotExist", "No parent meeting exists for the breakout room")
    BREAKOUTS_DISABLED = ("breakoutRoomsDisabled", "The parent meeting has breakout rooms switched off.")

    INVALID_MEETING = (
        "invalidMeetingIdentifier",
        "The meeting ID that you supplied did not match any existing meetings",
    )
    NOT_FOUND = ("notFound", "We could not find a meeting with that meeting ID")
    NOT_FOUND_TO_END = (
        "notFound",
        "We could not find a meeting with that meeting ID - perhaps the meeting is not yet running?",
    )
    JOIN_PASSWORD = (
        "invalidPassword",
        "You either did not supply a password or the password supplied is neither the attendee or moderator password"
        " for this conference.",
    )
    END_PASSWORD = ("invalidPassword", "You must supply the moderator password for this call.")
    CREATE_TIME = (
        "mismatchCreateTimeParam",
        "The createTime parameter submitted mismatches with the current meeting.",
    )
    FORCIBLY_ENDED = (
        "meetingForciblyEnded",
        "You can not re-join a meeting that has already been forcibly ended.  However, once the meeting is removed"
        " from memory (according to the timeout configured on this server, you will be able to once again create a"
        " meeting with the same meeting ID",
    )
    NO_SESSION = ("missingSession", "Could not find conference.")
    INVALID_SESSION = ("missingSession", "Invalid session token")
    TOO_MANY_TOKENS = (
        "missingSession",
        "Too many session tokens that nobody has came from your address. Wait a minute.",
    )
    MISSING_TOKEN = ("missingToken", "You must provide a session token")
    GUEST_DENY = ("guestDeny", "User denied access for this session")
    ACCESS_DENIED = ("guestDeny", "Access denied")
    NO_RECORDING = ("notFound", "We could not find recordings")
    NO_RECORDING_WITH_ID = ("noRecordings", "No recording was found for {given}")
    INVALID_KIND = ("invalidKind", "Invalid kind parameter, expected='subtitles|captions' actual={given}")
    INVALID_LANG = ("invalidLang", "Malformed lang param, received={given}")
    EMPTY_TRACK = ("empty_uploaded_text_track", "Empty uploaded text track.")
    TRACK_FAILED = ("upload_text_track_failed", "Text track upload failed.")
    NO_CONFIG = ("noConfigFound", "We could not find a config for this request.")
    FULL = ("maxParticipantsReached", "The number of participants allowed for this meeting has been reached.")
    FULL_TO_ENTER = (
        "maxParticipantsReached",
        "The maximum number of participants allowed for this meeting has been reached.",
    )
    GUEST_DENIED = (
        "guestDeniedAccess",
        "You have been denied access to this meeting based on the meeting's guest policy",
    )
    CREATE_HOOK = ("createHookError", "An error happened while creating your hook. Check the logs.")
    DESTROY_HOOK = ("destroyHookError", "An error happened while removing your hook. Check the logs.")
    MISSING_HOOK = ("destroyMissingHook", "The hook informed was not found.")
    MISSING_HOOK_ID = ("missingParamHookID", "You must specify a hookID in the parameters.")
    MISSING_CALLBACK_URL = ("missingParamCallbackURL", "You must specify a callbackURL in the parameters.")
    CONFIG_MISSING = ("configXMLError", "You did not pass a config XML")
    CONFIG_XML = ("configXMLError", "Cannot decode config XML")
    MEETING_NOT_FOUND = ("meetingNotFound", "We could not find a meeting with that meeting ID")
    MISSING_MESSAGE = ("validationError", "You must provide the param message")
    NO_CHAT = ("validationError", "The chat is switched off in this meeting.")
    KEEPS_TOO_MUCH = ("validationError", "The meeting keeps too much already; it takes no more of this.")

    NO_PRESENTATION = ("presentationDisabled", "Presentation feature is disabled, ignoring.")
    NO_DOCUMENT = ("noDocument", "The body of the request has no document in it.")
    TOO_MANY_DOCUMENTS = ("tooManyDocuments", "The meeting has too many documents.")

    @property
    def key(self) -> str:
        """The messageKey."""
        return self.value[0]

    @property
    def message(self) -> str:
        """The message for people."""
        return self.value[1]


class Notice(Enum):
    """A messageKey and message of a successful answer."""

    NONE = ("", "")
    DUPLICATE = ("duplicateWarning", "This conference was already in existence and may currently be in progress.")
    JOINED = ("successfullyJoined", "You have joined successfully.")
    GUEST_WAIT = ("guestWait", "Guest waiting for approval to join meeting.")
    END_SENT = (
        "sentEndMeetingRequest",
        "A request to end the meeting was sent.  Please wait a few seconds, and then use the getMeetingInfo or"
        " isMeetingRunning API calls to verify that it was ended.",
    )
    NO_MEETINGS = ("noMeetings", "no meetings were found on this server")
    NO_RECORDINGS = ("noRecordings", "There are no recordings for the meeting(s).")
    TRACK_KEPT = ("upload_text_track_success", "Text track uploaded successfully")
    DUPLICATE_HOOK = ("duplicateWarning", "There is already a hook for this callback URL.")
    DOCUMENT_COMES = ("", "Presentation is being uploaded")
    NO_SESSIONS = ("noSessions", "no sessions were found on this server")
    GUEST_ALLOWED = ("guestAllowed", "Guest allowed to join meeting.")
    GUEST_WAITS = ("guestWait", "Please wait for a moderator to approve you joining the meeting.")
    GUEST_REFUSED = ("guestDeny", "Guest denied of joining the meeting.")
    SEAT_WAIT = ("seatWait", "Guest waiting for a seat in the meeting.")


#: Problems for missing required parameters, by outside name.
WHEN_MISSING = {
    "meetingID": Problem.MISSING_MEETING_ID,
    "fullName": Problem.MISSING_FULL_NAME,
    "recordID": Problem.MISSING_RECORD_ID,
    "publish": Problem.MISSING_PUBLISH,
    "configXML": Problem.CONFIG_MISSING,
    "hookID": Problem.MISSING_HOOK_ID,
    "callbackURL": Problem.MISSING_CALLBACK_URL,
    "sessionToken": Problem.MISSING_TOKEN,
    "message": Problem.MISSING_MESSAGE,
}

#: Problems for invalid parameters that have a messageKey of their own, by outside name.
WHEN_REFUSED = {
    "kind": Problem.INVALID_KIND,
    "lang": Problem.INVALID_LANG,
}

#: Problems that are always those of one limit.
LIMITS = {
    Problem.MAX_MEETINGS: Limit.MEETINGS,
    Problem.KEEPS_TOO_MUCH: Limit.JOURNAL,
    Problem.TOO_MANY_DOCUMENTS: Limit.DOCUMENTS,
    Problem.DISK_FULL: Limit.FREE_DISK,
}


class Failed(Exception):
    """The call is refused and nothing has changed. ``message`` replaces the problem's own, to say more.

    ``exit_url`` is the page for leaving, in answers that have one; the server's own if empty. ``limit`` is the limit
    that refused the call; a problem that is always that of one limit has it by itself.
    """

    def __init__(
        self, problem: Problem, message: str | None = None, *, exit_url: str = "", limit: Limit | None = None
    ) -> None:
        super().__init__(problem.key)
        self.problem = problem
        self.message = message or problem.message
        self.exit_url = exit_url
        self.limit = limit or LIMITS.get(problem)


class BadChecksum(Failed):
    """The call is refused for its checksum. ``reason`` is a word for the metrics; the answer has it never."""

    def __init__(self, reason: str, problem: Problem = Problem.CHECKSUM, message: str | None = None) -> None:
        super().__init__(problem, message)
        self.reason = reason


class Guessed(Failed):
    """The call is refused for an unknown session token, which counts for the rate limit."""


def missing(problem: Problem, name: str) -> Failed:
    """Return the failure for a missing parameter."""
    return Failed(problem, problem.message.replace("{name}", name))


def refused(problem: Problem, given: str) -> Failed:
    """Return the failure for an invalid value."""
    return Failed(problem, problem.message.replace("{given}", given))
