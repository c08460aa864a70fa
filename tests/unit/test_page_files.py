"""The page's files: what a browser is told to fetch at once, and what only when it is needed."""

from __future__ import annotations

import re
from pathlib import Path

import bbbd.page
from bbbd.page.join_page import bundled

_STATIC = Path(bbbd.page.__file__).parent / "static"
_AT_ONCE = set(re.findall(r'"modulepreload" href="{{base}}/([\w.]+)"', bundled().index))
_IMPORTED = re.compile(r'(?:from |import\()"\./([\w.]+)"')


def test_what_is_needed_later_is_not_fetched_at_once() -> None:
    assert {"main.js", "model.js", "slides.js", "store.js"} <= _AT_ONCE
    assert not {"slideshow.js", "slidepage.js", "uploads.js", "unable.js"} & _AT_ONCE


def test_every_module_is_reached_from_the_first() -> None:
    reached = ["main.js"]
    for name in reached:
        reached += sorted(set(_IMPORTED.findall((_STATIC / name).read_text())) - set(reached))
    # What a browser runs that knows no modules is a script of its own.
    assert set(reached) == {path.name for path in _STATIC.glob("*.js")} - {"unable.js"}
