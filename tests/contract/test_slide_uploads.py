"""Documents that who presents sends from the page: taken whole, refused by name, shown when they are ready."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from urllib.parse import quote

from harness import Answer, Caller, Daemon, Memory, awaited
from sample_documents import bearer, create, document, enter, page, pdf, picture, settled
from websocket_clients import Connected, InMemory, Member, inside, told

PATH = "/html5client/slides"


async def send(
    caller: Caller, member: Member, data: bytes, name: str = "mine.pdf", query: str = "", **headers: str
) -> Answer:
    target = f"{PATH}?name={quote(name)}{query}"
    return await caller.fetch(target, "POST", bearer(member) | headers, data)


def why(answer: Answer) -> str:
    told_why: str = json.loads(answer.body)["why"]
    return told_why


@awaited
async def test_who_presents_uploads_and_it_is_shown(bbb: Caller) -> None:
    await bbb.call("create", meetingID="upload", moderatorPW="mp")
    ada = await enter(bbb, "upload", "Ada")
    answer = await send(bbb, ada, pdf("Mine"), "Größe & so.pdf", "&downloadable=true")
    assert (answer.status, answer.headers["content-type"]) == (201, "application/json;charset=utf-8")
    deck = json.loads(answer.body)["deck"]
    await settled(bbb)
    if isinstance(ada, InMemory):
        told(ada)
    else:
        assert isinstance(ada, Connected)
        ada.until(lambda: bool(ada.events("SlideShown")))
    user = ada.last("snapshot")["you"]["user"]
    [added] = ada.events("DeckAdded")
    assert (added["deck"]["name"], added["deck"]["state"], added["by"]) == ("Größe & so.pdf", "waiting", user)
    assert [(event["deck"], event["page"]) for event in ada.events("SlideShown")] == [(deck, 1)]
    assert (await page(bbb, ada, f"{deck}/1/text")).body == b"Mine"
    assert (await page(bbb, ada, f"{deck}/document")).body == pdf("Mine")
    if isinstance(ada, Connected):
        ada.socket.close()


@awaited
async def test_only_who_presents_uploads(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", moderatorPW="mp")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    bob = await inside(memory, "demo", "Bob", role="VIEWER")
    refused = await send(memory, bob, pdf())
    assert (refused.status, why(refused)) == (403, "Only who presents uploads slides.")
    user = next(one.user for one in memory.meeting("demo").people.values() if one.name == "Bob")
    assert ada.ask("presenter", who=user)["t"] == "ok"
    assert (await send(memory, bob, pdf())).status == 201
    assert (await send(memory, ada, pdf())).status == 403
    await settled(memory)
    unknown = await memory.fetch(PATH, "POST", {"Authorization": "Bearer x"}, pdf())
    assert (unknown.status, why(unknown)) == (403, "This is for those who are in the meeting.")
    assert (await memory.fetch(PATH, headers=bearer(ada))).status == 405
    assert not [path for path in (memory.directory / "presentations").iterdir() if path.name.startswith(".")]


@awaited
async def test_who_guesses_tokens_by_uploads_is_refused_and_nobody_else(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", moderatorPW="mp")
    ada = await enter(memory, "demo", "Ada")
    for number in range(30):
        refused = await memory.fetch(PATH, "POST", {"Authorization": f"Bearer {number}"}, pdf())
        assert refused.status == 403
    guess = {"Authorization": "Bearer 1"}
    assert (await memory.fetch("/html5client/slides/x/1", headers=guess)).status == 429
    assert (await page(memory, ada, "x/1")).status == 404
    assert (await send(memory, ada, b"x", query="&current=false")).status == 201
    await settled(memory)


@awaited
async def test_what_is_too_large_or_empty_or_too_many_is_refused(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with(maxFileSizeUpload="2000")
    await memory.call("create", meetingID="demo", moderatorPW="mp")
    ada = await enter(memory, "demo", "Ada")
    assert ada.last("welcome")["limits"]["document"] == 2000
    large = await send(memory, ada, bytes(2001))
    assert (large.status, why(large)) == (413, "A document has at most 2,000 bytes.")
    put = await memory.fetch(PATH, "PUT", bearer(ada), b"x")
    assert (put.status, why(put)) == (405, "Documents are sent here by POST.")
    empty = await send(memory, ada, b"")
    assert (empty.status, why(empty)) == (400, "There is no document in the body.")
    chunked = b"POST %b HTTP/1.1\r\nHost: bbb.example.org\r\nAuthorization: %b\r\nTransfer-Encoding: chunked\r\n\r\n"
    head = chunked % (PATH.encode(), bearer(ada)["Authorization"].encode())
    assert memory.send(head + b"fa0\r\n" + bytes(4000) + b"\r\n0\r\n\r\n").startswith(b"HTTP/1.1 413 ")
    for _ in range(100):
        assert (await send(memory, ada, b"x", query="&current=false")).status == 201
    many = await send(memory, ada, b"x")
    assert (many.status, why(many)) == (409, "A meeting has at most 100 documents.")
    await settled(memory)


@awaited
async def test_a_meeting_without_presentation_takes_none(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", moderatorPW="mp", disabledFeatures="presentation")
    ada = await enter(memory, "demo", "Ada")
    refused = await send(memory, ada, pdf())
    assert (refused.status, why(refused)) == (403, "Slides are switched off in this meeting.")


@awaited
async def test_an_upload_need_not_be_shown_at_once(memory: Memory) -> None:
    await create(memory, "demo", document("a.pdf", pdf("A")))
    ada = await enter(memory, "demo", "Ada")
    await settled(memory)
    sent = await send(memory, ada, picture("WEBP"), "photo", "&current=false", **{"Content-Type": "image/webp"})
    assert sent.status == 201
    await settled(memory)
    decks = list(memory.meeting("demo").decks.values())
    assert [(deck.document.name, deck.state) for deck in decks] == [("a.pdf", "ready"), ("photo", "ready")]
    stage = memory.meeting("demo").stage
    assert stage is not None
    assert stage.deck == decks[0].deck


@awaited
async def test_an_upload_that_breaks_off_leaves_nothing(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", moderatorPW="mp")
    ada = await enter(memory, "demo", "Ada")
    wire = memory.connect()
    head = f"POST {PATH}?name=a.pdf HTTP/1.1\r\nHost: bbb.example.org\r\nContent-Length: 999\r\n"
    wire.send(f"{head}Authorization: {bearer(ada)['Authorization']}\r\n\r\nbegun".encode())
    assert list((memory.directory / "presentations").iterdir())
    wire.hang_up()
    assert not list((memory.directory / "presentations").iterdir())
    assert not memory.meeting("demo").decks


@awaited
async def test_who_presents_no_more_when_the_upload_is_there_is_refused(memory: Memory) -> None:
    await memory.call("create", meetingID="demo", moderatorPW="mp")
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    await inside(memory, "demo", "Bob", role="VIEWER")
    wire = memory.connect()
    head = f"POST {PATH}?name=a.pdf HTTP/1.1\r\nHost: bbb.example.org\r\nContent-Length: 10\r\n"
    wire.send(f"{head}Authorization: {bearer(ada)['Authorization']}\r\n\r\nbegun".encode())
    user = next(one.user for one in memory.meeting("demo").people.values() if one.name == "Bob")
    assert ada.ask("presenter", who=user)["t"] == "ok"
    wire.send(b"ended")
    assert wire.got().startswith(b"HTTP/1.1 403 ")
    assert not list((memory.directory / "presentations").iterdir())


@awaited
async def test_what_the_disk_does_not_take_is_not_answered_as_kept(
    memory_with: Callable[..., Memory], asked_for: set[str]
) -> None:
    memory = memory_with()
    await memory.call("create", meetingID="demo", moderatorPW="mp")
    ada = await enter(memory, "demo", "Ada")
    asked_for.update(("document_not_stored", "sync_failed"))
    memory.disk.faults["write"] = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    refused = await send(memory, ada, pdf())
    assert (refused.status, why(refused)) == (507, "The document cannot be stored.")
    memory.disk.faults.clear()
    assert not memory.meeting("demo").decks
    assert not list((memory.directory / "presentations").iterdir())
    assert (await send(memory, ada, pdf())).status == 201
    await settled(memory)


@awaited
async def test_uploads_and_insertions_wait_for_room_on_the_disk(
    memory_with: Callable[..., Memory], asked_for: set[str]
) -> None:
    memory = memory_with(bbbd__minFreeDisk="1000 GiB", bbbd__sync="answers")
    await memory.call("create", meetingID="demo", moderatorPW="mp")
    ada = await enter(memory, "demo", "Ada")
    memory.advance(6)
    refused = await send(memory, ada, pdf())
    assert (refused.status, why(refused)) == (507, "The server's disk is nearly full.")
    asked_for.add("slides_wait")
    await create(memory, "other", document("a.pdf", pdf("A")))
    await settled(memory)
    assert [deck.state for deck in memory.meeting("other").decks.values()] == ["waiting"]


@awaited
async def test_an_upload_outlives_a_kill(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    await daemon.call("create", meetingID="demo", moderatorPW="mp")
    ada = await enter(daemon, "demo", "Ada")
    assert (await send(daemon, ada, pdf("Kept"))).status == 201
    await daemon.restart()
    await daemon.until_logged("slides_ready", 1)
    assert isinstance(ada, Connected)
    ada.socket.close()
    bob = await enter(daemon, "demo", "Bob")
    assert [(one["name"], one["pages"]) for one in bob.last("snapshot")["decks"]] == [("mine.pdf", 1)]
    assert isinstance(bob, Connected)
    bob.socket.close()
