"""Control API of developer mode at ``/developer/…``. JSON in, JSON out.

Each namespace has its own: ``/<name>/developer/…``. A wrong request gets status 400 with ``{"error": …}`` and
changes nothing. A body must be sent as ``application/json``, which pages of other origins cannot do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, NamedTuple, cast

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.callbacks.recording_ready import ready
from bbbd.developer import descriptions
from bbbd.developer.faults import BadRule
from bbbd.developer.mode import Developer, Namespace
from bbbd.developer.movable_clock import LONGEST
from bbbd.developer.people import ACTIONS, NotPossible
from bbbd.developer.recording_factory import ImpossibleRecording, write_recordings
from bbbd.developer.request_fields import (
    BadControlRequest,
    Body,
    allow_only,
    flag,
    integer,
    number,
    recording_plan,
    text,
)
from bbbd.http.request import Request
from bbbd.values.enums import Role

_log = Logger()

Answer = Any
#: Numbers in a path or a query.
NUMBER = re.compile(r"[0-9]{1,15}")


class ControlRequest(NamedTuple):
    """A request: its body, its query, and the rest of its path."""

    body: Body
    query: dict[str, str]
    rest: list[str]


class Actions:
    """The actions of the control API on one server."""

    def __init__(self, developer: Developer, space: Namespace) -> None:
        self._developer = developer
        self._space = space

    async def show_clock(self, _request: ControlRequest) -> Answer:
        """Return the server's time."""
        return {"now": self._space.app.meetings.clock.now().wall, "moved": round(self._space.timer.offset, 3)}

    async def move_clock(self, request: ControlRequest) -> Answer:
        """Move the clock: `{"advance": seconds}`. The answer is sent when all due work is done."""
        allow_only(request.body, "advance")
        seconds = number(request.body, "advance", None, 0, LONGEST)
        await self._developer.move(self._space, seconds)
        return await self.show_clock(request)

    async def show_state(self, _request: ControlRequest) -> Answer:
        """Return all live meetings with their people."""
        return descriptions.state(self._space)

    async def list_calls(self, request: ControlRequest) -> Answer:
        """Return the received calls; `?call=create&after=12` filters them."""
        after = request.query.get("after", "0")
        if not NUMBER.fullmatch(after):
            raise BadControlRequest("after must be a number")
        found = self._space.log.select(request.query.get("call", ""), int(after))
        return {"calls": [one.describe() for one in found]}

    async def clear_calls(self, _request: ControlRequest) -> Answer:
        """Clear the list of received calls."""
        self._space.log.calls.clear()
        return {}

    async def add_people(self, request: ControlRequest) -> Answer:
        """Add a crowd of virtual people, or one person.

        `{"meetingID", "moderators", "viewers", "guests", "seed"}`, or
        `{"meetingID", "name", "role", "userID", "guest"}`.
        """
        body = request.body
        allow_only(body, "meetingID", "moderators", "viewers", "guests", "seed", "name", "role", "userID", "guest")
        people, meeting = self._space.people, self._space.people.meeting(text(body, "meetingID"))
        if "name" in body:
            if (named := text(body, "role", "VIEWER").upper()) not in (*Role,):
                raise BadControlRequest(f"role must be one of {', '.join(Role)}")
            role = Role(named)
            user_id = text(body, "userID", "")
            return {"users": [people.join(meeting, text(body, "name"), role, user_id, guest=flag(body, "guest"))]}
        counts = {name: integer(body, name, 0, 0, 1000) for name in ("moderators", "viewers", "guests")}
        return {"users": people.join_crowd(meeting, **counts, seed=integer(body, "seed", 0, 0, 2**53))}

    async def act_as_people(self, request: ControlRequest) -> Answer:
        """Act as a person, as a random crowd, or as the moderator who answers waiting guests.

        `{"meetingID", "who", "does", …}`, `{"meetingID", "bustle": 100, "seed"}`, `{"meetingID", "admit": true}`.
        """
        body, people = request.body, self._space.people
        meeting = people.meeting(text(body, "meetingID"))
        if "admit" in body:
            return {"answered": people.answer_guests(meeting, admit=flag(body, "admit"))}
        if "bustle" in body:
            seed = integer(body, "seed", 0, 0, 2**53)
            return {"done": people.bustle(meeting, integer(body, "bustle", None, 1, 10_000), seed)}
        people.act(meeting, text(body, "who"), text(body, "does"), body)
        return {"done": 1}

    async def make_recordings(self, request: ControlRequest) -> Answer:
        """Make recordings; with `notify`, applications are notified.

        `{"meetingID", "count", "name", "formats", "state", "start", "minutes", "participants", "previews", "size",
        "meta", "seed", "notify"}`.
        """
        body, app = request.body, self._space.app
        (recordings, count), notify = recording_plan(body, app.meetings.clock.now().wall), flag(body, "notify")
        library = app.server.library
        await library.ready()
        write = partial(list[str], write_recordings(self._developer.disk, library.layout, recordings, count))
        record_ids = await app.server.worker(write)
        await library.refresh()
        if notify:
            now = app.meetings.clock.now().wall
            found = [one for record_id in record_ids if (one := library.index.find(record_id))]
            app.server.outbox.add([entry for one in found for entry in ready(one, now)])
        return {"recordIDs": record_ids}

    async def list_faults(self, _request: ControlRequest) -> Answer:
        """Return the active faults."""
        return {"faults": [rule.describe() for rule in self._space.faults.rules.values()]}

    async def add_fault(self, request: ControlRequest) -> Answer:
        """Add a fault to calls: `{"fault", "call", "share", "times", "seconds", "element", "seed"}`."""
        return self._space.faults.add(request.body).describe()

    async def remove_faults(self, request: ControlRequest) -> Answer:
        """Remove the fault `faults/<id>`, or all faults."""
        rules = self._space.faults.rules
        if not request.rest:
            rules.clear()
        elif not NUMBER.fullmatch(request.rest[0]) or rules.pop(int(request.rest[0]), None) is None:
            raise BadControlRequest(f"there is no fault {request.rest[0][:50]!r}")
        return {}

    async def list_callbacks(self, _request: ControlRequest) -> Answer:
        """Return all delivery attempts of callbacks, the latest last."""
        return {"callbacks": [one.describe() for one in self._space.attempts.items]}

    async def resend_callback(self, request: ControlRequest) -> Answer:
        """Send a callback again: `{"id"}` of an attempt."""
        wanted_id = integer(request.body, "id", None, 1, 2**53)
        found = next((one for one in self._space.attempts.items if one.number == wanted_id), None)
        if found is None:
            raise BadControlRequest(f"there is no attempt {wanted_id}")
        self._space.app.server.outbox.add([found.repeated(self._space.app.meetings.clock.now().wall)])
        return {}

    async def reset(self, request: ControlRequest) -> Answer:
        """Delete all data of the server; on the main server, `{"all": true}` also deletes all namespaces."""
        allow_only(request.body, "all")
        if flag(request.body, "all") and not self._space.name:
            await self._developer.reset_all()
        else:
            await self._developer.reset(self._space.name)
        return {}

    async def show_declarations(self, _request: ControlRequest) -> Answer:
        """Return all API calls with their parameters, and the actions of this control API."""
        return {"calls": descriptions.calls(), "actions": list(ACTIONS), "surface": descriptions.surface(SURFACE)}


