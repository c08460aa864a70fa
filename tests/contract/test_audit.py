"""The audit log: acts that matter, with who did each and on what, at every log level."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

import pytest
from harness import SECRET, Daemon, Memory, awaited
from sample_recordings import make
from twisted.logger import LogEvent, formatEvent
from websocket_clients import InMemory, inside


def acts(logged: list[LogEvent]) -> list[str]:
    """Return the messages of the audit log about acts."""
    return [formatEvent(one) for one in logged if one.get("event") == "act" and one.get("audit") is True]


@pytest.mark.parametrize(
    ("call", "pairs", "target"),
    [
        ("publishRecordings", {"publish": "false"}, "recordID={id} publish=false"),
        ("updateRecordings", {"meta_b": "secret", "meta_a": ""}, "recordID={id} meta_*=a,b"),
        ("updateRecordings", {"protect": "true"}, "recordID={id} protect=true"),
        ("deleteRecordings", {}, "recordID={id}"),
    ],
)
@awaited
async def test_acts_on_recordings_have_the_number_of_the_secret(
    memory: Memory, logged: list[LogEvent], call: str, pairs: dict[str, str], target: str
) -> None:
    memory.app.server.current.secrets = ("first", memory.secret)
    own = make(memory.directory, "demo")
    memory.look()
    assert (await memory.call(call, recordID="nobody", **pairs)).code == "FAILED"
    assert acts(logged) == []
    assert (await memory.call(call, recordID=own, **pairs)).code == "SUCCESS"
    assert acts(logged) == [f"application by secret 2: {call} {target.format(id=own)}"]
    [line] = [one for one in logged if one.get("event") == "act"]
    assert (line["call"], line["secret"], line["from"]) == (call, 2, "192.0.2.1")


@awaited
async def test_the_end_of_a_meeting_and_hooks_are_audited(memory: Memory, logged: list[LogEvent]) -> None:
    await memory.call("create", meetingID="demo")
    await memory.call("end", meetingID="demo", password="wrong")
    assert acts(logged) == []
    await memory.call("end", meetingID="demo")
    hook = await memory.call("hooks/create", callbackURL="http://hooks.example.org/x?key=private")
    await memory.call("hooks/destroy", hookID=hook.text("hookID"))
    assert acts(logged) == [
        "application by secret 1: end meetingID=demo",
        "application by secret 1: hooks/create ",
        f"application by secret 1: hooks/destroy hookID={hook.text('hookID')}",
    ]
    assert "private" not in json.dumps([formatEvent(one) for one in logged])


def user(member: InMemory) -> str:
    return str(member.last("welcome")["you"]["user"])


@pytest.mark.parametrize(
    ("t", "fields", "act"),
    [
        ("remove", {"who": "{}", "forGood": True}, "Left user={} why=removed for_good=true"),
        ("role", {"who": "{}", "role": "MODERATOR"}, "RoleChanged user={} role=MODERATOR"),
        ("presenter", {"who": "{}"}, "PresenterChanged user={}"),
        ("lock", {"who": "{}", "locked": False}, "LockChanged user={} locked=false"),
        ("locks", {"locks": {"cam": True}}, "LocksChanged locks=lock_cam:true"),
        ("guest.policy", {"policy": "ALWAYS_DENY"}, "GuestPolicyChanged policy=ALWAYS_DENY"),
        ("guest.message", {"text": "private"}, "LobbyMessageChanged "),
        ("guest.answer", {"all": True, "admit": True}, "GuestAnswered users={guest} admit=true remember=false"),
        ("record", {"on": True}, "RecordingMarked on=true of=off"),
        ("chat.clear", {}, "ChatCleared "),
        ("end", {}, "Ended why=ENDED_AFTER_USER_LOGGED_OUT"),
    ],
)
@awaited
async def test_acts_of_people_have_their_ids(
    memory: Memory, logged: list[LogEvent], t: str, fields: dict[str, Any], act: str
) -> None:
    await memory.call("create", meetingID="demo", record="true", guestPolicy="ASK_MODERATOR")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    other = await inside(memory, "demo", "Other", role="VIEWER")
    guest = await inside(memory, "demo", "Guest", role="VIEWER", guest="true")
    ada.ask("chat.say", text="no act")
    other.ask(t, **{name: value.format(user(ada)) if name == "who" else value for name, value in fields.items()})
    assert acts(logged) == []
    ada.say(t, **{name: value.format(user(other)) if name == "who" else value for name, value in fields.items()})
    assert acts(logged) == [f"{user(ada)}: {act.format(user(other), guest=user(guest))}"]


@awaited
async def test_the_audit_log_is_written_at_every_level(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(settings={"bbbd.logLevel": "error", "securitySalt": f"other,{SECRET}"})
    await daemon.call("create", meetingID="demo")
    await daemon.call("end", meetingID="demo")
    assert (await daemon.until_logged("act"))["message"] == "application by secret 2: end meetingID=demo"


@awaited
async def test_a_start_and_a_reload_name_the_changed_settings_without_their_values(
    start_daemon: Callable[..., Daemon], asked_for: set[str]
) -> None:
    asked_for.add("reload_failed")
    daemon = start_daemon(settings={"bbbd.logLevel": "error", "bbbd.turnSecret": "private-1", "securitySalt": ""})
    started = await daemon.until_logged("started")
    assert started["audit"] is True
    assert {"bbbd.turnSecret", "bbbd.logLevel", "bbbd.dataDir"} <= set(started["changed"].split(", "))
    assert "bbbd.maxMeetings" not in started["changed"]
    (daemon.directory / "secret").write_text("private-2\n")
    daemon.file.write_text(daemon.file.read_text() + "bbbd.maxMeetings=7\n")
    daemon.process.send_signal(signal.SIGHUP)
    assert (await daemon.until_logged("reloaded"))["changed"] == "bbbd.maxMeetings, the secret's file"
    daemon.file.write_text(daemon.file.read_text() + "bbbd.maxMeetings=many\n")
    daemon.process.send_signal(signal.SIGHUP)
    assert (await daemon.until_logged("reload_failed"))["audit"] is True
    assert daemon.end() == 0
    assert [line["audit"] for line in daemon.log if line["event"] in ("stopping", "stopped")] == [True, True]
    assert "private" not in json.dumps(daemon.log)


@awaited
async def test_a_poll_is_audited_without_its_words(memory: Memory, logged: list[LogEvent]) -> None:
    await memory.call("create", meetingID="demo")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    ada.ask("poll.start", kind="YN", question="Private?")
    (begun,) = acts(logged)
    assert begun.startswith(f"{user(ada)}: PollStarted poll=")
    assert begun.endswith("poll_kind=YN secret=false multiple=false")
    assert "Private" not in begun
    poll = begun.partition("poll=")[2].split()[0]
    ada.ask("poll.stop", poll=poll)
    ada.ask("poll.publish", poll=poll)
    ada.ask("poll.close", poll=poll)
    assert acts(logged)[1:] == [
        f"{user(ada)}: PollEnded poll={poll} respondents=0 responders=0",
        f"{user(ada)}: PollPublished poll={poll}",
        f"{user(ada)}: PollClosed poll={poll}",
    ]


@awaited
async def test_a_link_that_lets_others_in_is_audited_without_itself(memory: Memory, logged: list[LogEvent]) -> None:
    await memory.call("create", meetingID="demo")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    other = await inside(memory, "demo", "Other", role="VIEWER")
    other.ask("invite", role="VIEWER")
    assert acts(logged) == []
    link = ada.ask("invite", role="MODERATOR")["url"]
    assert acts(logged) == [f"{user(ada)}: Invited role=MODERATOR"]
    assert link.partition("token=")[2] not in json.dumps([formatEvent(one) for one in logged])
