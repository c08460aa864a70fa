"""Slides in a meeting: handed in, converted, shown, followed, taken away; seen by nobody from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from callback_receivers import Receiver, raw, status
from harness import Caller, Daemon, Memory, awaited, until
from sample_documents import (
    body,
    create,
    document,
    element,
    enter,
    insert,
    page,
    pdf,
    picture,
    settled,
    size_of,
    slow_pdf,
    svg,
)
from websocket_clients import Connected, InMemory, Member, inside, told

NOTHING = "beans.presentationService.defaultUploadedPresentation"
LOOPBACK = {"bbbd.slidesNetworks": "127.0.0.0/8"}


@pytest.fixture(params=["memory", "daemon"])
def server(request: pytest.FixtureRequest) -> Caller:
    """A server that fetches from this machine too."""
    caller: Caller
    if request.param == "memory":
        caller = request.getfixturevalue("memory_with")(bbbd__slidesNetworks="127.0.0.0/8")
    else:
        caller = request.getfixturevalue("start_daemon")(settings=LOOPBACK)
    return caller


def decks_of(member: Member) -> list[tuple[str, str, int]]:
    return [(one["name"], one["state"], one["pages"]) for one in member.last("snapshot")["decks"]]


def ids_of(member: Member) -> dict[str, str]:
    return {one["name"]: one["deck"] for one in member.last("snapshot")["decks"]}


@awaited
async def test_documents_of_create_become_pages_and_the_first_is_shown(server: Caller) -> None:
    await create(
        server,
        "demo",
        document("one.pdf", pdf("First page", "Second page")),
        document("two.png", picture()),
    )
    await settled(server, count=2)
    ada = await enter(server, "demo", "Ada")
    assert decks_of(ada) == [("one.pdf", "ready", 2), ("two.png", "ready", 1)]
    decks, stage = ids_of(ada), ada.last("snapshot")["stage"]
    assert stage == {"deck": decks["one.pdf"], "page": 1, "x": 0, "y": 0, "w": 100, "h": 100}
    one = await page(server, ada, f"{decks['one.pdf']}/1")
    assert size_of(one) == (1600, 900)
    assert (one.headers["cache-control"], one.headers["vary"]) == ("private, no-cache", "Authorization")
    assert size_of(await page(server, ada, f"{decks['one.pdf']}/2/thumbnail")) == (176, 99)
    text = await page(server, ada, f"{decks['one.pdf']}/2/text")
    assert (text.body, text.headers["content-type"]) == (b"Second page", "text/plain;charset=utf-8")
    # A picture is not made larger than it is.
    assert size_of(await page(server, ada, f"{decks['two.png']}/1")) == (320, 200)
    for path in (
        "one/1",
        f"{decks['one.pdf']}/0",
        f"{decks['one.pdf']}/3",
        f"{decks['one.pdf']}/1/more",
        "x",
        "a/../b",
    ):
        assert (await page(server, ada, path)).status == 404, path
    if isinstance(ada, Connected):
        ada.socket.close()


@awaited
async def test_pages_are_for_those_who_are_in_the_meeting_alone(memory: Memory) -> None:
    await create(memory, "demo", document("one.pdf", pdf("Secret")))
    await settled(memory)
    await memory.call("create", meetingID="other", moderatorPW="mp")
    ada, eve = await enter(memory, "demo", "Ada"), await enter(memory, "other", "Eve")
    bob = await inside(memory, "demo", "Bob", role="VIEWER")
    path = f"/html5client/slides/{ids_of(ada)['one.pdf']}/1"
    waiting = await memory.token("demo", "Not in yet", role="VIEWER")

    async def told_to(token: str) -> int:
        return (await memory.fetch(path, headers={"Authorization": f"Bearer {token}"})).status

    assert isinstance(ada, InMemory)
    assert isinstance(eve, InMemory)
    assert await told_to(ada.token) == 200
    assert await told_to(bob.token) == 200
    # Of another meeting, not in yet, unknown, none at all.
    assert await told_to(eve.token) == 404
    assert await told_to(waiting) == 403
    assert await told_to("x" * 26) == 403
    assert (await memory.fetch(path)).status == 401
    user = next(one.user for one in memory.meeting("demo").people.values() if one.name == "Bob")
    assert ada.ask("remove", who=user)["t"] == "ok"
    assert await told_to(bob.token) == 403
    unchanged = await page(memory, ada, path.removeprefix("/html5client/slides/"))
    more = {"Authorization": f"Bearer {ada.token}", "If-None-Match": unchanged.headers["etag"]}
    assert (await memory.fetch(path, headers=more)).status == 304
    assert (await memory.fetch(path, "DELETE", {"Authorization": f"Bearer {ada.token}"})).status == 405
    for _ in range(30):
        await told_to("y" * 26)
    assert await told_to("y" * 26) == 429
    assert await told_to(ada.token) == 200


@awaited
async def test_who_presents_turns_pages_and_everybody_follows(memory: Memory) -> None:
    await create(memory, "demo", document("one.pdf", pdf("A", "B", "C")), document("two.pdf", pdf("D")))
    await settled(memory)
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    bob = await inside(memory, "demo", "Bob", role="VIEWER")
    one, two = ids_of(ada)["one.pdf"], ids_of(ada)["two.pdf"]
    assert ada.ask("slide.show", deck=one, page=3)["t"] == "ok"
    assert bob.ask("slide.show", deck=one, page=2)["key"] == "notAllowed"
    assert bob.ask("slide.view", x=0, y=0, w=50, h=50)["key"] == "notAllowed"
    assert ada.ask("slide.show", deck=one, page=4)["key"] == "malformed"
    assert ada.ask("slide.show", deck="nobody", page=1)["key"] == "gone"
    assert ada.ask("slide.show", deck=one, page=0)["key"] == "malformed"
    for part in (
        {"x": -1, "y": 0, "w": 9, "h": 9},
        {"x": 60, "y": 0, "w": 50, "h": 9},
        {"x": 0, "y": 0, "w": 0, "h": 9},
    ):
        assert ada.ask("slide.view", **part)["key"] == "malformed", part
    assert ada.ask("slide.view", x=10, y=20, w=30.5, h=40)["t"] == "ok"
    told(ada, bob)
    assert [(event["deck"], event["page"]) for event in bob.events("SlideShown")] == [(one, 3)]
    assert [(event["x"], event["y"], event["w"], event["h"]) for event in bob.events("SlideViewed")] == [
        (10, 20, 30.5, 40)
    ]
    late = await inside(memory, "demo", "Late", role="VIEWER")
    assert late.last("snapshot")["stage"] == {"deck": one, "page": 3, "x": 10, "y": 20, "w": 30.5, "h": 40}
    assert ada.ask("slide.show", deck=two, page=1)["t"] == "ok"
    stage = memory.meeting("demo").stage
    assert stage is not None
    assert (stage.deck, stage.w) == (two, 100)
    await memory.restart()
    again = InMemory(memory, bob.token)
    again.hello()
    told(again)
    assert again.last("snapshot")["stage"]["deck"] == two
    assert size_of(await page(memory, again, f"{one}/2")) == (1600, 900)


@awaited
async def test_a_view_that_moves_fast_is_told_five_times_a_second_and_its_end_always(memory: Memory) -> None:
    await create(memory, "demo", document("one.pdf", pdf("A", "B")))
    await settled(memory)
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    one = ids_of(ada)["one.pdf"]
    memory.advance(2)
    for x in range(10):
        assert ada.ask("slide.view", x=x, y=0, w=50, h=50)["t"] == "ok"
    memory.timer.advance(0.25)
    told(ada)
    assert [event["x"] for event in ada.events("SlideViewed")] == [0, 9]
    memory.timer.advance(1)
    # Of a page that is not shown any more nothing is told.
    ada.ask("slide.view", x=20, y=0, w=50, h=50)
    ada.ask("slide.view", x=21, y=0, w=50, h=50)
    ada.ask("slide.show", deck=one, page=2)
    memory.timer.advance(0.25)
    told(ada)
    assert [event["x"] for event in ada.events("SlideViewed")] == [0, 9, 20]
    assert ada.last("snapshot")
    stage = memory.meeting("demo").stage
    assert stage is not None
    assert (stage.page, stage.x) == (2, 0)


@pytest.mark.parametrize(
    ("path", "answers", "name"),
    [
        ("/download", [('Content-Disposition: attachment; filename="Lecture 1.pdf"', "")], "Lecture 1.pdf"),
        ("/download", [("Content-Disposition: attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf", "")], "Größe.pdf"),
        ("/download", [("Content-Disposition: attachment; filename=Größe.pdf", "")], "Größe.pdf"),
        ("/download", [('Content-Disposition: attachment; filename="../../a\\b.docx"', "")], "b.pdf"),
        ("/download", [("Content-Disposition: inline", "")], "download.pdf"),
        ("/pluginfile.php", [], "pluginfile.pdf"),
        ("/v1.2", [], "v1.2.pdf"),
        ("/go", [("", "/dir/größe.pdf")], "größe.pdf"),
        ("/go", [("", "/get?id=1"), ("Content-Disposition: attachment; filename=end.pdf", "")], "end.pdf"),
    ],
)
@awaited
async def test_a_deck_is_called_as_its_download(
    memory_with: Callable[..., Memory], receiver: Receiver, path: str, answers: list[tuple[str, str]], name: str
) -> None:
    receiver.usual = status(200, pdf("Fetched"))
    receiver.plan = [
        raw(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
        if location
        else status(200, pdf("Fetched"), header and f"{header}\r\n")
        for header, location in answers
    ]
    memory = memory_with(**{"bbbd.slidesNetworks": "127.0.0.0/8"})
    await create(memory, "demo", element(url=receiver.url(path)))
    await settled(memory)
    assert decks_of(await enter(memory, "demo", "Ada")) == [(name, "ready", 1)]


@awaited
async def test_documents_are_fetched_and_called_by_the_name_that_was_given(server: Caller, receiver: Receiver) -> None:
    receiver.plan = [status(200, pdf("Fetched"), "Content-Type: application/pdf\r\n"), status(200, picture("JPEG"))]
    await create(server, "demo", element(url=receiver.url("/sheet?id=1&amp;x=2"), filename="report.pdf"))
    await settled(server, count=1)
    await insert(server, "demo", element(url=receiver.url("/dir/photo.jpg")))
    await settled(server, count=2)
    ada = await enter(server, "demo", "Ada")
    assert decks_of(ada) == [("report.pdf", "ready", 1), ("photo.jpg", "ready", 1)]
    assert sorted(got.target for got in receiver.got) == ["/dir/photo.jpg", "/sheet?id=1&x=2"]
    assert {got.headers["accept-encoding"] for got in receiver.got} == {"identity"}
    if isinstance(ada, Connected):
        ada.socket.close()


@awaited
async def test_slides_by_parameter_come_behind_those_of_the_body(
    memory_with: Callable[..., Memory], receiver: Receiver
) -> None:
    memory = memory_with(bbbd__slidesNetworks="127.0.0.0/8")
    receiver.usual = status(200, pdf("Parameter"))
    more = {"preUploadedPresentation": receiver.url("/p"), "preUploadedPresentationName": "p.pdf"}
    await create(memory, "both", document("b.png", picture()), **more)
    await memory.call("create", meetingID="alone", moderatorPW="mp", **more)
    await settled(memory)
    assert decks_of(await enter(memory, "both", "Ada")) == [("b.png", "ready", 1), ("p.pdf", "ready", 1)]
    assert decks_of(await enter(memory, "alone", "Ada")) == [("p.pdf", "ready", 1)]


@awaited
async def test_the_current_one_is_shown_first(memory: Memory) -> None:
    await create(memory, "demo", document("a.pdf", pdf("A")), document("b.pdf", pdf("B"), current="true"))
    await settled(memory)
    ada = await enter(memory, "demo", "Ada")
    assert [name for name, _state, _pages in decks_of(ada)] == ["b.pdf", "a.pdf"]
    assert ada.last("snapshot")["stage"]["deck"] == ids_of(ada)["b.pdf"]


@awaited
async def test_a_document_that_fails_is_told_to_who_presents_and_the_next_is_shown(server: Caller) -> None:
    await create(server, "demo", document("broken.pdf", b"no PDF at all"), document("good.pdf", pdf("Good")))
    await settled(server)
    await settled(server, "slides_failed")
    ada, bob = await enter(server, "demo", "Ada"), await enter(server, "demo", "Bob", "VIEWER")
    snapshot = ada.last("snapshot")
    assert [(one["name"], one["state"], one.get("why")) for one in snapshot["decks"]] == [
        ("broken.pdf", "failed", "is called PDF, but is none"),
        ("good.pdf", "ready", None),
    ]
    assert snapshot["stage"]["deck"] == ids_of(ada)["good.pdf"]
    assert decks_of(bob) == [("good.pdf", "ready", 1)]
    for one in (ada, bob):
        if isinstance(one, Connected):
            one.socket.close()


@awaited
async def test_who_comes_to_present_is_told_of_what_failed(memory: Memory) -> None:
    await create(memory, "demo", document("broken.pdf", b"x"))
    await settled(memory)
    ada, bob = await inside(memory, "demo", "Ada", role="MODERATOR"), await inside(memory, "demo", "Bob", role="VIEWER")
    user = next(one.user for one in memory.meeting("demo").people.values() if one.name == "Bob")
    assert ada.ask("presenter", who=user)["t"] == "ok"
    told(ada, bob)
    assert decks_of(bob) == [("broken.pdf", "failed", 0)]
    assert (await insert(memory, "demo", document("worse.pdf", b"y"))).code == "SUCCESS"
    await settled(memory)
    told(ada, bob)
    assert [(event["name"], event["why"]) for event in bob.events("DeckFailed")] == [
        ("worse.pdf", "is called PDF, but is none"),
    ]
    late = await inside(memory, "demo", "Late", role="VIEWER")
    assert decks_of(late) == []
    assert "worse" not in "".join(late.raw)


@awaited
async def test_documents_are_inserted_while_the_meeting_runs(server: Caller) -> None:
    await create(server, "demo", document("one.pdf", pdf("One")))
    await settled(server)
    ada = await enter(server, "demo", "Ada")
    answer = await insert(server, "demo", document("two.png", picture()), document("three.svg", svg(), current="true"))
    assert (answer.code, answer.text("message")) == ("SUCCESS", "Presentation is being uploaded")
    assert answer.names == ["returncode", "messageKey", "message"]
    assert answer.text("messageKey") == ""
    await settled(server, count=3)
    if isinstance(ada, InMemory):
        told(ada)
        found = ada.events("DeckAdded", "DeckConverted", "SlideShown")
        assert [(event["e"], event.get("deck", {}).get("name")) for event in found if event["e"] == "DeckAdded"] == [
            ("DeckAdded", "two.png"),
            ("DeckAdded", "three.svg"),
        ]
        assert sorted(event["deck"]["name"] for event in found if event["e"] == "DeckConverted") == [
            "three.svg",
            "two.png",
        ]
    else:
        assert isinstance(ada, Connected)
        ada.until(lambda: len(ada.events("DeckConverted")) == 2 and bool(ada.events("SlideShown")))
    decks = {event["deck"]["name"]: event["deck"]["deck"] for event in ada.events("DeckConverted")}
    assert [event["deck"] for event in ada.events("SlideShown")] == [decks["three.svg"]]
    text = await page(server, ada, f"{decks['three.svg']}/1/text")
    assert text.body == b"Hello"
    if isinstance(ada, Connected):
        ada.socket.close()


@pytest.mark.parametrize(
    ("pairs", "inserted", "key", "message"),
    [
        ({"meetingID": "nobody"}, (document("a.pdf", b"x"),), "notFound", "We could not find a meeting"),
        ({}, (document("a.pdf", b"x"),), "missingParamMeetingID", "You must specify a meeting ID"),
        ({"meetingID": "demo"}, (), "noDocument", "no document in it"),
        ({"meetingID": "demo"}, (element(filename="a.pdf"),), "noDocument", "no document in it"),
        ({"meetingID": "off"}, (document("a.pdf", b"x"),), "presentationDisabled", "is disabled, ignoring."),
    ],
)
@awaited
async def test_what_cannot_be_inserted_is_refused_and_leaves_nothing(
    memory: Memory, pairs: dict[str, str], inserted: tuple[str, ...], key: str, message: str
) -> None:
    await memory.call("create", meetingID="demo")
    await memory.call("create", meetingID="off", disabledFeatures="presentation")
    query = "&".join(f"{name}={value}" for name, value in pairs.items())
    headers = {"Content-Type": "text/xml"}
    answer = await memory.query("insertDocument", query, method="POST", headers=headers, body=body(*inserted))
    assert (answer.code, answer.key) == ("FAILED", key)
    assert message in (answer.text("message") or "")
    assert not list((memory.directory / "presentations").iterdir())
    assert not memory.meeting("demo").decks
    assert (await memory.call("insertDocument", meetingID="demo")).key == "unsupportedRequest"


@awaited
async def test_a_meeting_has_no_more_than_a_hundred_documents(memory: Memory) -> None:
    await memory.call("create", meetingID="demo")
    assert (await insert(memory, "demo", *[element(url="ftp://x/a.pdf")] * 60)).code == "SUCCESS"
    refused = await insert(memory, "demo", *[element(url="ftp://x/a.pdf")] * 41)
    assert (refused.key, refused.text("message")) == ("tooManyDocuments", "A meeting has at most 100 documents.")
    assert len(memory.meeting("demo").decks) == 60
    await settled(memory)


@awaited
async def test_a_meeting_without_documents_gets_the_default_one_once_somebody_comes(
    memory_with: Callable[..., Memory],
) -> None:
    memory = memory_with(**{NOTHING: ""})
    for meeting_id in ("one", "two"):
        await memory.call("create", meetingID=meeting_id, moderatorPW="mp")
    await settled(memory)
    assert not list((memory.directory / "slides").iterdir())
    ada = await enter(memory, "one", "Ada")
    await settled(memory)
    assert isinstance(ada, InMemory)
    told(ada)
    assert decks_of(ada) == [("default.pdf", "ready", 1)]
    assert ada.last("snapshot")["stage"]["page"] == 1
    text = await page(memory, ada, f"{ids_of(ada)['default.pdf']}/1/text")
    assert text.body.startswith(b"Slides come here")
    bob = await enter(memory, "two", "Bob")
    await settled(memory)
    assert isinstance(bob, InMemory)
    told(bob)
    assert decks_of(bob) == [("default.pdf", "ready", 1)]
    assert len(list((memory.directory / "slides").iterdir())) == 1
    for meeting_id in ("one", "two"):
        await memory.call("end", meetingID=meeting_id, password="mp")
    # It is there for the next one.
    assert len(list((memory.directory / "slides").iterdir())) == 1


@pytest.mark.parametrize(
    ("own", "override", "decks"),
    [
        (pdf("Own"), "true", ["own.pdf"]),
        (pdf("Own"), "false", ["own.pdf", "default.pdf"]),
        # When nothing else can be shown, the default one is.
        (b"broken", "true", ["own.pdf", "default.pdf"]),
    ],
)
@awaited
async def test_own_slides_replace_the_default_ones_while_there_are_any(
    memory_with: Callable[..., Memory], own: bytes, override: str, decks: list[str], tmp_path: Path
) -> None:
    standard = tmp_path.parent / f"{tmp_path.name}-standard.png"
    standard.write_bytes(picture())
    memory = memory_with(**{NOTHING: str(standard)})
    await create(memory, "demo", document("own.pdf", own), preUploadedPresentationOverrideDefault=override)
    await settled(memory)
    ada = await enter(memory, "demo", "Ada")
    await settled(memory)
    assert isinstance(ada, InMemory)
    again = InMemory(memory, ada.token)
    again.hello()
    told(again)
    assert [name for name, _state, _pages in decks_of(again)][: len(decks)] == decks
    assert again.last("snapshot")["stage"] is not None


@awaited
async def test_the_default_presentation_may_lie_elsewhere(
    memory_with: Callable[..., Memory], receiver: Receiver
) -> None:
    receiver.usual = status(200, pdf("Elsewhere"), "Content-Type: application/pdf\r\n")
    memory = memory_with(**{NOTHING: receiver.url("/d"), "bbbd.slidesNetworks": "127.0.0.0/8"})
    for meeting_id in ("one", "two"):
        await memory.call("create", meetingID=meeting_id, moderatorPW="mp")
        await enter(memory, meeting_id, "Ada")
        await settled(memory)
    assert len(receiver.got) == 1
    memory.advance(3601)
    await memory.call("create", meetingID="three", moderatorPW="mp")
    await enter(memory, "three", "Ada")
    await settled(memory)
    assert len(receiver.got) == 2


@awaited
async def test_the_same_document_is_converted_once_and_goes_with_its_last_meeting(memory: Memory) -> None:
    same = pdf("Same")
    for meeting_id in ("one", "two"):
        await create(memory, meeting_id, document("a.pdf", same), document("again.pdf", same))
    await settled(memory)
    slides = memory.directory / "slides"
    [key] = [path.name for path in slides.iterdir()]
    made = (slides / key / "slide-1.png").stat()
    await memory.call("end", meetingID="one", password="mp")
    assert (slides / key / "slide-1.png").stat() == made
    await memory.call("end", meetingID="two", password="mp")
    assert not list(slides.iterdir())
    assert not list((memory.directory / "presentations").iterdir())


@awaited
async def test_a_recording_keeps_the_pages_of_its_meeting(memory: Memory) -> None:
    await create(memory, "demo", document("a.pdf", pdf("A", "B")), document("b.png", picture()), record="true")
    await settled(memory)
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    decks = ids_of(ada)
    ada.ask("slide.show", deck=decks["b.png"], page=1)
    assert ada.ask("slide.remove", deck=decks["b.png"])["t"] == "ok"
    await memory.call("end", meetingID="demo", password="mp")
    [raw] = (memory.directory / "recording" / "raw").iterdir()
    there = raw / "presentation"
    assert {path.name for path in there.iterdir()} == set(decks.values())
    found = {str(path.relative_to(there / decks["a.pdf"])) for path in (there / decks["a.pdf"]).rglob("*.*")}
    assert found == {
        "document.pdf",
        "slide-1.png",
        "slide-2.png",
        "textfiles/slide-1.txt",
        "textfiles/slide-2.txt",
        "thumbnails/thumb-1.png",
        "thumbnails/thumb-2.png",
    }
    assert (there / decks["b.png"] / "document.png").read_bytes() == picture()
    assert not list((memory.directory / "slides").iterdir())
    events = [json.loads(line) for line in (raw / "journal.jsonl").read_text().splitlines()[1:]]
    kinds = [event["e"] for event in events]
    assert [kind for kind in kinds if kind.startswith(("Deck", "Slide"))].count("DeckConverted") == 2
    assert "SlideShown" in kinds


@awaited
async def test_who_presents_takes_decks_away_that_may_go(memory: Memory) -> None:
    await create(
        memory,
        "demo",
        document("stays.pdf", pdf("S"), removable="false"),
        document("goes.pdf", pdf("G"), current="true"),
    )
    await settled(memory)
    ada, bob = await inside(memory, "demo", "Ada", role="MODERATOR"), await inside(memory, "demo", "Bob", role="VIEWER")
    decks = ids_of(ada)
    assert bob.ask("slide.remove", deck=decks["goes.pdf"])["key"] == "notAllowed"
    assert ada.ask("slide.remove", deck=decks["stays.pdf"])["key"] == "notAllowed"
    assert ada.ask("slide.remove", deck=decks["goes.pdf"])["t"] == "ok"
    assert ada.ask("slide.remove", deck=decks["goes.pdf"])["key"] == "gone"
    told(ada, bob)
    [removed] = bob.events("DeckRemoved")
    assert (removed["deck"], removed["stage"]) == (decks["goes.pdf"], None)
    # What is left is shown in its place.
    assert [event["deck"] for event in bob.events("SlideShown")] == [decks["stays.pdf"]]
    assert (await page(memory, ada, f"{decks['goes.pdf']}/1")).status == 404


@awaited
async def test_documents_are_downloaded_where_that_was_allowed(memory: Memory) -> None:
    data = pdf("Mine")
    await create(
        memory,
        "demo",
        document("böse &amp; gut.pdf", data, downloadable="true"),
        document("not.pdf", pdf("Not")),
    )
    await settled(memory)
    ada = await enter(memory, "demo", "Ada")
    decks = ids_of(ada)
    given = await page(memory, ada, f"{decks['böse & gut.pdf']}/document")
    assert (given.status, given.body) == (200, data)
    assert given.headers["content-disposition"] == "attachment; filename*=UTF-8''b%C3%B6se%20%26%20gut.pdf"
    assert (given.headers["content-type"], given.headers["content-security-policy"]) == ("application/pdf", "sandbox")
    assert (await page(memory, ada, f"{decks['not.pdf']}/document")).status == 404


@awaited
async def test_a_meeting_without_presentation_has_no_slides(memory: Memory) -> None:
    await create(memory, "demo", document("a.pdf", pdf("A")), disabledFeatures="presentation")
    await settled(memory)
    ada = await inside(memory, "demo", "Ada", role="MODERATOR")
    assert (ada.last("snapshot")["decks"], ada.last("snapshot")["stage"]) == ([], None)
    assert ada.ask("slide.show", deck="x", page=1)["key"] == "unsupported"
    assert not list((memory.directory / "presentations").iterdir())


@awaited
async def test_a_meeting_that_ends_while_its_document_is_fetched_leaves_nothing(
    memory_with: Callable[..., Memory], receiver: Receiver
) -> None:
    memory = memory_with(bbbd__slidesNetworks="127.0.0.0/8")
    held: list[Any] = []
    receiver.plan = [held.append]
    await create(memory, "demo", element(url=receiver.url("/slow.pdf")))
    memory.timer.advance(0)
    await receiver.has(1)
    await memory.call("end", meetingID="demo", password="mp")
    status(200, pdf("Late"))(held[0])
    await settled(memory)
    assert not list((memory.directory / "slides").iterdir())
    assert not list((memory.directory / "meetings").iterdir())


@awaited
async def test_servers_that_are_slow_hold_up_no_document_that_is_here(
    memory_with: Callable[..., Memory], receiver: Receiver
) -> None:
    memory = memory_with(bbbd__slidesNetworks="127.0.0.0/8")
    held: list[Any] = []
    receiver.usual = held.append
    for number in range(3):
        await create(memory, f"slow-{number}", *[element(url=receiver.url(f"/{part}.pdf")) for part in "ab"])
    await create(memory, "here", document("here.pdf", pdf()))
    memory.timer.advance(0)
    # A few at once, and no more.
    await receiver.has(5)
    [deck] = memory.meeting("here").decks.values()

    def is_ready() -> bool:
        memory.timer.advance(0)
        return deck.state == "ready"

    await until(is_ready)
    assert len(held) == 5
    for connection in held:
        status(200, pdf("Late"))(connection)
    receiver.usual = status(200, pdf("Late"))
    await settled(memory)


@pytest.mark.parametrize("how", ["the meeting ends", "the deck is removed"])
@awaited
async def test_a_conversion_that_nobody_waits_for_makes_way(start_daemon: Callable[..., Daemon], how: str) -> None:
    daemon = start_daemon(settings={"bbbd.workers": "1"})
    await create(daemon, "slow", document("slow.pdf", slow_pdf()))
    with cast("Connected", await enter(daemon, "slow", "Ada")) as ada:
        await until(lambda: bool(list((daemon.directory / "slides").glob(".bbbd-*/pages/thumbnails"))))
        await create(daemon, "next", document("next.pdf", pdf("Next")))
        if how == "the deck is removed":
            ada.say("slide.remove", deck=ids_of(ada)["slow.pdf"])
        else:
            await daemon.call("end", meetingID="slow", password="mp")
        await settled(daemon)
    assert daemon.logged("slides_cut_off") == 0


@awaited
async def test_a_conversion_that_is_cut_off_is_tried_three_times(
    memory_with: Callable[..., Memory], tmp_path: Path
) -> None:
    office = tmp_path.parent / f"{tmp_path.name}-soffice"
    office.write_text("#!/bin/sh\nkill -9 $PPID; sleep 100\n")
    office.chmod(0o755)
    memory = memory_with(bbbd__office=str(office), meetingExpireIfNoUserJoinedInMinutes="0")
    await create(memory, "demo", document("a.pptx", b"PK\x03\x04" + bytes(40)))
    await settled(memory)
    [deck] = memory.meeting("demo").decks.values()
    assert (deck.state, deck.tries) == ("waiting", 1)
    memory.advance(31)
    assert (deck.state, deck.tries) == ("waiting", 2)
    await memory.restart()
    await settled(memory)
    [deck] = memory.meeting("demo").decks.values()
    assert (deck.state, deck.tries) == ("failed", 3)
    assert deck.why.startswith("could not be converted: the conversion ended with status -9")


@awaited
async def test_what_a_kill_cut_short_is_taken_up_again(start_daemon: Callable[..., Daemon], receiver: Receiver) -> None:
    daemon = start_daemon(settings=LOOPBACK)
    receiver.plan = [lambda _connection: None]
    receiver.usual = status(200, pdf("At last"))
    await create(daemon, "demo", element(url=receiver.url("/a.pdf")), document("b.pdf", pdf("B")))
    await receiver.has(1)
    await daemon.until_logged("slides_ready")
    await daemon.restart()
    await daemon.until_logged("slides_ready", 2)
    ada = await enter(daemon, "demo", "Ada")
    assert decks_of(ada) == [("a.pdf", "ready", 1), ("b.pdf", "ready", 1)]
    assert not list((daemon.directory / "slides").glob(".bbbd-*"))
    assert isinstance(ada, Connected)
    ada.socket.close()
