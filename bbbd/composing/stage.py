"""The stage of a recording as still pictures: the page, the part of it, and the drawings, from when to when.

They are read from the files of the format ``presentation``. A still is drawn by Pillow; drawings by ffmpeg's librsvg,
without which they are left out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import NamedTuple

from lxml import etree
from PIL import Image

from bbbd.composing.plan import STEP
from bbbd.composing.tools import ffmpeg
from bbbd.presentation.shapes import PLACEHOLDER
from bbbd.storage.disk import Disk

Box = tuple[float, float, float, float]
#: Where no page is.
DARK = (27, 27, 27)
_SVG, _HREF = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_XHTML = "{http://www.w3.org/1999/xhtml}"
#: Height of a line of text, and the width of a letter, as parts of the font's size: lines are broken by it.
_LINE, _LETTER = 1.2, 0.5


class Still(NamedTuple):
    """What the stage shows from ``begin`` to ``end``, in milliseconds: a part of a picture, and drawings as SVG.

    Without a page ``href`` is empty.
    """

    begin: int
    end: int
    href: str = ""
    box: Box = (0, 0, 0, 0)
    drawings: tuple[str, ...] = ()

    @property
    def look(self) -> str:
        """A name of what it shows."""
        return sha256(repr(self[2:]).encode()).hexdigest()[:32]


class _Shape(NamedTuple):
    begin: int
    end: int
    drawing: str
    svg: str


def read_stills(presentation: Path, duration: int) -> list[Still]:
    """Return the stills of a presentation from its begin to its end, none if it never has a page."""
    root = etree.parse(presentation / "shapes.svg").getroot()
    boxes = list(_boxes(presentation / "panzooms.xml"))
    canvases = {one.get("image"): one for one in root.iter(f"{_SVG}g") if one.get("class") == "canvas"}
    found: list[Still] = []
    for image in root.iter(f"{_SVG}image"):
        begin, end = _milliseconds(image.get("in")), min(_milliseconds(image.get("out")), duration)
        if begin >= end or (image.get("class") or "") != "slide":
            continue
        href = image.get(_HREF) or ""
        whole = (0.0, 0.0, float(image.get("width") or 1), float(image.get("height") or 1))
        if href == PLACEHOLDER:
            found.append(Still(begin, end))
        else:
            shapes = list(_shapes(canvases.get(image.get("id"))))
            found += _stills_of(begin, end, href, whole, boxes, shapes)
    return found if any(one.href for one in found) else []


def _milliseconds(text: str | None) -> int:
    return round(float(text or 0) * 1000)


def _boxes(path: Path) -> Iterator[tuple[int, Box]]:
    for event in etree.parse(path).getroot().iter("event"):
        x, y, w, h = map(float, (event.findtext("viewBox") or "0 0 1 1").split())
        yield _milliseconds(event.get("timestamp")), (x, y, w, h)


def _shapes(canvas: etree._Element | None) -> Iterator[_Shape]:
    for one in canvas if canvas is not None else ():
        undo = float(one.get("undo") or -1)
        begin = _milliseconds(one.get("timestamp"))
        # Somebody who draws makes twenty versions a second.
        step = -(-begin // STEP) * STEP
        end = round(undo * 1000) if undo >= 0 else 1 << 62
        yield _Shape(step, end, (one.get("shape") or "").rpartition("-")[2], _drawable(one))


def _drawable(shape: etree._Element) -> str:
    """Return a drawing as librsvg draws it: seen, and its text as text."""
    style = (shape.get("style") or "").replace("visibility:hidden", "").strip(";")
    inner = shape.find(f"{_SVG}switch/{_SVG}foreignObject")
    if inner is None:
        content = "".join(etree.tostring(child, encoding="unicode", with_tail=False) for child in shape)
        return f'<g style="{escape(style)}">{content}</g>'
    looks = dict(part.split(":", 1) for part in style.split(";") if ":" in part)
    size, color = float(looks.get("font-size", "16").removesuffix("px")), escape(looks.get("color", "#000"))
    x, y, width = (float(inner.get(name) or 0) for name in ("x", "y", "width"))
    spans = "".join(
        f'<tspan x="{x}" y="{y + size + place * size * _LINE}">{escape(line)}</tspan>'
        for place, line in enumerate(_lines(inner, max(1, int(width / (size * _LETTER) or 1))))
    )
    return f'<text font-family="sans-serif" font-size="{size}" fill="{color}">{spans}</text>'


def _lines(inner: etree._Element, letters: int) -> Iterator[str]:
    """Give the lines of a text, broken between words."""
    paragraph = inner.find(f"{_XHTML}p")
    for whole in _texts(paragraph) if paragraph is not None else ():
        line = ""
        for word in whole.split():
            if line and len(line) + 1 + len(word) > letters:
                yield line
                line = word
            else:
                line = f"{line} {word}".strip()
        yield line


def _texts(paragraph: etree._Element) -> Iterator[str]:
    yield paragraph.text or ""
    for child in paragraph:
        yield child.tail or ""


def _stills_of(
    begin: int, end: int, href: str, whole: Box, boxes: list[tuple[int, Box]], shapes: list[_Shape]
) -> Iterator[Still]:
    begins = [at for at, _box in boxes]
    inside = [at for one in shapes for at in (one.begin, one.end)] + begins
    cuts = sorted({begin, *(at for at in inside if begin < at < end)})
    before: Still | None = None
    for first, last in zip(cuts, [*cuts[1:], end], strict=True):
        place = bisect_right(begins, first) - 1
        box = boxes[place][1] if place >= 0 and boxes[place][0] >= begin else whole
        # Of one drawing the last version is seen.
        seen = {one.drawing: one.svg for one in shapes if one.begin <= first < one.end}
        still = Still(first, last, href, box, tuple(seen.values()))
        if before is not None and before.look == still.look:
            before = before._replace(end=last)
            continue
        if before is not None:
            yield before
        before = still
    if before is not None:
        yield before


def draw(disk: Disk, still: Still, presentation: Path, target: Path, size: tuple[int, int]) -> None:
    """Draw a still on a canvas of a size in pixels. Raises ``ToolFailed`` and ``OSError``."""
    canvas = Image.new("RGB", size, DARK)
    if still.href:
        x, y, wide, high = still.box
        scale = min(size[0] / wide, size[1] / high)
        width, height = max(1, round(wide * scale)), max(1, round(high * scale))
        with Image.open(presentation / still.href, formats=("PNG",)) as picture:
            page = Image.new("RGB", picture.size, "white")
            page.paste(picture.convert("RGBA"), (0, 0), picture.convert("RGBA"))
        is_inside = x >= 0 and y >= 0 and x + wide <= page.width and y + high <= page.height
        if is_inside:
            part = page.resize((width, height), Image.Resampling.LANCZOS, box=(x, y, x + wide, y + high))
        else:
            corners = (x, y, x, y + high, x + wide, y + high, x + wide, y)
            bilinear = Image.Resampling.BILINEAR
            part = page.transform((width, height), Image.Transform.QUAD, corners, bilinear, fillcolor=DARK)
        if still.drawings:
            drawn = _drawn(disk, still, target, (width, height))
            part.paste(drawn, (0, 0), drawn)
        canvas.paste(part, ((size[0] - width) // 2, (size[1] - height) // 2))
    unfinished = disk.unfinished(target.parent).with_suffix(".png")
    try:
        canvas.save(unfinished, "PNG", compress_level=1)
        disk.sync_file(unfinished)
        disk.rename(unfinished, target)
    finally:
        disk.unlink(unfinished)


def _drawn(disk: Disk, still: Still, target: Path, size: tuple[int, int]) -> Image.Image:
    """Return the drawings of a still as a picture, the rest of which is transparent. Raises ``ToolFailed``."""
    box = " ".join(f"{side:g}" for side in still.box)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" viewBox="{box}">'
    source = disk.unfinished(target.parent).with_suffix(".svg")
    picture = source.with_suffix(".drawn.png")
    try:
        disk.rename(disk.prepare(source.parent, f"{head}{''.join(still.drawings)}</svg>".encode()), source)
        ffmpeg("-i", str(source), "-frames:v", "1", "-pix_fmt", "rgba", str(picture))
        with Image.open(picture, formats=("PNG",)) as drawn:
            return drawn.convert("RGBA").resize(size)
    finally:
        disk.unlink(source)
        disk.unlink(picture)
