"""Config.xml documents that applications set for a meeting. Those of the operator: ``config_documents.py``."""

from __future__ import annotations

from bbbd.clock import Moment
from bbbd.meetings.event import Event
from bbbd.meetings.model import Meeting
from bbbd.meetings.rules import rule


class ConfigAdded(Event, frozen=True, kw_only=True, tag="ConfigAdded"):
    """A config.xml was set for the meeting; with ``default`` it also serves joins that name none."""

    token: str
    text: str
    default: bool = False


EVENTS: tuple[type[Event], ...] = (ConfigAdded,)


@rule(ConfigAdded)
def _(event: ConfigAdded, meeting: Meeting, _at: Moment) -> None:
    meeting.configs[event.token] = event.text
    if event.default:
        meeting.default_config = event.token
