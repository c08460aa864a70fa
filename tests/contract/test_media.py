"""Sound, cameras and screens through a real Janus: who hears and sees whom, in packets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import pytest
from harness import Daemon, awaited
from media_harness import Attendee, Endpoints, Janus, Network, arriving, missing, together

WHY = missing()
pytestmark = pytest.mark.skipif(bool(WHY), reason=WHY or "there is all it needs")


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.end()


@pytest.fixture(scope="module")
def janus(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Janus]:
    janus = Janus(network, tmp_path_factory.mktemp("janus"))
    yield janus
    janus.end()


@pytest.fixture(scope="module")
def endpoints() -> Iterator[Endpoints]:
    endpoints = Endpoints()
    yield endpoints
    endpoints.end()


@pytest.fixture
def daemon(janus: Janus, start_daemon: Callable[..., Daemon]) -> Daemon:
    return start_daemon(settings=janus.settings)


Come = Callable[..., Awaitable[Attendee]]


@pytest.fixture
def come(daemon: Daemon, endpoints: Endpoints) -> Iterator[Come]:
    """Let somebody come in."""
    everybody: list[Attendee] = []

    async def enter(name: str, role: str = "VIEWER", **pairs: str) -> Attendee:
        everybody.append(Attendee(daemon, await daemon.token("demo", name, role=role, **pairs), name, endpoints))
        return everybody[-1]

    yield enter
    for one in everybody:
        one.socket.close()
        endpoints.ask(one.name, "close")


@awaited
async def test_two_people_hear_and_see_each_other(daemon: Daemon, come: Come) -> None:
    await daemon.call("create", meetingID="demo")
    ada, bob = await come("Ada", "MODERATOR"), await come("Bob")
    for one, other in ((ada, bob), (bob, ada)):
        assert one.watch({other.user: 180})["t"] == "ok"
        assert one.send("microphone", "camera")["t"] == "media.up"
    arriving(ada, [bob], bob.user, "microphone")
    arriving(ada, [bob], bob.user, "camera")
    arriving(bob, [ada], ada.user, "camera")
    info = await daemon.info("demo")
    assert (info.text("voiceParticipantCount"), info.text("videoCount")) == ("2", "2")


def silent(attendee: Attendee, others: list[Attendee], sender: str, kind: str) -> None:
    """Check that no packet of somebody's track arrives any longer, while another's still do."""
    attendee.packets()
    before = attendee.packets().get((sender, kind), 0)
    clock = {key: number for key, number in attendee.packets().items() if key != (sender, kind)}
    assert clock, "something else must arrive, to tell the time by"
    together(
        [attendee, *others],
        lambda: any(attendee.packets().get(key, 0) >= number + 20 for key, number in clock.items()),
    )
    assert attendee.packets().get((sender, kind), 0) - before <= 1


@awaited
async def test_a_moderator_mutes_whatever_the_page_does(daemon: Daemon, come: Come) -> None:
    await daemon.call("create", meetingID="demo")
    ada, bob = await come("Ada", "MODERATOR"), await come("Bob")
    bob.watch()
    ada.watch({bob.user: 180})
    bob.send("microphone", "camera")
    arriving(ada, [bob], bob.user, "microphone")
    ada.request("mute", on=True, who=bob.user)
    together([ada, bob], lambda: any(one["microphone"] == "muted" for one in bob.events("MediaChanged")))
    assert bob.events("MediaChanged")[-1]["by"] == ada.user
    silent(ada, [bob], bob.user, "microphone")
    # Bob himself may speak again.
    bob.request("mute", on=False)
    arriving(ada, [bob], bob.user, "microphone")


@awaited
async def test_a_lock_cuts_what_is_sent_and_is_said(daemon: Daemon, come: Come) -> None:
    await daemon.call("create", meetingID="demo")
    ada, bob = await come("Ada", "MODERATOR"), await come("Bob")
    bob.watch()
    ada.watch({bob.user: 180})
    bob.send("microphone", "camera")
    arriving(ada, [bob], bob.user, "camera")
    ada.request("locks", locks={"cam": True})
    together([ada, bob], lambda: bool(bob.events("MediaChanged")) and bob.events("MediaChanged")[-1]["cameras"] == 0)
    silent(ada, [bob], bob.user, "camera")
    answer = bob.send("microphone", "camera")
    assert (answer["t"], answer["key"]) == ("no", "locked")


@awaited
async def test_a_restart_of_bbbd_is_not_heard(daemon: Daemon, come: Come) -> None:
    await daemon.call("create", meetingID="demo")
    ada, bob = await come("Ada", "MODERATOR"), await come("Bob")
    bob.watch()
    ada.watch({bob.user: 180})
    bob.send("microphone", "camera")
    arriving(ada, [bob], bob.user, "microphone")
    daemon.process.kill()
    daemon.wait()
    before = ada.packets()[bob.user, "microphone"]
    while ada.packets()[bob.user, "microphone"] < before + 50:
        pass
    daemon.start()
    assert (await daemon.info("demo")).text("voiceParticipantCount") == "1"
    offers = ada.offers
    again = [Attendee(daemon, one.token, one.name, one.endpoints) for one in (ada, bob)]
    for one, old in zip(again, (ada, bob), strict=True):
        one.feeds = old.feeds
        one.watch({bob.user: 180})
    arriving(again[0], [again[1]], bob.user, "camera")
    assert again[0].offers == 0, offers
    again[0].request("mute", on=True, who=bob.user)
    silent(again[0], [again[1]], bob.user, "microphone")
    for one in again:
        one.socket.close()


@awaited
async def test_janus_gone_is_told_and_its_return_too(
    daemon: Daemon, janus: Janus, come: Come, asked_for: set[str]
) -> None:
    asked_for |= {"janus_lost", "janus_unreachable"}
    await daemon.call("create", meetingID="demo")
    ada, bob = await come("Ada", "MODERATOR"), await come("Bob")
    bob.watch()
    ada.watch({bob.user: 180})
    bob.send("microphone", "camera")
    arriving(ada, [bob], bob.user, "camera")
    janus.end()
    together([ada, bob], lambda: any(not one["up"] for one in ada.all("media")))
    together([ada, bob], lambda: bob.events("MediaChanged")[-1]["microphone"] == "none")
    assert (await daemon.info("demo")).text("videoCount") == "0"
    janus.start()
    together([ada, bob], lambda: ada.all("media")[-1]["up"])
    bob.send("microphone", "camera", fresh=True)
    arriving(ada, [bob], bob.user, "camera")
