"""Every structure on disk or on the wire, by hand: its tag, its fields' names and a closed set's words.

What is here is read for ever. A new field, kind or word gets its place in the table; a new name in the code does not
change it: an attribute keeps its old name outside by ``msgspec.field(name=...)``, a class by its tag. A field added to
what is on disk has a default.
"""

from __future__ import annotations

from bbbd import clock
from bbbd.callbacks import deliveries, hooks
from bbbd.live import protocol
from bbbd.meetings import attendance, create_parameters, events, journal_format, model
from bbbd.recordings import atomic_replace, importer, index, layout, metadata, scan, transactions
from bbbd.texttracks import inbox
from bbbd.values import enums

#: The tag first where there is one (``e=``, ``t=``), then the fields in their order; of an enum its values.
NAMES: dict[type, str] = {
    events.Created: (
        "e=Created internal_id create_time wanted attendee_pw moderator_pw voice_bridge record parent welcome "
        "moderator_only_message logout_url disabled_features max_inactivity warn_before_inactivity inspect_every "
        "user_inactive_after user_answers_within users_timeout waiting_guests_timeout session_timeout"
    ),
    create_parameters.Create: (
        "meeting_id name attendee_pw moderator_pw welcome dial_number voice_bridge web_voice max_participants "
        "logout_url login_url record duration is_breakout parent_meeting_id sequence free_join metadata "
        "moderator_only_message auto_start_recording allow_start_stop_recording record_full_duration "
        "notify_recording keep_events webcams_only_for_moderator logo darklogo banner_text banner_color copyright "
        "mute_on_start allow_unmute allow_eject_cameras lock_cam lock_mic lock_private_chat lock_public_chat "
        "lock_notes lock_layout lock_user_list lock_cursor lock_annotation lock_on_join lock_on_join_configurable "
        "guest_policy allow_promote_guest end_without_moderator end_without_moderator_after meeting_ended_url "
        "logout_timer layout learning_dashboard learning_dashboard_cleanup allow_requests_without_session "
        "virtual_backgrounds_disabled user_camera_cap meeting_camera_cap max_pinned_cameras expire_unjoined "
        "expire_left groups disabled_features disabled_features_exclude breakout_rooms_enabled "
        "breakout_rooms_record breakout_rooms_private_chat breakout_rooms_capture_slides "
        "breakout_rooms_capture_notes breakout_rooms_slides_name breakout_rooms_notes_name slides_override_default "
        "slides_url slides_name upload_external_url upload_external_description documents"
    ),
    enums.GuestPolicy: "ALWAYS_ACCEPT ALWAYS_DENY ASK_MODERATOR ALWAYS_ACCEPT_AUTH",
    enums.PageLayout: (
        "CUSTOM_LAYOUT SMART_LAYOUT PRESENTATION_FOCUS VIDEO_FOCUS CAMERAS_ONLY PARTICIPANTS_CHAT_ONLY "
        "PRESENTATION_ONLY"
    ),
    create_parameters.Document: "name url kept current downloadable removable standard spare content_type",
    events.Resumed: "e=Resumed",
    events.Restored: "e=Restored state",
    events.Ended: "e=Ended why",
    events.EndReason: (
        "ENDED_WHEN_NOT_JOINED ENDED_AFTER_EXCEEDING_DURATION ENDED_WHEN_LAST_USER_LEFT ENDED_DUE_TO_INACTIVITY "
        "ENDED_DUE_TO_NO_MODERATOR ENDED_FROM_API ENDED_AFTER_USER_LOGGED_OUT ENDED_WITH_PARENT "
        "ENDED_WHEN_REPLACED"
    ),
    events.InactivityWarned: "e=InactivityWarned",
    events.Registered: (
        "e=Registered token auth_token user external_id name role guest status avatar layout config_token "
        "web_voice client_url customdata"
    ),
    enums.Role: "MODERATOR VIEWER",
    enums.GuestStatus: "ALLOW WAIT DENY",
    events.SessionEnded: "e=SessionEnded token why",
    events.LeaveReason: "left lost removed inactive",
    events.Waited: "e=Waited token away",
    events.GuestAnswered: "e=GuestAnswered users admit remember by",
    events.GuestPolicyChanged: "e=GuestPolicyChanged policy by",
    events.LobbyMessageChanged: "e=LobbyMessageChanged text by",
    events.Joined: "e=Joined token",
    events.Lost: "e=Lost user",
    events.Returned: "e=Returned user",
    events.Left: "e=Left user why by for_good",
    events.PresenceAsked: "e=Asked user",
    events.PresenceConfirmed: "e=Answered user",
    events.RoleChanged: "e=RoleChanged user role by",
    events.PresenterChanged: "e=PresenterChanged user by",
    events.LocksChanged: "e=LocksChanged locks by",
    events.LockChanged: "e=LockChanged user locked by",
    events.MediaChanged: "e=MediaChanged user microphone cameras screen",
    events.Microphone: "none listen muted on",
    events.Talked: "e=Talked user milliseconds",
    events.Chatted: "e=Chatted user name text to key",
    events.ChatCleared: "e=ChatCleared by",
    events.HandRaised: "e=HandRaised user",
    events.HandLowered: "e=HandLowered user by",
    events.Reacted: "e=Reacted user emoji",
    events.Rated: "e=Rated token rating comment",
    events.DeckAdded: "e=DeckAdded deck document by",
    events.DeckBegun: "e=DeckBegun deck",
    events.DeckConverted: "e=DeckConverted deck key pages",
    events.DeckFailed: "e=DeckFailed deck why",
    events.DeckRemoved: "e=DeckRemoved deck by",
    events.SlideShown: "e=SlideShown deck page by",
    events.SlideViewed: "e=SlideViewed x y w h by",
    events.RecordingMarked: "e=RecordingMarked on by",
    events.ConfigAdded: "e=ConfigAdded token text default",
    events.BreakoutOpened: "e=BreakoutOpened internal_id external_id sequence",
    events.BreakoutClosed: "e=BreakoutClosed internal_id",
    attendance.AttendanceRecord: "external_id name moderator joins leaves chats talks talked hands emojis",
    model.Session: (
        "token auth_token user external_id name role guest status avatar layout config_token web_voice client_url "
        "used entered rated since away said"
    ),
    clock.Moment: "wall steady",
    model.Person: (
        "user external_id name role guest avatar session locked joined active away asked microphone cameras screen "
        "hand talked"
    ),
    model.ChatMessage: "n at user name text to",
    model.Deck: "deck document state tries pages key why",
    model.DeckState: "waiting ready failed removed",
    model.Stage: "deck page x y w h",
    model.Meeting: (
        "created created_at n ended end_time has_user_joined people sessions presenter empty_since left_since "
        "unmoderated_since active warned recording marked recording_since recorded policy lobby_message answers "
        "banned locks lock_on_join chat customdata configs default_config breakouts decks stage next_deck attended"
    ),
    hooks.Hook: "id url meeting events raw",
    deliveries.Delivery: "kind url receiver said meeting n made next tries last",
    deliveries.CallbackKind: "end analytics event ready hook",
    journal_format._Head: "bbbd meeting n",
    atomic_replace.Replacement: "source target replaced",
    atomic_replace._Note: "arrivals",
    metadata.PlaybackFormat: "name link processing_time duration size extensions",
    metadata.Metadata: (
        "record_id state start end participants meeting_id internal_meeting_id name is_breakout meta breakout "
        "rooms raw_size protected format"
    ),
    layout.Place: "published unpublished process deleted",
    transactions.TransactionStep: "format record_id source target meta protected deleted_at aside undo",
    transactions.Transaction: "steps",
    scan._Snapshot: "version entries",
    inbox.InboxNote: "record_id kind lang label original_filename temp_filename content_type",
    protocol.Hello: "t=hello id v tab after epoch lang",
    protocol.Leave: "t=leave id",
    protocol.Here: "t=here id",
    protocol.Say: "t=chat.say id text to",
    protocol.More: "t=chat.more id before with",
    protocol.Clear: "t=chat.clear id",
    protocol.Hand: "t=hand id up who",
    protocol.React: "t=react id emoji",
    protocol.MakePresenter: "t=presenter id who",
    protocol.SetRole: "t=role id who role",
    protocol.Remove: "t=remove id who forGood",
    protocol.SetLocks: "t=locks id locks",
    protocol.SetLock: "t=lock id who locked",
    protocol.AnswerGuests: "t=guest.answer id admit who all remember",
    protocol.SetPolicy: "t=guest.policy id policy",
    protocol.SetNotice: "t=guest.message id text",
    protocol.ShowSlide: "t=slide.show id deck page",
    protocol.ViewSlide: "t=slide.view id x y w h",
    protocol.Point: "t=pointer id x y",
    protocol.RemoveDeck: "t=slide.remove id deck",
    protocol.Record: "t=record id on",
    protocol.End: "t=end id",
    protocol.Ping: "t=ping id at",
    index.MetadataKey: "place format record_id",
    index.FileStamp: "mtime size",
    importer.Imported: "what outcome why",
    importer.ImportOutcome: "imported already there refused",
}
#: Never written: what others are made of, and an index in memory.
INSIDE = {events.Event, protocol.ClientMessage, index.Recording}
#: Not structures of their own: lists on disk, so that the order alone counts there.
LISTS = (index.MetadataKey, index.FileStamp, importer.Imported)
