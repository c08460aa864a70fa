"""``/<serverID>/api/…``: the API of a namespace with the mock's own statuses, and as Moodle's tests lean on it.

A call without a checksum is answered as one that is signed, as the mock does; a checksum that is there must be right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bbbd.api import monitoring
from bbbd.api.call import AnyCall, Authentication, NoParameters, Reply, succeed
from bbbd.api.calls import CALLS, ROOT
from bbbd.api.join import Join, join
from bbbd.api.monitoring import OneMeeting
from bbbd.api.problems import Failed, Problem
from bbbd.api.recordings import PublishRecordings, UpdateRecordings, publish_recordings, update_recordings
from bbbd.api.response_tree import Tree
from bbbd.api.server import Server
from bbbd.api.table import Table, exit_link
from bbbd.developer.moodle.conference_pages import meeting_page
from bbbd.developer.moodle.namespace_state import NamespaceState
from bbbd.meetings.event import Joined
from bbbd.meetings.model import Meeting
from bbbd.values.enums import GuestStatus
from bbbd.values.fields import given
from bbbd.values.value_types import BOOLEAN, HTTP_URL

#: The statuses that differ from the contract's, which knows only 200.
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
#: What the mock says in other words.
_MESSAGES: dict[Problem, Tree] = {
    Problem.NOT_FOUND_TO_END: (("messageKey", Problem.NOT_FOUND.key), ("message", Problem.NOT_FOUND.message)),
    Problem.INVALID_MEETING: (("messageKey", Problem.NOT_FOUND.key), ("message", Problem.NOT_FOUND.message)),
    Problem.END_PASSWORD: (("messageKey", "denied"), ("message", "Access denied")),
    Problem.JOIN_PASSWORD: (),
}


def refusal(server: Server, call: AnyCall | None, failed: Failed) -> Reply:
    """Return the answer to what is refused."""
    problem = failed.problem
    words = _MESSAGES.get(problem, (("messageKey", problem.key), ("message", failed.message)))
    body = (*words, *exit_link(server, call, failed))
    return Reply((("returncode", "FAILED"), *body), outcome=problem.key, status=STATUSES.get(problem, 200))


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(UpdateRecordings):
    """Recordings that change; Moodle publishes by it, too."""

    published: bool | None = given("published", BOOLEAN, "Whether they are to be published.", default=None)


async def update(server: Server, params: Update) -> Reply:
    """Change recordings, all of them or none."""
    reply = await update_recordings(server, params)
    if params.published is not None:
        await publish_recordings(server, PublishRecordings(record_ids=params.record_ids, publish=params.published))
    return reply


class Calls:
    """The calls that differ in one namespace."""

    def __init__(self, state: NamespaceState, name: str) -> None:
        self._state = state
        self._name = name

    def table(self, *, signed: bool) -> Table:
        """Return the calls; the root is signed, too, when it comes with a checksum."""
        rows: dict[str, AnyCall] = {"": ROOT, **CALLS, **self._changed()}
        # What is signed as a form, or carries a token of its own, stays as it is.
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
        """Let somebody in at once, and show the page."""
        reply = join(server, params)
        meeting = server.meetings.find_live(params.meeting_id)
        assert meeting is not None
        session = next(reversed(meeting.sessions.values()))
        self._state.remember_exit(session.token, _exit_url(meeting, params.logout_url))
        if session.status is GuestStatus.ALLOW:
            server.meetings.happen(meeting, Joined(token=session.token))
        if not reply.location:
            return reply
        page = meeting_page(meeting, session, self._name)
        return Reply(document=page, document_type=b"text/html;charset=utf-8", outcome=reply.outcome)

    def get_meeting_info(self, server: Server, params: OneMeeting) -> Reply:
        """Tell everything of one meeting."""
        monitoring.get_meeting_info(server, params)
        meeting = server.meetings.find(params.meeting_id)
        assert meeting is not None
        return succeed(*self._state.describe(meeting))

    def get_meetings(self, server: Server, params: NoParameters) -> Reply:
        """Tell everything of all meetings."""
        reply = monitoring.get_meetings(server, params)
        (_code, (name, rows), *rest) = reply.tree
        described = replace(rows, values=[self._state.describe(meeting) for meeting in server.meetings])
        return Reply(succeed((name, described), *rest).tree, outcome=reply.outcome)

    def is_meeting_running(self, server: Server, params: OneMeeting) -> Reply:
        """Tell whether a meeting is running."""
        meeting = server.meetings.find(params.meeting_id)
        return succeed(("running", meeting is not None and dict(self._state.describe(meeting))["running"]))


def _exit_url(meeting: Meeting, logout_url: str) -> str:
    try:
        return HTTP_URL.read(logout_url)
    except ValueError:
        return meeting.created.logout_url
