"""The silent film: as long as its recording, always the same, and not needed by bbbd's own player."""

from __future__ import annotations

import sys
from pathlib import Path

import av
import pytest

from bbbd.presentation.silent_media import FILM, NoMediaLibrary, write_film
from bbbd.storage.disk import Disk

_MILLISECOND = 1000


@pytest.mark.parametrize("duration", [1, 60, 999, 1000, 90_345])
def test_the_film_is_as_long_as_the_recording(tmp_path: Path, duration: int) -> None:
    write_film(Disk(), tmp_path, duration)
    with av.open(str(tmp_path / FILM)) as film:
        assert {stream.type: stream.codec_context.name for stream in film.streams} == {"video": "vp8", "audio": "opus"}
        assert film.duration is not None
        # Opus begins a few milliseconds late.
        assert 0 <= film.duration / _MILLISECOND - duration <= 10
        frames = [frame.pts for frame in film.decode(video=0)]
    # Each frame can be sought to, a second after the other.
    assert frames == list(range(0, duration, 1000))


def test_the_film_is_dark_and_silent(tmp_path: Path) -> None:
    write_film(Disk(), tmp_path, 2000)
    with av.open(str(tmp_path / FILM)) as film:
        picture = next(film.decode(video=0))
        assert (picture.width, picture.height) == (320, 240)
        assert max(bytes(picture.planes[0])) < 40
    with av.open(str(tmp_path / FILM)) as film:
        sound = [sample for frame in film.decode(audio=0) for sample in memoryview(bytes(frame.planes[0])).cast("f")]
    assert max(map(abs, sound)) < 0.001


def test_the_film_of_a_length_is_always_the_same(tmp_path: Path) -> None:
    films = []
    for name in ("one", "two"):
        write_film(Disk(), tmp_path / name, 5000)
        films.append((tmp_path / name / FILM).read_bytes())
        assert (tmp_path / name / FILM).stat().st_mode & 0o777 == 0o644
        assert [path.name for path in (tmp_path / name / "video").iterdir()] == ["webcams.webm"]
    assert films[0] == films[1]


def test_without_the_library_there_is_no_film_and_no_trace_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(NoMediaLibrary, match=r"bbbd\[media\]"):
        write_film(Disk(), tmp_path, 1000)
    assert not list(tmp_path.iterdir())
