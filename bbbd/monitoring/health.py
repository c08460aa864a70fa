"""Health and readiness: ``/healthz`` says that the reactor turns, ``/readyz`` whether requests should be sent here.

Neither says more: no secret, no number of people, no version.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, cast

from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from bbbd.api.problems import Problem
from bbbd.http.request import Request
from bbbd.http.responses import not_allowed, not_found
from bbbd.meetings.draining import Draining
from bbbd.settings.current import CurrentSettings
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import GroupCommit


class Unready(StrEnum):
    """Why a server is not ready."""

    STARTING = "starting"
    STOPPING = "stopping"
    SYNC_FAILED = "syncFailed"
    DISK_FULL = Problem.DISK_FULL.key


class Readiness:
    """Whether a server is ready: not while it starts or stops, or while the disk takes nothing.

    A server that drains is ready: a proxy that took it for dead would cut running meetings.
    """

    def __init__(self, current: CurrentSettings, rounds: GroupCommit, free_disk: FreeDisk, draining: Draining) -> None:
        #: Set when the index of recordings answers; meetings are restored before anybody can ask.
        self.is_started = False
        self.is_stopping = False
        self.draining = draining
        self._current = current
        self._rounds = rounds
        self._free_disk = free_disk

    def started(self, _none: object) -> None:
        """Note that the start is complete."""
        self.is_started = True

    def why_not(self) -> Unready | None:
        """Return why the server is not ready, None if it is."""
        if self.is_stopping:
            return Unready.STOPPING
        if not self.is_started:
            return Unready.STARTING
        if self._rounds.broken:
            return Unready.SYNC_FAILED
        return Unready.DISK_FULL if self._free_disk.is_low else None

    def describe(self) -> dict[str, Any]:
        """Return the answer of ``/readyz``."""
        why_not = self.why_not()
        reason = {"reason": why_not.value} if why_not else {}
        developer = {"developer": True} if self._current.settings.developer else {}
        return {"ready": why_not is None, "draining": self.draining.is_on, **reason, **developer}


class ProbeResource(Resource):
    """A resource for GET and HEAD whose answer is never stored. Nothing is below it."""

    isLeaf = True

    def render(self, request: Any) -> int:
        """Answer, or say which methods there are."""
        asked = cast("Request", request)
        if asked.postpath:
            not_found(asked)
        elif asked.method not in (b"GET", b"HEAD"):
            not_allowed(asked, (b"GET", b"HEAD"))
        else:
            asked.setHeader(b"Cache-Control", b"no-store")
            self.respond(asked)
        return NOT_DONE_YET

    def respond(self, request: Request) -> None:
        """Answer a request."""
        raise NotImplementedError


class Healthz(ProbeResource):
    """``/healthz``: always ``ok``, since only a reactor that turns answers at all."""

    def respond(self, request: Request) -> None:
        """Answer a request."""
        request.answer(b"ok\n", b"text/plain;charset=utf-8")


class Readyz(ProbeResource):
    """``/readyz``: 200 if the server is ready, else 503 with the reason."""

    def __init__(self, readiness: Readiness) -> None:
        super().__init__()
        self._readiness = readiness

    def respond(self, request: Request) -> None:
        """Answer a request."""
        described = self._readiness.describe()
        if not described["ready"]:
            request.setResponseCode(503)
        request.answer(json.dumps(described, separators=(",", ":")).encode() + b"\n", b"application/json")
