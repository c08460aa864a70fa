"""Recordings: when a meeting is recorded, the directories, import and export, retention, and playback."""

from __future__ import annotations

from dataclasses import dataclass

from bbbd.values.enums import RecordingFormat
from bbbd.values.fields import given
from bbbd.values.value_types import BOOLEAN, DIRECTORY, HTTP_URL, enums, number


@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class RecordingSettings:
    """Settings of recordings."""

    disable_recording: bool = given(
        "disableRecordingDefault", BOOLEAN, "No meeting is recorded, even when `create` asks for it.", default=False
    )
    auto_start_recording: bool = given(
        "autoStartRecording", BOOLEAN, "Recording starts when the first person joins.", default=False
    )
    allow_start_stop_recording: bool = given(
        "allowStartStopRecording", BOOLEAN, "Moderators may start and stop recording.", default=True
    )
    record_full_duration: bool = given(
        "recordFullDurationMedia", BOOLEAN, "Media outside the recording marks are recorded as well.", default=False
    )
    keep_events: bool = given(
        ("defaultKeepEvents", "keepEvents"),
        BOOLEAN,
        "The events of meetings that are not recorded are kept.",
        default=False,
    )
    notify_recording: bool = given(
        "notifyRecordingIsOn", BOOLEAN, "Everybody is notified when recording starts.", default=False
    )
    fetch_all_recordings: bool = given(
        "allowFetchAllRecordings",
        BOOLEAN,
        "getRecordings without ids and without a limit lists all recordings.",
        default=True,
    )
    published_dir: str = given(
        "publishedDir",
        DIRECTORY,
        "The directory of published recordings. Empty: `published` in the data directory.",
        default="",
        restart=True,
    )
    unpublished_dir: str = given(
        "unpublishedDir",
        DIRECTORY,
        "The directory of unpublished recordings. Empty: `unpublished` in the data directory.",
        default="",
        restart=True,
    )
    deleted_dir: str = given(
        "bbbd.deletedDir",
        DIRECTORY,
        "The directory of deleted recordings. Empty: `deleted` beside the published recordings.",
        default="",
        restart=True,
    )
    recording_dir: str = given(
        "bbbd.recordingDir",
        DIRECTORY,
        "The directory of raw and unfinished recordings. Empty: `recording` beside the published recordings.",
        default="",
        restart=True,
    )
    captions_dir: str = given(
        "captionsDir",
        DIRECTORY,
        "The directory of the text tracks of recordings. Empty: `captions` beside the published recordings.",
        default="",
        restart=True,
    )
    scan_seconds: int = given(
        "bbbd.recordingsScanSeconds",
        number("a number of seconds", 1),
        "How often bbbd scans the directories of recordings for changes by other programs.",
        default=60,
        restart=True,
    )
    import_spool: str = given(
        "bbbd.importSpool",
        DIRECTORY,
        "bbbd imports every archive of a recording that appears in this directory, as Scalelite does. Empty: off.",
        default="",
        restart=True,
    )
    export_spool: str = given(
        "bbbd.exportSpool",
        DIRECTORY,
        "Every new recording is written as an archive to this directory, for Scalelite; `bbbd recordings export`"
        " writes to it as well. Empty: nothing is written, and the command names a directory.",
        default="",
    )
    export_upload: str = given(
        "bbbd.exportUpload",
        HTTP_URL,
        "The upload URL of BBBLB, for `bbbd recordings upload` and `export --upload`.",
        default="",
    )
    protect_recordings: bool = given(
        "bbbd.protectRecordings", BOOLEAN, "New and imported recordings are protected.", default=False
    )
    publish_recordings: bool = given(
        "bbbd.publishRecordings",
        BOOLEAN,
        "New recordings of meetings are published; otherwise they are unpublished until somebody publishes them.",
        default=True,
    )
    processing_jobs: int = given(
        "bbbd.processingJobs",
        number("a number of processes", 1),
        "The number of meetings that become recordings at once.",
        default=1,
        restart=True,
    )
    recording_formats: tuple[RecordingFormat, ...] = given(
        "bbbd.recordingFormats",
        enums(RecordingFormat),
        "The playback formats of new recordings: `presentation`, which players play; `podcast`, its sound as one file;"
        " `video`, all that was seen and heard as one film. A meeting leaves out what"
        " `meta_bbb-disable-recording-formats` names. `bbbd recordings rebuild` adds a format to an older recording.",
        default=(RecordingFormat.PRESENTATION,),
    )
    automatic_captions: bool = given(
        "bbbd.automaticCaptions",
        BOOLEAN,
        "New recordings with sound have captions of what is said, recognised on this machine: about 15 minutes of"
        " computing for an hour. Needs the extra `captions`.",
        default=False,
    )
    captions_model: str = given(
        "bbbd.captionsModel",
        DIRECTORY,
        "The directory of a Whisper model in the form of CTranslate2, for `bbbd.automaticCaptions`. Empty: the model of"
        " the extra `captions`, for many languages.",
        default="",
    )
    record_names: bool = given(
        "bbbd.recordNames",
        BOOLEAN,
        "Recordings that bbbd makes show people's names; otherwise people appear as `Viewer 3`. A meeting with"
        " `meta_bbb-anonymize-chat=true` has its viewers without names in any case.",
        default=True,
    )
    deleted_kept_days: int = given(
        "bbbd.deletedRecordingsKeptForDays",
        number("a number of days"),
        "Recordings that bbbd deleted are erased after this time; 0 is never.",
        default=30,
    )
    unpublished_kept_days: int = given(
        "bbbd.unpublishedRecordingsKeptForDays",
        number("a number of days"),
        "Unpublished recordings are deleted after this time without a change; 0 is never.",
        default=0,
    )
    raw_kept_days: int = given(
        "bbbd.rawRecordingsKeptForDays",
        number("a number of days"),
        "Raw recordings, of which recordings can be rebuilt, are erased after this time; 0 is never. Those of meetings"
        " in which nobody switched recording on are erased after 14 days at the latest.",
        default=0,
    )
    player_dir: str = given(
        "bbbd.playerDir",
        DIRECTORY,
        "A build of BigBlueButton's own player (on a server:"
        " /var/bigbluebutton/playback/presentation/2.3). Empty: the player of bbbd.",
        default="",
        restart=True,
    )
    recording_downloads: bool = given(
        "bbbd.recordingDownloads", BOOLEAN, "The player offers files for download.", default=False
    )
    text_track_url: str = given(
        "defaultTextTrackUrl",
        HTTP_URL,
        "The start of all links to text tracks; `/textTrack/…` follows. Empty: the URL of the server.",
        default="",
    )
