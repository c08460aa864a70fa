"""Reader of SSA and ASS (SubStation Alpha, v4 and v4+): sections of styles and events, with named columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bbbd.subtitles.ass_overrides import is_on, runs
from bbbd.subtitles.cues import STYLES, Cue, TextStyle, cue, milliseconds

_BEFORE_BOLD = ("name", "fontname", "fontsize", "primarycolour", "secondarycolour", "outlinecolour", "backcolour")
_V4 = (*_BEFORE_BOLD, "bold", "italic")
_V4_PLUS = (*_V4, "underline")
_EVENT = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
#: Sections and their columns when there is no ``Format:`` line.
_STYLE_SECTIONS = {"[v4 styles]": _V4, "[v4+ styles]": _V4_PLUS, "[v4 styles+]": _V4_PLUS, "[v4++ styles]": _V4_PLUS}
_EVENT_SECTIONS = {"[events]": _EVENT}
_MOST_COLUMNS = 50
_COLUMNS = {"b": "bold", "i": "italic", "u": "underline"}

_TIME = re.compile(r"([0-9]{1,15}):([0-9]{1,2}):([0-9]{1,2})(?:[.:]([0-9]{1,3}))?")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")


def begins_section(line: str) -> bool:
    """Return whether a line begins a section that is specific to SSA."""
    return line.strip().lower() in {"[script info]", *_EVENT_SECTIONS}


def read(lines: list[str]) -> Iterator[Cue | None]:
    """Yield the cues of a file, None for one that cannot be timed. Styles may follow the events that use them."""
    styles = {_name(row["name"]): _style(row) for row in _rows(lines, _STYLE_SECTIONS, "style") if "name" in row}
    default = styles.get("Default", TextStyle.PLAIN)
    for row in _rows(lines, _EVENT_SECTIONS, "dialogue"):
        start, end = (_TIME.fullmatch(row.get(name, "").strip()) for name in ("start", "end"))
        if not (start and end):
            yield None
        else:
            own = styles.get(_name(row.get("style", "")), default)
            text = runs(row.get("text", ""), own, styles)
            begins, ends = milliseconds(*start.groups()), milliseconds(*end.groups())
            if (one := cue(begins, ends, text)) or ends <= begins:
                yield one


def _rows(lines: list[str], sections: Mapping[str, tuple[str, ...]], kind: str) -> Iterator[dict[str, str]]:
    """Yield the lines of one kind as mappings from column to field."""
    columns: tuple[str, ...] | None = None
    for line in map(str.strip, lines):
        if line.startswith("[") and line.endswith("]"):
            columns = sections.get(line.lower())
        elif columns:
            what, _colon, rest = line.partition(":")
            what = what.strip().lower()
            if what == "format":
                columns = tuple(name.strip().lower() for name in rest.split(",")[:_MOST_COLUMNS])
            elif what == kind:
                yield _row(columns, rest)


def _row(columns: tuple[str, ...], rest: str) -> dict[str, str]:
    before = columns.index("text") if "text" in columns else len(columns)
    fields = rest.split(",", before)
    # Additional commas belong to the text.
    fields[before:] = fields[before].rsplit(",", len(columns) - before - 1) if len(fields) > before else []
    return dict(zip(columns, fields, strict=False))


def _style(row: Mapping[str, str]) -> TextStyle:
    style = TextStyle.PLAIN
    for letter, column in _COLUMNS.items():
        value = _NUMBER.fullmatch(row.get(column, "").strip())
        if value and is_on(value[0], otherwise=False):
            style |= STYLES[letter]
    return style


def _name(name: str) -> str:
    return name.strip().lstrip("*")
