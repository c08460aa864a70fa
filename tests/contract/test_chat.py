"""``sendChatMessage``: an application's word in the chat of a meeting, told like that of those who are in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from callback_receivers import Receiver, told_by
from harness import Caller, Memory, awaited
from websocket_clients import Connected, InMemory, enter_at, inside, told

from bbbd.meetings.chat import Chatted


@pytest.fixture
def calling(memory_with: Callable[..., Memory]) -> Memory:
    """A server whose receivers may be on this machine."""
    return memory_with(bbbd__callbackNetworks="127.0.0.0/8")


def heard(member: InMemory | Connected) -> None:
    member.until(lambda: bool(member.events("Chatted")))


@awaited
async def test_an_applications_word_is_in_every_open_page_and_in_the_history(bbb: Caller) -> None:
    await bbb.call("create", meetingID="r-chat", lockSettingsDisablePublicChat="true")
    with (
        enter_at(bbb, await bbb.token("r-chat", "Ada", role="MODERATOR")) as ada,
        enter_at(bbb, await bbb.token("r-chat", "Bob", role="VIEWER")) as bob,
    ):
        text = "  Five <b>minutes</b>\r\nleft\x07\u202e! "
        said = await bbb.call("sendChatMessage", meetingID="r-chat", message=text, userName="The school")
        assert said.code == "SUCCESS"
        for member in (ada, bob):
            heard(member)
            (event,) = member.events("Chatted")
            assert (event["user"], event["name"], event["to"]) == ("", "The school", "")
            assert event["text"] == "Five <b>minutes</b>\nleft!"
        with enter_at(bbb, await bbb.token("r-chat", "Late", role="VIEWER")) as late:
            (message,) = late.last("snapshot")["chat"]
            assert {name: message[name] for name in ("n", "at", "user", "name", "text", "to")} == {
                name: event[name] for name in ("n", "at", "user", "name", "text", "to")
            }


@awaited
async def test_an_applications_word_comes_with_the_rest_after_a_break(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    known = memory.meeting("demo").n
    ada.hang_up()
    await memory.call("sendChatMessage", meetingID="demo", message="Bye")
    again = InMemory(memory, ada.token)
    again.hello(after=known, epoch=memory.meeting("demo").internal_id)
    told(again)
    assert (again.all("snapshot"), [event["text"] for event in again.events("Chatted")]) == ([], ["Bye"])
    late = InMemory(memory, await memory.token("demo", "Late", role="VIEWER"))
    await memory.call("sendChatMessage", meetingID="demo", message="Really")
    late.hello()
    told(again, late)
    # What a snapshot has is not told once more.
    assert ([one["text"] for one in late.last("snapshot")["chat"]], late.events("Chatted")) == (["Bye", "Really"], [])
    assert again.ask("chat.more", before=10**9)["messages"][0]["name"] == "System"
    assert again.ask("chat.clear")["t"] == "ok"
    told(again)
    assert memory.meeting("demo").chat == []


@awaited
async def test_an_application_says_something_to_all(calling: Memory, receiver: Receiver) -> None:
    memory = calling
    await memory.call("hooks/create", callbackURL=receiver.url())
    await memory.call("create", meetingID="s-chat")
    ada = await memory.enter("s-chat", "Ada", role="VIEWER")
    memory.happen("s-chat", Chatted(user=ada.user, text="Hello"))
    answer = await memory.call("sendChatMessage", meetingID="s-chat", message="  Five <b>minutes\r\nleft\x07 ")
    assert (
        answer.body
        == b"<response><returncode>SUCCESS</returncode><messageKey></messageKey><message></message></response>"
    )
    await memory.call("sendChatMessage", meetingID="s-chat", message="Bye", userName="The <i>school</i>")
    got = await told_by(memory, receiver, 5)
    messages = [one.event["attributes"]["chat-message"] for one in got if one.event["id"] == "chat-group-message-sent"]
    assert [(one["message"], one["sender"]["name"], one["sender"]["internal-user-id"]) for one in messages] == [
        ("Hello", "Ada", ada.user),
        ("Five <b>minutes\nleft", "System", ""),
        ("Bye", "The <i>school</i>", ""),
    ]
    await memory.restart()
    assert [(one.user, one.name, one.text, one.to) for one in memory.meeting("s-chat").chat] == [
        (ada.user, "Ada", "Hello", ""),
        ("", "System", "Five <b>minutes\nleft", ""),
        ("", "The <i>school</i>", "Bye", ""),
    ]


@awaited
async def test_an_applications_word_is_an_event_of_nobody(calling: Memory, receiver: Receiver) -> None:
    await calling.call("create", meetingID="s-word", meta_eventCallbackUrl=receiver.url())
    await calling.call("sendChatMessage", meetingID="s-word", message="Hello")
    _created, said = await told_by(calling, receiver, 2)
    assert list(said.query) == ["event", "meetingID", "internalMeetingID", "timestamp"]
    assert "Hello" not in said.target


@awaited
async def test_an_applications_word_is_nobodys_activity(memory: Memory) -> None:
    await memory.call("create", meetingID="s-idle", meetingExpireIfNoUserJoinedInMinutes=1)
    active = memory.meeting("s-idle").active
    memory.advance(30)
    assert (await memory.call("sendChatMessage", meetingID="s-idle", message="x")).code == "SUCCESS"
    assert memory.meeting("s-idle").active == active
    memory.advance(31)
    assert (await memory.info("s-idle")).key == "notFound"


@pytest.mark.parametrize(
    ("pairs", "key"),
    [
        ({"meetingID": "none", "message": "x"}, "meetingNotFound"),
        ({"message": "x"}, "missingParamMeetingID"),
        ({"meetingID": "s-chat2"}, "validationError"),
        ({"meetingID": "s-chat2", "message": "\x07 \n"}, "validationError"),
        ({"meetingID": "s-chat2", "message": "x" * 501}, "validationError"),
        ({"meetingID": "s-chat2", "message": "x", "userName": "x" * 256}, "validationError"),
        ({"meetingID": "s-ended", "message": "x"}, "meetingNotFound"),
        ({"meetingID": "s-nochat", "message": "x"}, "validationError"),
    ],
)
@awaited
async def test_a_message_that_cannot_be_said_is_refused_by_name(bbb: Caller, pairs: dict[str, str], key: str) -> None:
    await bbb.call("create", meetingID="s-chat2")
    await bbb.call("create", meetingID="s-nochat", disabledFeatures="chat,polls")
    answer = await bbb.call("sendChatMessage", **pairs)
    assert (answer.status, answer.code, answer.key) == (200, "FAILED", key)
    if "message" not in pairs:
        assert answer.text("message") == "You must provide the param message"


@awaited
async def test_a_name_of_which_nothing_is_left_is_none(memory: Memory) -> None:
    await memory.call("create", meetingID="s-name")
    assert (await memory.call("sendChatMessage", meetingID="s-name", message="x", userName=" \x07")).code == "SUCCESS"
    assert [one.name for one in memory.meeting("s-name").chat] == ["System"]


@awaited
async def test_a_message_needs_a_checksum_and_may_be_as_long_as_allowed(bbb: Caller) -> None:
    await bbb.call("create", meetingID="s-chat3")
    unsigned = await bbb.fetch("/bigbluebutton/api/sendChatMessage?meetingID=s-chat3&message=x")
    assert unsigned.key == "checksumError"
    longest = await bbb.call("sendChatMessage", meetingID="s-chat3", message="ü" * 500, userName="x" * 255)
    assert longest.code == "SUCCESS"
    posted = await bbb.post("sendChatMessage", "meetingID=s-chat3&message=x")
    assert posted.code == "SUCCESS"


@awaited
async def test_a_meeting_that_keeps_too_much_takes_no_more_words(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(bbbd__maxJournal="1 MiB")
    await memory.call("create", meetingID="s-much")
    ada = await memory.enter("s-much", "Ada", role="VIEWER")
    memory.happen("s-much", Chatted(user=ada.user, text="x" * 1_100_000))
    assert (await memory.call("sendChatMessage", meetingID="s-much", message="x")).key == "validationError"
