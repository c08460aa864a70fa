"""Value types: each parses a text into a value, or says what is allowed.

A value type describes its values for people (``minutes (0 or more)``) and parses one
from a text, or raises ``ValueError`` with half a sentence to append to the text:
``"maybe" `` + ``is not true or false``. API parameters and settings share them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from bbbd.limits import Limit
from bbbd.values.texts import has_controls, is_visible, one_line, paragraphs, title

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


@dataclass(frozen=True, slots=True)
class ValueType(Generic[T]):
    """A parser of texts (``read``) and a description of the allowed values for people (``allowed``)."""

    allowed: str
    read: Callable[[str], T]
    #: The value of an empty setting; None if an empty text counts as absent.
    empty: T | None = None


def _refuse(allowed: str) -> ValueError:
    return ValueError(f"is not {allowed}")


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def _boolean(text: str) -> bool:
    try:
        return _BOOLEANS[text.lower()]
    except KeyError:
        raise _refuse(BOOLEAN.allowed) from None


BOOLEAN = ValueType("true or false", _boolean)


#: Fifteen digits: JSON keeps a longer number exact nowhere but here, so it would not come back as it was sent.
LARGEST_NUMBER = 10**15 - 1
#: Some 7,600 years. The dates of Python and Java end with the year 9999, so a later end could not be written.
_MOST_MINUTES = 4_000_000_000
_LONGEST_TIME = "a longer time would end after the year 9999"


def number(
    what: str = "a number", least: int = 0, most: int = LARGEST_NUMBER, *, negative: int | None = None, why: str = ""
) -> ValueType[int]:
    """Whole numbers in ASCII digits. Negative numbers are read as ``negative`` if that is set, else refused.

    ``why`` is the reason of the upper bound.
    """
    bound = f"{least} or more" if most == LARGEST_NUMBER else f"{least} to {most}"
    allowed = f"{what} ({bound})"

    def read(text: str) -> int:
        if negative is not None and text.isascii() and text.startswith("-") and text[1:].isdigit():
            return negative
        if not (text.isascii() and text.isdigit()):
            raise _refuse(allowed)
        digits = text.lstrip("0") or "0"
        if len(digits) > len(str(most)) or int(digits) > most:
            reason = why or ("a longer one is not exact in JSON" if most == LARGEST_NUMBER else "")
            raise _refuse(f"{what} ({least} to {most})" + (f": {reason}" if reason else ""))
        if int(digits) < least:
            raise _refuse(allowed)
        return int(digits)

    return ValueType(allowed, read)


MINUTES = number("a number of minutes", most=_MOST_MINUTES, why=_LONGEST_TIME)
SECONDS = number("a number of seconds", most=_MOST_MINUTES * 60, why=_LONGEST_TIME)
MILLISECONDS = number("a number of milliseconds", least=1000, most=_MOST_MINUTES * 60_000, why=_LONGEST_TIME)
#: ``MINUTES`` as old clients send them: a negative number is no limit.
DURATION = number("a number of minutes", most=_MOST_MINUTES, negative=0, why=_LONGEST_TIME)

_SIZES = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_SIZE = re.compile(r"([0-9]{1,12}) ?(KiB|MiB|GiB|)")


def size(least: int = 0) -> ValueType[int]:
    """Bytes, also as ``40 MiB``."""
    allowed = "a number of bytes, or of KiB, MiB or GiB" + (f" (at least {least} bytes)" if least else "")

    def read(text: str) -> int:
        found = _SIZE.fullmatch(text)
        if found is None or (value := int(found[1]) * _SIZES[found[2]]) < least:
            raise _refuse(allowed)
        return value

    return ValueType(allowed, read)


class BeyondLimit(ValueError):
    """A value is beyond a limit whose refusals are counted."""

    def __init__(self, why: str, limit: Limit = Limit.VALUE) -> None:
        super().__init__(why)
        self.limit = limit


#: Characters of a text. Each person who comes in gets it at once, and a connection that is slow to read is closed.
LONGEST_TEXT = 16_384


def text(most: int = LONGEST_TEXT, *, why: str = "") -> ValueType[str]:
    """Text that is shown on one line, of at most ``most`` characters; ``why`` is the reason of this bound."""
    return _text(most, one_line, why)


#: Characters of a name.
LONGEST_NAME = 256


def title_text(most: int = LONGEST_NAME, *, why: str = "a longer name has no place in lists") -> ValueType[str]:
    """Name of a meeting, room, deck or track."""
    return _text(most, title, why)


def _visible_title(given: str) -> str:
    shown = title(given)
    return shown if is_visible(shown) else ""


def person_name(most: int) -> ValueType[str]:
    """A person's name; empty if all of it is invisible."""
    return _text(most, _visible_title, "a longer name has no place in lists")


