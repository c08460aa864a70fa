"""Value types: each parses a text into a value, or says what is allowed.

A value type describes its values for people (``minutes (0 or more)``) and parses one
from a text, or raises ``ValueError`` with half a sentence to append to the text:
``"maybe" `` + ``is not true or false``. API parameters and settings share them.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar
from urllib.parse import urlsplit

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


def number(
    what: str = "a number", least: int = 0, most: int = 10**12, *, negative: int | None = None
) -> ValueType[int]:
    """Whole numbers in ASCII digits. Negative numbers are read as ``negative`` if that is set, else refused."""
    kind: ValueType[int]

    def read(text: str) -> int:
        if negative is not None and text.isascii() and text.startswith("-") and text[1:].isdigit():
            return negative
        if not (text.isascii() and text.isdigit() and len(text) <= 15 and least <= int(text) <= most):
            raise _refuse(kind.allowed)
        return int(text)

    kind = ValueType(f"{what} ({least} or more)" if most == 10**12 else f"{what} ({least} to {most})", read)
    return kind


MINUTES = number("a number of minutes", most=525_600)
SECONDS = number("a number of seconds", most=31_536_000)
MILLISECONDS = number("a number of milliseconds", least=1000, most=86_400_000)

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


def without_controls(text: str) -> str:
    """Return a text without control characters (Unicode Cc) and characters that XML forbids."""
    if text.isprintable():
        return text
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs") and c not in "\ufffe\uffff")


#: Characters removed from chat: controls other than line ends and tabs, and marks that change text direction.
_NOT_IN_CHAT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


#: Embeddings, overrides and isolates of direction.
_DIRECTION_MARKS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


#: Invisible letters and a blank Braille sign; and the categories of invisible characters.
_BLANK_CHARACTERS = "\u115f\u1160\u2800\u3164\uffa0"
_BLANK_CATEGORIES = ("Cc", "Cf", "Zl", "Zp", "Zs")


def _visible(given: str) -> str:
    """Return a text, or "" if all of it is invisible."""
    visible = any(c not in _BLANK_CHARACTERS and unicodedata.category(c) not in _BLANK_CATEGORIES for c in given)
    return given if visible else ""


def chat_text(given: str) -> str:
    """Return a chat message as it is shown to others; it may have several lines."""
    return _visible(_NOT_IN_CHAT.sub("", given.replace("\r\n", "\n").replace("\r", "\n")).strip())


def has_controls(text: str) -> bool:
    """Return whether the text has control characters (Unicode Cc) or characters that XML forbids."""
    return text != without_controls(text)


def text(most: int = 16_384) -> ValueType[str]:
    """Text shown to people: control characters are removed; at most ``most`` characters."""
    return _text(most, without_controls)


def person_name(most: int) -> ValueType[str]:
    """A person's name: text without marks that change direction; empty if all of it is invisible."""
    return _text(most, lambda given: _visible(_DIRECTION_MARKS.sub("", without_controls(given))))


def _text(most: int, cleaned: Callable[[str], str]) -> ValueType[str]:
    allowed = f"a text of at most {most} characters"

    def read(given: str) -> str:
        value = cleaned(given).strip()
        if len(value) > most:
            raise ValueError(f"is too long; allowed is {allowed}")
        return value

    return ValueType(allowed, read, "")


TEXT = text()


def identifier(least: int = 1, most: int = 256, *, forbidden: str = "") -> ValueType[str]:
    """Identifiers. Control characters are refused, not removed, since two names must never become one."""
    allowed = f"{least} to {most} characters" if least > 1 else f"at most {most} characters"

    def read(given: str) -> str:
        if has_controls(given):
            raise ValueError("has a control character in it; none is allowed")
        if not least <= len(given) <= most:
            raise ValueError(f"is too {'long' if len(given) > most else 'short'}; allowed are {allowed}")
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
DIGITS = pattern("a number of 1 to 16 digits", r"[0-9]{1,16}")


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


def _comma_separated(given: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in (piece.strip() for piece in given.split(",")) if part))


COMMA_LIST: ValueType[tuple[str, ...]] = ValueType("a list with commas between", _comma_separated, ())


def _networks(given: str) -> Networks:
    try:
        return tuple(ipaddress.ip_network(part) for part in given.replace(",", " ").split())
    except ValueError as fault:
        raise ValueError(f"is not a list of networks like 10.0.0.0/8: {fault}") from None


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
DIRECTORY = ValueType("a directory", str)
