"""``/developer/…``: the surface by which developer mode is told what to do. JSON in, JSON out.

A namespace has its own: ``/<name>/developer/…``. What is wrong is answered with status 400 and ``{"error": …}`` and
changes nothing. A body must be sent as ``application/json``, which no page of a stranger can do.
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
from bbbd.developer.recording_factory import ImpossibleRecording, fabricate
from bbbd.developer.request_fields import BadControlRequest, Body, flag, number, only, text, wanted, whole
from bbbd.http.request import Request
from bbbd.values.enums import Role

_log = Logger()

Answer = Any
#: A number in a path or a query.
NUMBER = re.compile(r"[0-9]{1,15}")


class ControlRequest(NamedTuple):
    """What a request says: its body, the query, and what stands behind the path."""

    body: Body
    query: dict[str, str]
    rest: list[str]


class Actions:
    """What can be asked of one server."""

    def __init__(self, developer: Developer, space: Namespace) -> None:
        self._developer = developer
        self._space = space

    async def tell_clock(self, _asked: ControlRequest) -> Answer:
        """Tell what time it is here."""
        return {"now": self._space.app.meetings.clock.now().wall, "moved": round(self._space.timer.offset, 3)}

    async def move_clock(self, asked: ControlRequest) -> Answer:
        """Move the clock: `{"advance": seconds}`; answered when all that fell due is done."""
        only(asked.body, "advance")
        seconds = number(asked.body, "advance", None, 0, LONGEST)
        await self._developer.move(self._space, seconds)
        return await self.tell_clock(asked)

    async def tell_state(self, _asked: ControlRequest) -> Answer:
        """Tell of all live meetings and who is in."""
        return descriptions.state(self._space)

    async def tell_calls(self, asked: ControlRequest) -> Answer:
        """Tell of the calls that came; `?call=create&after=12` narrows it."""
        after = asked.query.get("after", "0")
        if not NUMBER.fullmatch(after):
            raise BadControlRequest("after must be a number")
        found = self._space.log.select(asked.query.get("call", ""), int(after))
        return {"calls": [one.describe() for one in found]}

    async def forget_calls(self, _asked: ControlRequest) -> Answer:
        """Forget the calls that came."""
        self._space.log.calls.clear()
        return {}

    async def bring_people(self, asked: ControlRequest) -> Answer:
        """Bring a crowd, or one person.

        `{"meetingID", "moderators", "viewers", "guests", "seed"}`, or
        `{"meetingID", "name", "role", "userID", "guest"}`.
        """
        body = asked.body
        only(body, "meetingID", "moderators", "viewers", "guests", "seed", "name", "role", "userID", "guest")
        people, meeting = self._space.people, self._space.people.meeting(text(body, "meetingID"))
        if "name" in body:
            if (named := text(body, "role", "VIEWER").upper()) not in (*Role,):
                raise BadControlRequest(f"role must be one of {', '.join(Role)}")
            role = Role(named)
            user_id = text(body, "userID", "")
            return {"users": [people.join(meeting, text(body, "name"), role, user_id, guest=flag(body, "guest"))]}
        counts = {name: whole(body, name, 0, 0, 1000) for name in ("moderators", "viewers", "guests")}
        return {"users": people.crowd(meeting, **counts, seed=whole(body, "seed", 0, 0, 2**53))}

    async def have_people_act(self, asked: ControlRequest) -> Answer:
        """Have somebody do something, a crowd bustle, or the guests who wait be answered.

        `{"meetingID", "who", "does", …}`, `{"meetingID", "bustle": 100, "seed"}`, `{"meetingID", "admit": true}`.
        """
        body, people = asked.body, self._space.people
        meeting = people.meeting(text(body, "meetingID"))
        if "admit" in body:
            return {"answered": people.answer_guests(meeting, admit=flag(body, "admit"))}
        if "bustle" in body:
            seed = whole(body, "seed", 0, 0, 2**53)
            return {"done": people.bustle(meeting, whole(body, "bustle", None, 1, 10_000), seed)}
        people.act(meeting, text(body, "who"), text(body, "does"), body)
        return {"done": 1}

    async def make_recordings(self, asked: ControlRequest) -> Answer:
        """Make recordings; with `notify` applications are told of them.

        `{"meetingID", "count", "name", "formats", "state", "start", "minutes", "participants", "previews", "size",
        "meta", "seed", "notify"}`.
        """
        body, app = asked.body, self._space.app
        (recordings, count), notify = wanted(body, app.meetings.clock.now().wall), flag(body, "notify")
        library = app.server.library
        await library.ready()
        made = partial(list[str], fabricate(self._developer.disk, library.layout, recordings, count))
        record_ids = await app.server.worker(made)
        await library.refresh()
        if notify:
            now = app.meetings.clock.now().wall
            found = [one for record_id in record_ids if (one := library.index.find(record_id))]
            app.server.outbox.add([entry for one in found for entry in ready(one, now)])
        return {"recordIDs": record_ids}

    async def tell_faults(self, _asked: ControlRequest) -> Answer:
        """Tell the faults that calls get."""
        return {"faults": [rule.describe() for rule in self._space.faults.rules.values()]}

    async def add_fault(self, asked: ControlRequest) -> Answer:
        """Have calls get a fault: `{"fault", "call", "share", "times", "seconds", "element", "seed"}`."""
        return self._space.faults.add(asked.body).describe()

    async def remove_faults(self, asked: ControlRequest) -> Answer:
        """Remove a fault, `faults/<id>`, or all."""
        rules = self._space.faults.rules
        if not asked.rest:
            rules.clear()
        elif not NUMBER.fullmatch(asked.rest[0]) or rules.pop(int(asked.rest[0]), None) is None:
            raise BadControlRequest(f"there is no fault {asked.rest[0][:50]!r}")
        return {}

    async def tell_callbacks(self, _asked: ControlRequest) -> Answer:
        """Tell of all tries of callbacks, the latest last."""
        return {"callbacks": [one.describe() for one in self._space.sent]}

    async def send_again(self, asked: ControlRequest) -> Answer:
        """Send a callback again: `{"id"}` of a try."""
        wanted_id = whole(asked.body, "id", None, 1, 2**53)
        found = next((one for one in self._space.sent if one.number == wanted_id), None)
        if found is None:
            raise BadControlRequest(f"there was no try {wanted_id}")
        self._space.app.server.outbox.add([found.again(self._space.app.meetings.clock.now().wall)])
        return {}

    async def reset(self, asked: ControlRequest) -> Answer:
        """Drop all that is here; on the main server's surface `{"all": true}` drops every namespace too."""
        only(asked.body, "all")
        if flag(asked.body, "all") and not self._space.name:
            await self._developer.reset_all()
        else:
            await self._developer.reset(self._space.name)
        return {}

    async def tell_declarations(self, _asked: ControlRequest) -> Answer:
        """Tell every call with its parameters, from the declarations; and what else can be asked here."""
        return {"calls": descriptions.calls(), "actions": list(ACTIONS), "surface": descriptions.surface(SURFACE)}


