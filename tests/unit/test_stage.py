"""The stage of a recording as stills, and the scenes of its film."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playable_recording import PANS, PRESENTATION, SHAPES, png

from bbbd.composing.plan import LONGEST
from bbbd.composing.stage import DARK, Still, draw, read_stills
from bbbd.composing.tools import missing_programs
from bbbd.composing.video import Scene, plan_scenes
from bbbd.presentation.films import Films
from bbbd.storage.disk import Disk

FIRST, SECOND = (f"presentation/{PRESENTATION}/slide-{number}.png" for number in (1, 2))


def put(directory: Path, shapes: str = SHAPES) -> Path:
    (directory / "presentation" / PRESENTATION).mkdir(parents=True)
    (directory / "shapes.svg").write_text(shapes)
    (directory / "panzooms.xml").write_text(PANS)
    (directory / FIRST).write_bytes(png(1600, 1200, (0, 120, 0)))
    return directory


def test_stills_follow_pages_parts_and_drawings(tmp_path: Path) -> None:
    whole, part = (0, 0, 1600, 1200), (100, 100, 800, 600)
    found = read_stills(put(tmp_path), 30_000)
    assert [(one.begin, one.end, one.href, one.box, len(one.drawings)) for one in found] == [
        (0, 2000, FIRST, whole, 0),
        (2000, 3000, FIRST, whole, 1),
        (3000, 5000, FIRST, whole, 2),
        (5000, 8000, FIRST, part, 2),
        # A text that was taken back.
        (8000, 13_700, FIRST, part, 1),
        (13_700, 30_000, SECOND, (0, 0, 1200, 1600), 0),
    ]
    text = found[2].drawings[1]
    assert ">first</tspan>" in text
    assert 'fill="#0000ff"' in text
    assert "foreignObject" not in text


def test_a_recording_without_any_page_has_no_stills(tmp_path: Path) -> None:
    logo = SHAPES.replace(FIRST, "presentation/logo.png").replace(SECOND, "presentation/logo.png")
    assert read_stills(put(tmp_path, logo), 30_000) == []


@pytest.mark.skipif("ffmpeg" in missing_programs(), reason="ffmpeg is not installed")
def test_a_still_has_its_part_of_the_page_and_drawings_on_it(tmp_path: Path) -> None:
    still = read_stills(put(tmp_path), 30_000)[2]
    draw(Disk(), still, tmp_path, tmp_path / "still.png", (960, 360))
    with Image.open(tmp_path / "still.png") as picture:
        # 4:3 in the middle of a wide canvas; the line goes from 10/10 to 900/700.
        assert picture.size == (960, 360)
        assert picture.getpixel((10, 10)) == DARK
        assert picture.getpixel((600, 20)) == (0, 120, 0)
        # On the line it is red.
        assert picture.crop((375, 105, 376, 106)).getextrema() != ((0, 0), (120, 120), (0, 0))
    outside = still._replace(box=(-800, -600, 1600, 1200), drawings=())
    draw(Disk(), outside, tmp_path, tmp_path / "outside.png", (960, 360))
    with Image.open(tmp_path / "outside.png") as picture:
        assert picture.getpixel((300, 50)) == DARK
        assert picture.getpixel((600, 300)) == (0, 120, 0)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("stills", "films", "expected"),
    [
        ((), Films(), [Scene(0, 20_000, "", has_cameras=False)]),
        ((), Films(cameras=((0, 20_000),)), [Scene(0, 20_000, "", has_cameras=True)]),
        (
            ((0, 5000), (9000, 20_000)),
            Films(cameras=((2000, 20_000),), screens=((12_000, 15_000),)),
            [
                Scene(0, 2000, "stage", has_cameras=False),
                Scene(2000, 5000, "stage", has_cameras=True),
                Scene(5000, 9000, "", has_cameras=True),
                Scene(9000, 12_000, "stage", has_cameras=True),
                Scene(12_000, 15_000, "screen", has_cameras=True),
                Scene(15_000, 20_000, "stage", has_cameras=True),
            ],
        ),
        # A change of less than a second is none.
        (((0, 20_000),), Films(cameras=((4000, 4500),)), [Scene(0, 20_000, "stage", has_cameras=False)]),
    ],
)
def test_the_large_place_has_a_screen_a_page_or_cameras(
    stills: tuple[tuple[int, int], ...], films: Films, expected: list[Scene]
) -> None:
    assert plan_scenes([Still(begin, end, "page.png") for begin, end in stills], films, 20_000) == expected


def test_no_piece_of_a_film_is_longer_than_five_minutes() -> None:
    found = plan_scenes([], Films(), 2 * LONGEST + 5)
    assert [(one.begin, one.end) for one in found] == [(0, LONGEST), (LONGEST, 2 * LONGEST), (2 * LONGEST, 600_005)]
