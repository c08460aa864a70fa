"""No text of a recording freezes the player: what looks at texts takes time in proportion to them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import bbbd.playback
from bbbd.playback.player_files import bundled

if TYPE_CHECKING:
    from player_harness import Player
    from playwright.sync_api import Page

#: Texts that made an expression look at the same characters again and again.
GROWING = {
    "plainText": ["<a ", "<a href=x", "<br ", "<br", "<u\t", "&", "&amp", "<", "</a"],
    "trailingDigits": ["1", "12x"],
    "unarmed": [" style", " style ", " ", "style=", "<a", "<a style", "<a on", "<a onaa ", "<"],
    "words": [" ", "a ", "\t\n"],
    "slideOf": ["presentation/", "presentation/x/slide-", "presentation/x/", "1"],
    "leadsOut": ["a", "a:", "."],
    "refers": ["url", "url ", " ", "url("],
    "isWeb": ["http", "https://", " "],
    "addresses": ["http", "http://", "https://a)", "https://a(", ")", " https://a.b ", "https://x…"],
    "folded": ["é", "e", "İ", "e\u0301", " "],
}
MEASURE = """async ([module, name, piece, end]) => {
  const tested = (await import(module))[name];
  const time = (length, times) => {
    const text = piece.repeat(length) + end;
    let least = Infinity;
    for (let round = 0; round < 4; round += 1) {
      const begin = performance.now();
      for (let one = 0; one < times; one += 1) tested(text);
      least = Math.min(least, performance.now() - begin);
    }
    return least;
  };
  return [time(500, 64), time(4000, 8)];
}"""
STATIC = Path(bbbd.playback.__file__).parent / "static"
#: Expressions elsewhere, each for a text of the page's own, or one that was cut to a length before.
OWN = {
    "clock_text.js": ["FORM.exec(given)", "COLONS.exec(given)"],
    "tldraw.js": [
        "FILE.exec(text(shape.meta?.bbbImageSrc))",
        'content.split("\\n")',
        'line.split(" ")',
        '.split(".").map(',
    ],
    "chat.js": ['name.slice(0, 200).split(" ")'],
    "moments.js": [
        '.replace("/svgs/slide", "/thumbnails/thumb-")',
        '.replace("/slide-", "/thumbnails/thumb-")',
        '.replace(".svg", ".png")',
    ],
}


def test_texts_of_a_recording_take_time_in_proportion_to_their_length(player: Player) -> None:
    page = player.opens("silent").page
    exported = set(re.findall(r"export (?:const|function) (\w+)", (STATIC / "texts.js").read_text()))
    assert exported == set(GROWING)
    # The player has it in one file with all others.
    module = f"/playback/player/{bundled().version}/playback/static/texts.js"
    page.route(f"**{module}", lambda route: route.fulfill(path=STATIC / "texts.js", content_type="text/javascript"))
    for name, pieces in GROWING.items():
        for piece in pieces:
            for end in ("", "x"):
                assert any(is_linear(page, module, name, piece, end) for _try in range(5)), (name, piece, end)


def is_linear(page: Page, module: str, name: str, piece: str, end: str) -> bool:
    """Return whether as many characters take as long in longer texts; by the square it would be eight times as long."""
    short, long = page.evaluate(MEASURE, [module, name, piece, end])
    return bool(long < 4 * short + 5)


def test_other_modules_have_no_expressions_for_such_texts() -> None:
    for path in sorted(STATIC.glob("*.js")):
        if path.name == "texts.js":
            continue
        text = path.read_text()
        for own in OWN.get(path.name, ()):
            assert own in text, own
            text = text.replace(own, "")
        assert not re.search(r"\.(?:replace|match|matchAll|split|search|exec|test)\(", text), path.name
