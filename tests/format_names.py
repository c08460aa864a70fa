"""Every structure on disk or on the wire, by hand: its tag, its fields' names and a closed set's words.

What is here is read for ever. A new field, kind or word gets its place in the table; a new name in the code does not
change it: an attribute keeps its old name outside by ``msgspec.field(name=...)``, a class by its tag. A field added to
what is on disk has a default.
"""

from __future__ import annotations

from bbbd import clock
from bbbd.callbacks import batch_format, deliveries, hooks
from bbbd.live import breakouts as live_breakouts
from bbbd.live import chat as live_chat
from bbbd.live import hands as live_hands
from bbbd.live import invitations as live_invitations
from bbbd.live import lobby as live_lobby
from bbbd.live import locks as live_locks
from bbbd.live import media as live_media
from bbbd.live import media_mesh, protocol
from bbbd.live import people as live_people
from bbbd.live import polls as live_polls
from bbbd.live import recording as live_recording
from bbbd.live import slides as live_slides
from bbbd.media import links
from bbbd.meetings import (
    attendance,
    breakouts,
    chat,
    config_xml,
    create_parameters,
    event,
    feedback,
    hands,
    journal_format,
    media,
    model,
    polls,
    recording,
    slides,
)
from bbbd.recordings import (
    archive_process,
    atomic_replace,
    importer,
    index,
    index_snapshot,
    layout,
    metadata,
    status_files,
    transactions,
    uploaded_media,
)
from bbbd.texttracks import inbox
from bbbd.uploads import facts as upload_facts
from bbbd.uploads import resource as upload_resource
from bbbd.values import enums

