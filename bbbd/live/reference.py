"""The reference of the protocol: ``docs/protocol.md``, made from the classes."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

from bbbd.live import protocol
from bbbd.live.commands import COMMANDS, Who
from bbbd.live.feature import Feature
from bbbd.live.features import FEATURES
from bbbd.live.protocol import ClientMessage, CloseReason, RefusalKey
from bbbd.live.visibility import VIEWS
from bbbd.meetings.features import EVENTS
from bbbd.meetings.reference import fields, markdown, meaning


def protocol_page() -> str:
    """Return the page of the protocol."""
    # The first two paragraphs are for readers of the code.
    text = markdown(protocol.__doc__).split("\n\n", 2)[2].rstrip()
    return "\n".join(
        (
            "<!-- Made by `make docs` from the declarations in the code. -->",
            "# The protocol of people in a meeting",
            "",
            "What a client and the server send each other, enough to write a client from.",
            "",
            text,
            "",
            f"**Keys of `no`**: {', '.join(f'`{key.value}`' for key in RefusalKey)}.",
            "",
            "| reason of `bye` | close code | connect again after |",
            "|---|---|---|",
            *(f"| `{name}` | {code} | {_again(seconds)} |" for name, code, seconds in map(_values, CloseReason)),
            "",
            "In the tables fields in brackets may be absent; every message may have `id`.",
            "",
            *(line for feature in FEATURES for line in _section(feature)),
        )
    )


def _values(reason: CloseReason) -> tuple[str, int, int | None]:
    name, code, seconds = reason.value
    return name, code, seconds


def _again(seconds: int | None) -> str:
    return "never" if seconds is None else f"{seconds} s"


def _section(feature: Feature) -> Iterator[str]:
    yield from (f"## {feature.title}", "", *cleandoc(markdown(feature.about)).splitlines(), "")
    yield from ("| message | fields | who may | meaning |", "|---|---|---|---|")
    for kind in feature.messages:
        tag = kind.__struct_config__.tag
        yield f"| `{tag}` | {fields(kind, leave_out='id')} | {_who(kind)} | {meaning(kind)} |"
    yield ""
    seen = [kind for kind in EVENTS if kind in VIEWS and VIEWS[kind].__module__ == feature.module]
    seen = [kind for kind in seen if VIEWS[kind].__doc__]
    if seen:
        yield from ("| event | facts |", "|---|---|")
        yield from (f"| `{kind.__struct_config__.tag}` | {meaning(VIEWS[kind])} |" for kind in seen)
        yield ""


def _who(kind: type[ClientMessage]) -> str:
    command = COMMANDS.get(kind)
    return Who.ALL.value if command is None else command.who.value
