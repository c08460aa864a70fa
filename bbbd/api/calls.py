"""The whole API on one page: each call with what it wants, what it does and how it differs."""

from __future__ import annotations

from bbbd import __version__
from bbbd.api.call import AnyCall, Authentication, BodyRule, Call, NoParameters, Reply, succeed
from bbbd.api.config_xml import SetConfig, config_xml, get_default_config_xml, set_config_xml
from bbbd.api.create import create
from bbbd.api.end import EndMeeting, end
from bbbd.api.enter import GuestWait, enter, guest_wait
from bbbd.api.get_join_url import GetJoinUrl, get_join_url
from bbbd.api.hooks import CreateHook, DestroyHook, ListHooks, create_hook, destroy_hook, list_hooks
from bbbd.api.insert_document import InsertDocument, insert_document
from bbbd.api.join import Join, join, page_on_failure
from bbbd.api.monitoring import (
    OneMeeting,
    get_meeting_info,
    get_meetings,
    get_sessions,
    is_meeting_running,
)
from bbbd.api.problems import Problem
from bbbd.api.recordings import (
    DeleteRecordings,
    GetRecordings,
    PublishRecordings,
    UpdateRecordings,
    delete_recordings,
    get_recordings,
    publish_recordings,
    update_recordings,
)
from bbbd.api.send_chat_message import SendChatMessage, send_chat_message
from bbbd.api.server import Server
from bbbd.api.sessions import Feedback, OneSession, SignOut, feedback, sign_out, stuns
from bbbd.api.texttracks import GetTextTracks, PutTextTrack, get_recording_text_tracks, put_recording_text_track
from bbbd.meetings.create_parameters import Create


def version(server: Server, _params: NoParameters) -> Reply:
    """Tell the API's version; it proves that the server lives, and nothing about the secret."""
    settings = server.settings
    return succeed(
        ("version", settings.api_version),
        ("apiVersion", settings.api_version),
        ("bbbVersion", __version__ if settings.reveal_version else ""),
    )


#: The API's root.
ROOT = Call(
    name="",
    parameters=NoParameters,
    answer=version,
    authentication=Authentication.NOTHING,
    meaning="The API's version; needs no checksum.",
)