def _text(most: int, cleaned: Callable[[str], str], why: str) -> ValueType[str]:
    allowed = f"a text of at most {most} characters"
    reason = why or "it is sent to each person who comes in"

    def read(given: str) -> str:
        value = cleaned(given)
        if len(value) > most:
            raise BeyondLimit(f"is too long; allowed is {allowed}: {reason}")
        return value

    return ValueType(allowed, read, "")


TEXT = text()


def multiline_text(most: int = LONGEST_TEXT, *, why: str = "") -> ValueType[str]:
    """Text of several lines, as it is or as HTML."""
    return _text(most, paragraphs, why)


MULTILINE_TEXT = multiline_text()


def identifier(least: int = 1, most: int = 256, *, forbidden: str = "") -> ValueType[str]:
    """Identifiers. Control characters are refused, not removed, since two names must never become one."""
    allowed = f"{least} to {most} characters" if least > 1 else f"at most {most} characters"

    def read(given: str) -> str:
        if has_controls(given):
            raise ValueError("has a control character in it; none is allowed")
        if len(given) > most:
            raise BeyondLimit(f"is too long; allowed are {allowed}")
        if len(given) < least:
            raise ValueError(f"is too short; allowed are {allowed}")
        for character in forbidden:
            if character in given:
                raise ValueError(f"has a {character!r} in it, which is not allowed")
        return given

    return ValueType(allowed, read)


#: Identifiers that are only looked up, and passwords.
ANY_IDENTIFIER = identifier(1, 16_384)


def pattern(allowed: str, expression: str) -> ValueType[str]:
    """Texts that fully match a regular expression."""
    compiled = re.compile(expression)

    def read(given: str) -> str:
        if compiled.fullmatch(given) is None:
            raise _refuse(allowed)
        return given

    return ValueType(allowed, read)


COLOUR = pattern("a colour like #FFFFFF", r"#[0-9A-Fa-f]{6}")
DIGITS = pattern("digits", r"[0-9]+")


def enum(kind: type[E], *, otherwise: E | None = None) -> ValueType[E]:
    """A member of an enum, in any letter case. Unknown names become ``otherwise`` if that is set."""
    known = {str(member.value).lower(): member for member in kind}
    allowed = "one of " + ", ".join(str(member.value) for member in kind)

    def read(given: str) -> E:
        found = known.get(given.lower(), otherwise)
        if found is None:
            raise _refuse(allowed)
        return found

    return ValueType(allowed, read)


def enums(kind: type[E]) -> ValueType[tuple[E, ...]]:
    """Members of an enum with commas between, in any letter case, each once; at least one."""
    one = enum(kind)
    allowed = f"a list with commas between of {', '.join(str(member.value) for member in kind)}"

    def read(given: str) -> tuple[E, ...]:
        try:
            found = tuple(dict.fromkeys(one.read(part) for part in _comma_separated(given)))
        except ValueError:
            raise _refuse(allowed) from None
        if not found:
            raise _refuse(allowed)
        return found

    return ValueType(allowed, read)


def _http_url(given: str) -> str:
    try:
        parts = urlsplit(given)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or re.search(r"[\s\\<>\"]", given) or has_controls(given):
        raise _refuse(HTTP_URL.allowed)
    return given


HTTP_URL = ValueType("an http or https URL", _http_url)


def http_url(given: str) -> str:
    """Return a URL that may be linked and redirected to; "" for all else."""
    try:
        return _http_url(given)
    except ValueError:
        return ""


def _comma_separated(given: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in (piece.strip() for piece in given.split(",")) if part))


COMMA_LIST: ValueType[tuple[str, ...]] = ValueType("a list with commas between", _comma_separated, ())


def _networks(given: str) -> Networks:
    try:
        return tuple(ipaddress.ip_network(part) for part in given.replace(",", " ").split())
    except ValueError as fault:
        raise ValueError(f"is not a list of networks like 10.0.0.0/8: {fault}") from None


#: A path relative to the working directory of the process becomes absolute: a daemon may leave it.
FILE = ValueType("a file", lambda text: str(Path(text).absolute()))
NETWORKS: ValueType[Networks] = ValueType("networks like 10.0.0.0/8 with spaces between", _networks, ())
_ORIGIN = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
#: One source of a content security policy; a ``;`` would begin another directive.
_SOURCE = re.compile(r"[A-Za-z0-9*:/._\[\]'-]+")


def _all_match(expression: re.Pattern[str], what: str) -> Callable[[str], tuple[str, ...]]:
    def read(given: str) -> tuple[str, ...]:
        found = tuple(given.split())
        if wrong := next((one for one in found if not expression.fullmatch(one)), ""):
            raise ValueError(f"has {wrong[:100]!r}, which is not {what}")
        return found

    return read


ORIGINS = ValueType("origins like https://app.example.org with spaces between", _all_match(_ORIGIN, "an origin"))
SOURCES = ValueType("sources of a content security policy with spaces between", _all_match(_SOURCE, "a source"))
#: A path relative to the working directory of the process becomes absolute: its own processes run elsewhere.
DIRECTORY = ValueType("a directory", lambda text: str(Path(text).absolute()))
