"""What strangers send to the media plane, and what is left of those who are gone: nothing."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from harness import Daemon, awaited
from media_harness import Attendee, Come, Endpoints, Janus, arriving, missing, pair, silent, together

WHY = missing()
pytestmark = pytest.mark.skipif(bool(WHY), reason=WHY or "there is all it needs")


BAD: dict[str, dict[str, Any]] = {
    "none": {"sdp": "hello", "tracks": {}},
    "empty": {"sdp": "v=0\r\n", "tracks": {}},
    "a megabyte": {"sdp": "v=0\r\n" + "a" * (1 << 20), "tracks": {}},
    "candidates without end": {"sdp": "v=0\r\n" + "a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n" * 800, "tracks": {}},
    "tracks of another": {"tracks": {"17": "microphone"}},
    "a camera called a microphone": {"tracks": {"0": "camera"}},
    "a viewer's screen": {"tracks": {"0": "screenSound"}},
}


@awaited
async def test_bad_offers_are_refused_by_name_and_disturb_nobody(
    media_daemon: Daemon, janus: Janus, come: Come, endpoints: Endpoints
) -> None:
    ada, bob = await pair(media_daemon, come, "microphone", "camera")
    handles, offers = janus.handles(media_daemon), ada.offers
    cleo = await come("Cleo")
    good = endpoints.ask("Cleo", "offer", kinds=["microphone"])
    for name, bad in BAD.items():
        if len(str(bad)) > 65_536:
            continue
        answer = cleo.request("media.up", **{"page": "Cleo", **good, **bad})
        assert (answer["t"], answer["key"]) == ("no", "notAllowed" if "screen" in name else "malformed"), name
    assert cleo.request("media.down", offer=1, sdp=good["sdp"])["key"] == "gone"
    assert cleo.request("media.down", offer=1, sdp="v=1")["key"] == "malformed"
    assert janus.handles(media_daemon) == handles
    # Candidates are not kept, however many; a page that offers without end has to wait.
    many = good["sdp"] + "a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n" * 800
    assert cleo.request("media.up", page="Cleo", **{**good, "sdp": many})["t"] == "media.up"
    answers = [cleo.request("media.up", page="Cleo", fresh=True, **good) for _one in range(40)]
    assert answers[-1]["key"] == "tooMany"
    # Nobody answers for another: each person's offers have their own numbers.
    assert cleo.request("media.down", offer=ada.offers, sdp=good["sdp"])["key"] == "gone"
    # What is longer than any message ends the connection that sent it, and no other.
    cleo.say("media.up", **{"page": "Cleo", **BAD["a megabyte"]})
    cleo.until(lambda: cleo.closed is not None)
    arriving(ada, [bob], bob.user, "microphone")
    assert ada.offers == offers


@pytest.mark.parametrize(
    "times", [pytest.param(30, marks=pytest.mark.faults), pytest.param(1000, marks=pytest.mark.soak)]
)
@awaited
async def test_no_handle_is_left_of_those_who_came_and_went(
    media_daemon: Daemon, janus: Janus, come: Come, endpoints: Endpoints, times: int
) -> None:
    ada, bob = await pair(media_daemon, come, "microphone")
    handles = janus.handles(media_daemon)

    def left(user: str) -> bool:
        return any(one["user"] == user for one in ada.events("Left"))

    for number in range(times):
        token = await media_daemon.token("demo", f"P{number}", role="VIEWER")
        guest = Attendee(media_daemon, token, "P", endpoints)
        guest.watch()
        guest.say("media.up", page="P", **endpoints.ask("P", "offer", kinds=["microphone"], fresh=True))
        if number % 3 == 0:
            guest.until(functools.partial(lambda guest: bool(guest.all("media.up")), guest))
        if number % 3 == 1:
            together([ada, bob, guest], functools.partial(lambda guest: guest.offers > 0, guest))
        if number % 2:
            ada.request("remove", who=guest.user)
        else:
            guest.say("leave")
            together([ada, bob, guest], functools.partial(left, guest.user))
        guest.socket.close()
    endpoints.ask("P", "close")
    together([ada, bob], lambda: janus.handles(media_daemon) == handles)
    arriving(ada, [bob], bob.user, "microphone")
    await media_daemon.call("end", meetingID="demo")
    together([ada, bob], lambda: janus.handles(media_daemon) == 1)


@awaited
async def test_who_is_removed_is_not_heard_any_longer(
    media_daemon: Daemon, janus: Janus, come: Come, endpoints: Endpoints
) -> None:
    ada, bob = await pair(media_daemon, come, "microphone")
    cleo = await come("Cleo")
    cleo.watch()
    cleo.send("microphone")
    arriving(ada, [bob, cleo], cleo.user, "microphone")
    handles = janus.handles(media_daemon)
    offer = endpoints.ask("Cleo", "offer", kinds=["microphone", "camera"])
    # What was on its way when it happened changes nothing.
    ada.say("remove", who=cleo.user)
    cleo.say("media.up", page="Cleo", **offer)
    together([ada, bob], lambda: bool(ada.events("Left")))
    silent(ada, [bob], cleo.user, "microphone")
    together([ada, bob], lambda: janus.handles(media_daemon) == handles - 2)
