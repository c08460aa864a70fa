"""The page's files: modules, the files that they are linked to, and what a browser is told to fetch at once."""

from __future__ import annotations

import re
from configparser import ConfigParser
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

import bbbd.page
from bbbd.page.files import bundled
from bbbd.page.linking import UnlinkableError, link

_PAGE = Path(bbbd.page.__file__).parent
_AT_ONCE = set(re.findall(r'"modulepreload" href="{{base}}/([\w./]+)"', bundled(modules=True).index))
_STATIC = re.compile(r'\bfrom "(\.[\w./]+)"')
_LAZY = re.compile(r'\bimport\("(\.[\w./]+)"\)')
_SOURCES = {path.relative_to(_PAGE).as_posix(): path.read_text() for path in sorted(_PAGE.glob("*/*.js"))}
#: The rules of a feature's own events, which ``shell/model.js`` joins.
_EVENTS = re.compile(r"^export const \w+_EVENTS = \{\n(.*?)^\};", re.MULTILINE | re.DOTALL)
#: A script of its own, for browsers that know no modules.
_NO_MODULE = {"shell/unsupported.js"}
#: What two lazy imports need: zoom of slides, and of shared screens.
_SHARED = {"slides/rectangle.js"}


def _imported(name: str, *patterns: re.Pattern[str]) -> set[str]:
    found = [path for pattern in patterns for path in pattern.findall(_SOURCES[name])]
    return {normpath(join(dirname(name), path)) for path in found}


def test_the_page_and_all_that_it_loads_later_are_a_file_each() -> None:
    scripts = {name for name in bundled().files if name.endswith(".js")}
    lazy = {path for name in _SOURCES for path in _imported(name, _LAZY)}
    assert scripts == {"shell/main.js", *lazy} | _NO_MODULE | _SHARED
    assert "modulepreload" not in bundled().index
    assert {name for name in bundled(modules=True).files if name.endswith(".js")} == set(_SOURCES)
    assert bundled().version != bundled(modules=True).version


#: What modules do with each other, by path; comments and indents, which are left out, among it.
_MODULES = {
    "a/main.js": """\
// The first.
import {
  one, two as second,
} from "./values.js";
import * as all from "../b/more.js";

const own = import.meta.url;
export async function run() {
  const {later, $} = await import("../b/later.js");
  return [one, second(), all.more, all.renamed, later(), $, own];
}
export {own};
""",
    "a/values.js": """\
/** A value, as `one`
 * of two. */
export const one = "// kept";
export function two() { return `two${own ? ` (${own})` : ""}`; }
const own = 2;
""",
    "b/more.js": """\
import {one} from "../a/values.js";
const own = one;
export const more = `more ${own}`;
export {own as renamed};
""",
    "b/later.js": """\
import {more} from "./more.js";
import {$} from "./only.js";
export {$};
export const later = () => more;
""",
    "b/only.js": "export const $ = 7;\n",
    "b/nobody.js": "throw 1;\n",
}


def test_modules_become_a_file_for_what_is_needed_together() -> None:
    files = link(_MODULES, "a/main.js")
    assert files == {
        "a/main.js": """\
let $0;{
const one = "// kept";
function two() { return `two${own ? ` (${own})` : ""}`; }
const own = 2;
$0={one,two};}
let $1;{const {one}=$0;
const own = one;
const more = `more ${own}`;
$1={renamed:own,more};}
let $2;{const {one,two:second}=$0;const all=$1;
const own = import.meta.url;
async function run() {
const {later, $} = await import("../b/later.js");
return [one, second(), all.more, all.renamed, later(), $, own];
}
$2={own,run};}
export {$0,$1,$2};
""",
        "b/later.js": """\
import {$1} from "../a/main.js";
let $3;{
const $ = 7;
$3={$};}
let $4;{const {more}=$1;const {$}=$3;
const later = () => more;
$4={$,later};}
export const {$,later}=$4;
export {$3,$4};
""",
    }


