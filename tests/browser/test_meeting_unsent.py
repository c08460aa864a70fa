"""What a page recorded of itself and the server does not have: too much, no way to it, and somebody who leaves."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from browser_harness import CUT, FORBIDDEN, Guest, House, done
from browser_media import comes, goes_in, open_house, starts_camera, waits
from environment_reset import PATIENCE
from harness import Daemon, free_port
from playwright.sync_api import Error, expect
from recorded_pages import MIME, PATH

from bbbd.composing.tools import missing_programs

if TYPE_CHECKING:
    from playwright.sync_api import Route

# A network that comes and goes would disturb the browsers.
pytestmark = pytest.mark.xdist_group("network")
MOST = 1 << 20
SETTINGS = {"bbbd.media": "mesh", "bbbd.maxRecordedOfPerson": str(MOST)}
BOTH = "microphone+camera"
NO_TOOLS = missing_programs(of_janus=False)
#: Requests of pages for what they recorded.
UPLOADS = re.compile(f"{PATH}(/|$)")
REFUSED = re.compile("status of (404|413)")
#: Leaves what an earlier tab of this browser, or this one (""), could not send: a file of so many MB, as pages keep it.
LEAVES = """async ([megabytes, token]) => {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const isMade = async () => (await indexedDB.databases()).some(({name}) => name === "bbbd-recording");
  while (!(await isMade())) await new Promise(requestAnimationFrame);
  const db = await done(indexedDB.open("bbbd-recording"));
  const put = (store, value) => done(db.transaction(store, "readwrite").objectStore(store).put(value));
  const key = "1-earlier", size = 1e6;
  for (let from = 0; from < megabytes * size; from += size) {
    await put("pieces", {key, from, size, at: Date.now(), data: new ArrayBuffer(size)});
  }
  const facts = {kind: "microphone+camera", mime: "video/webm", startedAt: Date.now(), seq: 1};
  Object.assign(facts, {token: token || history.state.token});
  await put("files", {key, ...facts, id: "earlier", sent: 0, total: megabytes * size, isOver: true, stalls: 0});
  db.close();
}"""

#: Returns the keys of the files that the page keeps, once it has done what it was about to do with them.
KEPT = """async () => {
  const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const db = await done(indexedDB.open("bbbd-recording"));
  let keys = [];
  for (let times = 0; times < 5; times += 1) {
    keys = await done(db.transaction("files", "readwrite").objectStore("files").getAllKeys());
  }
  db.close();
  return keys;
}"""
#: Keeps others of the page from its database.
HOLDS = """() => new Promise((done) => {
  window.held = true;
  indexedDB.open("bbbd-recording").onsuccess = ({target}) => {
    const store = target.result.transaction("pieces", "readwrite").objectStore("pieces");
    const hold = () => {
      if (window.held) store.count().onsuccess = hold;
      else target.result.close();
      done();
    };
    hold();
  };
})"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    directory = tmp_path_factory.mktemp("unsent") / "data"
    daemon = Daemon(directory=directory, port=free_port(), arguments=["--developer"], settings=SETTINGS)
    yield daemon
    assert daemon.end() == 0


house = pytest.fixture(open_house)


def sends_camera(house: House) -> Guest:
    """Have a moderator who sends microphone and camera in a meeting that may be recorded."""
    house.server.creates(record="true")
    ada = comes(house, "Ada", role="MODERATOR")
    goes_in(ada)
    starts_camera(ada)
    return ada


def heads(house: House) -> list[dict[str, Any]]:
    """Return the heads of what pages have sent in this meeting."""
    internal = done(house.server.info("demo")).text("internalMeetingID")
    raw = house.server.daemon.directory / "recording/raw" / (internal or "")
    return [json.loads(path.read_bytes()) for path in sorted(raw.glob("uploads/*.json"))]


def sent(house: House) -> int:
    """Return how many pieces the server has of the newest meeting that is recorded."""
    raw = max((house.server.daemon.directory / "recording/raw").iterdir(), key=lambda path: path.name[-13:])
    return sum(path.read_bytes().count(b"\n") for path in raw.glob("uploads/*.slices"))


def grows(guest: Guest, seconds: int) -> None:
    """Wait until the recording is so many seconds longer."""
    pill = guest.page.locator("#recording b")
    second = int(pill.inner_text()[-2:]) + seconds
    expect(pill).to_have_text(re.compile(f":{second:02}$"))


def cut_off(house: House, guest: Guest) -> list[dict[str, Any]]:
    """Let nothing that a page recorded come through, and return the files that it would begin from now on."""
    house.expected.append(CUT)
    begun: list[dict[str, Any]] = []

    def lose(route: Route) -> None:
        if route.request.url.endswith(PATH) and (wanted := route.request.post_data_json) not in begun:
            begun.append(wanted or {})
        route.abort()

    guest.page.route(UPLOADS, lose)
    return begun


