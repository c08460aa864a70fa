"""Chat of a recording: ``slides_new.xml``.

It has the messages to all that were sent while recording was on. When the chat was cleared, the earlier ones go.
"""

from __future__ import annotations

from collections.abc import Iterator

from bbbd.history.chat_markup import as_markup
from bbbd.history.happenings import ChatCleared, Chatted, History
from bbbd.history.xml_text import attributes
from bbbd.presentation.people import Names
from bbbd.presentation.timeline import Timeline, seconds, tenths


def chat_xml(history: History, timeline: Timeline, names: Names) -> Iterator[str]:
    """Give the pieces of ``slides_new.xml``."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<popcorn>\n'
    waiting: list[Chatted] = []
    for one in history.happenings:
        if isinstance(one, Chatted) and timeline.is_recorded(one.at):
            waiting.append(one)
        elif isinstance(one, ChatCleared):
            gone = tenths(timeline.time(one.at))
            yield from (_line(message, timeline, names, gone) for message in waiting)
            waiting.clear()
    yield from (_line(message, timeline, names, None) for message in waiting)
    yield "</popcorn>\n"


def _line(message: Chatted, timeline: Timeline, names: Names, gone: int | None) -> str:
    begin = tenths(timeline.time(message.at))
    if gone is not None and gone <= begin:
        return ""
    out = {} if gone is None else {"out": seconds(gone)}
    facts = attributes(
        **{"in": seconds(begin)} | out,
        direction="down",
        name=names.of(message.user, message.name, message.role),
        senderRole=message.role.value,
        chatEmphasizedText=str(message.emphasized).lower(),
        message=as_markup(message.text),
        target="chat",
    )
    return f" <chattimeline{facts}/>\n"
