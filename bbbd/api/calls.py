"""Table of all API calls: parameters, function and properties of each."""

from __future__ import annotations

from bbbd import __version__
from bbbd.api.call import AnyCall, Authentication, BodyRule, Call, NoParameters, Reply, succeed
from bbbd.api.config_xml import SetConfig, config_xml, get_default_config_xml, set_config_xml
from bbbd.api.create import create
from bbbd.api.end import EndMeeting, end
from bbbd.api.enter import GuestWait, enter, guest_wait
from bbbd.api.get_join_url import GetJoinUrl, get_join_url
from bbbd.api.hooks import CreateHook, DestroyHook, ListHooks, create_hook, destroy_hook, list_hooks, ping
from bbbd.api.insert_document import InsertDocument, insert_document
from bbbd.api.join import Join, join, page_on_failure
from bbbd.api.monitoring import (
    GetMeetings,
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
    """Return the API's version; usable as a health check, without a checksum."""
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
    meaning="Returns the API's version; needs no checksum.",
)

_ROWS: tuple[AnyCall, ...] = (
    Call(
        name="create",
        parameters=Create,
        answer=create,
        by_application=True,
        changes="The meeting exists",
        unsafe=True,
        secret=True,
        body=BodyRule.SLIDES,
        meaning="Creates a meeting. A repeated call with the same meetingID changes nothing and succeeds.",
    ),
    Call(
        name="join",
        parameters=Join,
        answer=join,
        unsafe=True,
        secret=True,
        page_on_failure=page_on_failure,
        meaning="Creates a session for a person and redirects the browser to the meeting's page.",
    ),
    Call(
        name="isMeetingRunning",
        parameters=OneMeeting,
        answer=is_meeting_running,
        meaning="Returns whether anybody is in a meeting.",
    ),
    Call(
        name="getMeetingInfo",
        parameters=OneMeeting,
        answer=get_meeting_info,
        secret=True,
        meaning="Returns the details of a meeting, including its attendees.",
    ),
    Call(
        name="getMeetings",
        parameters=GetMeetings,
        answer=get_meetings,
        secret=True,
        by_format=True,
        meaning="Returns the details of all meetings.",
    ),
    Call(
        name="insertDocument",
        parameters=InsertDocument,
        answer=insert_document,
        changes="The documents were added",
        unsafe=True,
        audited=("meetingID",),
        post_only=True,
        body=BodyRule.SLIDES,
        meaning="Adds slides to a running meeting. The body is the same as for create. The documents are fetched and"
        ' converted after the answer; one with `current="true"` is shown as soon as it is converted.',
    ),
    Call(
        name="end",
        parameters=EndMeeting,
        answer=end,
        changes="The meeting has ended",
        unsafe=True,
        audited=("meetingID",),
        meaning="Ends a meeting immediately.",
    ),
    Call(
        name="getSessions",
        parameters=NoParameters,
        answer=get_sessions,
        secret=True,
        meaning="Lists the sessions of all meetings.",
    ),
    Call(
        name="getDefaultConfigXML",
        parameters=NoParameters,
        answer=get_default_config_xml,
        meaning="Returns the default config.xml document.",
    ),
    Call(
        name="setConfigXML",
        parameters=SetConfig,
        answer=set_config_xml,
        changes="The config.xml was stored",
        unsafe=True,
        audited=("meetingID",),
        secret=True,
        post_only=True,
        body=BodyRule.LONG_FORM,
        authentication=Authentication.FORM,
        meaning="Stores a config.xml for a meeting and returns a configToken for join.",
    ),
    Call(
        name="configXML",
        parameters=OneSession,
        answer=config_xml,
        secret=True,
        authentication=Authentication.TOKEN,
        exit_element="logoutURL",
        meaning="Returns the config.xml document of a session.",
    ),
    Call(
        name="enter",
        parameters=OneSession,
        answer=enter,
        secret=True,
        authentication=Authentication.TOKEN,
        json_by_default=True,
        exit_element="logoutURL",
        meaning="Returns the person, the meeting and its settings to a client. The person enters the meeting only with"
        " the WebSocket. Waiting guests do not get the welcome message and the metadata.",
    ),
    Call(
        name="guestWait",
        parameters=GuestWait,
        answer=guest_wait,
        unsafe=True,
        secret=True,
        authentication=Authentication.TOKEN,
        json_by_default=True,
        exit_element="url",
        meaning="Returns whether a guest may enter, and keeps their place in the lobby. Redirects (302) those who may.",
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
        meaning="Returns the STUN and TURN servers of the settings, with credentials for this person.",
    ),
    Call(
        name="getJoinUrl",
        parameters=GetJoinUrl,
        answer=get_join_url,
        secret=True,
        authentication=Authentication.TOKEN,
        json_by_default=True,
        exit_element="logoutURL",
        meaning="Returns a signed join link for the same person with their current role, for another device. The new"
        " session replaces the present one. The link expires with the meeting.",
    ),
    Call(
        name="feedback",
        parameters=Feedback,
        answer=feedback,
        unsafe=True,
        authentication=Authentication.TOKEN,
        json_by_default=True,
        post_only=True,
        body=BodyRule.JSON,
        exit_element="logoutURL",
        meaning="Stores a person's rating of the meeting with its events, once for each session, up to ten minutes"
        " after they left (`bbbd.endedTokensKeptForMinutes`). The parameters may be members of a JSON body. The log has"
        " only the number of stars. After the end of the meeting, the rating is only logged.",
    ),
    Call(
        name="signOut",
        parameters=SignOut,
        answer=sign_out,
        unsafe=True,
        authentication=Authentication.NOTHING,
        meaning="Ends a session; its person leaves the meeting. Succeeds with any token.",
    ),
    Call(
        name="sendChatMessage",
        parameters=SendChatMessage,
        answer=send_chat_message,
        changes="The message was sent",
        unsafe=True,
        meaning="Posts to the public chat of a meeting on behalf of the application.",
    ),
    Call(
        name="getRecordings",
        parameters=GetRecordings,
        answer=get_recordings,
        secret=True,
        meaning="Lists recordings, newest first.",
    ),
    Call(
        name="publishRecordings",
        parameters=PublishRecordings,
        answer=publish_recordings,
        unsafe=True,
        audited=("recordID", "publish"),
        meaning="Publishes or unpublishes recordings: all that are named, or none on failure.",
    ),
    Call(
        name="deleteRecordings",
        parameters=DeleteRecordings,
        answer=delete_recordings,
        unsafe=True,
        audited=("recordID",),
        meaning="Deletes recordings: all that are named, or none on failure. The files are kept for some time.",
    ),
    Call(
        name="updateRecordings",
        parameters=UpdateRecordings,
        answer=update_recordings,
        unsafe=True,
        audited=("recordID", "meta_*", "protect"),
        meaning="Changes the metadata of recordings: of all that are named, or of none on failure.",
    ),
    Call(
        name="getRecordingTextTracks",
        parameters=GetTextTracks,
        answer=get_recording_text_tracks,
        secret=True,
        json_by_default=True,
        missing_problem=Problem.MISSING_PARAMETER,
        meaning="Lists the captions and subtitles of a recording, with links that are valid for an hour.",
    ),
    Call(
        name="putRecordingTextTrack",
        parameters=PutTextTrack,
        answer=put_recording_text_track,
        unsafe=True,
        audited=("recordID", "kind", "lang"),
        post_only=True,
        json_by_default=True,
        missing_problem=Problem.MISSING_PARAM,
        unsigned_problem=Problem.MISSING_PARAM,
        body=BodyRule.TRACK,
        meaning="Replaces the track of a kind and language by SRT, SSA, ASS or WebVTT, sent as the part `file` of a"
        " multipart body. Without that part, the track is removed. The file is stored before the"
        " answer and converted after it; if that fails, nothing changes. The checksum is over the query only.",
    ),
    Call(
        name="hooks/create",
        parameters=CreateHook,
        answer=create_hook,
        by_application=True,
        changes="The hook is registered",
        unsafe=True,
        signed_with_slash=True,
        audited=("meetingID",),
        meaning="Registers a URL for the events of all meetings or of one. A repeated call changes nothing.",
    ),
    Call(
        name="hooks/destroy",
        parameters=DestroyHook,
        answer=destroy_hook,
        changes="The hook was removed",
        unsafe=True,
        signed_with_slash=True,
        audited=("hookID",),
        meaning="Removes a hook and its pending callbacks.",
    ),
    Call(
        name="hooks/list",
        parameters=ListHooks,
        answer=list_hooks,
        signed_with_slash=True,
        meaning="Lists hooks. While calls of a hook fail, it has `failingSince` (ms) and `lastStatus`: the HTTP status,"
        " 0 for no answer.",
    ),
    Call(
        name="hooks/ping",
        parameters=NoParameters,
        answer=ping,
        authentication=Authentication.NOTHING,
        meaning="Answers with HTTP status 200 and a short text; needs no checksum.",
    ),
)

#: All calls by name.
CALLS: dict[str, AnyCall] = {call.name: call for call in _ROWS}
