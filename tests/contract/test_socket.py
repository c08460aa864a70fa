"""The WebSocket itself: who may open one, what is refused, who is cut off, and that nobody else notices."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

import pytest
from harness import Caller, Daemon, Memory, awaited, parse
from twisted.logger import LogEvent
from websocket_clients import InMemory, connected, inside, told
from wsproto.frame_protocol import FrameProtocol

from bbbd.live.connection import LAST_PING_AFTER
from bbbd.live.websocket import UNREAD_FOR

Make = Callable[..., Memory]
OPENING = {
    "Origin": "http://bbb.example.org",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture
def memory(memory_with: Make) -> Memory:
    return memory_with()


async def made(bbb: Caller, **pairs: Any) -> None:
    assert (await bbb.call("create", meetingID="demo", moderatorPW="mp", **pairs)).code == "SUCCESS"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example.org"},
        {"Origin": "https://bbb.example.org"},
        {"Origin": "http://bbb.example.org:81"},
        {"Origin": "null"},
        {"Origin": "http://bbb.example.org@evil.example.org"},
        {"Origin": "http://[bbb"},
        {"Host": "evil.example.org"},
        {"Host": "bbb.example.org:81"},
    ],
)
@awaited
async def test_pages_of_others_and_foreign_names_are_forbidden(memory: Memory, headers: dict[str, str]) -> None:
    await made(memory)
    token = await memory.token("demo", "Ada", role="VIEWER")
    assert InMemory(memory, token, **headers).status == 403
    assert InMemory(memory, token).status == 101


@awaited
async def test_a_wrong_address_is_logged_once_and_the_page_learns_the_right_one(
    memory: Memory, logged: list[LogEvent]
) -> None:
    await made(memory)
    token = await memory.token("demo", "Ada", role="VIEWER")
    for _ in range(3):
        assert InMemory(memory, token, Host="127.0.0.1:8090").status == 403
    assert InMemory(memory, token, Origin="https://bbb.example.org").status == 403
    by_proxy, by_scheme = [line for line in logged if line.get("event") == "wrong_address"]
    assert (by_proxy["log_level"].name, by_proxy["host"]) == ("warn", "127.0.0.1:8090")
    assert by_proxy["url"] == "http://bbb.example.org"
    assert by_scheme["origin"] == "https://bbb.example.org"

    def door(host: str, query: str = "", bearer: str = token) -> dict[str, str]:
        head = f"GET /html5client/door{query} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {bearer}\r\n\r\n"
        answer: dict[str, str] = json.loads(parse(memory.send(head.encode())).body)
        return answer

    assert "address" not in door("bbb.example.org")
    assert "address" not in door("bbb.example.org", "?origin=http%3A%2F%2Fbbb.example.org")
    for answer in (
        door("127.0.0.1:8090"),
        door("127.0.0.1:8090", bearer=""),
        door("bbb.example.org", "?origin=https%3A%2F%2Fbbb.example.org"),
        door("bbb.example.org", "?origin=nonsense"),
    ):
        assert answer["address"] == "http://bbb.example.org"


@awaited
async def test_inventing_addresses_does_not_fill_the_log(memory: Memory, logged: list[LogEvent]) -> None:
    for number in range(100):
        InMemory(memory, "a" * 26, Origin=f"http://evil{number}.example.org")
    assert len([line for line in logged if line.get("event") == "wrong_address"]) == 20


@awaited
async def test_without_an_origin_it_is_forbidden(memory: Memory) -> None:
    await made(memory)
    token = await memory.token("demo", "Ada", role="VIEWER")
    headers = {key: value for key, value in OPENING.items() if key != "Origin"}
    answer = await memory.fetch("/html5client/socket", headers={**headers, "Sec-WebSocket-Protocol": f"token.{token}"})
    assert answer.status == 403


@awaited
async def test_with_two_origins_it_is_forbidden_and_what_is_no_opening_has_its_word(memory: Memory) -> None:
    await made(memory)
    token = await memory.token("demo", "Ada", role="VIEWER")
    lines = [f"{name}: {value}" for name, value in OPENING.items()]
    lines += ["Host: bbb.example.org", f"Sec-WebSocket-Protocol: bbbd.1, token.{token}"]

    def answer(*more: str) -> bytes:
        head = "\r\n".join(["GET /html5client/socket HTTP/1.1", *more, *lines, "", ""])
        return memory.send(head.encode()).partition(b"\r\n")[0]

    assert answer("Origin: http://evil.example.org") == b"HTTP/1.1 403 Forbidden"
    lines.remove("Upgrade: websocket")
    assert answer() == b"HTTP/1.1 426 Upgrade Required"


@awaited
async def test_the_body_of_an_opening_is_not_in_hand_afterwards(memory: Memory) -> None:
    await made(memory)
    token = await memory.token("demo", "Ada", role="VIEWER")
    lines = [f"{name}: {value}" for name, value in OPENING.items()]
    lines += ["Host: bbb.example.org", f"Sec-WebSocket-Protocol: bbbd.1, token.{token}", "Content-Length: 5"]
    wire = memory.connect()
    wire.send("\r\n".join(["GET /html5client/socket HTTP/1.1", *lines, "", "abcde"]).encode())
    assert wire.got().startswith(b"HTTP/1.1 101 ")
    assert memory.app.site.budget.in_hand == 0


@awaited
async def test_other_pages_may_open_it_where_the_setting_says_so(memory_with: Make) -> None:
    memory = memory_with(bbbd__clientOrigins="https://client.example.org http://other.example.org:8000")
    await made(memory)
    token = await memory.token("demo", "Ada", role="VIEWER")
    assert InMemory(memory, token, Origin="https://client.example.org").status == 101
    assert InMemory(memory, token, Origin="http://other.example.org:8000").status == 101
    assert InMemory(memory, token, Origin="https://third.example.org").status == 403


@pytest.mark.parametrize(
    ("leave_out", "status"),
    [("Upgrade", 426), ("Connection", 426), ("Sec-WebSocket-Version", 426), ("Sec-WebSocket-Key", 426)],
)
@awaited
async def test_what_is_no_opening_is_told_so(memory: Memory, leave_out: str, status: int) -> None:
    await made(memory)
    token = await memory.token("demo", "Ada", role="VIEWER")
    headers = {name: value for name, value in OPENING.items() if name != leave_out}
    headers["Sec-WebSocket-Protocol"] = f"bbbd.1, token.{token}"
    assert (await memory.fetch("/html5client/socket", headers=headers)).status == status
    assert (await memory.fetch("/html5client/socket", "POST", headers=headers)).status == 405


@awaited
async def test_a_token_that_nobody_has_is_forbidden_and_guessing_is_stopped(memory: Memory) -> None:
    await made(memory)
    for _ in range(30):
        assert InMemory(memory, "a" * 26).status == 403
    assert InMemory(memory, "a" * 26).status == 429
    door = {"Authorization": f"Bearer {'a' * 26}"}
    assert (await memory.fetch("/html5client/door", headers=door)).status == 429
    # Others who have the same address are not shut out.
    token = await memory.token("demo", "Ada", role="VIEWER")
    assert InMemory(memory, token).status == 101
    memory.advance(61)
    assert InMemory(memory, "a" * 26).status == 403


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic YTpi"])
@awaited
async def test_without_a_token_nothing_of_a_meeting_is_answered(memory: Memory, authorization: str | None) -> None:
    await made(memory)
    headers = {} if authorization is None else {"Authorization": authorization}
    for path, method, body in (
        ("/html5client/door", "GET", b""),
        ("/html5client/slides/x/1", "GET", b""),
        ("/html5client/slides?name=a.pdf", "POST", b"%PDF"),
        ("/html5client/slides?name=a.pdf", "POST", b""),
    ):
        for _ in range(40):
            # No token is no guess: it is never 429.
            answer = await memory.fetch(path, method, headers=headers, body=body)
            assert answer.status == 401, path
    socket = await memory.fetch("/html5client/socket", headers=OPENING | {"Sec-WebSocket-Protocol": "bbbd.1"})
    assert (socket.status, socket.headers["www-authenticate"]) == (401, "Bearer")
    assert (await memory.fetch("/html5client/door", "POST")).status == 405


@awaited
async def test_the_door_tells_how_it_stands(memory: Memory) -> None:
    async def state(token: str) -> str:
        answer = await memory.fetch("/html5client/door", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
        return str(json.loads(answer.body)["state"])

    await made(memory, guestPolicy="ASK_MODERATOR", maxParticipants=2, logoutURL="https://lms.example.org/")
    ada = await memory.token("demo", "Ada", role="MODERATOR")
    guest = await memory.token("demo", "Guest", role="VIEWER", guest="true")
    late = await memory.token("demo", "Late", role="VIEWER")
    assert [await state(token) for token in (ada, guest, late, "x" * 26)] == ["open", "waiting", "open", "unknown"]
    one, _two = await inside(memory, "demo", "One", role="MODERATOR"), await inside(memory, "demo", "2", role="VIEWER")
    assert await state(late) == "full"
    user = memory.meeting("demo").waiting()[0].user
    assert one.ask("guest.answer", who=[user], admit=False)["t"] == "ok"
    assert await state(guest) == "denied"
    await memory.call("end", meetingID="demo", password="mp")
    answer = await memory.fetch("/html5client/door", headers={"Authorization": f"Bearer {ada}"})
    assert json.loads(answer.body) == {
        "state": "ended",
        "reason": "ENDED_FROM_API",
        "back": "https://lms.example.org/",
    }
    late_comer = InMemory(memory, ada)
    assert (late_comer.status, late_comer.last("bye")["reason"], late_comer.closed) == (101, "ended", (4001, "ended"))
    memory.advance(601)
    assert await state(ada) == "unknown"
    assert InMemory(memory, ada).status == 403


@awaited
async def test_the_first_words(memory: Memory) -> None:
    await made(memory, name="Biology", welcome="Hi", moderatorOnlyMessage="<b>secret</b>", bannerText="B")
    ada = InMemory(memory, await memory.token("demo", "Ada", role="MODERATOR"))
    assert [one["t"] for one in ada.got] == ["welcome"]
    assert (ada.got[0]["v"], ada.got[0]["you"]["name"], ada.got[0]["meeting"]["name"]) == (1, "Ada", "Biology")
    assert ada.ask("chat.say", text="too early") == {
        "t": "no",
        "id": 1001,
        "key": "notAllowed",
        "why": "say hello first",
    }
    assert (await memory.info("demo")).text("participantCount") == "0"
    ada.hello()
    told(ada)
    snapshot = ada.last("snapshot")
    assert next(iter(snapshot)) == "t"
    assert [one["name"] for one in snapshot["people"]] == ["Ada"]
    assert snapshot["meeting"]["moderatorOnly"] == "<b>secret</b>"
    assert snapshot["presenter"] == snapshot["you"]["user"]
    assert (await memory.info("demo")).text("participantCount") == "1"
    assert ada.ask("hello", v=1, tab="t")["key"] == "notAllowed"
    bob = await inside(memory, "demo", "Bob", role="VIEWER")
    assert "secret" not in "".join(bob.raw)
    assert "lobby" not in bob.last("snapshot")


@awaited
async def test_who_says_nothing_or_speaks_another_version_is_let_go(memory: Memory) -> None:
    await made(memory)
    silent = InMemory(memory, await memory.token("demo", "Silent", role="VIEWER"))
    memory.advance(6)
    silent.listen()
    assert (silent.last("bye")["reason"], silent.closed) == ("timeout", (4010, "timeout"))
    newer = InMemory(memory, await memory.token("demo", "Newer", role="VIEWER"))
    newer.hello(v=2)
    newer.listen()
    assert newer.closed == (4009, "outdated")
    assert (await memory.info("demo")).text("participantCount") == "0"


@awaited
async def test_a_hello_needs_only_its_version(memory: Memory) -> None:
    await made(memory)
    ada = InMemory(memory, await memory.token("demo", "Ada", role="MODERATOR"))
    ada.say("hello", v=1)
    told(ada)
    assert ada.last("snapshot")["you"]["name"] == "Ada"
    # The same number from a client without a tab may be another message.
    for _ in range(2):
        ada.say("chat.say", id=7, text="Hello")
    told(ada)
    assert [one["e"] for one in ada.events()].count("Chatted") == 2
    assert all("known" not in one for one in ada.got if one.get("id") == 7)


@pytest.mark.parametrize(
    "first", ["{", "[]", "", '{"t":"hello"}', '{"t":"hello","v":"1"}', '{"t":"hello","v":1,"x":1}']
)
@awaited
async def test_a_malformed_first_message_is_answered_and_the_connection_closed(memory: Memory, first: str) -> None:
    await made(memory)
    ada = InMemory(memory, await memory.token("demo", "Ada", role="MODERATOR"))
    ada.say_raw(first)
    ada.listen()
    assert [one["t"] for one in ada.got] == ["welcome", "no", "bye"]
    assert (ada.last("no")["key"], ada.last("bye")["reason"]) == ("malformed", "malformed")
    assert ada.closed == (4012, "malformed")
    assert (await memory.info("demo")).text("participantCount") == "0"


@pytest.mark.parametrize(
    ("text", "key", "asked"),
    [
        ("{", "malformed", None),
        ("[]", "malformed", None),
        ("null", "malformed", None),
        ("[" * 5000, "malformed", None),
        ('{"id": 7}', "malformed", 7),
        ('{"t": "dance", "id": 7}', "unsupported", 7),
        ('{"t": "notes.write", "text": "x", "id": 7}', "unsupported", 7),
        ('{"t": "hand", "id": 7}', "malformed", 7),
        ('{"t": "hand", "up": "yes", "id": 7}', "malformed", 7),
        ('{"t": "hand", "up": true, "more": 1, "id": 7}', "malformed", 7),
        ('{"t": "hand", "up": true, "id": "7"}', "malformed", None),
        ('{"t": "react", "emoji": "💣", "id": 7}', "malformed", 7),
        ('{"t": "chat.say", "text": "\\ud800", "id": 7}', "malformed", 7),
        ('{"t": "chat.say", "text": " \\n ", "id": 7}', "malformed", 7),
        ('{"t": "chat.say", "text": " \\u200b\\u3164 ", "id": 7}', "malformed", 7),
        ('{"t": "chat.say", "text": "x", "to": "nobody", "id": 7}', "gone", 7),
        (json.dumps({"t": "chat.say", "text": "x" * 5001, "id": 7}), "tooLong", 7),
        (json.dumps({"t": "chat.say", "text": "x" * 20_000, "id": 7}), "tooLong", 7),
        ('{"t": "locks", "locks": {"all": true}, "id": 7}', "malformed", 7),
        ('{"t": "role", "who": "x", "role": "OWNER", "id": 7}', "malformed", 7),
        ('{"t": "chat.more", "before": "x", "id": 7}', "malformed", 7),
    ],
)
@awaited
async def test_what_is_wrong_is_refused_by_name_and_changes_nothing(
    memory: Memory, text: str, key: str, asked: int | None
) -> None:
    await made(memory)
    ada, bob = await inside(memory, "demo", "A", role="MODERATOR"), await inside(memory, "demo", "B", role="VIEWER")
    told(ada, bob)
    bob.forget()
    before = memory.meeting("demo").n
    ada.say_raw(text)
    ada.listen()
    refusal = ada.last("no")
    assert (refusal["key"], refusal["id"]) == (key, asked)
    assert len(refusal["why"]) < 300
    told(ada, bob)
    assert (memory.meeting("demo").n, bob.got, ada.closed) == (before, [], None)


@awaited
async def test_binary_large_and_broken_frames_close_it_and_nobody_else_notices(memory: Memory) -> None:
    await made(memory)
    other = await inside(memory, "demo", "Other", role="VIEWER")
    client = FrameProtocol(client=True, extensions=[])
    for frame, code in (
        (bytes(client.send_data(b"binary", fin=True)), 1003),
        (bytes(client.send_data("x" * 65_537, fin=True)), 1009),
        (b"\x81\xff" + b"\x7f" * 8 + b"mask", 1009),
        (b"\x81\x02hi", 1002),
        (b"\xff\x80mask", 1002),
        (bytes(FrameProtocol(client=True, extensions=[]).send_data("x" * 40_000, fin=False)) * 2, 1002),
    ):
        bad = await inside(memory, "demo", "Bad", role="VIEWER", userID=f"bad {code}")
        bad.write_raw(frame)
        if code == 1009 and len(frame) < 100:
            # A frame that only claims to be endless is let grow until it is too large.
            for _ in range(3):
                bad.write_raw(b"y" * 30_000)
        bad.listen()
        assert bad.closed is not None, code
        assert bad.closed[0] in (code, 1007), code
    told(other)
    assert other.closed is None
    assert other.ask("chat.say", text="still here")["t"] == "ok"


@awaited
async def test_a_message_in_pieces_is_one(memory: Memory) -> None:
    await made(memory)
    ada = await inside(memory, "demo", "Ada", role="VIEWER")
    client = FrameProtocol(client=True, extensions=[])
    text = json.dumps({"t": "chat.say", "text": "ünï", "id": 1}, ensure_ascii=False)
    frames = bytes(client.send_data(text[:12], fin=False)) + bytes(client.send_data(text[12:], fin=True))
    for at in range(len(frames)):
        ada.write_raw(frames[at : at + 1])
    told(ada)
    assert [event["text"] for event in ada.events("Chatted")] == ["ünï"]


@awaited
async def test_a_flood_is_slowed_down_and_then_cut_off(memory: Memory) -> None:
    await made(memory)
    other = await inside(memory, "demo", "Other", role="VIEWER")
    flooder = await inside(memory, "demo", "Flooder", role="VIEWER")
    for number in range(70):
        flooder.say("ping", at=number)
    flooder.listen()
    refusal = flooder.last("no")
    assert refusal["key"] == "tooMany"
    assert 0 < refusal["wait"] <= 1
    assert flooder.closed is None
    for number in range(200):
        if flooder.closed:
            break
        flooder.say("ping", at=number)
        flooder.listen()
    assert flooder.closed == (4007, "flood")
    told(other)
    assert other.events("Lost")
    assert other.ask("chat.say", text="unharmed")["t"] == "ok"


@pytest.mark.parametrize(
    "frame",
    [b"\x89\x80mask", b"\x8a\x80mask", b"\x00\x80mask"],
    ids=["pings", "pongs", "empty pieces of a message"],
)
@awaited
async def test_frames_without_end_are_cut_off_and_not_read_on(memory: Memory, frame: bytes) -> None:
    await made(memory)
    other = await inside(memory, "demo", "Other", role="VIEWER")
    flooder = await inside(memory, "demo", "Flooder", role="VIEWER")
    flooder.write_raw(b"\x01\x81\0\0\0\0{" if frame[0] == 0 else b"")
    for _ in range(10):
        flooder.write_raw(frame * 40)
        memory.advance(1)
        told(flooder)
    assert flooder.closed is None
    flooder.write_raw(frame * 1000)
    flooder.listen()
    assert flooder.closed == (4007, "flood")
    answers = len(flooder.wire.got())
    flooder.write_raw(frame * 1000)
    assert len(flooder.wire.got()) == answers
    memory.advance(6)
    assert flooder.wire.closed
    told(other)
    assert other.events("Lost")
    assert other.closed is None


@awaited
async def test_chat_comes_at_a_rate(memory: Memory) -> None:
    await made(memory)
    ada = await inside(memory, "demo", "Ada", role="VIEWER")
    answers = [ada.ask("chat.say", text=str(number)) for number in range(6)]
    assert [one["t"] for one in answers] == ["ok"] * 5 + ["no"]
    assert answers[-1]["key"] == "tooMany"
    memory.advance(answers[-1]["wait"])
    assert ada.ask("chat.say", text="now")["t"] == "ok"


@awaited
async def test_a_new_connection_may_say_no_more_than_the_one_before(memory: Memory) -> None:
    await made(memory)
    other = await inside(memory, "demo", "Other", role="VIEWER")
    spammer = await inside(memory, "demo", "Spammer", role="VIEWER", userID="s")
    for _ in range(4):
        for number in range(5):
            spammer.say("chat.say", text=f"spam {number}")
        for token in (spammer.token, await memory.token("demo", "Spammer", role="VIEWER", userID="s")):
            spammer = InMemory(memory, token)
            spammer.hello()
            told(spammer, other)
    assert len(other.events("Chatted")) == 5
    # Nor does anybody come and go without end: the others would hear of each time.
    for _ in range(20):
        spammer = InMemory(memory, spammer.token)
        spammer.hello()
        told(spammer)
    assert spammer.last("no")["key"] == "tooMany"
    assert len(other.events("Lost", "Returned")) < 20
    memory.advance(spammer.last("no")["wait"])
    spammer.hello()
    told(spammer)
    assert spammer.all("snapshot")


@awaited
async def test_who_takes_nothing_is_cut_off_and_nothing_waits_without_end(memory: Memory) -> None:
    await made(memory)
    ada = await inside(memory, "demo", "Ada", role="VIEWER")
    slow = await inside(memory, "demo", "Slow", role="VIEWER")
    slow.wire.channel.pauseProducing()
    written = len(slow.wire.got())
    for number in range(400):
        ada.ask("chat.say", text=f"{number} " + "x" * 4900)
        memory.advance(2)
        told(ada)
        if slow.wire.closed:
            break
    assert number < 260
    assert len(slow.wire.got()) == written
    assert ada.events("Lost")[-1]["user"] == slow.last("snapshot")["you"]["user"]


@pytest.mark.parametrize("silent", range(LAST_PING_AFTER - UNREAD_FOR - 1, LAST_PING_AFTER - UNREAD_FOR + 2))
@awaited
async def test_who_takes_nothing_is_cut_off_in_the_second_of_a_ping_too(memory: Memory, silent: int) -> None:
    await made(memory)
    slow = await inside(memory, "demo", "Slow", role="VIEWER")
    slow.answers_pings = False
    memory.advance(silent)
    slow.wire.channel.pauseProducing()
    for _ in range(UNREAD_FOR + 10):
        memory.advance(1)
    assert slow.wire.closed


@awaited
async def test_who_does_not_answer_pings_is_taken_for_gone(memory: Memory) -> None:
    await made(memory)
    ada, dead = await inside(memory, "demo", "A", role="VIEWER"), await inside(memory, "demo", "D", role="VIEWER")
    dead.answers_pings = False
    for _ in range(5):
        memory.advance(10)
        told(ada, dead)
    assert ada.pinged >= 2
    assert dead.wire.closed
    assert ada.wire.closed is False
    assert [event["e"] for event in ada.events("Lost", "Left")] == ["Lost"]
    for _ in range(7):
        memory.advance(10)
        told(ada)
    assert [event["e"] for event in ada.events("Lost", "Left")] == ["Lost", "Left"]


@awaited
async def test_latency_is_told(memory: Memory) -> None:
    await made(memory)
    ada = await inside(memory, "demo", "Ada", role="VIEWER")
    ada.say("ping", at=12.5)
    ada.listen()
    assert ada.last("pong")["at"] == 12.5


@awaited
async def test_a_full_disk_is_told_and_the_message_is_not_shown(memory: Memory) -> None:
    await made(memory)
    ada, bob = await inside(memory, "demo", "A", role="VIEWER"), await inside(memory, "demo", "B", role="VIEWER")
    memory.disk.faults["write"] = OSError(28, "No space left on device")
    assert ada.ask("chat.say", text="lost?")["key"] == "unavailable"
    memory.disk.faults.clear()
    told(ada, bob)
    assert bob.events("Chatted") == []
    assert ada.ask("chat.say", text="again")["t"] == "ok"


@awaited
async def test_who_is_lost_while_the_disk_is_full_leaves_all_the_same(memory: Memory, asked_for: set[str]) -> None:
    asked_for |= {"loss_not_noted", "creation_not_noted", "disk_unseen"}
    await made(memory)
    ada, bob = await inside(memory, "demo", "A", role="VIEWER"), await inside(memory, "demo", "B", role="VIEWER")
    memory.disk.faults["write"] = OSError(28, "No space left on device")
    bob.hang_up()
    memory.advance(5)
    memory.disk.faults.clear()
    memory.advance(5)
    told(ada)
    assert [event["e"] for event in ada.events()] == ["Joined", "Lost"]
    memory.advance(65)
    assert (await memory.info("demo")).text("participantCount") == "1"


@awaited
async def test_a_daemon_that_stops_says_so_and_after_a_kill_nothing_is_lost_or_doubled(
    start_daemon: Callable[..., Daemon],
) -> None:
    daemon = start_daemon()
    await made(daemon)
    ada = await connected(daemon, daemon, "demo", "Ada", role="MODERATOR")
    ada.say("chat.say", text="one", id=1)
    ada.until(lambda: bool(ada.all("ok")) and bool(ada.events("Chatted")))
    known = ada.events("Chatted")[-1]["n"]
    token, epoch = ada.token, ada.last("snapshot")["epoch"]
    with ada:
        await daemon.restart(signal.SIGTERM)
        ada.until(lambda: ada.closed is not None)
    assert (ada.last("bye")["reason"], ada.closed) == ("restart", (1012, "restart"))
    with ada.again() as ada:
        ada.hello(after=known, epoch=epoch)
        ada.until(lambda: bool(ada.all("snapshot") or ada.all("resumed")))
        ada.say("chat.say", text="two", id=2)
        ada.until(lambda: bool(ada.all("ok")))
        await daemon.restart(signal.SIGKILL)
    with ada.again() as ada:
        assert ada.token == token
        ada.hello()
        ada.until(lambda: bool(ada.all("snapshot")))
        # What was on its way is sent again with its mark, and is there once.
        ada.say("chat.say", text="two", id=2)
        ada.say("chat.say", text="three", id=3)
        ada.until(lambda: len(ada.all("ok")) == 2 and any(one["text"] == "three" for one in ada.events("Chatted")))
        chat = [one["text"] for one in ada.last("snapshot")["chat"]] + [one["text"] for one in ada.events("Chatted")]
    assert chat == ["one", "two", "three"]
    assert (await daemon.info("demo")).text("participantCount") == "1"
