"""What people are told of their own sound and pictures: whether they are being recorded."""

from __future__ import annotations

from collections.abc import Callable

from harness import Memory, awaited
from websocket_clients import InMemory, inside, told

from bbbd.meetings.media import CutReason, MediaCut, MediaKept, TrackKind


@awaited
async def test_people_know_which_of_their_own_tracks_are_recorded(memory_with: Callable[..., Memory]) -> None:
    memory = memory_with()
    await memory.call("create", meetingID="demo", record="true")
    ada, bob = [
        await inside(memory, "demo", name, role=role) for name, role in (("Ada", "MODERATOR"), ("Bob", "VIEWER"))
    ]
    cleo = await inside(memory, "demo", "Cleo", role="VIEWER")
    user = bob.last("welcome")["you"]["user"]
    for number, track in enumerate((TrackKind.MICROPHONE, TrackKind.CAMERA)):
        memory.happen("demo", MediaKept(user=user, track=track, file=f"{number}.mjr", start=1))
    # Who comes back is told what goes on, and a break at once.
    again = InMemory(memory, bob.token)
    again.hello()
    told(again)
    assert again.last("snapshot")["kept"] == ["camera", "microphone"]
    memory.happen("demo", MediaCut(user=user, track=TrackKind.CAMERA, file="1.mjr", why=CutReason.DISK))
    for one in (ada, cleo, again):
        told(one)
    assert "kept" not in ada.last("snapshot")
    assert [one["track"] for one in ada.events("MediaCut")] == ["camera"]
    assert [one["track"] for one in again.events("MediaCut")] == ["camera"]
    assert cleo.events("MediaCut") == cleo.events("MediaKept") == ada.events("MediaKept") == []
