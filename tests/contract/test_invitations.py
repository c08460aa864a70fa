"""Invitations: links that a moderator copies, for guests and for moderators; what they lead to, and when they end."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from harness import Answer, Memory, awaited
from websocket_clients import InMemory, inside, told

from bbbd.http.token_rate_limit import MOST


def follow(url: str, name: str = "") -> str:
    """Return the path of a URL of this server, with a name."""
    parts = urlsplit(url)
    assert parts.netloc == "bbb.example.org"
    return f"{parts.path}?{parts.query}" + (f"&name={quote(name)}" if name else "")


async def invited(memory: Memory, url: str, name: str) -> Answer:
    """Type a name behind an invitation, and follow the redirections to the page."""
    answer = await memory.fetch(follow(url, name))
    assert answer.status == 302
    return await memory.fetch(follow(answer.headers["location"]))


def session_of(answer: Answer) -> str:
    found = re.search(r"sessionToken=([a-z0-9]{26})$", answer.headers["location"])
    assert found
    return found[1]


@awaited
async def test_an_invitation_leads_guests_to_the_lobby_and_moderators_in(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", name="Bio <b>", guestPolicy="ASK_MODERATOR")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    guests, moderators = (ada.ask("invite", role=role) for role in ("VIEWER", "MODERATOR"))
    assert guests["t"] == moderators["t"] == "invitation"
    assert memory.secret not in guests["url"] + moderators["url"]
    form = await memory.fetch(follow(guests["url"]), headers={"Accept-Language": "de"})
    assert form.status == 200
    assert b"Bio &lt;b&gt;" in form.body
    assert "Wie heißen Sie?".encode() in form.body
    assert "form-action 'self'" in form.headers["content-security-policy"]
    before = memory.meeting("demo").n
    for empty in ("%20", "%E2%80%AE", "x" * 300):
        assert (await memory.fetch(f"{follow(guests['url'])}&name={empty}")).status == 200
    assert memory.meeting("demo").n == before
    gil, mo = await invited(memory, guests["url"], "Gil ü"), await invited(memory, moderators["url"], "Mo")
    waits = InMemory(memory, session_of(gil))
    waits.hello()
    told(waits, ada)
    assert waits.last("lobby")["place"] == 1
    assert [one["name"] for one in ada.events("Lobby")[-1]["waiting"]] == ["Gil ü"]
    comes = InMemory(memory, session_of(mo))
    comes.hello()
    told(comes)
    you = comes.last("snapshot")["you"]
    assert (you["role"], you["guest"]) == ("MODERATOR", False)
    ada.ask("guest.policy", policy="ALWAYS_DENY")
    assert b"guestDeniedAccess" in (await invited(memory, guests["url"], "Late")).body


@awaited
async def test_an_invitation_ends_with_its_meeting(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    url = ada.ask("invite", role="VIEWER")["url"]
    await memory.restart()
    assert (await memory.fetch(follow(url))).status == 200
    await memory.call("end", meetingID="demo")
    for _again in range(2):
        over = await memory.fetch(follow(url, "Gil"))
        assert (over.status, "location" in over.headers) == (403, False)
        # Another meeting of the same id is another meeting.
        memory.advance(1)
        await memory.call("create", meetingID="demo")


@awaited
async def test_an_invitation_never_leads_to_a_meeting_that_has_the_others_internal_id(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    url = ada.ask("invite", role="MODERATOR")["url"]
    await memory.call("end", meetingID="demo")
    stolen = urlsplit(url).query.partition("=")[2].partition(".")[0]
    assert (await memory.call("create", meetingID=stolen)).code == "SUCCESS"
    assert (await memory.fetch(follow(url, "Eve"))).status == 403


@awaited
async def test_the_form_may_be_redirected_to_pages_of_other_hosts(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(
        defaultHTML5ClientUrl="https://client.example.net:8443/html5client/join",
        bigbluebutton__web__logoutURL="https://[2001:db8::1]/",
        errorRedirectUrl="https://school.example.com/away",
    )
    await memory.call("create", meetingID="demo")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    form = await memory.fetch(follow(ada.ask("invite", role="VIEWER")["url"]))
    sources = form.headers["content-security-policy"].partition("form-action ")[2].partition(";")[0].split()
    assert sources == [
        "'self'",
        "http://bbb.example.org",
        "https://client.example.net:8443",
        "https://school.example.com",
    ]


@awaited
async def test_an_invitation_that_nobody_signed_leads_nowhere(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    good = ada.ask("invite", role="VIEWER")["url"]
    token = good.partition("token=")[2]
    internal, role, mac = token.split(".")
    for bad in (
        "",
        "x",
        f"{internal}.moderator.{mac}",
        f"{internal}.{role}.{'0' * 32}",
        f"{internal}.{role}",
        "ü.viewer.x",
        token + "0",
    ):
        answer = await memory.fetch(f"/html5client/invitation?token={quote(bad)}&name=Eve")
        assert answer.status == 403, bad
    for _guess in range(MOST):
        await memory.fetch("/html5client/invitation?token=x")
    assert (await memory.fetch("/html5client/invitation?token=x")).status == 429
    # Somebody with a good link is let in all the same.
    assert (await memory.fetch(follow(good, "Gil"))).status == 302
    assert (await memory.fetch("/html5client/invitation?token=x", method="POST")).status == 405
    assert token not in "".join(memory.lines)


@awaited
async def test_invitations_can_be_disabled_and_rooms_have_none(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with()
    await memory.call("create", meetingID="demo", disabledFeatures="invitations")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    assert ada.ask("invite", role="VIEWER")["key"] == "unsupported"
    assert ada.ask("invite", role="OWNER")["key"] == "malformed"
    await memory.call("create", meetingID="main")
    await memory.call("create", meetingID="room", isBreakout="true", parentMeetingID="main", sequence=1)
    bo = await inside(memory, "room", "Bo", role="MODERATOR")
    assert bo.ask("invite", role="VIEWER")["key"] == "unsupported"