def test_what_two_lazy_imports_need_is_a_file_that_both_import() -> None:
    sources = {
        "main.js": 'import("./a.js");\nimport("./b/b.js");\n',
        "a.js": 'import {both} from "./b/both.js";\nexport const a = both;\n',
        "b/b.js": 'import {both} from "./both.js";\nexport const b = both;\n',
        "b/both.js": "export const both = import.meta.url;\n",
    }
    files = link(sources, "main.js")
    assert set(files) == {"main.js", "a.js", "b/b.js", "b/both.js"}
    assert files["a.js"].startswith('import {$1} from "./b/both.js";\n')
    assert files["b/b.js"].startswith('import {$1} from "./both.js";\n')
    assert files["b/both.js"] == "let $1;{\nconst both = import.meta.url;\n$1={both};}\nexport {$1};\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('import {one} from "./none.js";\n', "none.js is imported and not there"),
        ('import {three} from "./values.js";\n', "main.js imports three, which values.js does not export"),
        ('import one from "./values.js";\n', 'not linked: import one from "./values.js";'),
        ('import "./values.js";\n', 'not linked: import "./values.js";'),
        ("export default 1;\n", "not linked: export default 1;"),
        ("export let one = 1;\n", "not linked: export let one = 1;"),
        ('export * from "./values.js";\n', "not linked: export *"),
        ('import {main} from "./circle.js";\nexport const main = 1;\n', "main.js imports circle.js imports main.js"),
        ("const text = `\n  two\n`;\n", "a template is on one line"),
    ],
)
def test_a_module_that_cannot_be_linked_is_named(text: str, says: str) -> None:
    circle = 'import {main} from "./main.js";\n'
    sources = {"main.js": text, "values.js": "export const one = 1;\n", "circle.js": circle}
    with pytest.raises(UnlinkableError, match=re.escape(says)):
        link(sources, "main.js")


def test_what_is_needed_later_is_not_fetched_at_once() -> None:
    assert {"shell/main.js", "shell/model.js", "slides/slides.js", "shell/store.js", "chat/chat.js"} <= _AT_ONCE
    assert not {"slides/slideshow.js", "slides/uploads.js", "media/call.js", "media/go_in.js"} & _AT_ONCE
    assert not _NO_MODULE & _AT_ONCE


def test_slides_media_and_polls_are_imported_lazily() -> None:
    lazy = {(name, path) for name in _SOURCES for path in _imported(name, _LAZY)}
    assert lazy == {
        ("media/media.js", "media/call.js"),
        ("polls/polls.js", "polls/poll_card.js"),
        ("polls/start.js", "slides/slide_files.js"),
        ("slides/slides.js", "slides/slideshow.js"),
        ("breakouts/breakouts.js", "breakouts/dialogs.js"),
    }


def test_every_module_is_reached_from_the_first() -> None:
    reached = ["shell/early.js", "shell/main.js"]
    for name in reached:
        reached += sorted(_imported(name, _STATIC, _LAZY) - set(reached))
    assert set(reached) == set(_SOURCES) - _NO_MODULE


def test_modules_import_each_other_in_no_circle() -> None:
    imports = {name: _imported(name, _STATIC, _LAZY) for name in _SOURCES}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as found:
        pytest.fail(" imports ".join(reversed(found.args[1])))


def test_the_package_has_every_file_that_is_served() -> None:
    config = ConfigParser()
    config.read(_PAGE.parent.parent / "setup.cfg")
    patterns = config["options.package_data"]["bbbd.page"].split(", ")
    files = {path for path in _PAGE.glob("*/*") if path.parent.name != "__pycache__"}
    assert files == {path for pattern in patterns for path in _PAGE.glob(pattern)}


def test_an_event_has_one_owner() -> None:
    tables = [table for source in _SOURCES.values() for table in _EVENTS.findall(source)]
    names = [name for table in tables for name in re.findall(r"^  (\w+)(?:\(|:)", table, re.MULTILINE)]
    assert len(tables) == 8
    assert sorted(set(names)) == sorted(names)


def test_the_style_sheets_name_no_side_but_start_and_end() -> None:
    """A language that is written from right to left needs no style of its own."""
    sheets = [*_PAGE.glob("*/*.css"), _PAGE.parent / "playback" / "static" / "player.css"]
    sides = re.compile(r"(?:margin|padding|border)-(?:left|right)\b|(?:text-align|float|clear): (?:left|right)\b")
    for sheet in sheets:
        assert not sides.findall(sheet.read_text()), sheet
