"""From raw files of sound, cameras and screens to the films of a recording, by ffmpeg and janus-pp-rec themselves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from clapper import flashes, hold, offsets, tones
from environment_reset import PATIENCE
from lxml import etree

from bbbd.composing.encoders import find_encoders
from bbbd.composing.tools import missing_programs
from bbbd.recordings.kept_media import FACTS

MISSING = missing_programs()
HAS_MP4 = not MISSING and find_encoders().has_mp4
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

#: Recording is on twice, with a pause between; it is switched on in the middle of two claps.
MARKS = [(3500, 5000), (7300, 8700)]
#: Milliseconds that a clap may be off.
LATE = 100


def told(
    data: Path, *words: str, formats: str = "presentation", status: int = 0, settings: tuple[str, ...] = ()
) -> str:
    """Run a command on a data directory, and return what it said."""
    file = data.with_suffix(".properties")
    file.write_text("\n".join((f"bbbd.dataDir={data}", f"bbbd.recordingFormats={formats}", *settings, "")))
    # However long it takes: the machine may have others to do.
    command = [str(Path(sys.executable).with_name("bbbd")), "recordings", *words, "--settings", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout + done.stderr


@pytest.mark.faults
def test_films_keep_time_and_a_broken_file_costs_its_stretch_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    senders = {"w_ada": ("microphone screen", 0.0), "w_bob": ("microphone camera", 0.0002), "w_cy": ("camera", 0.0)}
    raw = hold(data / "recording/raw", MARKS, senders, until=9000)
    # A file of Cy's is cut off in the middle of its first packet, another is nonsense.
    first, second = sorted(raw.glob("video/*/*_w_cy_*.mjr"))
    first.write_bytes(first.read_bytes()[:200])
    second.write_bytes(b"nonsense")
    said = told(data, "rebuild", raw.name, formats="video, podcast, presentation")
    assert said.count("a camera is left out") == 2, said
    made, podcast, video = (data / "published" / name / raw.name for name in ("presentation", "podcast", "video"))
    film, shared = made / "video/webcams", made / "deskshare/deskshare"
    heard = [tones(path) for path in (film.with_suffix(".webm"), podcast / "audio.ogg")]
    whole = next(video.glob("video-0.*"))
    # Beside the screen the camera is in a column.
    seen = [flashes(film.with_suffix(".webm")), flashes(shared.with_suffix(".webm")), flashes(whole, (3, 1), (4, 3))]
    if HAS_MP4:
        heard += [tones(path) for path in (film.with_suffix(".mp4"), podcast / "audio.m4a", whole)]
        seen += [flashes(film.with_suffix(".mp4")), flashes(shared.with_suffix(".mp4")), flashes(whole)]
    for found in (*heard, *seen):
        late = offsets(found, MARKS)
        assert len(late) == 2
        assert max(map(abs, late)) <= LATE, late
    [event] = etree.parse(made / "deskshare.xml").getroot()
    assert (event.get("start_timestamp"), event.get("stop_timestamp")) == ("0.0", "2.9")
    # A clap is loud, what is between two is not.
    peaks = json.loads((made / "loudness.json").read_bytes())["peaks"]
    assert len(peaks) == 6
    assert min(sorted(peaks)[-2:]) > 50 > sorted(peaks)[2]
    for directory, link in ((podcast, f"/podcast/{raw.name}/audio.ogg"), (video, f"/playback/video/{raw.name}/")):
        playback = etree.parse(directory / "metadata.xml").getroot().find("playback")
        assert playback is not None
        assert str(playback.findtext("link")).endswith(link)
        assert playback.findtext("duration") == "2900"
        assert int(playback.findtext("size") or 0) == sum(
            path.stat().st_size for path in directory.iterdir() if path.name != "metadata.xml"
        )
    assert f'src="{whole.name}"' in (video / "index.html").read_text()
    assert int(event.get("video_width") or 0) == 160
    # What was converted has BigBlueButton's names, and events.xml says so.
    kept = {one.get("eventname"): one.findtext("filename") for one in etree.parse(raw / "events.xml").iter("event")}
    for name, place in (("StartRecordingEvent", "audio"), ("StartWebRTCDesktopShareEvent", "deskshare")):
        file = kept[name] or ""
        assert file.startswith(f"{place}/")
        assert (raw / file).exists()
    assert sorted(raw.rglob("*.mjr")) == [first, second]
    assert not (data / "recording/composing" / raw.name).exists()
    # It is made again of what was converted.
    shutil.rmtree(made)
    told(data, "rebuild", raw.name)
    assert max(map(abs, offsets(tones(film.with_suffix(".webm")), MARKS))) <= LATE
    assert whole.exists()


def test_without_the_programs_the_slides_are_published_and_the_files_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    raw = hold(data / "recording/raw", MARKS[:1], {"w_ada": ("microphone", 0.0)}, until=12_000)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not installed: ffmpeg, ffprobe, janus-pp-rec" in told(data, "rebuild", raw.name)
    assert (data / "published/presentation" / raw.name / "metadata.xml").exists()
    assert len(list(raw.rglob("*.mjr"))) == 1


def test_formats_of_which_there_is_nothing_are_left_out_and_the_log_says_why(tmp_path: Path) -> None:
    data = tmp_path / "data"
    raw = hold(data / "recording/raw", MARKS[:1], {"w_ada": ("", 0.0)}, until=8000)
    said = told(data, "rebuild", raw.name, formats="video,podcast", status=1)
    assert "podcast: not made: nobody is heard in it" in said
    assert "video: not made: there are neither slides nor sound nor pictures" in said
    assert not (data / "published").exists() or not list((data / "published").glob("*/*"))
    said = told(data, "rebuild", raw.name, formats="presentation,podcast")
    assert "podcast: not made" in said
    assert [path.parent.name for path in (data / "published").glob("*/*")] == ["presentation"]


def test_a_clock_that_drifts_is_followed_to_the_end(tmp_path: Path) -> None:
    # Files have a time stamp of their own each five seconds: the sound must be stretched more than once.
    marks = [(500, 16_000)]
    raw = hold(tmp_path, marks, {"w_ada": ("microphone", 0.0008)}, until=17_000)
    words = [sys.executable, "-m", "bbbd.composing", f"--parent={os.getpid()}", str(raw), str(tmp_path / "work")]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    late = offsets(tones(tmp_path / "work/webcams.webm"), marks)
    assert len(late) >= 7
    assert max(map(abs, late)) <= LATE, late


@pytest.mark.faults
def test_what_pages_sent_becomes_films_and_a_broken_file_costs_its_stretch_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    senders = {"w_ada": ("microphone camera", 0.0), "w_bob": ("microphone", 0.0), "w_cy": ("microphone camera", 0.0)}
    senders["w_dan"] = ("microphone", 0.0)
    marks = [(3500, 9000), (11_300, 16_700)]
    raw = hold(data / "recording/raw", marks, senders, until=18_000, pages=True)
    # Of Cy's two files one ends in the middle, and the page never said that it is complete; the other is nonsense.
    first, second = sorted(raw.glob("uploads/*_w_cy_*.media"))
    first.write_bytes(first.read_bytes()[:-400])
    first.with_suffix(".json").write_bytes(first.with_suffix(".json").read_bytes().partition(b',"size"')[0] + b"}")
    second.write_bytes(b"nonsense")
    # Dan's ended before anything of them was there: nothing is left out.
    empty = sorted(raw.glob("uploads/*_w_dan_*.media"))
    for file in empty:
        head = file.with_suffix(".json")
        head.write_text(json.dumps(json.loads(head.read_text()) | {"size": 0}))
        file.write_bytes(b"")
        file.with_suffix(".slices").write_bytes(b"")
    said = told(data, "rebuild", raw.name)
    assert said.count("a microphone is left out") == said.count("a camera is left out") == 1, said
    film = data / "published/presentation" / raw.name / "video/webcams.webm"
    for found in (tones(film), flashes(film)):
        late = offsets(found, marks)
        assert len(late) >= 5
        assert max(map(abs, late)) <= LATE, late
    # The files have the names that events.xml says, and what is converted and complete goes.
    kept = [one.findtext("filename") for one in etree.parse(raw / "events.xml").iter("event")]
    files = {name for name in kept if name}
    assert len(files) == 12
    assert {name for name in files if not (raw / name).exists()} == {
        f"audio/{second.stem}-audio-0.webm",
        f"video/{raw.name}/{second.stem}-video-0.webm",
        *(f"audio/{file.stem}-audio-0.webm" for file in empty),
    }
    assert sorted(raw.glob("uploads/*.media")) == [first, second]
    # It is made again of the same.
    assert told(data, "rebuild", raw.name).count("a microphone is left out") == 1
    assert max(map(abs, offsets(tones(film), marks))) <= LATE


#: What leads to another file, as ffmpeg reads it.
LEADING = {
    "dash": """<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"
        profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" type="static" mediaPresentationDuration="PT6S"
        minBufferTime="PT1S"><Period><AdaptationSet mimeType="audio/webm"><Representation id="1" bandwidth="1000"
        codecs="opus" mimeType="audio/webm"><BaseURL>{path}</BaseURL><SegmentList duration="6"><SegmentURL
        media="{path}"/></SegmentList></Representation></AdaptationSet></Period></MPD>""",
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nfile://{path}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile {name}\n",
}


@pytest.mark.parametrize("kind", LEADING)
@pytest.mark.parametrize("place", ["uploads/*.media", "audio/*"])
def test_a_file_that_leads_to_another_is_left_out(tmp_path: Path, kind: str, place: str) -> None:
    data = tmp_path / "data"
    pages = place.startswith("uploads")
    raw = hold(data / "recording/raw", [(0, 4000)], {"w_ada": ("microphone", 0.0)}, until=5000, pages=pages)
    secret = tmp_path / "secret.webm"
    shutil.copy(Path(__file__).parent.parent / "data/speech.ogg", secret)
    [file] = raw.glob(place)
    shutil.copy(secret, file.parent / "beside.webm")
    leading = file if pages else file.with_suffix(".webm")
    leading.write_text(LEADING[kind].format(path=secret, name="beside.webm"))
    if not pages:
        file.unlink()
    assert "none of its files can be used" in told(data, "rebuild", raw.name)


def test_a_kill_costs_one_piece(tmp_path: Path) -> None:
    raw = hold(tmp_path, [(0, 4000)], {"w_ada": ("microphone", 0.0), "w_bob": ("microphone camera", 0.0)}, until=4000)
    work = tmp_path / "work"

    def begin() -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "bbbd.composing", f"--parent={os.getpid()}", str(raw), str(work)]
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    with begin() as process:
        end = time.monotonic() + PATIENCE
        while not (pieces := list(work.glob("[0-9a-f]*.flac"))):
            assert process.poll() is None
            assert time.monotonic() < end
        process.kill()
    before = {path: path.stat().st_ino for path in (*pieces, *raw.rglob("*.webm"))}
    assert not (work / FACTS).exists()
    with begin() as process:
        _out, err = process.communicate()
    assert process.returncode == 0, err
    assert (work / "webcams.webm").exists()
    assert {path: path.stat().st_ino for path in before} == before
    assert not list(work.glob(".*"))
