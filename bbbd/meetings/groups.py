"""Groups for breakout rooms in ``create``: JSON, or the looser notation of BigBlueButton's documentation.

``[{id:'1',name:'GroupA',roster:['1235']}]``: names without quotes, and texts in single quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bbbd.values.value_types import ValueType

_TOKEN = re.compile(r"""\s*(?:("(?:[^"\\]|\\.)*")|'((?:[^'\\]|\\.)*)'|([\[\]{},:])|([^\s\[\]{},:'"]+))\s*""", re.DOTALL)
_CONSTANT = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_ESCAPED = re.compile(r'\\(.)|"', re.DOTALL)


def _strict(given: str) -> Iterator[str]:
    """Give the pieces of the same document in strict JSON. Raises ``ValueError``."""
    place, comma = 0, ""
    while place < len(given):
        found = _TOKEN.match(given, place)
        if found is None:
            raise ValueError("is not JSON")
        place = found.end()
        quoted, single, mark, word = found.groups()
        if mark == ",":
            comma = ","
            continue
        # A comma before the closing bracket is left out.
        if comma and mark not in ("]", "}"):
            yield comma
        comma = ""
        if single is not None:
            yield '"' + _ESCAPED.sub(_escaped, single) + '"'
        else:
            yield quoted or mark or (word if _CONSTANT.fullmatch(word) else json.dumps(word))


def _escaped(found: re.Match[str]) -> str:
    """Return an escape of a text in single quotes as one in double quotes."""
    if found[0] == '"':
        return '\\"'
    return "'" if found[1] == "'" else found[0]


def _loaded(given: str) -> Any:
    try:
        return json.loads(given)
    except ValueError:
        return json.loads("".join(_strict(given)))


def _groups(given: str) -> tuple[dict[str, Any], ...]:
    try:
        groups = _loaded(given)
    except (ValueError, RecursionError):
        raise ValueError(f"is not {GROUPS.allowed}") from None
    if not isinstance(groups, list):
        raise ValueError(f"is not {GROUPS.allowed}")  # noqa: TRY004 - the fault is in what was sent
    return tuple(
        {
            "id": group["id"],
            "name": group["name"] if isinstance(group.get("name"), str) else "",
            "roster": [user for user in roster if isinstance(user, str)] if isinstance(roster, list) else [],
        }
        for group in groups
        if isinstance(group, dict) and isinstance(group.get("id"), str)
        for roster in [group.get("roster")]
    )


GROUPS = ValueType("a JSON array of groups with id, name and roster", _groups)
