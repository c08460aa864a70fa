"""API of a namespace at ``/<serverID>/api/…``, with the mock's statuses and behaviour, as Moodle's tests expect.

As in the mock, a call without a checksum is accepted, but a checksum that is sent must be right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bbbd.api import monitoring
from bbbd.api.call import AnyCall, Authentication, Reply, succeed
from bbbd.api.calls import CALLS, ROOT
from bbbd.api.join import Join, join
from bbbd.api.monitoring import GetMeetings, OneMeeting, list_of_meetings
from bbbd.api.problems import Failed, Problem
from bbbd.api.recordings import PublishRecordings, UpdateRecordings, publish_recordings, update_recordings
from bbbd.api.response_tree import Rows, Tree
from bbbd.api.server import Server
from bbbd.api.table import Table, exit_link
from bbbd.developer.moodle.conference_pages import meeting_page
from bbbd.developer.moodle.namespace_state import NamespaceState
from bbbd.meetings.event import Joined
from bbbd.values.enums import GuestStatus
from bbbd.values.fields import given
from bbbd.values.value_types import BOOLEAN, http_url

#: HTTP statuses that differ from the contract's 200.
STATUSES = {
    Problem.CHECKSUM: 500,
    Problem.UNSUPPORTED_REQUEST: 404,
    Problem.NOT_FOUND: 404,
    Problem.NOT_FOUND_TO_END: 404,
    Problem.INVALID_MEETING: 404,
    Problem.NO_RECORDING: 404,
    Problem.END_PASSWORD: 403,
    Problem.JOIN_PASSWORD: 503,
}
#: Problems with other keys and messages in the mock.
_MESSAGES: dict[Problem, Tree] = {
    Problem.NOT_FOUND_TO_END: (("messageKey", Problem.NOT_FOUND.key), ("message", Problem.NOT_FOUND.message)),
    Problem.INVALID_MEETING: (("messageKey", Problem.NOT_FOUND.key), ("message", Problem.NOT_FOUND.message)),
    Problem.END_PASSWORD: (("messageKey", "denied"), ("message", "Access denied")),
    Problem.JOIN_PASSWORD: (),
}


def refusal(server: Server, call: AnyCall | None, failed: Failed) -> Reply:
    """Return the answer to a refused call."""
    problem = failed.problem
    words = _MESSAGES.get(problem, (("messageKey", problem.key), ("message", failed.message)))
    body = (*words, *exit_link(server, call, failed))
    return Reply((("returncode", "FAILED"), *body), outcome=problem.key, status=STATUSES.get(problem, 200))


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(UpdateRecordings):
    """Parameters of ``updateRecordings``; Moodle also publishes with it."""

    published: bool | None = given("published", BOOLEAN, "True to publish, false to unpublish.", default=None)


async def update(server: Server, params: Update) -> Reply:
    """Change recordings: all, or none on failure."""
    reply = await update_recordings(server, params)
    if params.published is not None:
        await publish_recordings(server, PublishRecordings(record_ids=params.record_ids, publish=params.published))
    return reply


class Calls:
    """The calls of a namespace that differ from the API's."""

    def __init__(self, state: NamespaceState, name: str) -> None:
        self._state = state
        self._name = name

    def table(self, *, signed: bool) -> Table:
        """Return the table of calls, with checksums verified or not; that includes the root."""
        rows: dict[str, AnyCall] = {"": ROOT, **CALLS, **self._changed()}
        # Calls signed as forms, or authenticated by tokens, are unchanged.
        rows = {
            name: replace(row, authentication=Authentication.QUERY if signed else Authentication.NOTHING)
            if row.authentication is Authentication.QUERY or not name
            else row
            for name, row in rows.items()
        }
        return Table(rows, refusal)

    def _changed(self) -> dict[str, AnyCall]:
        return {
            "join": replace(CALLS["join"], answer=self.join, page_on_failure=None),
            "getMeetingInfo": replace(CALLS["getMeetingInfo"], answer=self.get_meeting_info),
            "getMeetings": replace(CALLS["getMeetings"], answer=self.get_meetings),
            "isMeetingRunning": replace(CALLS["isMeetingRunning"], answer=self.is_meeting_running),
            "updateRecordings": replace(CALLS["updateRecordings"], parameters=Update, answer=update),
        }

    def join(self, server: Server, params: Join) -> Reply:
        """Let a person enter immediately, and return the page."""
        reply = join(server, params)
        meeting = server.meetings.find_live(params.meeting_id)
        assert meeting is not None
        session = next(reversed(meeting.sessions.values()))
        own = http_url(params.logout_url) or http_url(meeting.created.logout_url)
        self._state.remember_exit(session.token, own or server.settings.way_out)
        if session.status is GuestStatus.ALLOW:
            server.meetings.happen(meeting, Joined(token=session.token))
        if not reply.location:
            return reply
        page = meeting_page(meeting, session, self._name)
        return Reply(document=page, document_type=b"text/html;charset=utf-8", outcome=reply.outcome)

    def get_meeting_info(self, server: Server, params: OneMeeting) -> Reply:
        """Return the details of a meeting."""
        monitoring.get_meeting_info(server, params)
        meeting = server.meetings.find(params.meeting_id)
        assert meeting is not None
        return succeed(*self._state.describe(meeting))

    def get_meetings(self, server: Server, _params: GetMeetings) -> Reply:
        """Return the details of all meetings."""
        return list_of_meetings(Rows("meeting", [self._state.describe(meeting) for meeting in server.meetings]))

    def is_meeting_running(self, server: Server, params: OneMeeting) -> Reply:
        """Return whether a meeting is running."""
        meeting = server.meetings.find(params.meeting_id)
        return succeed(("running", meeting is not None and dict(self._state.describe(meeting))["running"]))