Do = Callable[[Actions, ControlRequest], Coroutine[Any, Any, Answer]]

#: What each path does, by method.
SURFACE: dict[str, dict[str, Do]] = {
    "clock": {"GET": Actions.tell_clock, "POST": Actions.move_clock},
    "state": {"GET": Actions.tell_state},
    "people": {"POST": Actions.bring_people},
    "people/act": {"POST": Actions.have_people_act},
    "recordings": {"POST": Actions.make_recordings},
    "faults": {"GET": Actions.tell_faults, "POST": Actions.add_fault, "DELETE": Actions.remove_faults},
    "calls": {"GET": Actions.tell_calls, "DELETE": Actions.forget_calls},
    "callbacks": {"GET": Actions.tell_callbacks},
    "callbacks/again": {"POST": Actions.send_again},
    "reset": {"POST": Actions.reset},
    "declarations": {"GET": Actions.tell_declarations},
}


class Control(Resource):
    """The surface of one server."""

    isLeaf = True

    def __init__(self, developer: Developer, space: Namespace) -> None:
        super().__init__()
        self._actions = Actions(developer, space)

    def render(self, request: Any) -> int:
        """Do what is asked."""
        asked = cast("Request", request)
        names = [part.decode("utf-8", "replace") for part in asked.postpath or ()]
        found = _found(names)
        if found is None:
            _write(asked, 404, {"error": f"there is no {'/'.join(names)[:100]!r}; `declarations` tells what there is"})
            return NOT_DONE_YET
        Deferred.fromCoroutine(self._answer(asked, *found)).addErrback(asked.processingFailed)
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


def _found(names: list[str]) -> tuple[dict[str, Do], list[str]] | None:
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
