"""Sound, cameras and screens through a real Janus: who hears and sees whom, in packets."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from environment_reset import PATIENCE
from harness import Daemon, awaited, run
from media_harness import Attendee, Come, Endpoints, Janus, arriving, missing, pair, silent, state, together

WHY = missing()
pytestmark = pytest.mark.skipif(bool(WHY), reason=WHY or "there is all it needs")


@awaited
async def test_two_people_hear_and_see_each_other_and_are_counted(media_daemon: Daemon, come: Come) -> None:
    ada, bob = await pair(media_daemon, come)
    bob.watch({ada.user: 180})
    for one in (ada, bob):
        assert one.send("microphone", "camera")["t"] == "media.up"
    arriving(ada, [bob], bob.user, "microphone")
    arriving(ada, [bob], bob.user, "camera")
    arriving(bob, [ada], ada.user, "camera")

    async def counts() -> list[str | None]:
        info = await media_daemon.info("demo")
        return [info.text(name) for name in ("listenerCount", "voiceParticipantCount", "videoCount")]

    assert await counts() == ["0", "2", "2"]
    bob.send("camera")
    together([ada, bob], lambda: state(ada, bob.user) == ("listen", 1, False))
    assert await counts() == ["1", "1", "2"]
    bob.send()
    together([ada, bob], lambda: state(ada, bob.user) == ("listen", 0, False))
    bob.watch(sound=False)
    together([ada, bob], lambda: state(ada, bob.user)[0] == "none")
    assert await counts() == ["0", "1", "1"]


@awaited
async def test_a_camera_goes_on_and_off_and_others_negotiate_nothing(media_daemon: Daemon, come: Come) -> None:
    ada, bob = await pair(media_daemon, come, "microphone", "camera")
    cleo = await come("Cleo")
    cleo.watch()
    arriving(cleo, [ada, bob], bob.user, "microphone")
    offers = cleo.offers
    for _time in range(10):
        bob.send("microphone")
        together([ada, bob], lambda: state(ada, bob.user)[1] == 0)
        bob.send("microphone", "camera")
        together([ada, bob], lambda: state(ada, bob.user)[1] == 1)
    arriving(ada, [bob, cleo], bob.user, "camera")
    arriving(cleo, [ada, bob], bob.user, "microphone")
    assert cleo.offers == offers


@awaited
async def test_a_moderator_mutes_whatever_the_page_does(media_daemon: Daemon, come: Come) -> None:
    ada, bob = await pair(media_daemon, come, "microphone", "camera")
    together([ada, bob], lambda: any(one["users"] == [bob.user] for one in ada.all("now") if one["k"] == "talking"))
    ada.request("mute", on=True, who=bob.user)
    together([ada, bob], lambda: state(bob, bob.user)[0] == "muted")
    assert bob.events("MediaChanged")[-1]["by"] == ada.user
    silent(ada, [bob], bob.user, "microphone")
    # Who is muted does not speak.
    assert [one["users"] for one in ada.all("now") if one["k"] == "talking"][-1] == []
    # A moderator can only ask; Bob himself may speak again.
    assert ada.request("mute", on=False, who=bob.user)["t"] == "ok"
    together([ada, bob], lambda: bool(bob.all("media.ask")))
    assert bob.all("media.ask")[-1]["by"] == ada.user
    bob.request("mute", on=False)
    arriving(ada, [bob], bob.user, "microphone")


@awaited
async def test_everybody_but_the_presenter_is_muted(media_daemon: Daemon, come: Come) -> None:
    ada, bob = await pair(media_daemon, come, "microphone", "camera", allowModsToUnmuteUsers="true")
    cleo = await come("Cleo")
    cleo.watch()
    cleo.send("microphone")
    arriving(ada, [bob, cleo], cleo.user, "microphone")
    ada.request("presenter", who=bob.user)
    ada.request("mute", on=True, who="*presenter")
    together([ada, bob, cleo], lambda: state(ada, cleo.user)[0] == "muted")
    arriving(ada, [bob, cleo], bob.user, "microphone")
    assert ada.request("mute", on=True, who="*")["t"] == "ok"
    together([ada, bob, cleo], lambda: state(ada, bob.user)[0] == "muted")
    # Here moderators may switch microphones on.
    ada.request("mute", on=False, who=bob.user)
    arriving(ada, [bob, cleo], bob.user, "microphone")


@awaited
async def test_who_comes_in_a_meeting_that_begins_muted_is_not_heard(media_daemon: Daemon, come: Come) -> None:
    ada, bob = await pair(media_daemon, come, "camera", muteOnStart="true")
    bob.send("camera", "microphone")
    together([ada, bob], lambda: state(ada, bob.user)[0] == "muted")
    silent(ada, [bob], bob.user, "microphone")
    bob.request("mute", on=False)
    arriving(ada, [bob], bob.user, "microphone")


@awaited
async def test_a_lock_cuts_what_is_sent_and_is_said(media_daemon: Daemon, come: Come) -> None:
    ada, bob = await pair(media_daemon, come, "microphone", "camera")
    ada.request("locks", locks={"cam": True})
    together([ada, bob], lambda: state(bob, bob.user)[1] == 0)
    silent(ada, [bob], bob.user, "camera")
    answer = bob.send("microphone", "camera")
    assert (answer["t"], answer["key"]) == ("no", "locked")
    ada.request("locks", locks={"cam": False})
    # A track that was cut stays so until an offer is without it.
    bob.send("microphone")
    bob.send("microphone", "camera", fresh=True)
    arriving(ada, [bob], bob.user, "camera")
    ada.request("locks", locks={"mic": True})
    together([ada, bob], lambda: state(bob, bob.user)[0] == "listen")
    silent(ada, [bob], bob.user, "microphone")


@awaited
async def test_a_moderator_who_becomes_a_viewer_is_bound_by_the_locks(media_daemon: Daemon, come: Come) -> None:
    ada, bob = await pair(media_daemon, come, lockSettingsDisableCam="true")
    assert bob.send("camera")["key"] == "locked"
    ada.request("role", who=bob.user, role="MODERATOR")
    assert bob.send("camera", "microphone", fresh=True)["t"] == "media.up"
    arriving(ada, [bob], bob.user, "camera")
    arriving(ada, [bob], bob.user, "microphone")
    ada.request("role", who=bob.user, role="VIEWER")
    together([ada, bob], lambda: state(ada, bob.user)[1] == 0)
    silent(ada, [bob], bob.user, "camera")


@awaited
async def test_the_presenter_shares_a_screen_until_another_presents(media_daemon: Daemon, come: Come) -> None:
    ada, bob = await pair(media_daemon, come)
    assert bob.send("microphone", "screen")["key"] == "notAllowed"
    ada.request("presenter", who=bob.user)
    assert bob.send("microphone", "screen", "screenSound", fresh=True)["t"] == "media.up"
    for kind in ("microphone", "screen", "screenSound"):
        arriving(ada, [bob], bob.user, kind)
    assert state(ada, bob.user) == ("on", 0, True)
    ada.request("presenter", who=ada.user)
    together([ada, bob], lambda: state(ada, bob.user) == ("on", 0, False))
    silent(ada, [bob], bob.user, "screen")
    silent(ada, [bob], bob.user, "screenSound")


@awaited
async def test_a_moderator_stops_a_camera_or_a_screen(media_daemon: Daemon, come: Come) -> None:
    ada, bob = await pair(media_daemon, come, "microphone", "camera", allowModsToEjectCameras="true")
    ada.request("presenter", who=bob.user)
    bob.send("microphone", "camera", "screen", "screenSound")
    arriving(ada, [bob], bob.user, "screenSound")
    assert ada.request("media.stop", who=bob.user, kind="screen")["t"] == "ok"
    together([ada, bob], lambda: state(ada, bob.user) == ("on", 1, False))
    silent(ada, [bob], bob.user, "screenSound")
    assert ada.request("media.stop", who=bob.user, kind="camera")["t"] == "ok"
    together([ada, bob], lambda: state(ada, bob.user) == ("on", 0, False))
    silent(ada, [bob], bob.user, "camera")
    assert bob.events("MediaChanged")[-1]["by"] == ada.user


@awaited
async def test_viewers_do_not_see_one_another_where_only_moderators_do(media_daemon: Daemon, come: Come) -> None:
    ada, bob = await pair(media_daemon, come, "microphone", "camera", webcamsOnlyForModerator="true")
    cleo = await come("Cleo")
    ada.send("camera")
    cleo.watch({bob.user: 180, ada.user: 180})
    arriving(cleo, [ada, bob], ada.user, "camera")
    arriving(cleo, [ada, bob], bob.user, "microphone")
    assert (bob.user, "camera") not in cleo.packets()
    # Moderators know whose connection is weak, and the person themselves.
    assert bob.request("media.health", level="bad")["t"] == "ok"
    weak = {"t": "now", "k": "health", "user": bob.user, "level": "bad"}
    together([ada, bob, cleo], lambda: weak in ada.all("now") and weak in bob.all("now"))
    assert weak not in cleo.all("now")
    ada.request("locks", locks={"webcamsOnlyForModerator": False})
    arriving(cleo, [ada, bob], bob.user, "camera")


@awaited
async def test_a_camera_too_many_is_refused_with_its_reason(media_daemon: Daemon, come: Come) -> None:
    ada, bob = await pair(media_daemon, come, "camera", meetingCameraCap="2", userCameraCap="1")
    assert bob.send("camera", "camera2")["key"] == "full"
    assert ada.send("camera")["t"] == "media.up"
    cleo = await come("Cleo")
    # Ada's counts before her first packet.
    refused = cleo.send("camera")
    assert refused["key"] == "full"
    assert "meetingCameraCap" in refused["why"]
    assert cleo.send("microphone", fresh=True)["t"] == "media.up"


@awaited
async def test_the_last_who_spoke_are_heard_and_pages_of_cameras_are_turned(
    janus: Janus, start_daemon: Callable[..., Daemon], endpoints: Endpoints
) -> None:
    media_daemon = start_daemon(settings=janus.settings | {"bbbd.talkersHeard": "2", "bbbd.camerasSeen": "1"})
    await media_daemon.call("create", meetingID="demo")
    names = ("Listener", "A", "B", "C")
    tokens = [await media_daemon.token("demo", name, role="VIEWER") for name in names]
    everybody = [Attendee(media_daemon, token, name, endpoints) for token, name in zip(tokens, names, strict=True)]
    listener, *speakers = everybody
    listener.watch({one.user: 90 for one in speakers})
    for one in speakers:
        one.watch()
        one.send("microphone", "camera")
        endpoints.ask(one.name, "speak", on=False)

    def heard() -> set[str]:
        return {feed["user"] for feed in listener.feeds.values() if feed["kind"] == "microphone"}

    for first, second in ((speakers[0], speakers[2]), (speakers[2], speakers[1])):
        both = {first.user, second.user}
        for one in (first, second):
            endpoints.ask(one.name, "speak", on=True)
        together(everybody, functools.partial(lambda both: heard() == both, both))
        for one in (first, second):
            endpoints.ask(one.name, "speak", on=False)
    # One camera of those that are wanted, the first; the next page has another.
    arriving(listener, speakers, speakers[0].user, "camera")
    assert [one["user"] for one in listener.feeds.values() if one["kind"] == "camera"] == [speakers[0].user]
    listener.watch({speakers[1].user: 90})
    arriving(listener, speakers, speakers[1].user, "camera")
    assert [one["user"] for one in listener.feeds.values() if one["kind"] == "camera"] == [speakers[1].user]
    for one in everybody:
        one.socket.close()
        endpoints.ask(one.name, "close")


@awaited
async def test_a_reload_begins_anew_and_an_old_page_has_no_say(
    media_daemon: Daemon, janus: Janus, come: Come, endpoints: Endpoints
) -> None:
    ada, bob = await pair(media_daemon, come, "microphone", "camera")
    handles = janus.handles(media_daemon)
    old = endpoints.ask("Bob", "offer", kinds=["microphone", "camera"])
    endpoints.ask("Bob", "close")
    again = Attendee(media_daemon, bob.token, "Bob", endpoints, page="reloaded")
    # In either order: what it sends, then what it wants.
    assert again.send("microphone", "camera")["t"] == "media.up"
    again.watch()
    arriving(ada, [again], bob.user, "camera")
    assert again.request("media.up", page="Bob", **old)["t"] in ("media.up", "no")
    # Janus may still be busy with the old page's: then the server says when to ask again, as pages do.
    end = time.monotonic() + PATIENCE
    while (answer := again.send("microphone", "camera", fresh=True))["t"] != "media.up":
        assert (answer["key"], time.monotonic() < end) == ("unavailable", True), answer
    arriving(ada, [again], bob.user, "camera")
    assert janus.handles(media_daemon) <= handles
    again.socket.close()


@pytest.mark.faults
@awaited
async def test_a_restart_of_bbbd_is_not_heard(media_daemon: Daemon, janus: Janus, come: Come) -> None:
    ada, bob = await pair(media_daemon, come, "microphone", "camera")
    handles = janus.handles(media_daemon)
    media_daemon.process.kill()
    media_daemon.wait()
    before = ada.packets()[bob.user, "microphone"]
    while ada.packets()[bob.user, "microphone"] < before + 50:
        pass
    media_daemon.start()
    assert (await media_daemon.info("demo")).text("voiceParticipantCount") == "1"
    again = [Attendee(media_daemon, one.token, one.name, one.endpoints) for one in (ada, bob)]
    for one, old in zip(again, (ada, bob), strict=True):
        one.feeds = old.feeds
        one.watch({bob.user: 180})
    arriving(again[0], [again[1]], bob.user, "camera")
    assert again[0].offers == 0
    assert janus.handles(media_daemon) == handles
    again[0].request("mute", on=True, who=bob.user)
    silent(again[0], [again[1]], bob.user, "microphone")
    for one in again:
        one.socket.close()


@pytest.mark.faults
@awaited
async def test_janus_gone_is_told_and_its_return_too(
    media_daemon: Daemon, janus: Janus, come: Come, asked_for: set[str]
) -> None:
    asked_for |= {"janus_lost", "janus_unreachable"}
    ada, bob = await pair(media_daemon, come, "microphone", "camera")
    janus.end()
    together([ada, bob], lambda: any(not one["up"] for one in ada.all("media")))
    together([ada, bob], lambda: state(bob, bob.user)[0] == "none")
    assert (await media_daemon.info("demo")).text("videoCount") == "0"
    assert bob.send("microphone", fresh=True)["key"] == "unavailable"
    janus.start()
    together([ada, bob], lambda: ada.all("media")[-1]["up"])
    # Nobody has to say again what they want.
    bob.send("microphone", "camera", fresh=True)
    arriving(ada, [bob], bob.user, "camera")
    arriving(ada, [bob], bob.user, "microphone")


@awaited
async def test_the_check_asks_janus_and_names_the_remedy(janus: Janus, tmp_path: Path) -> None:
    settings = tmp_path / "bbbd.properties"

    def said(**changes: str) -> str:
        lines = {"bbbd.dataDir": str(tmp_path / "data"), **janus.settings, **changes}
        settings.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        return next(line for line in run("check", "--settings", str(settings)).stdout.splitlines() if "camera" in line)

    assert said().startswith("ok    sound and cameras by Janus WebRTC Server")
    wrong = tmp_path / "wrong"
    wrong.write_text("one\ntwo\n")
    assert "secrets of bbbd.janusSecretFile must be those" in said(**{"bbbd.janusSecretFile": str(wrong)})
    secret = f"{janus.directory}/secret"
    nowhere = said(**{"bbbd.janus": f"unix:{tmp_path}/none.sock", "bbbd.janusSecretFile": secret})
    assert "start Janus with the configuration of" in nowhere
