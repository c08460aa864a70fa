"""Which playback formats a meeting's recording has."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest
from golden_files import CREATED

from bbbd.meetings.recording import wanted_formats
from bbbd.values.enums import RecordingFormat

PRESENTATION, PODCAST, VIDEO = RecordingFormat


@pytest.mark.parametrize(
    ("disabled", "expected"),
    [
        ("", (VIDEO, PODCAST)),
        ("presentation", (VIDEO, PODCAST)),
        ("video", (PODCAST,)),
        ("[Podcast, notes]", (VIDEO,)),
        ("podcast,VIDEO", ()),
    ],
)
def test_a_meeting_leaves_out_formats(disabled: str, expected: tuple[RecordingFormat, ...]) -> None:
    wanted = dataclasses.replace(CREATED.wanted, metadata={"bbb-disable-recording-formats": disabled})
    created = msgspec.structs.replace(CREATED, formats=(VIDEO, PODCAST), wanted=wanted)
    assert wanted_formats(created) == expected
    assert wanted_formats(msgspec.structs.replace(created, record=False)) == ()