def is_warned(guest: Guest) -> bool:
    """Try to close the tab, and return whether the browser asked first; then one stays."""
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    guest.page.once("dialog", stay)
    guest.page.close(run_before_unload=True)
    end = time.monotonic() + PATIENCE
    # Whoever is not asked is gone, and the driver hears of either only while it waits for something.
    while not asked and not guest.page.is_closed():
        assert time.monotonic() < end
        with suppress(Error):
            guest.page.wait_for_timeout(50)
    assert asked in ([], ["beforeunload"])
    return bool(asked)


@pytest.mark.skipif(bool(NO_TOOLS), reason=f"not installed: {', '.join(NO_TOOLS)}")
def test_what_is_too_much_is_said_and_all_before_it_is_kept(house: House, daemon: Daemon) -> None:
    house.expected.append(REFUSED)
    ada = sends_camera(house)
    with ada.page.expect_request(UPLOADS) as asked:
        ada.button("Record").click()
    token = asked.value.headers["authorization"]
    expect(ada.page.locator(".tile .kept")).to_be_visible()
    # What an earlier page of hers sent is nearly all that she may.
    begins = {"kind": "microphone", "mime": MIME, "startedAt": ada.events("RecordingMarked")[-1]["at"], "seq": 1}
    answer = fetched(house, "POST", "", token, json.dumps(begins).encode())
    earlier, size = json.loads(answer)["id"], MOST - 200_000
    fetched(house, "PATCH", f"/{earlier}", token, bytes(size), **{"Upload-Offset": "0"})
    fetched(house, "POST", f"/{earlier}/done", token, json.dumps({"bytes": size}).encode())
    expect(ada.page.get_by_text("As much of you is recorded as this server keeps").first).to_be_visible()
    expect(ada.page.locator(".tile .kept")).to_have_count(0)
    # The file ends with what the server has, and no other is begun, though recording goes on.
    waits(ada, lambda: all("size" in head for head in heads(house)))
    before = heads(house)
    assert sorted(head["kind"] for head in before) == ["microphone", BOTH]
    assert sum(head["size"] for head in before) <= MOST
    ada.button("Stop camera").click()
    expect(ada.button("Start camera")).to_be_visible()
    ada.button("Stop recording").click()
    waits(ada, lambda: len(ada.events("RecordingMarked")) == 2)
    assert heads(house) == before
    # So the recording waits for nobody, and has what came.
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"
    published = daemon.directory / "published/presentation"
    waits(ada, lambda: any(published.glob("*/video/webcams.webm")))


def fetched(house: House, method: str, path: str, token: str, body: bytes, **headers: str) -> bytes:
    """Ask for something below the path of uploads, and return the answer's body."""
    answer = done(house.server.fetch(PATH + path, method, {"Authorization": token, **headers}, body))
    assert answer.status < 300, answer.body
    return answer.body


def test_sound_alone_is_recorded_while_too_much_waits_in_the_browser(house: House) -> None:
    house.expected.append(REFUSED)
    ada = sends_camera(house)
    cut_off(house, ada)
    ada.page.evaluate(LEAVES, [201, "another"])
    ada.page.reload()
    expect(ada.button("Stop camera")).to_be_visible()
    expect(ada.page.locator("#unsent")).to_have_text("201 MB of your recording left to send")
    begun = cut_off(house, ada)
    ada.button("Record").click()
    waits(ada, lambda: bool(begun))
    assert [one["kind"] for one in begun] == ["microphone"]
    assert is_warned(ada)
    # The server knows nothing of what was left, so it goes, and pictures are recorded again.
    ada.page.unroute(UPLOADS)
    waits(ada, lambda: sorted(head["kind"] for head in heads(house)) == ["microphone", BOTH])
    expect(ada.page.locator("#unsent")).to_be_hidden()
    expect(ada.page.locator(".tile .kept")).to_be_visible()


def test_a_browser_that_stores_slowly_goes_on_with_its_file(house: House) -> None:
    ada = sends_camera(house)
    ada.button("Record").click()
    expect(ada.page.locator(".tile .kept")).to_be_visible()
    coming: list[Route] = []

    def hold(route: Route) -> None:
        coming.append(route)

    ada.page.route(UPLOADS, hold)
    waits(ada, lambda: bool(coming))
    ada.page.evaluate(HOLDS)
    before = sent(house)
    coming[0].continue_()
    waits(ada, lambda: sent(house) > before)
    ada.page.unroute(UPLOADS)
    # The next slice comes while the browser still forgets the one before.
    grows(ada, 4)
    ada.page.evaluate("held = false")
    waits(ada, lambda: sent(house) > before + 3)
    assert ["size" in head for head in heads(house)] == [False]
    expect(ada.page.locator(".tile .kept")).to_be_visible()


