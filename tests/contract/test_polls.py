"""Polls: who asks, who answers, who sees what, and what is kept of a secret one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from callback_receivers import Receiver, told_by
from due_callbacks import due_callbacks
from harness import Memory, awaited
from websocket_clients import InMemory, inside, told

from bbbd.history.events_xml import events_xml
from bbbd.history.from_journal import read_journal_file
from bbbd.meetings import fold
from bbbd.meetings.event import LeaveReason, Left
from bbbd.meetings.journal_format import Line, write_head, write_line


async def room(memory: Memory, **pairs: str) -> list[InMemory]:
    """Begin a meeting: Ada presents, Mo is another moderator, Vi and Wu are viewers."""
    await memory.call("create", meetingID="demo", **pairs)
    people = [("Ada", "MODERATOR"), ("Mo", "MODERATOR"), ("Vi", "VIEWER"), ("Wu", "VIEWER")]
    members = [await inside(memory, "demo", name, role=role, userID=name) for name, role in people]
    clear(*members)
    return members


def clear(*members: InMemory) -> None:
    told(*members)
    for member in members:
        member.forget()


def ask(member: InMemory, **fields: Any) -> str:
    """Begin a poll and return its id."""
    assert member.ask("poll.start", **({"kind": "YN"} | fields))["t"] == "ok"
    return str(member.memory.meeting("demo").polls[-1].poll)


def user(member: InMemory) -> str:
    return next(one.user for one in member.memory.meeting("demo").sessions.values() if one.token == member.token)


def again(member: InMemory) -> dict[str, Any]:
    """Return the poll in the snapshot of a page that is loaded anew."""
    other = InMemory(member.memory, member.token)
    other.hello()
    told(other)
    return dict(other.last("snapshot"))


def seen(member: InMemory, *left_out: str) -> list[dict[str, Any]]:
    """Return what a member was told of polls, without what no test is about."""
    return [
        {name: value for name, value in one.items() if name not in ("n", "at", "poll", "rest", *left_out)}
        for one in member.events("PollVoted", "PollEnded", "PollPublished")
    ]


TOTALS = [{"text": "Yes", "votes": 1}, {"text": "No", "votes": 1}]


@awaited
async def test_an_open_poll_is_followed_by_its_leaders_and_published_to_all(memory: Memory) -> None:
    ada, mo, vi, wu = everybody = await room(memory)
    poll = ask(ada, kind="YN", question="  Go\u202e on? ")
    told(*everybody)
    for member in everybody:
        [started] = member.events("PollStarted")
        facts = {"kind": "YN", "question": "Go on?", "answers": ["Yes", "No"], "by": user(ada), "state": "open"}
        assert started["poll"].items() >= (facts | {"poll": poll, "secret": False, "multiple": False}).items()
    clear(*everybody)
    assert vi.ask("poll.vote", poll=poll, answers=[1])["t"] == "ok"
    assert mo.ask("poll.vote", poll=poll, answers=[0])["t"] == "ok"
    told(*everybody)
    of_vi = {"e": "PollVoted", "user": user(vi), "answers": [1], "text": ""}
    of_mo = {"e": "PollVoted", "user": user(mo), "answers": [0], "text": ""}
    assert [seen(member) for member in everybody] == [[of_vi, of_mo], [of_vi, of_mo], [of_vi], []]
    ballots = {user(vi): {"answers": [1]}, user(mo): {"answers": [0]}}
    assert [again(one)["poll"].get("voted") for one in everybody] == [2, 2, None, None]
    assert {name: one["answers"] for name, one in again(ada)["poll"]["ballots"].items()} == {
        name: one["answers"] for name, one in ballots.items()
    }
    assert [again(one)["poll"].get("mine") for one in everybody] == [None, True, True, None]
    ada, mo, vi, wu = everybody = [await back(member) for member in everybody]
    assert ada.ask("poll.stop", poll=poll)["t"] == "ok"
    told(*everybody)
    ended, result = {"e": "PollEnded", "by": user(ada)}, {"totals": TOTALS, "respondents": 3, "responders": 2}
    assert [seen(member, "published") for member in everybody] == [[ended | result]] * 2 + [[ended]] * 2
    assert [again(member)["poll"].get("totals") for member in everybody] == [TOTALS, TOTALS, None, None]
    ada, mo, vi, wu = everybody = [await back(member) for member in everybody]
    assert ada.ask("poll.publish", poll=poll)["t"] == "ok"
    told(*everybody)
    assert [seen(member, "published") for member in everybody] == [[{**ended, "e": "PollPublished"} | result]] * 4
    for member in everybody:
        snapshot = again(member)
        assert (snapshot["poll"]["totals"], snapshot["poll"]["state"]) == (TOTALS, "published")
        assert [(one["poll"], one["totals"], one["publishedN"]) for one in snapshot["results"]] == [
            (poll, TOTALS, memory.meeting("demo").n)
        ]
    [ada] = [await back(ada)]
    assert ada.ask("poll.close", poll=poll)["t"] == "ok"
    told(ada)
    snapshot = again(wu)
    assert (snapshot["poll"], len(snapshot["results"])) == (None, 1)


async def back(member: InMemory) -> InMemory:
    """Return the same person with a new connection, who has heard nothing yet."""
    other = InMemory(member.memory, member.token)
    other.hello()
    clear(other)
    return other


def journal(memory: Memory) -> Path:
    return memory.directory / "meetings" / f"{memory.meeting('demo').internal_id}.jsonl"


@awaited
async def test_a_secret_vote_is_in_nobodys_frames_and_in_no_file(
    memory_with: Callable[..., Memory], receiver: Receiver
) -> None:
    memory = memory_with(bbbd__callbackNetworks="127.0.0.0/8")
    await memory.call("hooks/create", callbackURL=receiver.url("/hook"), eventID="poll-responded")
    ada, mo, vi, wu = everybody = await room(memory, meta_eventCallbackUrl=receiver.url("/event"))
    poll = ask(ada, kind="CUSTOM", question="?", answers=["Tea", "Milk", "Beer"], secret=True, multiple=True)
    clear(*everybody)
    assert vi.ask("poll.vote", poll=poll, answers=[2, 0])["t"] == "ok"
    assert mo.ask("poll.vote", poll=poll, answers=[0])["t"] == "ok"
    told(*everybody)
    progress, own = {"e": "PollVoted", "voted": 1}, {"e": "PollVoted", "user": user(vi)}
    of_mo = {"e": "PollVoted", "user": user(mo), "voted": 2}
    assert [seen(one) for one in everybody] == [[progress, {**progress, "voted": 2}], [progress, of_mo], [own], []]
    for member, other in ((ada, vi), (ada, mo), (mo, vi), (vi, mo), (wu, vi), (wu, mo)):
        assert not any(user(other) in text for text in member.raw)
    for member in everybody:
        assert not any("answers" in text or "Beer" in text for text in member.raw)
    for member, known in zip(everybody, ({"voted": 2}, {"voted": 2, "mine": True}, {"mine": True}, {}), strict=True):
        shown = again(member)["poll"]
        assert {name: shown[name] for name in shown.keys() & {"voted", "mine", "ballots", "totals"}} == known
    said = [json.loads(line) for line in journal(memory).read_text().splitlines() if "PollVoted" in line]
    assert [{name: one[name] for name in one.keys() - {"n", "t", "crc"}} for one in said] == [
        {"e": "PollVoted", "poll": poll, "user": user(one), "answers": [], "text": ""} for one in (vi, mo)
    ]
    due = [entry.url + entry.content for entry in due_callbacks(memory.directory)]
    assert len([one for one in due if "esponded" in one]) == 4
    for one in due:
        if "esponded" in one:
            assert user(vi) not in one
            assert user(mo) not in one
            assert "nswerI" not in one
    ada = await back(ada)
    assert ada.ask("poll.stop", poll=poll, publish=True)["t"] == "ok"
    told(ada)
    totals = [{"text": "Tea", "votes": 2}, {"text": "Milk", "votes": 0}, {"text": "Beer", "votes": 1}]
    assert again(wu)["poll"]["totals"] == totals
    assert (again(wu)["poll"]["respondents"], again(wu)["poll"]["responders"]) == (3, 2)


@awaited
async def test_an_open_secret_poll_is_asked_anew_after_a_kill(memory: Memory) -> None:
    ada, mo, vi, wu = everybody = await room(memory)
    poll = ask(ada, kind="R-", question="Your word?", secret=True)
    assert vi.ask("poll.vote", poll=poll, text="Tea")["t"] == "ok"
    after, epoch = memory.meeting("demo").n, memory.meeting("demo").internal_id
    await memory.restart()
    everybody = [InMemory(memory, member.token) for member in everybody]
    for member in everybody:
        member.hello(after=after, epoch=epoch)
    told(*everybody)
    ada, mo, vi, wu = everybody
    assert [member.last("snapshot")["poll"].get("mine") for member in everybody] == [None] * 4
    assert ada.last("snapshot")["poll"]["voted"] == 0
    assert memory.meeting("demo").attended[user(vi)].polls == 0
    assert vi.ask("poll.vote", poll=poll, text="Milk")["t"] == "ok"
    assert wu.ask("poll.vote", poll=poll, text=" Milk ")["t"] == "ok"
    assert mo.ask("poll.vote", poll=poll, text="Beer")["t"] == "ok"
    assert ada.ask("poll.stop", poll=poll)["t"] == "ok"
    # An end that was counted is an event, and survives.
    await memory.restart()
    ended = memory.meeting("demo").polls[-1]
    assert [(one.text, one.votes) for one in ended.totals] == [("Milk", 2), ("Beer", 1)]
    assert (ended.respondents, ended.responders, ended.published) == (3, 3, 0)


@awaited
async def test_an_open_poll_goes_on_after_a_kill(memory: Memory) -> None:
    ada, _mo, vi, _wu = await room(memory)
    poll = ask(ada, kind="A-3")
    vi.ask("poll.vote", poll=poll, answers=[2])
    await memory.restart()
    ada = await back(InMemory(memory, ada.token))
    assert ada.ask("poll.stop", poll=poll)["t"] == "ok"
    assert [one.votes for one in memory.meeting("demo").polls[-1].totals] == [0, 0, 1]


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"kind": "CUSTOM"}, "malformed"),
        ({"kind": "CUSTOM", "answers": ["One"]}, "malformed"),
        ({"kind": "CUSTOM", "answers": [str(n) for n in range(21)]}, "malformed"),
        ({"kind": "CUSTOM", "answers": ["One", " One\n"]}, "malformed"),
        ({"kind": "CUSTOM", "answers": ["One", " \n"]}, "malformed"),
        ({"kind": "CUSTOM", "answers": ["One", "x" * 201]}, "tooLong"),
        ({"kind": "YN", "answers": ["One", "Two"]}, "malformed"),
        ({"kind": "R-", "multiple": True}, "malformed"),
        ({"kind": "A-7"}, "malformed"),
        ({"kind": "YN", "question": "x" * 501}, "tooLong"),
        ({"kind": "YN", "secret": 1}, "malformed"),
    ],
)
@awaited
async def test_a_poll_that_makes_no_sense_is_refused(memory: Memory, fields: dict[str, Any], key: str) -> None:
    ada, *_others = await room(memory)
    before = memory.meeting("demo").n
    assert ada.ask("poll.start", **fields)["key"] == key
    assert memory.meeting("demo").n == before


@awaited
async def test_a_vote_that_makes_no_sense_is_refused(memory: Memory) -> None:
    ada, mo, vi, wu = await room(memory)
    assert vi.ask("poll.start", kind="YN")["key"] == "notAllowed"
    poll = ask(ada, kind="YN")
    before = memory.meeting("demo").n
    assert ada.ask("poll.start", kind="YN")["key"] == "notAllowed"
    assert ada.ask("poll.vote", poll=poll, answers=[0])["key"] == "notAllowed"
    for wrong in ([], [2], [-1], [0, 1], [0, 0], [1 << 70]):
        assert vi.ask("poll.vote", poll=poll, answers=wrong)["key"] == "malformed", wrong
    memory.advance(5)
    assert vi.ask("poll.vote", poll=poll, answers=[0], text="Yes")["key"] == "malformed"
    assert vi.ask("poll.vote", poll="another", answers=[0])["key"] == "gone"
    assert vi.ask("poll.vote", poll="x" * 101, answers=[0])["key"] == "malformed"
    assert (ada.ask("poll.publish", poll=poll)["key"], ada.ask("poll.close", poll=poll)["key"]) == ("gone", "gone")
    assert mo.ask("poll.stop", poll=poll)["key"] == "notAllowed"
    assert memory.meeting("demo").n == before
    assert vi.ask("poll.vote", poll=poll, answers=[0])["t"] == "ok"
    # The same, sent again by a page that did not hear the answer; and another one.
    assert vi.ask("poll.vote", poll=poll, answers=[0])["known"]
    assert vi.ask("poll.vote", poll=poll, answers=[1])["key"] == "notAllowed"
    assert ada.ask("poll.stop", poll=poll)["t"] == "ok"
    assert wu.ask("poll.vote", poll=poll, answers=[0])["key"] == "gone"
    assert ada.ask("poll.stop", poll=poll)["key"] == "gone"
    memory.advance(5)
    typed = ask(ada, kind="R-", secret=True)
    assert vi.ask("poll.vote", poll=typed, answers=[0])["key"] == "malformed"
    assert vi.ask("poll.vote", poll=typed, text=" \u202e")["key"] == "malformed"
    assert vi.ask("poll.vote", poll=typed, text="x" * 201)["key"] == "tooLong"
    assert vi.ask("poll.vote", poll=typed, text="Tea")["t"] == "ok"
    assert vi.ask("poll.vote", poll=typed, text="Tea")["key"] == "notAllowed"


@awaited
async def test_polls_that_are_disabled_do_not_exist(memory: Memory) -> None:
    ada, *_others = await room(memory, disabledFeatures="polls")
    assert ada.ask("poll.start", kind="YN")["key"] == "unsupported"


@awaited
async def test_a_new_presenter_sees_the_votes(memory: Memory) -> None:
    ada, _mo, vi, wu = everybody = await room(memory)
    poll = ask(ada)
    wu.ask("poll.vote", poll=poll, answers=[0])
    ada.ask("presenter", who=user(vi))
    clear(ada, wu)
    told(vi)
    assert vi.last("snapshot")["poll"]["ballots"].keys() == {user(wu)}
    assert ada.ask("poll.vote", poll=poll, answers=[1])["t"] == "ok"
    told(*everybody)
    assert vi.events("PollVoted")[-1]["user"] == user(ada)
    assert ada.ask("poll.stop", poll=poll)["key"] == "notAllowed"
    assert vi.ask("poll.stop", poll=poll, publish=True)["t"] == "ok"


@awaited
async def test_who_was_away_for_so_long_that_they_left_learns_of_the_end(memory: Memory) -> None:
    ada, _mo, vi, _wu = await room(memory)
    poll = ask(ada)
    told(vi)
    after, epoch = memory.meeting("demo").n, memory.meeting("demo").internal_id
    vi.hang_up()
    memory.happen("demo", Left(user=user(vi), why=LeaveReason.LOST))
    assert ada.ask("poll.stop", poll=poll)["t"] == "ok"
    back_again = InMemory(memory, vi.token)
    back_again.hello(after=after, epoch=epoch)
    told(back_again)
    assert back_again.last("snapshot")["poll"]["state"] == "ended"


@pytest.mark.parametrize("secret", [False, True])
@awaited
async def test_nobody_votes_twice_by_coming_back(memory: Memory, *, secret: bool) -> None:
    ada, mo, vi, _wu = await room(memory)
    poll = ask(ada, secret=secret)
    assert vi.ask("poll.vote", poll=poll, answers=[1])["t"] == "ok"
    vi.say("leave")
    again_vi = await inside(memory, "demo", "Vi", role="VIEWER", userID="Vi")
    told(again_vi)
    assert again_vi.last("snapshot")["poll"]["mine"]
    assert again_vi.ask("poll.vote", poll=poll, answers=[0])["key"] == "notAllowed"
    # The presenter who voted before presenting counts among those who were asked.
    assert mo.ask("poll.vote", poll=poll, answers=[0])["t"] == "ok"
    ada.ask("presenter", who=user(mo))
    assert mo.ask("poll.stop", poll=poll)["t"] == "ok"
    ended = memory.meeting("demo").polls[-1]
    assert ([one.votes for one in ended.totals], ended.respondents, ended.responders) == ([1, 1], 4, 2)


@awaited
async def test_applications_hear_of_polls(memory_with: Callable[..., Memory], receiver: Receiver) -> None:
    memory = memory_with(bbbd__callbackNetworks="127.0.0.0/8")
    ada, _mo, vi, wu = await room(memory, **{"meta_analytics-callback-url": receiver.url("/analytics")})
    await memory.call("hooks/create", callbackURL=receiver.url("/hook"), eventID="poll-started,poll-responded")
    poll = ask(ada, kind="CUSTOM", question="Which?", answers=["Tea", "Milk"], multiple=True)
    vi.ask("poll.vote", poll=poll, answers=[0, 1])
    ada.ask("poll.stop", poll=poll, publish=True)
    secret = ask(ada, kind="YN", secret=True)
    wu.ask("poll.vote", poll=secret, answers=[0])
    got = await told_by(memory, receiver, 4)
    started, voted, _secret, hidden = [one.event for one in got]
    assert [one["id"] for one in (started, voted, hidden)] == ["poll-started", "poll-responded", "poll-responded"]
    about = started["attributes"]["poll"]
    assert (about["id"], about["question"], about["answers"]) == (
        poll,
        "Which?",
        [{"id": 0, "key": "Tea"}, {"id": 1, "key": "Milk"}],
    )
    assert started["attributes"]["user"]["external-user-id"] == "Ada"
    assert voted["attributes"]["poll"] == {"id": poll, "answerIds": [0, 1]}
    assert voted["attributes"]["user"]["internal-user-id"] == user(vi)
    assert (hidden["attributes"]["poll"], "user" in hidden["attributes"]) == ({"id": secret}, False)
    votes = {user(vi): ["Tea", "Milk"]}
    await memory.call("end", meetingID="demo")
    *_before, last = await told_by(memory, receiver, 5)
    data = json.loads(last.body)["data"]
    assert [(one["id"], one["type"], one["published"], one["options"], one["votes"]) for one in data["polls"]] == [
        (poll, "CUSTOM", True, ["Tea", "Milk"], votes),
        (secret, "YN", False, ["Yes", "No"], {}),
    ]
    votes_of = {one["ext_user_id"]: one["engagement"]["poll_votes"] for one in data["attendees"]}
    assert votes_of == {"Ada": 0, "Mo": 0, "Vi": 1, "Wu": 1}


@awaited
async def test_a_history_has_the_polls_in_bigbluebuttons_words(memory: Memory, tmp_path: Path) -> None:
    ada, _mo, vi, wu = await room(memory, record="true")
    first = ask(ada, kind="R-", question="Your word?")
    vi.ask("poll.vote", poll=first, text="Tea")
    ada.ask("poll.stop", poll=first, publish=True)
    secret = ask(ada, kind="YN", secret=True)
    wu.ask("poll.vote", poll=secret, answers=[0])
    ada.ask("poll.stop", poll=secret)
    internal = memory.meeting("demo").internal_id
    whole = tmp_path / "whole.jsonl"
    meeting, now = memory.meeting("demo"), memory.app.meetings.clock.now()
    line = Line(meeting.n, now.wall, fold.as_restored(meeting, now))
    whole.write_bytes(write_head(internal) + write_line(line))
    for path in (journal(memory), whole):
        text = "".join(events_xml(read_journal_file(path, internal, 1000)))
        assert text.count("<pollId>") == (6 if path == journal(memory) else 4)
        assert f"<userId>{user(vi)}</userId>" in text
        for words in (
            'eventname="PollStartedRecordEvent"',
            "<secretPoll>true</secretPoll>",
            'eventname="UserRespondedToPollRecordEvent"',
            '<answers>[{"id": 0, "key": "Tea", "numVotes": 1}]</answers>',
            "<numRespondents>3</numRespondents>",
        ):
            assert words in text, words
