"""What an operator can set: every setting with its kind, default and meaning, said once.

The names are BigBlueButton's own where it has them, and ``bbbd.*``. ``bbbd.settings.properties`` finds and reads
the files; the table in the documentation and ``--help`` are made from the fields below. A setting with
``restart=True`` counts at the next start only, the others also after a reload.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from bbbd.values.enums import Algorithm, GuestPolicy, LogFormat, LogLevel, PageLayout, Sync
from bbbd.values.fields import given
from bbbd.values.value_types import (
    BOOLEAN,
    COMMA_LIST,
    DIRECTORY,
    HTTP_URL,
    MILLISECONDS,
    MINUTES,
    NETWORKS,
    ORIGINS,
    SECONDS,
    SOURCES,
    TEXT,
    Networks,
    ValueType,
    number,
    size,
    word,
)

WELCOME = (
    "Welcome to <b>%%CONFNAME%%</b>!<br><br>For help on using BigBlueButton see these (short) "
    '<a href="https://www.bigbluebutton.org/html5"><u>tutorial videos</u></a>.'
)
FOOTER = 'This server is running <a href="https://docs.bigbluebutton.org/" target="_blank"><u>BigBlueButton</u></a>.'


def _secrets(text: str) -> tuple[str, ...]:
    return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)


def _algorithms(text: str) -> frozenset[Algorithm]:
    one = word(Algorithm)
    found = frozenset(one.read(part.strip()) for part in text.split(",") if part.strip())
    if not found:
        raise ValueError("names no algorithm")
    return found


def _default_slides(text: str) -> str:
    if text.lower() == "none":
        return "none"
    if text.startswith("/"):
        return text
    try:
        return HTTP_URL.read(text)
    except ValueError:
        raise ValueError(f"is not {DEFAULT_SLIDES.allowed}") from None


SECRETS = ValueType("one or more secrets with commas between; the first signs what bbbd sends", _secrets)
ALGORITHMS = ValueType("a list of sha1, sha256, sha384, sha512 with commas between", _algorithms)
ENDPOINTS = ValueType("one or more Twisted server endpoints with spaces between", lambda text: tuple(text.split()))
URL_OR_DEFAULT = ValueType(
    f"default, or {HTTP_URL.allowed}", lambda text: None if text.lower() == "default" else HTTP_URL.read(text)
)
URL_OR_EMPTY = ValueType(HTTP_URL.allowed, HTTP_URL.read)
_ICE_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?"


def _ice(allowed: str, expression: str) -> ValueType[tuple[str, ...]]:
    """URLs of servers that help browsers to reach each other, as RFC 7064 and 7065 have them."""
    compiled = re.compile(expression)

    def read(text: str) -> tuple[str, ...]:
        urls = tuple(text.replace(",", " ").split())
        if wrong := next((url for url in urls if not compiled.fullmatch(url)), ""):
            raise ValueError(f"has {wrong[:100]!r} in it; allowed are {allowed}")
        return urls

    return ValueType(allowed, read)


STUN_URLS = _ice("URLs like stun:stun.example.org:3478 with spaces between", f"stuns?:{_ICE_HOST}")
TURN_URLS = _ice(
    "URLs like turns:turn.example.org:443?transport=tcp with spaces between",
    rf"turns?:{_ICE_HOST}(?:\?transport=(?:udp|tcp))?",
)


def url_of(endpoint: str) -> str:
    """Return the server URL that an endpoint makes: its interface, else localhost, and its port."""
    scheme, *words = [re.sub(r"\\(.)", r"\1", part) for part in re.split(r"(?<!\\):", endpoint)]
    options = dict(part.split("=", 1) for part in words if "=" in part)
    host = options.get("interface") or "localhost"
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "localhost"
    port = options.get("port") or next((part for part in words if part.isdigit()), "8090")
    return f"{'https' if scheme in ('ssl', 'tls') else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def port_of(endpoint: str) -> int | None:
    """Return the port that an endpoint listens on, None when it has none."""
    words = re.split(r"(?<!\\):", endpoint)[1:]
    named = next((part.removeprefix("port=") for part in words if part.startswith("port=")), "")
    text = named or next((part for part in words if part.isdigit()), "")
    return int(text) if text.isdigit() else None


def default_data_dir() -> str:
    """Return where everything is kept when nothing says so."""
    if state := os.environ.get("STATE_DIRECTORY"):
        return state.split(":")[0]
    return "/var/lib/bbbd" if os.geteuid() == 0 else str(Path.home() / ".local/state/bbbd")


DEFAULT_SLIDES = ValueType("none, an http or https URL, or a file with its whole path", _default_slides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. Times are in the unit that the setting's kind names."""

    secrets: tuple[str, ...] = given(
        "securitySalt", SECRETS, "The shared secret. Empty: the one in the data directory.", default=(), secret=True
    )
    algorithms: frozenset[Algorithm] = given(
        "supportedChecksumAlgorithms", ALGORITHMS, "The digests that a checksum may be.", default=frozenset(Algorithm)
    )
    service_enabled: bool = given("serviceEnabled", BOOLEAN, "Whether API calls are answered.", default=True)
    api_version: str = given("apiVersion", TEXT, "The version that the API's root tells.", default="2.0")
    reveal_version: bool = given(
        "allowRevealOfBBBVersion", BOOLEAN, "Whether the API's root tells the server's own version.", default=False
    )
    named_url: str = given(
        "bigbluebutton.web.serverURL",
        URL_OR_EMPTY,
        "Where people and applications reach this server. Empty: where it listens.",
        default="",
    )
    logout_url: str | None = given(
        "bigbluebutton.web.logoutURL",
        URL_OR_DEFAULT,
        "Where people go after a meeting that names no logoutURL. `default`: the server's root.",
        default=None,
    )
    error_redirect_url: str = given(
        "errorRedirectUrl", URL_OR_EMPTY, "Where browsers go when a join fails. Empty: the logout URL.", default=""
    )
    client_url: str = given(
        ("defaultHTML5ClientUrl", "defaultClientUrl"),
        URL_OR_EMPTY,
        "The page that a join leads to. Empty: bbbd's own.",
        default="",
    )
    guest_wait_url: str = given(
        "defaultGuestWaitURL", URL_OR_EMPTY, "The page where guests wait. Empty: bbbd's own.", default=""
    )
    client_origins: tuple[str, ...] = given(
        "bbbd.clientOrigins",
        ORIGINS,
        "Pages of other origins that may open the meeting's WebSocket, and read what calls with a session token tell.",
        default=(),
    )
    client_frames: tuple[str, ...] = given(
        "bbbd.clientFramesFrom",
        SOURCES,
        "Where pages may be that show the meeting's page in a frame, as CSP has them.",
        default=("https:",),
    )
    client_images: tuple[str, ...] = given(
        "bbbd.clientImagesFrom",
        SOURCES,
        "From where the meeting's page loads pictures (logos, avatars), as CSP has them.",
        default=("https:",),
    )
    ended_tokens_kept: int = given(
        "bbbd.endedTokensKeptForMinutes",
        MINUTES,
        "How long a page is still told why its meeting is over.",
        default=10,
    )
    text_track_url: str = given(
        "defaultTextTrackUrl",
        URL_OR_EMPTY,
        "What links to text tracks begin with; `/textTrack/…` follows. Empty: the server's URL.",
        default="",
    )

    welcome: str = given(
        "defaultWelcomeMessage",
        TEXT,
        "First message of the chat, as HTML. %%CONFNAME%%, %%CONFNUM%%, %%DIALNUM%% and %%SERVERURL%% are replaced.",
        default=WELCOME,
    )
    welcome_footer: str = given(
        "defaultWelcomeMessageFooter",
        TEXT,
        "Put behind every welcome message but those of breakout rooms.",
        default=FOOTER,
    )
    dial_number: str = given(
        "defaultDialAccessNumber",
        TEXT,
        "The telephone number told to people (bbbd has no telephone bridge).",
        default="613-555-1234",
    )
    voice_digits: int = given(
        "defaultNumDigitsForTelVoice",
        number("a number of digits", 5, 9),
        "Digits of a voice bridge made by bbbd.",
        default=5,
    )
    guest_policy: GuestPolicy = given(
        "defaultGuestPolicy", word(GuestPolicy), "What happens to guests.", default=GuestPolicy.ALWAYS_ACCEPT
    )
    authenticated_guest: bool = given(
        "authenticatedGuest",
        BOOLEAN,
        "Whether the guest policy also concerns people who did not say `guest=false`, as newer servers have it.",
        default=False,
    )
    layout: PageLayout = given(
        "defaultMeetingLayout", word(PageLayout), "How the page is laid out at first.", default=PageLayout.CUSTOM_LAYOUT
    )
    max_users: int = given("defaultMaxUsers", number("a number of people"), "Seats; 0 is no limit.", default=0)
    duration: int = given("defaultMeetingDuration", MINUTES, "When a meeting ends; 0 is never.", default=0)
    disabled_features: tuple[str, ...] = given(
        "disabledFeatures", COMMA_LIST, "Features that the page does not have.", default=()
    )

    expire_unjoined: int = given(
        "meetingExpireIfNoUserJoinedInMinutes",
        MINUTES,
        "A meeting that nobody joins ends after this; 0 is never.",
        default=5,
    )
    expire_left: int = given(
        "meetingExpireWhenLastUserLeftInMinutes",
        MINUTES,
        "A meeting that all have left ends after this; 0 is never.",
        default=1,
    )
    max_inactivity: int = given(
        "maxInactivityTimeoutMinutes",
        MINUTES,
        "A meeting in which nobody does anything ends after this; 0 is never.",
        default=0,
    )
    warn_before_inactivity: int = given(
        "warnMinutesBeforeMax", MINUTES, "So long before that its moderators are warned.", default=5
    )
    inspect_every: int = given(
        "userInactivityInspectTimerInMinutes",
        MINUTES,
        "How often people are looked at for inactivity; 0 is never.",
        default=0,
    )
    user_inactive_after: int = given(
        "userInactivityThresholdInMinutes",
        MINUTES,
        "Somebody silent that long is asked whether they are there.",
        default=30,
    )
    user_answers_within: int = given(
        "userActivitySignResponseDelayInMinutes", MINUTES, "Who does not answer that long is logged out.", default=5
    )
    logout_timer: int = given(
        "clientLogoutTimerInMinutes", MINUTES, "Handed to the page: when it asks whether one is there.", default=0
    )
    users_timeout: int = given(
        "usersTimeout",
        MILLISECONDS,
        "Who joined but never came in, or lost the connection, is dropped after this.",
        default=60_000,
    )
    waiting_guests_timeout: int = given(
        "waitingGuestUsersTimeout",
        MILLISECONDS,
        "A guest who stops waiting is dropped from the lobby after this.",
        default=120_000,
    )
    session_timeout: int = given(
        "defaultHttpSessionTimeout",
        number("a number of seconds", 1, 31_536_000),
        "A session that is not used dies after this.",
        default=14_400,
    )
    end_without_moderator: bool = given(
        "endWhenNoModerator", BOOLEAN, "Whether a meeting ends when its last moderator has left.", default=False
    )
    end_without_moderator_after: int = given(
        "endWhenNoModeratorDelayInMinutes", MINUTES, "So long after; 0 is at once.", default=1
    )

    disable_recording: bool = given(
        "disableRecordingDefault", BOOLEAN, "Forbids recording whatever create says.", default=False
    )
    auto_start_recording: bool = given(
        "autoStartRecording", BOOLEAN, "Start recording when the first user joins.", default=False
    )
    allow_start_stop_recording: bool = given(
        "allowStartStopRecording", BOOLEAN, "Whether moderators may start and stop recording.", default=True
    )
    record_full_duration: bool = given(
        "recordFullDurationMedia", BOOLEAN, "Record media outside the recording marks as well.", default=False
    )
    keep_events: bool = given(
        ("defaultKeepEvents", "keepEvents"),
        BOOLEAN,
        "Keep the events of meetings that are not recorded.",
        default=False,
    )
    notify_recording: bool = given(
        "notifyRecordingIsOn", BOOLEAN, "Tell everybody when recording starts.", default=False
    )
    webcams_only_for_moderator: bool = given(
        "webcamsOnlyForModerator", BOOLEAN, "Viewers' cameras are seen by moderators only.", default=False
    )
    mute_on_start: bool = given("muteOnStart", BOOLEAN, "People come in muted.", default=False)
    allow_unmute: bool = given("allowModsToUnmuteUsers", BOOLEAN, "Moderators may unmute others.", default=False)
    allow_eject_cameras: bool = given(
        "allowModsToEjectCameras", BOOLEAN, "Moderators may switch off others' cameras.", default=False
    )
    meeting_camera_cap: int = given("meetingCameraCap", number(), "Cameras in a meeting; 0 is no limit.", default=0)
    user_camera_cap: int = given("userCameraCap", number(), "Cameras of one person; 0 is no limit.", default=3)
    max_pinned_cameras: int = given("maxPinnedCameras", number(), "Cameras that can be pinned.", default=3)
    lock_cam: bool = given("lockSettingsDisableCam", BOOLEAN, "Viewers may not share a camera.", default=False)
    lock_mic: bool = given("lockSettingsDisableMic", BOOLEAN, "Viewers may only listen.", default=False)
    lock_private_chat: bool = given(
        "lockSettingsDisablePrivateChat", BOOLEAN, "Viewers may not chat in private.", default=False
    )
    lock_public_chat: bool = given(
        "lockSettingsDisablePublicChat", BOOLEAN, "Viewers may not chat with all.", default=False
    )
    lock_notes: bool = given(
        ("lockSettingsDisableNotes", "lockSettingsDisableNote"), BOOLEAN, "Viewers may not write notes.", default=False
    )
    lock_layout: bool = given("lockSettingsLockedLayout", BOOLEAN, "The layout is locked.", default=False)
    lock_user_list: bool = given(
        "lockSettingsHideUserList", BOOLEAN, "Viewers do not see other viewers.", default=False
    )
    lock_cursor: bool = given("lockSettingsHideViewersCursor", BOOLEAN, "Viewers' pointers are hidden.", default=False)
    lock_annotation: bool = given(
        "lockSettingsHideViewersAnnotation", BOOLEAN, "Viewers' drawings are hidden.", default=False
    )
    lock_on_join: bool = given("lockSettingsLockOnJoin", BOOLEAN, "Locks apply to people when they join.", default=True)
    lock_on_join_configurable: bool = given(
        "lockSettingsLockOnJoinConfigurable", BOOLEAN, "Whether create may say lockSettingsLockOnJoin.", default=False
    )
    breakout_rooms_enabled: bool = given(
        "breakoutRoomsEnabled", BOOLEAN, "Whether meetings may have breakout rooms.", default=True
    )
    breakout_rooms_record: bool = given("breakoutRoomsRecord", BOOLEAN, "Record breakout rooms.", default=False)
    breakout_rooms_private_chat: bool = given(
        "breakoutRoomsPrivateChatEnabled", BOOLEAN, "Private chat in breakout rooms.", default=True
    )
    learning_dashboard: bool = given(
        "learningDashboardEnabled", BOOLEAN, "Accepted and kept; bbbd has no learning dashboard.", default=True
    )
    learning_dashboard_cleanup: int = given(
        "learningDashboardCleanupDelayInMinutes", MINUTES, "Accepted and kept, as above.", default=2
    )
    use_default_avatar: bool = given(
        "useDefaultAvatar", BOOLEAN, "Whether people without avatarURL get the default one.", default=False
    )
    default_avatar_url: str = given("defaultAvatarURL", URL_OR_EMPTY, "The default avatar.", default="")
    use_default_logo: bool = given(
        "useDefaultLogo", BOOLEAN, "Whether meetings without logo get the default one.", default=False
    )
    default_logo_url: str = given("defaultLogoURL", URL_OR_EMPTY, "The default logo.", default="")

    stun_servers: tuple[str, ...] = given(
        "bbbd.stunServers", STUN_URLS, "Servers that tell browsers their own address.", default=()
    )
    turn_servers: tuple[str, ...] = given(
        "bbbd.turnServers",
        TURN_URLS,
        "Relays for browsers that cannot reach each other. Told only with `bbbd.turnSecret`.",
        default=(),
    )
    turn_secret: str = given(
        "bbbd.turnSecret",
        TEXT,
        "The relays' own secret, coturn's `static-auth-secret`: each person has a name and password made with it.",
        default="",
        secret=True,
    )
    turn_lifetime: int = given(
        "bbbd.turnLifetimeSeconds",
        number("a number of seconds", 60, 31_536_000),
        "How long such a name and password are good.",
        default=86_400,
    )

    config_dir: str = given(
        "configDir",
        DIRECTORY,
        "config.xml files that a configToken may name. Empty: `configs` in the data directory.",
        default="",
        restart=True,
    )
    published_dir: str = given(
        "publishedDir",
        DIRECTORY,
        "Published recordings. Empty: `published` in the data directory.",
        default="",
        restart=True,
    )
    unpublished_dir: str = given(
        "unpublishedDir",
        DIRECTORY,
        "Unpublished recordings. Empty: `unpublished` in the data directory.",
        default="",
        restart=True,
    )
    deleted_dir: str = given(
        "bbbd.deletedDir",
        DIRECTORY,
        "Deleted recordings. Empty: `deleted` beside the published ones.",
        default="",
        restart=True,
    )
    recording_dir: str = given(
        "bbbd.recordingDir",
        DIRECTORY,
        "Raw and unfinished recordings. Empty: `recording` beside the published ones.",
        default="",
        restart=True,
    )
    captions_dir: str = given(
        "captionsDir",
        DIRECTORY,
        "Text tracks of recordings. Empty: `captions` beside the published ones.",
        default="",
        restart=True,
    )
    scan_seconds: int = given(
        "bbbd.recordingsScanSeconds",
        number("a number of seconds", 1, 86_400),
        "How often the directories of recordings are looked through for what others changed.",
        default=60,
        restart=True,
    )
    import_spool: str = given(
        "bbbd.importSpool",
        DIRECTORY,
        "Archives of recordings that come here are taken in, as Scalelite does. Empty: off.",
        default="",
        restart=True,
    )
    export_spool: str = given(
        "bbbd.exportSpool",
        DIRECTORY,
        "Where `bbbd recordings export` puts archives. Empty: named by the command.",
        default="",
    )
    export_upload: str = given(
        "bbbd.exportUpload", URL_OR_EMPTY, "BBBLB's upload that `bbbd recordings export --upload` sends to.", default=""
    )
    protect_recordings: bool = given(
        "bbbd.protectRecordings", BOOLEAN, "Whether recordings that are taken in are protected.", default=False
    )
    deleted_kept_days: int = given(
        "bbbd.deletedRecordingsKeptForDays",
        number("a number of days", most=36_500),
        "Recordings that bbbd deleted are erased after this; 0 is never.",
        default=30,
    )
    unpublished_kept_days: int = given(
        "bbbd.unpublishedRecordingsKeptForDays",
        number("a number of days", most=36_500),
        "Recordings that were not changed for so long and are not published are deleted; 0 is never.",
        default=0,
    )
    raw_kept_days: int = given(
        "bbbd.rawRecordingsKeptForDays",
        number("a number of days", most=36_500),
        "Raw recordings are erased after this; 0 is never.",
        default=0,
    )
    player_dir: str = given(
        "bbbd.playerDir",
        DIRECTORY,
        "BBB's own player, built (a server has it in /var/bigbluebutton/playback/presentation/2.3). Empty: bbbd's own.",
        default="",
        restart=True,
    )
    recording_downloads: bool = given(
        "bbbd.recordingDownloads", BOOLEAN, "Whether the player offers files to download.", default=False
    )
    callback_networks: Networks = given(
        "bbbd.callbackNetworks",
        NETWORKS,
        "Networks beside public ones that callbacks and hooks may go to; 127.0.0.0/8 for receivers on this machine.",
        default=NETWORKS.read("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7"),
    )
    callback_authorities: str = given(
        "bbbd.callbackCA",
        TEXT,
        "A PEM file of the authorities that https receivers, and servers of documents, are verified by. Empty: the system's.",
        default="",
    )
    default_slides: str = given(
        "beans.presentationService.defaultUploadedPresentation",
        DEFAULT_SLIDES,
        "Slides of meetings that bring none: a URL, a file, or `none`. Empty: bbbd's own.",
        default="",
    )
    slides_override_default: bool = given(
        "beans.presentationService.preUploadedPresentationOverrideDefault",
        BOOLEAN,
        "A meeting's own slides replace the default ones; when all of them fail, those are shown all the same.",
        default=True,
    )
    max_document: int = given(
        "maxFileSizeUpload", size(least=1024), "The largest document that becomes slides.", default=30_000_000
    )
    max_pages: int = given(
        "maxNumPages", number("a number of pages", 1, 2000), "A document with more pages is refused.", default=200
    )
    slides_schemes: tuple[str, ...] = given(
        "insertDocumentSupportedProtocols",
        COMMA_LIST,
        "Schemes of the URLs that documents are fetched from.",
        default=("https", "http"),
    )
    slides_blocked_hosts: tuple[str, ...] = given(
        "insertDocumentBlockedHosts",
        COMMA_LIST,
        "Hosts that no document is fetched from, whatever their addresses are.",
        default=("localhost",),
    )
    slides_networks: Networks = given(
        "bbbd.slidesNetworks",
        NETWORKS,
        "Networks beside public ones that documents may be fetched from; 127.0.0.0/8 for servers on this machine.",
        default=NETWORKS.read("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7"),
    )
    workers: int = given(
        "bbbd.workers",
        number("a number of processes", most=64),
        "Documents that are converted at once; 0 is a core less than there are, but one at least.",
        default=0,
        restart=True,
    )
    worker_memory: int = given("bbbd.workerMemory", size(least=64 << 20), "Memory of a conversion.", default=512 << 20)
    worker_seconds: int = given(
        "bbbd.workerSeconds", number("a number of seconds", 1, 3600), "Computing time of a conversion.", default=120
    )
    office: str = given(
        "bbbd.office",
        TEXT,
        "LibreOffice's `soffice`, which office documents need. Empty: the one that is found. `none`: they are refused.",
        default="",
    )
    office_memory: int = given(
        "bbbd.officeMemory", size(least=256 << 20), "Memory of LibreOffice: it needs more.", default=4 << 30
    )
    event_callback_url: str = given(
        "bbbd.eventCallbackUrl",
        URL_OR_EMPTY,
        "Called with what happens in every meeting, beside each meeting's own meta_eventCallbackUrl.",
        default="",
    )
    ready_hours: int = given(
        "bbbd.callbacksGivenUpAfterHours",
        number("a number of hours", 1, 720),
        "How long a recording ready callback is tried.",
        default=24,
    )
    developer: bool = given(
        "bbbd.developer",
        BOOLEAN,
        "Developer mode: a clock that moves, virtual people, faults, `/developer/`. For tests, never for people.",
        default=False,
        restart=True,
    )
    developer_anywhere: bool = given(
        "bbbd.developerAnywhere",
        BOOLEAN,
        "Lets developer mode listen on addresses that others reach.",
        default=False,
        restart=True,
    )
    explain_checksums: bool = given(
        "bbbd.explainChecksums",
        BOOLEAN,
        "Tells in the log what was wrong with a checksum; answers stay mute.",
        default=False,
    )
    fetch_all_recordings: bool = given(
        "allowFetchAllRecordings",
        BOOLEAN,
        "Whether getRecordings lists all when no ids and no limit are given.",
        default=True,
    )
    data_dir: str = given(
        "bbbd.dataDir",
        DIRECTORY,
        "Everything that is kept. Empty: `$STATE_DIRECTORY`, else `/var/lib/bbbd` for root, else"
        " `~/.local/state/bbbd`.",
        default="",
        restart=True,
    )
    listen: tuple[str, ...] = given(
        "bbbd.listen", ENDPOINTS, "Where bbbd listens.", default=("tcp:8090:interface=127.0.0.1",), restart=True
    )
    trusted_proxies: Networks = given(
        "bbbd.trustedProxies",
        NETWORKS,
        "From these alone, and over a unix socket, X-Forwarded-For counts.",
        default=NETWORKS.read("127.0.0.0/8 ::1"),
    )
    sync: Sync = given(
        "bbbd.sync", word(Sync), "Whether an answer waits until the disk has what it promises.", default=Sync.ANSWERS
    )
    stop_within: int = given(
        "bbbd.stopWithinSeconds", SECONDS, "A stop waits at most so long for requests in hand.", default=20
    )
    ended_kept: int = given(
        "bbbd.endedMeetingKeptForSeconds", SECONDS, "How long an ended meeting can still be looked at.", default=0
    )
    max_meetings: int = given(
        "bbbd.maxMeetings", number("a number of meetings"), "Meetings at once; 0 is no limit.", default=1000
    )
    max_attendees: int = given(
        "bbbd.maxAttendees", number("a number of people"), "People in all meetings; 0 is no limit.", default=5000
    )
    max_connections: int = given(
        "bbbd.maxConnections", number("a number of connections"), "Open connections; 0 is no limit.", default=12_000
    )
    max_body: int = given("bbbd.maxBody", size(least=2 << 20), "The largest body of create (slides).", default=40 << 20)
    max_journal: int = given(
        "bbbd.maxJournal",
        size(least=1 << 20),
        "Past it a meeting refuses chat; joining, leaving and ending go on.",
        default=64 << 20,
    )
    min_free_disk: int = given(
        "bbbd.minFreeDisk", size(), "With less free, meetings that record are refused.", default=200 << 20
    )
    log_level: LogLevel = given(
        "bbbd.logLevel", word(LogLevel), "The least level that is logged.", default=LogLevel.INFO
    )
    log_format: LogFormat = given(
        "bbbd.logFormat", word(LogFormat), "Lines of JSON, or text for a terminal.", default=LogFormat.JSON
    )

    @property
    def directory(self) -> Path:
        """The data directory."""
        return Path(self.data_dir or default_data_dir())

    @property
    def published(self) -> Path:
        """The directory of published recordings."""
        return Path(self.published_dir) if self.published_dir else self.directory / "published"

    @property
    def unpublished(self) -> Path:
        """The directory of unpublished recordings."""
        return Path(self.unpublished_dir) if self.unpublished_dir else self.directory / "unpublished"

    @property
    def deleted(self) -> Path:
        """The directory of deleted recordings."""
        return Path(self.deleted_dir) if self.deleted_dir else self.published.parent / "deleted"

    @property
    def captions(self) -> Path:
        """The directory of text tracks."""
        return Path(self.captions_dir) if self.captions_dir else self.published.parent / "captions"

    @property
    def recording(self) -> Path:
        """The directory of raw and unfinished recordings."""
        return Path(self.recording_dir) if self.recording_dir else self.published.parent / "recording"

    @property
    def configs(self) -> Path:
        """The directory of config.xml files."""
        return Path(self.config_dir) if self.config_dir else self.directory / "configs"

    @property
    def server_url(self) -> str:
        """Where this server is reached: as it is named, else where it listens first."""
        return self.named_url or url_of(self.listen[0])

    def url(self, path: str) -> str:
        """Return the URL of a path on this server."""
        return self.server_url.rstrip("/") + path

    @property
    def own_ports(self) -> frozenset[int]:
        """The ports that this server listens on."""
        return frozenset(port for port in map(port_of, self.listen) if port is not None)

    @property
    def join_page(self) -> str:
        """Where a join leads."""
        return self.client_url or self.url("/html5client/join")

    @property
    def guest_page(self) -> str:
        """Where guests wait."""
        return self.guest_wait_url or self.url("/html5client/guestWait")

    @property
    def way_out(self) -> str:
        """Where people go after a meeting, and after a failed join."""
        return self.logout_url or self.url("/")
