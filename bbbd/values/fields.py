"""Declared fields: each value from outside with its names, value type, default and meaning, written once.

A declaration is a frozen dataclass whose fields are made by ``given``. ``read`` fills it from any
source of texts (a query, a settings file), so numbers and enums are parsed in one place. The
documentation, ``--help`` and the tests read the same fields through ``declarations``.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeVar

from bbbd.limits import Limit
from bbbd.values.value_types import BeyondLimit, ValueType

D = TypeVar("D")


class TextSource(Protocol):
    """A source of named texts: a query, a settings file."""

    def find(self, name: str) -> str | None:
        """Return the text with this outside name, or None."""

    def matching(self, prefix: str) -> Mapping[str, str]:
        """Return all texts whose outside name has this prefix, by the rest of the name."""


class MissingValue(ValueError):
    """A required value is missing; ``name`` is its outside name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is missing")
        self.name = name


class RefusedValue(ValueError):
    """A value is invalid; ``why`` says what is wrong and what is allowed. ``limit`` is the limit that it is beyond."""

    def __init__(self, name: str, given: str, why: str, limit: Limit | None = None) -> None:
        short = given if len(given) <= 60 else given[:57] + "..."
        super().__init__(f'{name}: "{short}" {why}')
        self.name = name
        self.given = short
        self.why = why
        self.limit = limit


@dataclass(frozen=True, slots=True)
class FromSetting:
    """A default taken from a setting at the time of reading; ``attribute`` is the setting's field."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Prefixed:
    """A family of names: ``prefix`` followed by a match of ``rest``.

    Other names are ignored, which the log says; with ``strict`` they are refused.
    """

    prefix: str
    rest: re.Pattern[str]
    lowered: bool
    kind: ValueType[str]
    empty_too: bool = False
    strict: bool = False

    def read(self, source: TextSource) -> dict[str, str]:
        """Return the values by the rest of their names. Of equal names the first wins; empty values are skipped."""
        values: dict[str, str] = {}
        for rest, given in source.matching(self.prefix).items():
            if not self.rest.fullmatch(rest):
                name = (self.prefix + rest)[:60]
                if self.strict:
                    raise RefusedValue(name, given, "is no name that can be used here")
                _log_ignored(name)
            elif self.empty_too or given.strip():
                values.setdefault(rest.lower() if self.lowered else rest, _value(self.kind, self.prefix + rest, given))
        return values


def _log_ignored(name: str) -> None:
    from twisted.logger import Logger  # noqa: PLC0415 - commands read settings without Twisted

    Logger().warn("{name} is ignored: no such name can be used", event="name_ignored", name=name)


def default_text(value: object) -> str:
    """Return a default as a settings file has it. Raises ``TypeError`` for one that only a setting has."""
    if isinstance(value, FromSetting):
        raise TypeError(f"the default is the setting {value.attribute}")
    if value is None or value in ("", (), {}):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (tuple, frozenset)):
        joint = "," if value and isinstance(next(iter(value)), Enum) else " "
        texts = [default_text(one) for one in value]
        return joint.join(sorted(texts) if isinstance(value, frozenset) else texts)
    return str(value)


_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared field: its attribute, its outside names (the usual one first), type, default and meaning."""

    attribute: str
    names: tuple[str, ...]
    kind: ValueType[Any] | Prefixed
    default: Any
    meaning: str
    more: Mapping[str, Any]

    @property
    def required(self) -> bool:
        """True if the field has no default."""
        return self.default is _REQUIRED

    @property
    def name(self) -> str:
        """The usual outside name."""
        return self.names[0]


def given(
    names: str | tuple[str, ...],
    kind: ValueType[Any] | Prefixed,
    meaning: str,
    *,
    default: object = _REQUIRED,
    **more: object,
) -> Any:
    """Declare a dataclass field that is read from outside. Without a default it is required."""
    metadata: dict[str, object] = {"names": (names,) if isinstance(names, str) else names, "kind": kind}
    metadata |= {"meaning": meaning, "default": default, "more": more}
    if default is _REQUIRED:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default_factory=lambda: _plain(default), metadata=metadata)


def _plain(default: object) -> object:
    if isinstance(default, FromSetting):
        return None
    return dict(default) if isinstance(default, dict) else default


def declarations(declaration: type[Any]) -> tuple[Declared, ...]:
    """Return the declared fields of a declaration, in order."""
    if declaration not in _declared:
        _declared[declaration] = tuple(_declarations(declaration))
    return _declared[declaration]


_declared: dict[type[Any], tuple[Declared, ...]] = {}


def _declarations(declaration: type[Any]) -> Iterator[Declared]:
    return (
        Declared(field.name, **field.metadata) for field in dataclasses.fields(declaration) if "kind" in field.metadata
    )


def _value(kind: ValueType[Any], name: str, given: str) -> Any:
    try:
        return kind.read(given)
    except BeyondLimit as fault:
        raise RefusedValue(name, given, str(fault), fault.limit) from None
    except ValueError as fault:
        raise RefusedValue(name, given, str(fault)) from None


def read_one(declared: Declared, source: TextSource, defaults: object = None) -> Any:
    """Return the value of one field; an empty text counts as absent. Raises ``MissingValue`` and ``RefusedValue``."""
    if isinstance(declared.kind, Prefixed):
        return declared.kind.read(source)
    for name in declared.names:
        text = source.find(name)
        if text is not None and (text := text.strip()):
            value = _value(declared.kind, name, text)
            if value in ("", ()) and declared.required:
                break
            return value
    if declared.required:
        raise MissingValue(declared.name)
    if isinstance(declared.default, FromSetting):
        return getattr(defaults, declared.default.attribute)
    return _plain(declared.default)


def read(declaration: type[D], source: TextSource, defaults: object = None) -> D:
    """Return the declaration filled from a source; ``defaults`` are the settings named by ``FromSetting``.

    Raises ``MissingValue`` for the first required value that is missing, before any ``RefusedValue``.
    """
    declared = declarations(declaration)
    for one in declared:
        if one.required and not _is_given(one, source):
            raise MissingValue(one.name)
    return declaration(**{one.attribute: read_one(one, source, defaults) for one in declared})


def _is_given(declared: Declared, source: TextSource) -> bool:
    for name in declared.names:
        text = source.find(name)
        if text is not None and text.strip():
            return True
    return False
