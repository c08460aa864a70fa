"""Several Janus: where meetings live, and what happens when one of them dies."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from harness import Daemon, awaited, run
from media_harness import Attendee, Endpoints, Janus, Network, arriving, missing, state, together
from metrics_reader import scrape, value

WHY = missing()
pytestmark = pytest.mark.skipif(bool(WHY), reason=WHY or "there is all it needs")


class Meeting:
    """A moderator who hears and sees a viewer."""

    def __init__(self, ada: Attendee, bob: Attendee) -> None:
        self.ada, self.bob = ada, bob
        self.both = [ada, bob]

    def begins(self) -> None:
        self.bob.watch()
        self.ada.watch({self.bob.user: 180})
        self.sends()

    def sends(self) -> None:
        """Have the viewer send, on a new link."""
        assert self.bob.send("microphone", "camera", fresh=True)["t"] == "media.up"
        for kind in ("microphone", "camera"):
            arriving(self.ada, [self.bob], self.bob.user, kind)

    def comes_again(self, daemon: Daemon) -> list[Attendee]:
        """Have both connect to another process, over the links that go on."""
        again = [Attendee(daemon, one.token, one.name, one.endpoints) for one in self.both]
        for one, before in zip(again, self.both, strict=True):
            one.feeds = before.feeds
        self.ada, self.bob = self.both = again
        return again

    def hears_more(self, than: int) -> bool:
        return self.packets > than

    @property
    def packets(self) -> int:
        return self.ada.packets()[self.bob.user, "microphone"]


@pytest.fixture
def two(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Janus]]:
    directory = tmp_path_factory.mktemp("two")
    both = [Janus(network, directory / name, ports) for name, ports in (("1", "20000-21999"), ("2", "22000-23999"))]
    yield both
    for one in both:
        if one.process.poll() is None:
            one.end()


@pytest.fixture
def settings(two: list[Janus]) -> dict[str, str]:
    return {"bbbd.janus": " ".join(one.settings["bbbd.janus"] for one in two), "bbbd.media": "janus"}


@pytest.fixture
def everybody(endpoints: Endpoints) -> Iterator[list[Attendee]]:
    there: list[Attendee] = []
    yield there
    for one in there:
        one.socket.close()
        endpoints.ask(one.name, "close")


async def meets(daemon: Daemon, name: str, everybody: list[Attendee], endpoints: Endpoints) -> Meeting:
    assert (await daemon.call("create", meetingID=name)).code == "SUCCESS"
    tokens = [await daemon.token(name, who, role=role) for who, role in (("Ada", "MODERATOR"), ("Bob", "VIEWER"))]
    found = [Attendee(daemon, token, f"{name} {number}", endpoints) for number, token in enumerate(tokens)]
    everybody += found
    return Meeting(*found)


async def counts(daemon: Daemon) -> list[tuple[float, float, float]]:
    """Return of each Janus whether it is up, its meetings and its people."""
    series = await scrape(daemon)
    names = ("bbbd_janus_up", "bbbd_janus_meetings", "bbbd_janus_participants")
    up, meetings, people = ([value(series, name, janus=place) for place in ("1", "2")] for name in names)
    return list(zip(up, meetings, people, strict=True))


@awaited
async def test_one_that_dies_loses_its_meetings_to_the_other_and_nobody_else_hears_it(
    two: list[Janus],
    settings: dict[str, str],
    start_daemon: Callable[..., Daemon],
    endpoints: Endpoints,
    everybody: list[Attendee],
    asked_for: set[str],
) -> None:
    asked_for |= {"janus_lost", "janus_unreachable"}
    daemon = start_daemon(settings=settings)
    first, second = [await meets(daemon, name, everybody, endpoints) for name in ("first", "second")]
    for one in (first, second):
        one.begins()
    # Each has the fewest people when its meeting begins.
    assert await counts(daemon) == [(1, 1, 2), (1, 1, 2)]
    offers, heard = second.ada.offers, second.packets
    two[0].end(signal.SIGKILL)
    together(first.both, lambda: all(one.all("media.gone") for one in first.both))
    assert [one["link"] for one in first.bob.all("media.gone")] == ["up", "down"]
    together(first.both, lambda: state(first.ada, first.bob.user) == ("listen", 0, False))
    first.sends()
    assert await counts(daemon) == [(0, 0, 0), (1, 2, 4)]
    together([second.ada], partial(second.hears_more, heard))
    assert second.ada.offers == offers
    assert all(one["up"] for one in second.ada.all("media"))
    # One that comes back has the fewest people again.
    two[0].start()
    while (await counts(daemon))[0][0] != 1:
        second.ada.read()
    third = await meets(daemon, "third", everybody, endpoints)
    third.begins()
    assert await counts(daemon) == [(1, 1, 2), (1, 2, 4)]
    # Nothing is left of what was lost, and an end is an end wherever the meeting was.
    for name in ("first", "second", "third"):
        assert (await daemon.call("end", meetingID=name)).code == "SUCCESS"
    assert await counts(daemon) == [(1, 0, 0), (1, 0, 0)]


@awaited
async def test_while_none_answers_all_wait_and_the_first_to_come_back_has_all(
    two: list[Janus],
    settings: dict[str, str],
    start_daemon: Callable[..., Daemon],
    endpoints: Endpoints,
    everybody: list[Attendee],
    asked_for: set[str],
) -> None:
    asked_for |= {"janus_lost", "janus_unreachable"}
    daemon = start_daemon(settings=settings)
    first, second = [await meets(daemon, name, everybody, endpoints) for name in ("first", "second")]
    for one in (first, second):
        one.begins()
    # A restart of bbbd is heard in neither.
    heard = [one.packets for one in (first, second)]
    daemon.process.kill()
    daemon.wait()
    daemon.start()
    while (await counts(daemon)) != [(1, 1, 2), (1, 1, 2)]:
        pass
    assert [(await daemon.info(name)).text("videoCount") for name in ("first", "second")] == ["1", "1"]
    for meeting, before in zip((first, second), heard, strict=True):
        everybody += meeting.comes_again(daemon)
        together(meeting.both, partial(meeting.hears_more, before))
        assert meeting.ada.offers == 0
    for janus in two:
        janus.end(signal.SIGKILL)
    people = [*first.both, *second.both]
    together(people, lambda: all(any(not one["up"] for one in each.all("media")) for each in people))
    two[1].start()
    together(people, lambda: all(each.all("media")[-1]["up"] for each in people))
    for meeting in (first, second):
        meeting.begins()
    assert await counts(daemon) == [(0, 0, 0), (1, 2, 4)]


def test_one_command_configures_several_and_the_check_asks_each(two: list[Janus], tmp_path: Path) -> None:
    said = run("janus-config", *(str(tmp_path / name) for name in "abc"), "--ports", "20000-20299").stdout
    assert f"bbbd.janus=unix:{tmp_path}/a/api.sock unix:{tmp_path}/b/api.sock unix:{tmp_path}/c/api.sock" in said
    ranges = [(tmp_path / name / "janus.jcfg").read_text() for name in "abc"]
    assert [f'rtp_port_range = "20{n}00-20{n}99"' in text for n, text in enumerate(ranges)] == [True] * 3
    assert len({(tmp_path / name / "secret").read_text() for name in "abc"}) == 3
    assert run("janus-config", str(tmp_path / "a"), str(tmp_path / "a")).returncode
    two[1].end()
    settings = tmp_path / "bbbd.properties"
    sockets = " ".join(one.settings["bbbd.janus"] for one in two)
    settings.write_text(f"bbbd.dataDir={tmp_path}/data\nbbbd.janus={sockets}\n")
    lines = run("check", "--settings", str(settings)).stdout.splitlines()
    good, bad = [line for line in lines if "api.sock)" in line]
    assert good.startswith("ok    sound and cameras by Janus WebRTC Server")
    assert bad.startswith("bad   Janus cannot be used")
    assert f"(at {two[1].directory}/api.sock)" in bad


@pytest.mark.faults
@awaited
async def test_one_that_is_deaf_for_a_while_has_nothing_left_of_what_moved(
    two: list[Janus],
    settings: dict[str, str],
    start_daemon: Callable[..., Daemon],
    endpoints: Endpoints,
    everybody: list[Attendee],
    asked_for: set[str],
) -> None:
    asked_for |= {"janus_lost", "janus_unreachable"}
    daemon = start_daemon(settings=settings)
    first = await meets(daemon, "first", everybody, endpoints)
    first.begins()
    two[0].process.send_signal(signal.SIGSTOP)
    together(first.both, lambda: all(one.all("media.gone") for one in first.both))
    first.sends()
    two[0].process.send_signal(signal.SIGCONT)
    while await counts(daemon) != [(1, 0, 0), (1, 1, 2)]:
        first.ada.read()
    # Its handles are given back, but for bbbd's own; the meeting stays where it is.
    together(first.both, lambda: two[0].handles(daemon) == 1)
    arriving(first.ada, [first.bob], first.bob.user, "camera")
