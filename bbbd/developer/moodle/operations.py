"""Table of the back office's operations: names, parameters and function."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from inspect import getdoc
from typing import Any

from bbbd.api.problems import Failed, Problem
from bbbd.api.response_tree import Tree
from bbbd.developer.moodle.answers import YES
from bbbd.developer.moodle.context import OperationContext
from bbbd.developer.moodle.events import AddMeetingEvent, SendAllEvents, add_meeting_event, send_all_events
from bbbd.developer.moodle.meetings import CreateMeeting, NoSelection, create_meeting, list_meetings
from bbbd.developer.moodle.notifications import SendNotifications, send_notifications
from bbbd.developer.moodle.recordings import CreateRecording, create_recording, list_recordings
from bbbd.settings.api import ALGORITHMS
from bbbd.values.enums import Algorithm
from bbbd.values.fields import given
from bbbd.values.value_types import TEXT, ValueType


def _json(given_text: str) -> Any:
    try:
        return json.loads(given_text)
    except (ValueError, RecursionError):
        raise ValueError("is no JSON") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSetting:
    """Parameters of ``set``."""

    name: str = given("name", TEXT, "The setting's name; all but `checksum_algorithms` are ignored.")
    value: Any = given("value", ValueType("JSON", _json), 'The setting\'s value, for example `["SHA1", "SHA512"]`.')


async def set_setting(context: OperationContext, params: SetSetting) -> Tree:
    """Change the checksum algorithms that the namespace accepts."""
    change = _SETTINGS.get(params.name)
    if change is not None:
        settings = dataclasses.replace(context.server.settings, algorithms=change(params.value))
        context.server.current.settings = settings
    return [("set", YES)]


def _algorithms(value: Any) -> frozenset[Algorithm]:
    named = value if isinstance(value, list) else [value]
    try:
        return ALGORITHMS.read(",".join(str(one) for one in named))
    except ValueError as fault:
        raise Failed(Problem.VALIDATION, f"value: {fault}") from None


_SETTINGS: dict[str, Callable[[Any], frozenset[Algorithm]]] = {"checksum_algorithms": _algorithms}


async def reset(context: OperationContext, _params: NoSelection) -> Tree:
    """Delete all data of the namespace."""
    await context.developer.reset(context.space.name)
    return [("reset", YES)]


@dataclass(frozen=True, slots=True)
class Operation:
    """A row of the table: names, parameters and function."""

    names: tuple[str, ...]
    parameters: type[Any]
    do: Callable[[OperationContext, Any], Coroutine[Any, Any, Tree]]

    @property
    def meaning(self) -> str:
        """The description of the operation."""
        return " ".join((getdoc(self.do) or "").split())


OPERATIONS = (
    Operation(("createMeeting",), CreateMeeting, create_meeting),
    Operation(("meetings",), NoSelection, list_meetings),
    Operation(("createRecording",), CreateRecording, create_recording),
    Operation(("recordings",), NoSelection, list_recordings),
    Operation(("sendRecordingReadyNotifications", "sendNotifications"), SendNotifications, send_notifications),
    Operation(("addMeetingEvent",), AddMeetingEvent, add_meeting_event),
    Operation(("sendAllEvents",), SendAllEvents, send_all_events),
    Operation(("set",), SetSetting, set_setting),
    Operation(("reset",), NoSelection, reset),
)
#: Operations by each of their names.
BY_NAME = {name: operation for operation in OPERATIONS for name in operation.names}