#: The tag first where there is one (``e=``, ``t=``), then the fields in their order; of an enum its values.
NAMES: dict[type, str] = {
    event.Created: (
        "e=Created internal_id create_time wanted attendee_pw moderator_pw voice_bridge record formats parent "
        "welcome moderator_only_message logout_url disabled_features max_inactivity warn_before_inactivity "
        "inspect_every user_inactive_after user_answers_within users_timeout waiting_guests_timeout session_timeout"
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
        "virtual_backgrounds_disabled camera_bridge screen_share_bridge audio_bridge user_camera_cap "
        "meeting_camera_cap max_pinned_cameras expire_unjoined "
        "expire_left groups disabled_features disabled_features_exclude breakout_rooms_enabled "
        "breakout_rooms_record breakout_rooms_private_chat breakout_rooms_capture_slides "
        "breakout_rooms_capture_notes breakout_rooms_slides_name breakout_rooms_notes_name slides_override_default "
        "slides_url slides_name upload_external_url upload_external_description documents application"
    ),
    enums.GuestPolicy: "ALWAYS_ACCEPT ALWAYS_DENY ASK_MODERATOR ALWAYS_ACCEPT_AUTH",
    enums.PageLayout: (
        "CUSTOM_LAYOUT SMART_LAYOUT PRESENTATION_FOCUS VIDEO_FOCUS CAMERAS_ONLY PARTICIPANTS_CHAT_ONLY "
        "PARTICIPANTS_AND_CHAT_ONLY PRESENTATION_ONLY MEDIA_ONLY UNIFIED_LAYOUT PLUGINS_ONLY"
    ),
    create_parameters.Document: "name url kept current downloadable removable standard spare content_type",
    event.Resumed: "e=Resumed",
    event.Restored: "e=Restored state",
    event.Ended: "e=Ended why",
    event.EndReason: (
        "ENDED_WHEN_NOT_JOINED ENDED_AFTER_EXCEEDING_DURATION ENDED_WHEN_LAST_USER_LEFT ENDED_DUE_TO_INACTIVITY "
        "ENDED_DUE_TO_NO_MODERATOR ENDED_FROM_API ENDED_AFTER_USER_LOGGED_OUT ENDED_WITH_PARENT "
        "BREAKOUT_ENDED_BY_MOD ENDED_WHEN_REPLACED"
    ),
    event.InactivityWarned: "e=InactivityWarned",
    event.Registered: (
        "e=Registered token auth_token user external_id name role guest status avatar layout config_token "
        "web_voice client_url customdata"
    ),
    enums.RecordingFormat: "presentation podcast video",
    enums.Role: "MODERATOR VIEWER",
    enums.GuestStatus: "ALLOW WAIT DENY",
    enums.RecordedMedia: "all sound off",
    event.SessionEnded: "e=SessionEnded token why",
    event.LeaveReason: "left lost removed inactive elsewhere moved",
    event.Waited: "e=Waited token away",
    event.GuestAnswered: "e=GuestAnswered users admit remember by",
    event.GuestPolicyChanged: "e=GuestPolicyChanged policy by",
    event.LobbyMessageChanged: "e=LobbyMessageChanged text by",
    event.Joined: "e=Joined token",
    event.Lost: "e=Lost user",
    event.Returned: "e=Returned user",
    event.Left: "e=Left user why by for_good",
    event.PresenceAsked: "e=Asked user",
    event.PresenceConfirmed: "e=Answered user",
    event.RoleChanged: "e=RoleChanged user role by",
    event.PresenterChanged: "e=PresenterChanged user by",
    event.LocksChanged: "e=LocksChanged locks by",
    event.LockChanged: "e=LockChanged user locked by",
    media.MediaChanged: "e=MediaChanged user microphone cameras screen by",
    event.Microphone: "none listen muted on",
    media.Talked: "e=Talked user milliseconds",
    media.MediaKept: "e=MediaKept user track file start end engine",
    media.MediaCut: "e=MediaCut user track why file",
    media.TrackKind: "microphone camera screen screenSound",
    media.CutReason: "disk engine refused",
    chat.Chatted: "e=Chatted user name text to key",
    chat.ChatCleared: "e=ChatCleared by",
    hands.HandRaised: "e=HandRaised user",
    hands.HandLowered: "e=HandLowered user by",
    hands.Reacted: "e=Reacted user emoji",
    polls.PollStarted: "e=PollStarted poll kind question answers secret multiple by",
    polls.PollVoted: "e=PollVoted poll user answers text",
    polls.PollReopened: "e=PollReopened poll",
    polls.PollEnded: "e=PollEnded poll totals respondents responders by",
    polls.PollPublished: "e=PollPublished poll by",
    polls.PollClosed: "e=PollClosed poll by",
    feedback.Rated: "e=Rated token rating comment",
    slides.DeckAdded: "e=DeckAdded deck document by",
    slides.DeckBegun: "e=DeckBegun deck",
    slides.DeckConverted: "e=DeckConverted deck key pages name",
    slides.DeckFailed: "e=DeckFailed deck why",
    slides.DeckRemoved: "e=DeckRemoved deck by",
    slides.SlideShown: "e=SlideShown deck page by",
    slides.SlideViewed: "e=SlideViewed x y w h by",
    recording.RecordingMarked: "e=RecordingMarked on by of",
    recording.RecordingConsent: "e=RecordingConsent user agrees of",
    config_xml.ConfigAdded: "e=ConfigAdded token text default",
    breakouts.BreakoutOpened: "e=BreakoutOpened internal_id external_id sequence",
    attendance.AttendanceRecord: "external_id name moderator joins leaves chats talks talked hands emojis polls",
    breakouts.BreakoutClosed: "e=BreakoutClosed internal_id left_ago unmoderated_ago active_ago chat",
    breakouts.BreakoutsOpened: "e=BreakoutsOpened rooms minutes free_join keep_chat by",
    breakouts.RoomWanted: "meeting_id sequence name users roster",
    breakouts.BreakoutMoved: "e=BreakoutMoved user sequence by",
    breakouts.BreakoutsExtended: "e=BreakoutsExtended minutes by",
    breakouts.BreakoutsAnnounced: "e=BreakoutsAnnounced name text by",
    breakouts.BreakoutsClosed: "e=BreakoutsClosed by",
    breakouts.DurationChanged: "e=DurationChanged minutes",
    model.Session: (
        "token auth_token user external_id name role guest status avatar layout config_token web_voice client_url "
        "used entered rated since away said"
    ),
    clock.Moment: "wall steady",
    model.Person: (
        "user external_id name role guest avatar session locked joined active away asked microphone cameras screen "
        "hand talked kept"
    ),
    model.PlannedRoom: "meeting_id sequence name users roster internal_id over",
    model.RoomMessage: "number name text",
    model.RoomPlan: "opened rooms minutes free_join keep_chat closed chose said messages",
    model.KeptLine: "at name text",
    model.KeptChat: "internal_id sequence name at lines",
    model.ChatMessage: "n at user name text to",
    model.Deck: "deck document state tries pages key why",
    model.DeckState: "waiting ready failed removed",
    model.Stage: "deck page x y w h",
    model.PollKind: "YN YNA TF A-2 A-3 A-4 A-5 A-6 CUSTOM R-",
    model.PollState: "open ended published closed",
    model.AnswerTotal: "text votes",
    model.Ballot: "answers text",
    model.Poll: (
        "poll n begun kind question answers secret multiple by state ballots totals respondents responders published "
        "published_n"
    ),
    model.Meeting: (
        "created created_at n ended end_time has_user_joined people sessions presenter empty_since left_since "
        "unmoderated_since active warned recording marked recording_since recorded consents consents_to policy "
        "lobby_message answers banned locks lock_on_join chat customdata configs default_config breakouts room_plan "
        "kept_chats announced lasts decks stage next_deck polls attended"
    ),
    hooks.Hook: "id url meeting events raw application permanent failing_since last_status",
    deliveries.Delivery: "kind url receiver said application meeting n made next tries last answer",
    batch_format.Due: "line=due kind said application meeting n made to",
    batch_format.Left: "line=left numbers",
    deliveries.CallbackKind: "end analytics event ready hook",
    journal_format._Head: "bbbd meeting n",
    atomic_replace.Replacement: "source target replaced",
    atomic_replace._Note: "arrivals",
    metadata.PlaybackFormat: "name link processing_time duration size extensions",
    metadata.MetadataHead: "record_id state start meeting_id format",
    metadata.Metadata: (
        "record_id state start meeting_id format end participants internal_meeting_id name is_breakout meta breakout "
        "rooms raw_size protected"
    ),
    layout.Place: "published unpublished process deleted",
    status_files.Ticket: "tries rebuild more",
    uploaded_media.UploadHead: "user session kind mime started begun seq size",
    transactions.TransactionStep: "format record_id source target meta protected deleted_at aside undo",
    transactions.Transaction: "steps",
    index_snapshot._Head: "version count",
    index_snapshot._Part: "recordings mtimes sizes",
    upload_facts.Wanted: "kind mime startedAt seq",
    upload_resource._Done: "bytes",
    inbox.InboxNote: "record_id kind lang label original_filename temp_filename content_type",
    links._Line: "session control meeting user up down",
    links.UpLink: "handle page tracks simulcast is_up live arriving blocked muted lines stretch was_refused",
    links.Stretch: "name tracks missing",
    links.KeptTrack: "file track start",
    links.DownLink: "handle page feeds number layers",
    links.Feed: "user mid kind link",
    protocol.Hello: "t=hello id v tab after epoch lang",
    protocol.Leave: "t=leave id",
    protocol.Here: "t=here id",
    live_chat.Say: "t=chat.say id text to",
    live_chat.More: "t=chat.more id before with",
    live_chat.Clear: "t=chat.clear id",
    live_hands.Hand: "t=hand id up who",
    live_hands.React: "t=react id emoji",
    live_invitations.Invite: "t=invite id role",
    live_polls.StartPoll: "t=poll.start id kind question answers secret multiple",
    live_polls.Vote: "t=poll.vote id poll answers text",
    live_polls.StopPoll: "t=poll.stop id poll publish",
    live_polls.PublishPoll: "t=poll.publish id poll",
    live_polls.ClosePoll: "t=poll.close id poll",
    live_people.MakePresenter: "t=presenter id who",
    live_people.SetRole: "t=role id who role",
    live_people.Remove: "t=remove id who forGood",
    live_locks.SetLocks: "t=locks id locks",
    live_locks.SetLock: "t=lock id who locked",
    live_lobby.AnswerGuests: "t=guest.answer id admit who all remember",
    live_lobby.SetPolicy: "t=guest.policy id policy",
    live_lobby.SetNotice: "t=guest.message id text",
    live_slides.ShowSlide: "t=slide.show id deck page",
    live_slides.ViewSlide: "t=slide.view id x y w h",
    live_slides.Point: "t=pointer id x y",
    live_slides.RemoveDeck: "t=slide.remove id deck",
    live_media.Watch: "t=media.watch id page cameras sound screen",
    live_media.Up: "t=media.up id page sdp tracks muted fresh",
    live_media.Down: "t=media.down id offer sdp",
    live_media.Restart: "t=media.restart id",
    live_media.Ice: "t=media.ice id",
    live_media.Health: "t=media.health id level",
    media_mesh.Candidate: "candidate mid",
    media_mesh.ShareTracks: "t=media.share id page kinds muted",
    media_mesh.SignalLink: "t=media.signal id link offer answer candidates want",
    media_mesh.NoteLink: "t=media.link id link up",
    media_mesh.Talk: "t=media.talk id on",
    live_media.Mute: "t=mute id on who",
    live_media.StopMedia: "t=media.stop id who kind",
    live_recording.Record: "t=record id on",
    live_recording.Consent: "t=record.consent id agrees",
    live_breakouts.OpenRooms: "t=breakout.open id rooms minutes freeJoin keepChat",
    live_breakouts.NewRoom: "name users group",
    live_breakouts.GoToRoom: "t=breakout.go id room",
    live_breakouts.GoBack: "t=breakout.back id",
    live_breakouts.MovePerson: "t=breakout.move id who room",
    live_breakouts.Extend: "t=breakout.extend id minutes",
    live_breakouts.SayToRooms: "t=breakout.say id text",
    live_breakouts.CloseRooms: "t=breakout.close id",
    live_breakouts.ReadChat: "t=breakout.chat id room",
    live_people.End: "t=end id",
    protocol.Ping: "t=ping id at",
    index.MetadataKey: "place format record_id",
    index.FileStamp: "mtime size",
    importer.Imported: "what outcome why",
    importer.ImportOutcome: "imported already there refused",
}
#: Never written: what others are made of, an index in memory, and what one process says to another of the same version.
INSIDE = {event.Event, protocol.ClientMessage, index.Recording, archive_process._Head, archive_process._FileHead}
#: Not structures of their own: lists on disk, so that the order alone counts there.
LISTS = (index.MetadataKey, importer.Imported)
