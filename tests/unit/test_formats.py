"""Names on disk and on the wire are those of the table in ``format_names.py``, whatever the code calls them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import msgspec
import msgspec.inspect as known
from format_names import INSIDE, LISTS, NAMES

import bbbd
from bbbd.live import protocol
from bbbd.live.features import MESSAGES
from bbbd.meetings import slides
from bbbd.meetings.event import Event
from bbbd.meetings.features import EVENTS


def structures() -> Iterator[type]:
    """Give every structure that any module has."""
    for module in pkgutil.walk_packages(bbbd.__path__, "bbbd."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = [msgspec.Struct]
    while found:
        subclasses = [one for one in found.pop().__subclasses__() if one.__module__.startswith(("bbbd", "msgspec"))]
        found += subclasses
        yield from (one for one in subclasses if one.__module__.startswith("bbbd.") and one not in INSIDE)


def inside(of: known.Type) -> Iterator[known.Type]:
    """Give the types that a type is made of."""
    if isinstance(of, known.StructType | known.DataclassType | known.NamedTupleType):
        yield from (field.type for field in of.fields)
    elif isinstance(of, known.UnionType):
        yield from of.types
    elif isinstance(of, known.TupleType):
        yield from of.item_types
    elif isinstance(of, known.DictType):
        yield from (of.key_type, of.value_type)
    elif isinstance(of, known.ListType | known.VarTupleType | known.SetType | known.FrozenSetType):
        yield of.item_type


def names(of: known.Type, told: dict[type, str]) -> None:
    """Put the names of a type, and of all types in it, to those that are told."""
    if isinstance(of, known.EnumType):
        told[of.cls] = " ".join(member.value for member in of.cls)
    elif isinstance(of, known.StructType | known.DataclassType | known.NamedTupleType):
        if of.cls in told:
            return
        tag = (f"{of.tag_field}={of.tag}",) if isinstance(of, known.StructType) and of.tag_field else ()
        told[of.cls] = " ".join((*tag, *(field.encode_name for field in of.fields)))
    for one in inside(of):
        names(one, told)


def test_names_outside_are_those_of_the_table() -> None:
    told: dict[type, str] = {}
    for structure in (*structures(), *LISTS):
        names(known.type_info(structure), told)
    assert told == NAMES


def test_every_kind_can_be_read() -> None:
    assert set(EVENTS) == {one for one in NAMES if issubclass(one, Event)}
    assert set(MESSAGES) == {one for one in NAMES if issubclass(one, protocol.ClientMessage)}


def test_a_kind_is_what_the_journal_calls_it() -> None:
    assert slides.DeckBegun(deck="d").kind == "DeckBegun"
    assert msgspec.json.encode(slides.DeckBegun(deck="d")) == b'{"e":"DeckBegun","deck":"d"}'