Do = Callable[[Actions, ControlRequest], Coroutine[Any, Any, Answer]]

#: The actions by path and method.
SURFACE: dict[str, dict[str, Do]] = {
    "clock": {"GET": Actions.show_clock, "POST": Actions.move_clock},
    "state": {"GET": Actions.show_state},
    "people": {"POST": Actions.add_people},
    "people/act": {"POST": Actions.act_as_people},
    "recordings": {"POST": Actions.make_recordings},
    "faults": {"GET": Actions.list_faults, "POST": Actions.add_fault, "DELETE": Actions.remove_faults},
    "calls": {"GET": Actions.list_calls, "DELETE": Actions.clear_calls},
    "callbacks": {"GET": Actions.list_callbacks},
    "callbacks/again": {"POST": Actions.resend_callback},
    "reset": {"POST": Actions.reset},
    "declarations": {"GET": Actions.show_declarations},
}


class Control(Resource):
    """The control API of one server."""

    isLeaf = True

    def __init__(self, developer: Developer, space: Namespace) -> None:
        super().__init__()
        self._actions = Actions(developer, space)

    def render(self, request: Any) -> int:
        """Perform the action of a path."""
        request = cast("Request", request)
        names = [part.decode("utf-8", "replace") for part in request.postpath or ()]
        found = _find(names)
        if found is None:
            _write(request, 404, {"error": f"there is no {'/'.join(names)[:100]!r}; see `declarations` for all paths"})
            return NOT_DONE_YET
        Deferred.fromCoroutine(self._answer(request, *found)).addErrback(request.processingFailed)
        return NOT_DONE_YET

    async def _answer(self, request: Request, methods: dict[str, Do], rest: list[str]) -> None:
        do = methods.get(request.method.decode("latin-1"))
        if do is None:
            request.setHeader(b"Allow", ", ".join(methods).encode())
            _write(request, 405, {"error": f"only {', '.join(methods)} is answered here"})
            return
        try:
            answer = await do(self._actions, ControlRequest(_body(request), descriptions.query(request), rest))
        except (BadControlRequest, NotPossible, BadRule, ImpossibleRecording) as fault:
            _write(request, 400, {"error": str(fault)})
            return
        _write(request, 200, answer)


def _find(names: list[str]) -> tuple[dict[str, Do], list[str]] | None:
    for length in (2, 1):
        if (methods := SURFACE.get("/".join(names[:length]))) is not None:
            return methods, names[length:]
    return None


def _body(request: Request) -> Body:
    if request.method != b"POST":
        return {}
    if (request.header(b"Content-Type") or "").partition(";")[0].strip().lower() != "application/json":
        raise BadControlRequest("the body must be application/json")
    try:
        body = json.loads(request.content.read() or b"{}")
    except (ValueError, RecursionError):
        raise BadControlRequest("the body is no JSON") from None
    if not isinstance(body, dict):
        raise BadControlRequest("the body must be an object")
    return body


def _write(request: Request, status: int, answer: Answer) -> None:
    request.setResponseCode(status)
    request.setHeader(b"Cache-Control", b"no-store")
    request.answer(json.dumps(answer).encode(), b"application/json;charset=utf-8")
