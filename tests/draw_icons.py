"""The page's icons, drawn from ``shell/icon.svg``: ``python tests/draw_icons.py`` writes them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import resvg_py
from PIL import Image

import bbbd.page

_PAGE = Path(bbbd.page.__file__).parent
ICONS = _PAGE / "icons"
_SOURCE = (_PAGE / "shell" / "icon.svg").read_text()
_ICO = (16, 32, 48)
#: Devices cut their own corners out of these: the ground fills them, and the sign stays in the middle.
_WHOLE = {"apple-touch-icon.png": (180, 1.0), "maskable-512.png": (512, 0.8)}
_ROUND = {"icon-192.png": 192, "icon-512.png": 512}


def _drawn(source: str, pixels: int) -> Image.Image:
    picture = resvg_py.svg_to_bytes(svg_string=source, width=pixels, height=pixels)
    return Image.open(BytesIO(bytes(picture))).convert("RGBA")


def _whole(share: float) -> str:
    """Return the icon without round corners, with its sign at a share of its size."""
    ground = _SOURCE.replace(' rx="8"', "")
    return ground.replace("<g ", f'<g transform="translate({16 * (1 - share)} {16 * (1 - share)}) scale({share})" ')


def draw() -> dict[str, Image.Image]:
    """Return every icon but the .ico by its file name."""
    icons = {name: _drawn(_SOURCE, pixels) for name, pixels in _ROUND.items()}
    return icons | {name: _drawn(_whole(share), pixels).convert("RGB") for name, (pixels, share) in _WHOLE.items()}


def draw_ico() -> list[Image.Image]:
    """Return the pictures of favicon.ico, the smallest first."""
    return [_drawn(_SOURCE, pixels) for pixels in _ICO]


def main() -> None:
    """Write the files."""
    for name, picture in draw().items():
        picture.save(ICONS / name, optimize=True)
    *smaller, largest = draw_ico()
    largest.save(ICONS / "favicon.ico", append_images=smaller, sizes=[(one, one) for one in _ICO])


if __name__ == "__main__":
    main()