def test_who_closes_the_page_is_asked_while_something_is_not_sent(house: House) -> None:
    ada = sends_camera(house)
    ada.button("Record").click()
    expect(ada.page.locator(".tile .kept")).to_be_visible()
    # Of a slice or two nothing is said while the meeting goes on, for others follow.
    cut_off(house, ada)
    before = sent(house)
    expect(ada.page.locator(".tile .kept")).to_have_count(0)
    expect(ada.page.locator("#unsent")).to_be_hidden()
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"
    ada.is_in("ended")
    note = ada.page.locator("#unsent-note")
    expect(note).to_contain_text("MB of your recording left to send Keep this page open until it is sent.")
    assert is_warned(ada)
    expect(note).to_be_visible()
    ada.page.unroute(UPLOADS)
    expect(note).to_be_hidden()
    assert not is_warned(ada)
    assert sent(house) > before


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "3 MB of your recording are not kept: the server refused them."),
        (404, "3 MB of your recording are not kept: the server no longer has the recording that they belong to."),
        (410, "3 MB of your recording came too late and are not kept."),
    ],
)
def test_what_the_server_does_not_take_is_told_with_the_reason(house: House, status: int, words: str) -> None:
    house.expected.append(re.compile(f"status of {status}"))
    house.server.creates()
    ada = comes(house, "Ada")
    ada.page.evaluate(LEAVES, [3, ""])
    ada.page.route(UPLOADS, lambda route: route.fulfill(status=status))
    ada.page.reload()
    expect(ada.page.locator(".toast[data-kind=recording]")).to_have_text(words)
    assert ada.page.evaluate(KEPT) == []


def test_what_was_begun_without_a_way_to_the_server_is_not_lost_in_silence(house: House) -> None:
    house.expected.append(FORBIDDEN)
    ada = sends_camera(house)
    begun = cut_off(house, ada)
    ada.button("Record").click()
    waits(ada, lambda: bool(begun))
    # A slice or two are there.
    expect(ada.page.locator("#recording b")).to_have_text(re.compile(":0[4-9]$"))
    assert done(house.server.call("end", meetingID="demo")).code == "SUCCESS"
    ada.is_in("ended")
    expect(ada.page.locator("#unsent-note")).to_be_visible()
    ada.page.unroute(UPLOADS)
    expect(
        ada.page.get_by_text(
            re.compile("1 MB of your recording are not kept: the server first heard of them when")
        ).first
    ).to_be_visible()
    expect(ada.page.locator("#unsent-note")).to_be_hidden()
    assert sent(house) == 0


def takes_back(guest: Guest) -> None:
    """Have somebody who agreed to being recorded agree no longer."""
    guest.chooses("Recording of me")
    guest.button("Keep no sound or picture of me").click()
    expect(guest.dialog).to_have_count(0)


def test_who_takes_back_consent_keeps_what_another_meeting_left(house: House) -> None:
    house.expected.append(REFUSED)
    ada = sends_camera(house)
    begun = cut_off(house, ada)
    ada.page.evaluate(LEAVES, [3, "another"])
    ada.page.reload()
    expect(ada.button("Stop camera")).to_be_visible()
    ada.button("Record").click()
    waits(ada, lambda: [one["kind"] for one in begun] == [BOTH])
    ada.button("Stop camera").click()
    # Two files wait. While the first is being forgotten, the page looks each second what else it must forget.
    waits(ada, lambda: [one["kind"] for one in begun] == [BOTH, "microphone"])
    grows(ada, 3)
    ada.page.evaluate(HOLDS)
    takes_back(ada)
    grows(ada, 3)
    ada.page.evaluate("held = false")
    waits(ada, lambda: ada.page.evaluate(KEPT) == ["1-earlier"])
    with ada.page.expect_response(re.compile(f"{PATH}/earlier$")):
        ada.page.unroute(UPLOADS)


@pytest.mark.parametrize(
    "answer", [{"status": 403}, {"status": 413}, {"status": 200, "headers": {"Upload-Offset": "0"}}]
)
def test_an_answer_after_consent_was_taken_back_changes_nothing(house: House, answer: dict[str, Any]) -> None:
    house.expected.append(re.compile("status of (403|413)"))
    house.server.creates(record="true")
    ada = comes(house, "Ada", role="MODERATOR")
    goes_in(ada)
    ada.page.evaluate(LEAVES, [3, ""])
    asked: list[Route] = []
    begun: list[Route] = []

    def hold(route: Route) -> None:
        (begun if route.request.url.endswith(PATH) else asked).append(route)

    ada.page.route(UPLOADS, hold)
    ada.page.reload()
    waits(ada, lambda: bool(asked))
    ada.button("Record").click()
    waits(ada, lambda: bool(begun))
    assert len(ada.page.evaluate(KEPT)) == 2
    takes_back(ada)
    waits(ada, lambda: ada.page.evaluate(KEPT) == [])
    for route, told in ((asked[0], answer), (begun[0], {"status": 201, "json": {"id": "begun"}})):
        with ada.page.expect_response(UPLOADS):
            route.fulfill(**told)
        assert ada.page.evaluate(KEPT) == []
    expect(ada.page.locator(".toast[data-kind=recording]")).to_have_count(0)
