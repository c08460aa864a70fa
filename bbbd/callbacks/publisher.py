"""The publisher: writes an event's notifications to the outbox before the event happens (transactional outbox).

A kill in between leaves an entry whose event is in no journal; the next start deletes the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from urllib.parse import parse_qsl, urlsplit

from twisted.logger import Logger

from bbbd.callbacks import analytics, hook_messages
from bbbd.callbacks.deliveries import CallbackKind, Delivery
from bbbd.callbacks.event_names import Notification, notifications_of
from bbbd.callbacks.hooks import Hooks
from bbbd.callbacks.outbox import Outbox
from bbbd.clock import Moment
from bbbd.meetings.event import Created, Ended, Event
from bbbd.meetings.model import Meeting
from bbbd.settings.current import CurrentSettings
from bbbd.values.urls import with_parameters
from bbbd.values.value_types import HTTP_URL

_log = Logger()

#: Names of metadata that hold URLs to call.
END, EVENTS, ANALYTICS = "endcallbackurl", "eventcallbackurl", "analytics-callback-url"
READY = ("bbb-recording-ready-url", "bn-recording-ready-url", "canvas-recording-ready-url")


class Publisher:
    """Publishes the events of meetings. ``look`` warns of URLs that cannot be called, when a meeting is created."""

    def __init__(self, outbox: Outbox, hooks: Hooks, current: CurrentSettings, look: Callable[[str], None]) -> None:
        self._outbox = outbox
        self._hooks = hooks
        self._current = current
        self._look = look

    def foretell(self, meeting: Meeting, event: Event, now: Moment) -> Callable[[], None] | None:
        """Write the notifications of an event. Return a function that removes them, None if there are none.

        The event has not happened to the meeting yet, except its creation. Raises ``OSError`` when the notifications of
        an end cannot be written: an end without its callback is worse than one that is tried again.
        """
        entries = list(self._entries(meeting, event, now))
        if isinstance(event, Created):
            for url in self._urls(meeting):
                self._look(url)
        if not entries:
            return None
        return partial(self._outbox.take_back, self._outbox.add(entries, must=isinstance(event, Ended)))

    def _urls(self, meeting: Meeting) -> list[str]:
        metadata = meeting.created.wanted.metadata
        found = [metadata.get(name, "") for name in (END, EVENTS, ANALYTICS, *READY)]
        return [url for url in (*found, meeting.created.wanted.meeting_ended_url) if url]

    def _entries(self, meeting: Meeting, event: Event, now: Moment) -> Iterator[Delivery]:
        wanted = meeting.created.wanted
        n = 1 if isinstance(event, Created) else meeting.n + 1
        make = partial(Delivery, meeting=meeting.internal_id, event_number=n, created_at=now.wall)
        addresses = dict.fromkeys((wanted.metadata.get(EVENTS, ""), self._current.settings.event_callback_url))
        receivers = [url for url in addresses if _is_callable(url)]
        hooks = self._hooks.select(meeting.external_id)
        if receivers or hooks:
            for notification in notifications_of(meeting, event):
                # Most hooks are sent the same.
                content_of = cache(partial(_content, notification, meeting, now))
                for receiver in receivers:
                    yield make(
                        kind=CallbackKind.EVENT, url=_event_url(receiver, notification, meeting, now), receiver=receiver
                    )
                for hook in hooks:
                    if notification.event_name.hook and hook.wants(meeting.external_id, notification.event_name.hook):
                        yield make(kind=CallbackKind.HOOK, url=hook.url, receiver=hook.id, content=content_of(hook.raw))
        if isinstance(event, Ended) and not meeting.is_breakout:
            yield from self._end(meeting, now, make)

    def _end(self, meeting: Meeting, now: Moment, make: Callable[..., Delivery]) -> Iterator[Delivery]:
        wanted = meeting.created.wanted
        if _is_callable(url := wanted.metadata.get(END, "")):
            yield make(kind=CallbackKind.END, url=_end_url(url, meeting), receiver=url)
        if _is_callable(url := wanted.meeting_ended_url):
            yield make(kind=CallbackKind.END, url=url, receiver=url)
        if _is_callable(url := wanted.metadata.get(ANALYTICS, "")):
            content, own = analytics.describe(meeting, now), wanted.application
            yield make(kind=CallbackKind.ANALYTICS, url=url, receiver=url, application=own, content=content)


def _content(notification: Notification, meeting: Meeting, now: Moment, is_raw: bool) -> str:  # noqa: FBT001 - cached
    return hook_messages.event_of_meeting(notification, meeting, now, raw=is_raw)


def _is_callable(url: str) -> bool:
    """Return whether a URL can be called; log one that cannot."""
    if not url:
        return False
    try:
        HTTP_URL.read(url)
    except ValueError as fault:
        _log.warn("a callback is dropped: its URL {why}", event="callback_dropped", why=str(fault))
        return False
    return True


def _end_url(url: str, meeting: Meeting) -> str:
    """Return the end callback's URL: ``recordingmarks`` always, ``meetingID`` when it has none."""
    marks = "true" if meeting.created.record and meeting.marked else "false"
    named = any(name == "meetingID" for name, _value in parse_qsl(urlsplit(url).query, keep_blank_values=True))
    return with_parameters(url, ({} if named else {"meetingID": meeting.external_id}) | {"recordingmarks": marks})


def _event_url(url: str, notification: Notification, meeting: Meeting, now: Moment) -> str:
    """Return a meeting event callback's URL."""
    parameters = {"event": notification.event_name.event}
    person = notification.subject if notification.subject and notification.subject.user else None
    if person:
        parameters["userID"] = person.external_id
    parameters |= {"meetingID": meeting.external_id, "internalMeetingID": meeting.internal_id}
    if person:
        parameters |= {"internalUserID": person.user, "role": person.role.value}
    return with_parameters(url, parameters | dict(notification.facts) | {"timestamp": str(now.wall)})
