"""The mesh with real links: who hears and sees whom without a media server, and when Janus comes and goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import pytest
import turn_server
from harness import Daemon, awaited
from media_harness import Endpoints, Janus, MeshAttendee, Network, arriving, missing, state, together
from turn_server import TurnServer

Enter = Callable[..., Awaitable[MeshAttendee]]
#: Addresses of a machine's own that no relay has.
HOST = " typ host"


@pytest.fixture
def enter(endpoints: Endpoints) -> Iterator[Enter]:
    """Let somebody come in."""
    everybody: list[MeshAttendee] = []

    async def come(daemon: Daemon, name: str, role: str = "VIEWER") -> MeshAttendee:
        token = await daemon.token("demo", name, role=role)
        everybody.append(MeshAttendee(daemon, token, name, endpoints))
        return everybody[-1]

    yield come
    for one in everybody:
        one.socket.close()
        endpoints.ask(one.name, "close")


@pytest.fixture
def relay(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TurnServer]:
    relay = TurnServer(tmp_path_factory.mktemp("turn"), network.here)
    yield relay
    relay.end()


async def pair(daemon: Daemon, enter: Enter, **pairs: str) -> tuple[MeshAttendee, MeshAttendee]:
    """Have a moderator and a viewer who hear each other, and the moderator see the viewer."""
    assert (await daemon.call("create", meetingID="demo", **pairs)).code == "SUCCESS"
    ada, bob = await enter(daemon, "Ada", "MODERATOR"), await enter(daemon, "Bob")
    ada.watch({bob.user: 180})
    bob.watch()
    assert ada.share("microphone")["t"] == bob.share("microphone", "camera")["t"] == "ok"
    hears(ada, bob, "microphone")
    hears(ada, bob, "camera")
    hears(bob, ada, "microphone")
    return ada, bob


def hears(receiver: MeshAttendee, sender: MeshAttendee, kind: str, *others: MeshAttendee) -> None:
    """Wait until more packets of a kind arrive, and they may be played."""
    before = receiver.arrived(sender.user, kind)
    together(
        [receiver, sender, *others],
        lambda: receiver.arrived(sender.user, kind) >= before + 5 and kind in receiver.plays(sender.user),
    )


def silent(receiver: MeshAttendee, sender: MeshAttendee, kind: str, other: str) -> None:
    """Wait until twenty packets of another kind arrive with none of this kind between: some were on their way."""
    since = [receiver.arrived(sender.user, kind), receiver.arrived(sender.user, other)]

    def is_silent() -> bool:
        if (arrived := receiver.arrived(sender.user, kind)) != since[0]:
            since[:] = [arrived, receiver.arrived(sender.user, other)]
        return receiver.arrived(sender.user, other) >= since[1] + 20

    together([receiver, sender], is_silent)


@awaited
async def test_two_and_three_people_hear_and_see_each_other(start_daemon: Callable[..., Daemon], enter: Enter) -> None:
    daemon = start_daemon(settings={"bbbd.media": "mesh"})
    ada, bob = await pair(daemon, enter, allowModsToEjectCameras="true")
    cleo = await enter(daemon, "Cleo")
    cleo.watch({bob.user: 180})
    assert cleo.share("microphone")["t"] == "ok"
    everybody = (ada, bob, cleo)
    hears(cleo, bob, "camera", ada)
    hears(cleo, ada, "microphone", bob)
    hears(bob, cleo, "microphone", ada)
    assert [len(one.links) for one in everybody] == [2, 2, 2]
    # Nobody asked for Ada's camera, which is off, nor Bob for Cleo's.
    assert (cleo.arrived(ada.user, "camera"), bob.arrived(cleo.user, "camera")) == (0, 0)
    # A camera goes and comes without a word between the two ends.
    signals = [one.signals for one in everybody]
    for _time in range(3):
        assert bob.share("microphone")["t"] == "ok"
        together([*everybody], lambda: "camera" not in ada.plays(bob.user) + cleo.plays(bob.user))
        silent(ada, bob, "camera", "microphone")
        assert bob.share("microphone", "camera")["t"] == "ok"
        hears(ada, bob, "camera", cleo)
    assert [one.signals for one in everybody] == signals
    # A mute is kept by those who would hear it, a stop by the sender.
    assert ada.request("mute", on=True, who=bob.user)["t"] == "ok"
    together([*everybody], lambda: "microphone" not in ada.plays(bob.user) + cleo.plays(bob.user))
    assert ada.request("media.stop", who=bob.user, kind="camera")["t"] == "ok"
    together([*everybody], lambda: state(ada, bob.user) == ("muted", 0, False))
    silent(ada, bob, "camera", "microphone")


@pytest.mark.skipif(
    bool(missing() or turn_server.missing()), reason=missing() or turn_server.missing() or "all is here"
)
@awaited
async def test_where_only_relays_may_be_used_all_goes_through_coturn(
    start_daemon: Callable[..., Daemon], relay: TurnServer, enter: Enter
) -> None:
    daemon = start_daemon(settings={"bbbd.media": "mesh", "bbbd.mediaThroughRelayOnly": "true", **relay.settings})
    ada, bob = await pair(daemon, enter)
    cleo = await enter(daemon, "Cleo")
    cleo.watch({bob.user: 180})
    hears(cleo, bob, "camera", ada)
    hears(cleo, ada, "microphone", bob)
    for one in (ada, bob, cleo):
        ways = one.endpoints.ask(one.name, "mesh.ways")["ways"]
        assert list(ways.values()) == [["relay", "relay"]] * 2
        assert HOST not in str(one.all("media.signal"))


@pytest.mark.faults
@pytest.mark.skipif(bool(missing()), reason=missing() or "there is all it needs")
@awaited
async def test_a_meeting_goes_over_to_janus_when_it_is_there_and_to_the_mesh_when_it_is_not(
    start_daemon: Callable[..., Daemon], enter: Enter, janus: Janus, asked_for: set[str]
) -> None:
    asked_for |= {"janus_lost", "janus_unreachable"}
    janus.end()
    daemon = start_daemon(settings=janus.settings | {"bbbd.media": "auto"})
    assert (await daemon.call("create", meetingID="demo")).code == "SUCCESS"
    ada, bob = await enter(daemon, "Ada", "MODERATOR"), await enter(daemon, "Bob")
    both = [ada, bob]

    def engine(name: str) -> bool:
        return all(one.all("media") and one.all("media")[-1]["engine"] == name for one in both)

    for _time in range(2):
        # Janus is not there: after a while browsers have links.
        together(both, lambda: engine("mesh"))
        ada.watch({bob.user: 180})
        bob.watch()
        assert bob.share("microphone", "camera")["t"] == "ok"
        hears(ada, bob, "microphone")
        assert ada.request("mute", on=True, who=bob.user)["t"] == "ok"
        # It is there: nobody is counted twice, and nothing of the mesh is left.
        janus.start()
        together(both, lambda: engine("janus"))
        together(both, lambda: state(ada, bob.user)[0] != "muted")
        assert bob.share("microphone")["key"] == "unsupported"
        ada.watch({bob.user: 180})
        bob.watch()
        assert bob.send("microphone", "camera", muted=True, fresh=True)["t"] == "media.up"
        arriving(ada, [bob], bob.user, "camera")
        together(both, lambda: state(ada, bob.user) == ("muted", 1, False))
        assert (await daemon.info("demo")).text("voiceParticipantCount") == "1"
        janus.end()
        together(both, lambda: state(ada, bob.user)[0] == "none")
        for one in both:
            one.links.clear()
            one.endpoints.ask(one.name, "mesh.close", links=[])
    janus.start()
