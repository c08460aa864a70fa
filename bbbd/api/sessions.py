"""Session calls: signOut, stuns, feedback."""

from __future__ import annotations

from dataclasses import dataclass

from twisted.logger import Logger

from bbbd.api.call import Reply, succeed
from bbbd.api.problems import Failed, Guessed, Problem
from bbbd.api.response_tree import Rows
from bbbd.api.server import Server
from bbbd.meetings.feedback import Rated
from bbbd.meetings.ice import relays
from bbbd.meetings.model import Meeting, Session
from bbbd.values.enums import GuestStatus
from bbbd.values.fields import given
from bbbd.values.value_types import ANY_IDENTIFIER, multiline_text, number

_log = Logger()

_TOKEN = "The session's token, from the join."  # noqa: S105 - a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSession:
    """Parameters of calls of one session."""

    session_token: str = given("sessionToken", ANY_IDENTIFIER, _TOKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut:
    """Parameters of ``signOut``."""

    session_token: str = given("sessionToken", ANY_IDENTIFIER, _TOKEN, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback(OneSession):
    """Parameters of ``feedback``."""

    rating: int = given("rating", number("a number of stars", 1, 5), "The rating in stars.")
    comment: str = given("comment", multiline_text(5000, why="the meeting's events keep it"), "A comment.", default="")


def find_session(server: Server, token: str, unknown: Problem = Problem.INVALID_SESSION) -> tuple[Meeting, Session]:
    """Return a session and its meeting. Raises ``Failed`` for an expired token, ``Guessed`` for an unknown one."""
    found = server.meetings.find_session(token)
    if found is not None:
        return found
    gone = server.expired_tokens.find(token)
    if gone is None:
        raise Guessed(unknown)
    raise Failed(unknown, exit_url=gone.back)


def sign_out(server: Server, params: SignOut) -> Reply:
    """End a session; its person leaves. Succeeds with any token, so that it reveals nothing."""
    found = server.meetings.find_session(params.session_token)
    if found is not None:
        server.meetings.leave(*found)
    return succeed()


def stuns(server: Server, params: OneSession) -> Reply:
    """Return the STUN servers, and to admitted people the TURN servers with credentials."""
    _meeting, session = find_session(server, params.session_token, Problem.NO_SESSION)
    settings, now = server.settings, server.meetings.clock.now().wall
    allowed = session.status is GuestStatus.ALLOW
    turns = [
        (("username", one.username), ("password", one.password), ("url", one.url), ("ttl", one.ttl))
        for one in (relays(settings, session.user, now) if allowed else ())
    ]
    return Reply(
        (
            ("stunServers", Rows("stunServer", [(("url", url),) for url in settings.stun_servers])),
            ("turnServers", Rows("turnServer", turns)),
            ("remoteIceCandidates", Rows("remoteIceCandidate", ())),
        )
    )


def feedback(server: Server, params: Feedback) -> Reply:
    """Store a rating with the meeting's events, once for each session. The log has the stars, never the comment.

    Most ratings arrive after the person left or the meeting ended, so an expired token is accepted while it is known.
    After the end of the meeting, the rating is only logged.
    """
    token = params.session_token
    found, gone = server.meetings.find_session(token), server.expired_tokens.find(token)
    if found is None and gone is None:
        raise Guessed(Problem.INVALID_SESSION)
    if (found and found[1].rated) or (gone and gone.rated):
        return succeed()
    internal_id = found[0].internal_id if found else gone.meeting if gone else ""
    meeting = server.meetings.find_live(internal_id)
    if meeting is None:
        server.expired_tokens.note_rating(token)
    elif server.meetings.is_full(meeting, server.settings.max_journal):
        raise Failed(Problem.KEEPS_TOO_MUCH)
    else:
        server.meetings.happen(meeting, Rated(token=token, rating=params.rating, comment=params.comment))
    _log.info("somebody gave {rating} of 5 stars", event="feedback", rating=params.rating, meeting=internal_id)
    return succeed()
