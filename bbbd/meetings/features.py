"""All features of a meeting, in one place. Importing this module registers all their rules.

A feature is a module with its events (``EVENTS``) and the rule of each event. The rules of one feature do not read or
write the state of another. People and the whole meeting are the core: ``event.py``, ``people.py``, ``fold.py``.
"""

from __future__ import annotations

from types import ModuleType

from bbbd.meetings import breakouts, chat, config_xml, event, feedback, hands, media, people, polls, recording, slides
from bbbd.meetings.event import Event
from bbbd.meetings.rules import RULES

__all__ = ["EVENTS", "FEATURES", "RULES", "people"]

#: The features, in the order in which the reference lists them; the core comes first.
FEATURES: tuple[ModuleType, ...] = (
    event,
    chat,
    hands,
    polls,
    slides,
    media,
    recording,
    breakouts,
    feedback,
    config_xml,
)
#: Every kind of event, as journals know them.
EVENTS: tuple[type[Event], ...] = tuple(kind for feature in FEATURES for kind in feature.EVENTS)
