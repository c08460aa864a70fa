"""Language tags (RFC 5646): validation, canonical spelling and English names."""

from __future__ import annotations

import re

from bbbd.values.value_types import ValueType

#: Length limit, so that a track's file name fits.
LONGEST = 200

#: RFC 5646, section 2.1: language, script, region, variants, extensions, private use; or private use alone.
_TAG = re.compile(
    r"""(?: (?: [a-z]{2,3} (?:-[a-z]{3}){0,3} | [a-z]{4} | [a-z]{5,8} )
            (?: -[a-z]{4} )?
            (?: -(?: [a-z]{2} | [0-9]{3} ) )?
            (?P<variants> (?: -(?: [a-z0-9]{5,8} | [0-9][a-z0-9]{3} ) )* )
            (?P<extensions> (?: -[0-9a-wy-z] (?:-[a-z0-9]{2,8})+ )* )
            (?: -x (?:-[a-z0-9]{1,8})+ )?
        | x (?:-[a-z0-9]{1,8})+ )""",
    re.VERBOSE,
)
_SINGLETON = re.compile(r"-([0-9a-z])(?=-)")
#: Grandfathered tags that do not follow the grammar.
_IRREGULAR = frozenset(
    [
        "en-gb-oed",
        "i-ami",
        "i-bnn",
        "i-default",
        "i-enochian",
        "i-hak",
        "i-klingon",
        "i-lux",
        "i-mingo",
        "i-navajo",
        "i-pwn",
        "i-tao",
        "i-tay",
        "i-tsu",
        "sgn-be-fr",
        "sgn-be-nl",
        "sgn-ch-de",
    ]
)
_ALLOWED = "a language tag like en, pt-BR or zh-Hant"


def canonical(tag: str) -> str:
    """Return a tag in canonical spelling; ``_`` is read as ``-``. Raises ``ValueError`` if it is malformed."""
    text = tag.strip().replace("_", "-")
    lower = text.lower()
    if not text.isascii() or len(text) > LONGEST:
        raise ValueError(f"is not {_ALLOWED}")
    if lower not in _IRREGULAR:
        found = _TAG.fullmatch(lower)
        if found is None or _has_duplicates((found["variants"] or "").split("-")[1:]):
            raise ValueError(f"is not {_ALLOWED}")
        if _has_duplicates(_SINGLETON.findall(found["extensions"] or "")):
            raise ValueError(f"is not {_ALLOWED}")
    return _usual_case(lower)


def _has_duplicates(subtags: list[str]) -> bool:
    return len(set(subtags)) < len(subtags)


def _usual_case(lower: str) -> str:
    """Return a tag in the case of RFC 5646, section 2.1.1: ``zh-Hant-TW``; lower case after a singleton."""
    first, *rest = lower.split("-")
    cased, after_singleton = [first], len(first) == 1
    for subtag in rest:
        if len(subtag) == 2 and not after_singleton:
            cased.append(subtag.upper())
        elif len(subtag) == 4 and not after_singleton:
            cased.append(subtag.title())
        else:
            cased.append(subtag)
        after_singleton = after_singleton or len(subtag) == 1
    return "-".join(cased)


LANGUAGE: ValueType[str] = ValueType(_ALLOWED, canonical)


def key_of(lang: str) -> str:
    """Return one key for all spellings of a language, since files on disk may have any spelling."""
    try:
        return canonical(lang)
    except ValueError:
        return lang
