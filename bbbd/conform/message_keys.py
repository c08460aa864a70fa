"""messageKeys of the contract, for all cases."""

from __future__ import annotations

from enum import StrEnum


class MessageKey(StrEnum):
    """The messageKeys of failures and notices."""

    CHECKSUM = "checksumError"
    UNSUPPORTED = "unsupportedRequest"
    CONTENT_TYPE = "unsupportedContentType"
    VALIDATION = "validationError"

    MISSING_MEETING_ID = "missingParamMeetingID"
    MISSING_FULL_NAME = "missingParamFullName"
    MISSING_RECORD_ID = "missingParamRecordID"
    MISSING_PUBLISH = "missingParamPublish"
    MISSING_HOOK_ID = "missingParamHookID"
    MISSING_SEQUENCE = "missingParamSequence"
    MISSING_PARAMETER = "missingParameter"
    MISSING_PARAM = "paramError"

    DUPLICATE = "duplicateWarning"
    NOT_UNIQUE = "idNotUnique"
    INVALID_FORMAT = "invalidFormat"
    VOICE_BRIDGE = "nonUniqueVoiceBridge"
    PARENT_MISSING = "parentMeetingIdMissing"
    PARENT_UNKNOWN = "parentMeetingDoesNotExist"

    NOT_FOUND = "notFound"
    MEETING_NOT_FOUND = "meetingNotFound"
    NO_SESSION = "missingSession"
    NO_TOKEN = "missingToken"  # noqa: S105 - a key
    INVALID_MEETING = "invalidMeetingIdentifier"
    INVALID_PASSWORD = "invalidPassword"  # noqa: S105 - a key
    CREATE_TIME = "mismatchCreateTimeParam"
    ENDED = "meetingForciblyEnded"
    JOINED = "successfullyJoined"
    GUEST_WAITS = "guestWait"
    GUEST_DENIED = "guestDeniedAccess"
    NO_CONFIG = "noConfigFound"
    END_SENT = "sentEndMeetingRequest"

    NO_MEETINGS = "noMeetings"
    NO_RECORDINGS = "noRecordings"
    INVALID_KIND = "invalidKind"
    INVALID_LANG = "invalidLang"
    CONFIG_XML = "configXMLError"
    CONFIG_CHECKSUM = "configXMLChecksumError"
    MISSING_HOOK = "destroyMissingHook"