_ROWS: tuple[AnyCall, ...] = (
    Call(
        name="create",
        parameters=Create,
        answer=create,
        changes=True,
        secret=True,
        body=BodyRule.SLIDES,
        meaning="Begins a meeting. Called again with the same meetingID, it changes nothing and succeeds.",
    ),
    Call(
        name="join",
        parameters=Join,
        answer=join,
        secret=True,
        page_on_failure=page_on_failure,
        meaning="Makes a session for somebody and sends the browser on with it.",
    ),
    Call(
        name="isMeetingRunning",
        parameters=OneMeeting,
        answer=is_meeting_running,
        meaning="Tells whether somebody is in a meeting.",
    ),
    Call(
        name="getMeetingInfo",
        parameters=OneMeeting,
        answer=get_meeting_info,
        secret=True,
        meaning="Tells everything of a meeting, its attendees too.",
    ),
    Call(
        name="getMeetings",
        parameters=NoParameters,
        answer=get_meetings,
        secret=True,
        meaning="Tells everything of all meetings.",
    ),
    Call(
        name="insertDocument",
        parameters=InsertDocument,
        answer=insert_document,
        changes=True,
        post_only=True,
        body=BodyRule.SLIDES,
        meaning="Puts slides into a running meeting. The body is as create's; the documents are fetched and converted"
        ' afterwards, and one with `current="true"` is shown as soon as it can be.',
    ),
    Call(name="end", parameters=EndMeeting, answer=end, changes=True, meaning="Ends a meeting, at once."),
    Call(
        name="getSessions",
        parameters=NoParameters,
        answer=get_sessions,
        secret=True,
        meaning="Tells who holds a session of which meeting.",
    ),
    Call(
        name="getDefaultConfigXML",
        parameters=NoParameters,
        answer=get_default_config_xml,
        meaning="Gives the default config.xml, as it is.",
    ),
    Call(
        name="setConfigXML",
        parameters=SetConfig,
        answer=set_config_xml,
        changes=True,
        secret=True,
        post_only=True,
        body=BodyRule.LONG_FORM,
        authentication=Authentication.FORM,
        meaning="Keeps a config.xml with a meeting and gives the configToken that a join may name.",
    ),
    Call(
        name="configXML",
        parameters=OneSession,
        answer=config_xml,
        secret=True,
        authentication=Authentication.TOKEN,
        exit_element="logoutURL",
        meaning="Gives a session its config.xml.",
    ),
    Call(
        name="enter",
        parameters=OneSession,
        answer=enter,
        secret=True,
        authentication=Authentication.TOKEN,
        json_by_default=True,
        exit_element="logoutURL",
        meaning="Tells a client who it is and what the meeting is like. Nobody comes in by it: that is for the"
        " WebSocket. Those who still wait are not told the welcome message and the metadata.",
    ),
    Call(
        name="guestWait",
        parameters=GuestWait,
        answer=guest_wait,
        secret=True,
        authentication=Authentication.TOKEN,
        json_by_default=True,
        exit_element="url",
        meaning="Tells a guest whether they may come in, and keeps their place in the lobby; sends on (302) who may.",
    ),
    Call(
        name="stuns",
        parameters=OneSession,
        answer=stuns,
        secret=True,
        authentication=Authentication.TOKEN,
        json_by_default=True,
        bare=True,
        exit_element="logoutURL",
        meaning="Tells the STUN and TURN servers of the settings, with a name and password for this person.",
    ),
    Call(
        name="getJoinUrl",
        parameters=GetJoinUrl,
        answer=get_join_url,
        secret=True,
        authentication=Authentication.TOKEN,
        json_by_default=True,
        exit_element="logoutURL",
        meaning="Gives a signed join link for the same person, with their role of now. It dies with the meeting; who"
        " follows it takes their own place over.",
    ),
    Call(
        name="feedback",
        parameters=Feedback,
        answer=feedback,
        authentication=Authentication.TOKEN,
        json_by_default=True,
        post_only=True,
        body=BodyRule.JSON,
        exit_element="logoutURL",
        meaning="Keeps with the meeting's events how somebody liked it, once for a session, and for ten minutes after"
        " they left (`bbbd.endedTokensKeptForMinutes`). The parameters may be members of a JSON body. The log has the"
        " stars alone, and is all there is once the meeting is over.",
    ),
    Call(
        name="signOut",
        parameters=SignOut,
        answer=sign_out,
        authentication=Authentication.NOTHING,
        meaning="Ends a session; who is in by it leaves. It succeeds whatever the token.",
    ),
    Call(
        name="sendChatMessage",
        parameters=SendChatMessage,
        answer=send_chat_message,
        changes=True,
        meaning="Puts a message into the public chat of a meeting, from nobody who is in it.",
    ),
    Call(
        name="getRecordings",
        parameters=GetRecordings,
        answer=get_recordings,
        meaning="Lists recordings, newest first.",
    ),
    Call(
        name="publishRecordings",
        parameters=PublishRecordings,
        answer=publish_recordings,
        meaning="Publishes or unpublishes recordings, all that are named or none.",
    ),
    Call(
        name="deleteRecordings",
        parameters=DeleteRecordings,
        answer=delete_recordings,
        meaning="Deletes recordings, all that are named or none. They are kept for a while.",
    ),
    Call(
        name="updateRecordings",
        parameters=UpdateRecordings,
        answer=update_recordings,
        meaning="Changes the metadata of recordings, of all that are named or of none.",
    ),
    Call(
        name="getRecordingTextTracks",
        parameters=GetTextTracks,
        answer=get_recording_text_tracks,
        secret=True,
        json_by_default=True,
        missing_problem=Problem.MISSING_PARAMETER,
        meaning="Lists the captions and subtitles of a recording, with links that are good for an hour.",
    ),
    Call(
        name="putRecordingTextTrack",
        parameters=PutTextTrack,
        answer=put_recording_text_track,
        changes=True,
        post_only=True,
        json_by_default=True,
        missing_problem=Problem.MISSING_PARAM,
        unsigned_problem=Problem.MISSING_PARAM,
        body=BodyRule.TRACK,
        meaning="Puts SRT, SSA, ASS or WebVTT, the part `file` of a multipart body, in the place of the track of that"
        " kind and language; without that part, the track is taken away. It is converted afterwards; what cannot be,"
        " changes nothing. The checksum is over the query alone.",
    ),
    Call(
        name="hooks/create",
        parameters=CreateHook,
        answer=create_hook,
        changes=True,
        meaning="Has a URL called with what happens, in all meetings or in one. Called again, it changes nothing.",
    ),
    Call(
        name="hooks/destroy",
        parameters=DestroyHook,
        answer=destroy_hook,
        changes=True,
        meaning="Removes a hook, and what was still due to it.",
    ),
    Call(name="hooks/list", parameters=ListHooks, answer=list_hooks, meaning="Lists hooks."),
)

#: Every call by its name.
CALLS: dict[str, AnyCall] = {call.name: call for call in _ROWS}
