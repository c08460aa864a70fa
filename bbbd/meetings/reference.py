"""The reference of events: ``docs/events.md``, made from the classes."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import getdoc
from typing import Any

import msgspec
import msgspec.inspect as known

from bbbd.meetings import event
from bbbd.meetings.features import FEATURES


def markdown(text: str | None) -> str:
    """Return a docstring as Markdown."""
    return (text or "").replace("``", "`")


def meaning(kind: Any) -> str:
    """Return a docstring as a table's cell."""
    return " ".join(markdown(getdoc(kind)).split()).replace("|", "\\|")


def fields(kind: type[msgspec.Struct], *, leave_out: str = "") -> str:
    """Return a structure's fields with their types as a table's cell; those in brackets may be absent."""
    found = known.type_info(kind)
    assert isinstance(found, known.StructType)
    texts = [(field, f"`{field.encode_name}` {type_name(field.type)}") for field in found.fields]
    shown = [text if field.required else f"[{text}]" for field, text in texts if field.encode_name != leave_out]
    return ", ".join(shown)


def type_name(of: known.Type) -> str:
    """Return a type in words."""
    match of:
        case known.UnionType(types=types):
            name = " or ".join(type_name(one) for one in types if type(one) in _NAMES)
        case known.EnumType(cls=cls):
            name = " / ".join(f"`{one.value}`" for one in cls)
        case known.LiteralType(values=values):
            name = " / ".join(f"`{one}`" for one in values)
        case known.DictType(key_type=keys, value_type=values):
            name = f"object of {type_name(keys)}: {type_name(values)}"
        case known.ListType(item_type=item) | known.VarTupleType(item_type=item):
            name = f"list of {type_name(item)}"
        case known.StructType(cls=cls) | known.DataclassType(cls=cls):
            name = cls.__name__
        case _:
            name = _NAMES[type(of)]
    return name


_NAMES: dict[type[known.Type], str] = {
    known.AnyType: "anything",
    known.BoolType: "true/false",
    known.FloatType: "number",
    known.IntType: "integer",
    known.NoneType: "null",
    known.StrType: "text",
}


def events_page() -> str:
    """Return the page of all events."""
    return "\n".join((*_HEAD, *(line for feature in FEATURES for line in _section(feature))))


_HEAD = (
    "<!-- Made by `make docs` from the declarations in the code. -->",
    "# Events",
    "",
    "Everything that can happen in a meeting. A meeting is the fold of its events; its journal has one line for each,"
    " with the event's name as `e`. Fields in brackets may be absent. `user` is a person's internal id; `by` is the"
    " user who did it. What people in a meeting see of them: [protocol.md](protocol.md).",
    "",
)


def _section(feature: Any) -> Iterator[str]:
    title = "Core" if feature is event else feature.__name__.rpartition(".")[2].replace("_", " ").capitalize()
    yield from (f"## {title}", "", markdown(getdoc(feature)).splitlines()[0], "")
    yield "| event | fields | meaning |"
    yield "|---|---|---|"
    for kind in feature.EVENTS:
        yield f"| `{kind.__struct_config__.tag}` | {fields(kind)} | {meaning(kind)} |"
    yield ""
