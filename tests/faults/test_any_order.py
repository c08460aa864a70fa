"""Calls in any order, against a model that is a table of meetings and people: both say the same, over restarts too."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from harness import Answer, Memory
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from kill_points import now

from bbbd.meetings.event import Left

IDS = st.sampled_from(("mm", "nn", "oo"))
PASSWORDS = st.sampled_from(("", "ap", "mp"))
USERS = st.sampled_from(("u1", "u2", "u3"))
HOOKS = st.sampled_from(("http://a.example/1", "http://a.example/2", "http://b.example/"))
BOOLEANS = st.booleans()
TEXTS = st.sampled_from(("hello", "é <b>", "x" * 300))


@dataclass
class Known:
    """What the model knows of a meeting."""

    internal: str
    create_time: str
    moderator_pw: str
    most: int
    duration: int
    created_at: float
    people: dict[str, str] = field(default_factory=dict)
    has_joined: bool = False
    chat: list[str] = field(default_factory=list)


class Model(RuleBasedStateMachine):
    """The machine: each rule asks the server, decides what the answer must be, and remembers what it changes."""

    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="bbbd-model-"))
        self.memory = Memory(
            directory=self.directory,
            settings={
                "meetingExpireIfNoUserJoinedInMinutes": "0",
                "meetingExpireWhenLastUserLeftInMinutes": "0",
                "usersTimeout": "86400000",
                "bbbd.maxMeetings": "2",
            },
        )
        self.live: dict[str, Known] = {}
        self.last_time: dict[str, int] = {}
        self.hooks: dict[str, str] = {}

    def teardown(self) -> None:
        self.memory.hang_up()
        shutil.rmtree(self.directory)

    def call(self, call: str, **pairs: Any) -> Answer:
        answers: list[Answer] = []

        async def ask() -> None:
            answers.append(await self.memory.call(call, **pairs))

        now(ask())
        assert answers[0].status == 200
        return answers[0]

    @rule(name=IDS, password=PASSWORDS, most=st.sampled_from((0, 1, 2)), duration=st.sampled_from((0, 3)))
    def create(self, name: str, password: str, most: int, duration: int) -> None:
        pairs = {"meetingID": name, "maxParticipants": most, "duration": duration}
        answer = self.call("create", **pairs, **({"moderatorPW": password} if password else {}))
        known = self.live.get(name)
        if known is not None:
            right = not password or password == known.moderator_pw
            assert (answer.code, answer.key) == (
                ("SUCCESS", "duplicateWarning") if right else ("FAILED", "idNotUnique")
            )
            return
        if len(self.live) == 2:
            assert answer.key == "maxMeetingsReached"
            return
        assert answer.code == "SUCCESS", answer.body
        created = int(answer.text("createTime") or 0)
        assert created > self.last_time.get(name, 0)
        self.last_time[name] = created
        self.live[name] = Known(
            answer.text("internalMeetingID") or "",
            answer.text("createTime") or "",
            answer.text("moderatorPW") or "",
            most,
            duration,
            self.memory.timer.seconds(),
        )

    @rule(target=tokens, name=IDS, user=USERS, role=st.sampled_from(("MODERATOR", "VIEWER")), old=BOOLEANS)
    def join(self, name: str, user: str, role: str, old: bool) -> tuple[str, str]:  # noqa: FBT001 - drawn
        known = self.live.get(name)
        pairs = {"meetingID": name, "fullName": user, "userID": user, "role": role, "redirect": "false"}
        if old:
            pairs["createTime"] = "1"
        answer = self.call("join", **pairs)
        if known is None:
            assert answer.key == "invalidMeetingIdentifier"
        elif old:
            assert answer.key == "mismatchCreateTimeParam"
        elif known.most and user not in known.people and len(known.people) >= known.most:
            assert answer.key == "maxParticipantsReached"
        else:
            assert answer.code == "SUCCESS", answer.body
            self._enter(name, known, answer.text("session_token") or "", user, role)
        return name, user

    def _enter(self, name: str, known: Known, token: str, user: str, role: str) -> None:
        from bbbd.meetings.event import Joined  # noqa: PLC0415 - beside its one use

        self.memory.happen(name, Joined(token=token))
        known.people[user] = role
        known.has_joined = True

    @rule(who=tokens)
    def leave(self, who: tuple[str, str]) -> None:
        name, user = who
        known = self.live.get(name)
        if known is None or user not in known.people:
            return
        meeting = self.memory.meeting(name)
        person = next(one for one in meeting.people.values() if one.external_id == user)
        self.memory.happen(name, Left(user=person.user))
        del known.people[user]

    @rule(name=IDS, password=PASSWORDS)
    def end(self, name: str, password: str) -> None:
        known = self.live.get(name)
        answer = self.call("end", meetingID=name, password=password)
        if known is None:
            assert (answer.code, answer.key) == ("FAILED", "notFound")
        elif password and password != known.moderator_pw:
            assert (answer.code, answer.key) == ("FAILED", "invalidPassword")
        elif answer.code == "SUCCESS":
            assert not password or password == known.moderator_pw
            del self.live[name]
        else:
            # One that was created with a password wants it.
            assert (answer.key, password) == ("invalidPassword", "")
            assert known.moderator_pw in ("ap", "mp")

    @rule(name=IDS, text=TEXTS)
    def say(self, name: str, text: str) -> None:
        known = self.live.get(name)
        answer = self.call("sendChatMessage", meetingID=name, message=text)
        assert answer.key == ("meetingNotFound" if known is None else None) or (known and answer.code == "SUCCESS")
        if known is not None:
            known.chat.append(text)

    @rule(url=HOOKS)
    def hook(self, url: str) -> None:
        answer = self.call("hooks/create", callbackURL=url)
        assert answer.code == "SUCCESS"
        assert (answer.key == "duplicateWarning") == (url in self.hooks)
        assert self.hooks.setdefault(url, answer.text("hookID") or "") == answer.text("hookID")

    @rule(url=HOOKS)
    def unhook(self, url: str) -> None:
        answer = self.call("hooks/destroy", hookID=self.hooks.pop(url, "1"))
        assert answer.code == "SUCCESS" or answer.key == "destroyMissingHook"

    @rule(minutes=st.sampled_from((1, 4)))
    def wait(self, minutes: int) -> None:
        self.memory.advance(60 * minutes)
        passed = self.memory.timer.seconds()
        for name, known in list(self.live.items()):
            # The duration counts while anybody has been there.
            if known.duration and known.has_joined and passed - known.created_at > 60 * known.duration + 2:
                assert self.call("getMeetingInfo", meetingID=name).key == "notFound"
                del self.live[name]
            elif known.duration and self.call("getMeetingInfo", meetingID=name).code == "FAILED":
                assert passed - known.created_at > 60 * known.duration - 2
                del self.live[name]

    @rule()
    def kill(self) -> None:
        now(self.memory.restart(1))

    @invariant()
    def says_the_same(self) -> None:
        listed = self.call("getMeetings").xml.findall("meetings/meeting")
        assert {one.findtext("meetingID") for one in listed} == set(self.live)
        for one in listed:
            known = self.live[one.findtext("meetingID") or ""]
            assert one.findtext("internalMeetingID") == known.internal
            assert one.findtext("createTime") == known.create_time
            assert one.findtext("hasUserJoined") == str(known.has_joined).lower()
            people = {who.findtext("userID"): who.findtext("role") for who in one.findall("attendees/attendee")}
            assert people == known.people
            assert one.findtext("participantCount") == str(len(known.people))
        for name in ("mm", "nn", "oo"):
            running = self.call("isMeetingRunning", meetingID=name).text("running")
            assert running == str(bool(name in self.live and self.live[name].people)).lower()
        for name, known in self.live.items():
            assert [said.text for said in self.memory.meeting(name).chat] == known.chat
        hooks = self.call("hooks/list").xml.findall("hooks/hook")
        assert {one.findtext("callbackURL"): one.findtext("hookID") for one in hooks} == self.hooks


def test_calls_in_any_order_agree_with_the_model() -> None:
    run_state_machine_as_test(Model, settings=settings(max_examples=6, stateful_step_count=20))


@pytest.mark.soak
def test_ten_thousand_calls_in_any_order_agree_with_the_model() -> None:
    run_state_machine_as_test(Model, settings=settings(max_examples=200, stateful_step_count=50))
