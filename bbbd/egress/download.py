"""Downloads a document to the disk as it arrives: guarded like all outgoing requests, bounded in bytes and time.

A few redirects are followed; each target is checked like the first URL, and https never redirects to http. A
compressed document is refused, since its size says nothing about the content; none is requested.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import unquote, urljoin, urlsplit

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as DeferredTimeout
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone, ResponseFailed
from twisted.web.http import PotentialDataLoss
from twisted.web.iweb import IResponse

from bbbd.egress.agent import OutgoingAgent, Unanswered, describe_fault
from bbbd.egress.outgoing_request import OutgoingRequest
from bbbd.egress.response_limits import discard_body
from bbbd.egress.ssrf_guard import ForbiddenTarget, target_of
from bbbd.settings.current import CurrentSettings
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk
from bbbd.storage.free_disk import FreeDisk
from bbbd.storage.group_commit import Thread
from bbbd.storage.spooled_body import SpooledBody
from bbbd.values.texts import without_controls

#: Seconds for the whole download, and without a byte.
WITHIN = 30
SILENT = 10
MOST_REDIRECTIONS = 3
_LATE = f"it was not there within {WITHIN} s"
#: Characters of a Content-Disposition that is read, and of a name.
_LONGEST_DISPOSITION = 2000
_LONGEST_NAME = 256
_REDIRECTIONS = (301, 302, 303, 307, 308)


class TooLarge(Exception):
    """The document exceeds its size limit."""


class Download(NamedTuple):
    """A downloaded file, with the type and the name that its server gives it.

    The name is that of the header Content-Disposition, else the last part of the path that the redirects led to.
    """

    path: Path
    content_type: str
    name: str


class DownloadRules(NamedTuple):
    """Limits of downloads: allowed schemes, blocked hosts, and the most bytes."""

    schemes: tuple[str, ...]
    blocked: tuple[str, ...]
    most: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the rules that settings make."""
        return cls(settings.slides_schemes, settings.slides_blocked_hosts, settings.max_document)


class Downloader:
    """Downloads documents. ``timer`` counts the seconds."""

    def __init__(
        self,
        outgoing: OutgoingAgent,
        timer: IReactorTime,
        disk: Disk,
        worker: Thread,
        current: CurrentSettings,
        free_disk: FreeDisk,
    ) -> None:
        self._outgoing = outgoing
        self._free_disk = free_disk
        self._timer = timer
        self._disk = disk
        self._worker = worker
        self._current = current

    async def fetch(self, url: str, directory: Path) -> Download:
        """Fetch into a directory's file ``source``.

        Raises ``ForbiddenTarget``, ``Unanswered`` and ``TooLarge``, whose texts are the reasons, and ``OSError`` of the
        disk, also when there is no room for the document beside those that are still arriving.
        """
        fetched = Deferred.fromCoroutine(self._fetch(url, directory))
        fetched.addTimeout(WITHIN, self._timer)
        try:
            return await fetched
        except (ForbiddenTarget, Unanswered, TooLarge, OSError):
            raise
        except (DeferredTimeout, CancelledError):
            raise Unanswered(_LATE) from None
        except ResponseFailed as fault:
            raise Unanswered(_LATE if fault.reasons[0].check(CancelledError) else describe_fault(fault)) from None
        except Exception as fault:
            raise Unanswered(describe_fault(fault)) from None

    async def _fetch(self, url: str, directory: Path) -> Download:
        rules = DownloadRules.of(self._current.settings)
        for _ in range(MOST_REDIRECTIONS + 1):
            _check(url, rules)
            response = await self._outgoing.request(
                OutgoingRequest("GET", url, headers={"Accept-Encoding": "identity"})
            )
            if response.code not in _REDIRECTIONS:
                return await self._take(response, url, directory, rules.most)
            await discard_body(response, at_once=True).done
            target = urljoin(url, _header(response, b"Location"))
            if urlsplit(url).scheme == "https" and urlsplit(target).scheme == "http":
                raise ForbiddenTarget("it leads on from https to http")
            url = target
        raise Unanswered(f"it leads on more than {MOST_REDIRECTIONS} times")

    async def _take(self, response: IResponse, url: str, directory: Path, most: int) -> Download:
        length, fault = response.length, ""
        if response.code != 200:
            fault = f"{urlsplit(url).hostname} answers with status {response.code}"
        elif _header(response, b"Content-Encoding").lower() not in ("", "identity"):
            fault = "it comes packed, which was not asked for"
        if fault or (isinstance(length, int) and length > most):
            await discard_body(response, at_once=True).done
            raise Unanswered(fault) if fault else TooLarge(str(length))
        reserved = length if isinstance(length, int) else most
        if not self._free_disk.reserve(reserved):
            await discard_body(response, at_once=True).done
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        try:
            await self._receive(response, directory, most)
        finally:
            self._free_disk.release(reserved)
        return Download(directory / "source", _header(response, b"Content-Type"), _name_of(response, url))

    async def _receive(self, response: IResponse, directory: Path, most: int) -> None:
        receiver = _BodyReceiver(self._timer, most)
        receiver.incoming = SpooledBody(self._disk, directory, self._worker, receiver.pause, receiver.resume)
        response.deliverBody(receiver)
        try:
            await receiver.done
            await receiver.incoming.keep("source")
        except BaseException:
            receiver.incoming.drop()
            raise


def _check(url: str, rules: DownloadRules) -> None:
    target = target_of(url)
    if target.scheme not in rules.schemes:
        raise ForbiddenTarget(f"{target.scheme} is not among insertDocumentSupportedProtocols")
    if target.host.rstrip(".") in rules.blocked:
        raise ForbiddenTarget(f"{target.host} is among insertDocumentBlockedHosts")


def _header(response: IResponse, name: bytes) -> str:
    values = response.headers.getRawHeaders(name) or [b""]
    value = bytes(values[-1])
    try:
        # Many servers write a Location or a name in UTF-8 as it is.
        return value.decode().strip()
    except UnicodeDecodeError:
        return value.decode("latin-1").strip()


def _name_of(response: IResponse, url: str) -> str:
    disposition = _header(response, b"Content-Disposition")
    named = ""
    if len(disposition) <= _LONGEST_DISPOSITION:
        message = Message()
        message["Content-Disposition"] = disposition
        with suppress(ValueError, LookupError):
            named = message.get_filename("")
    name = named.replace("\\", "/").rpartition("/")[2] or unquote(urlsplit(url).path).rpartition("/")[2]
    return without_controls(name).strip()[:_LONGEST_NAME]


class _BodyReceiver(Protocol):
    """Writes a body to the disk, within limits of size and silence."""

    incoming: SpooledBody
    transport: Any

    def __init__(self, timer: IReactorTime, most: int) -> None:
        self.done: Deferred[None] = Deferred(lambda _done: self._cut())
        self._most = most
        self._taken = 0
        self._timer = timer
        self._silent = timer.callLater(SILENT, self._fail, Unanswered(f"nothing came for {SILENT} s"))

    def pause(self) -> None:
        """Pause: the disk is slower than the sender."""
        self.transport.pauseProducing()

    def resume(self) -> None:
        """Continue."""
        if not self.done.called:
            self._silent.reset(SILENT)
            self.transport.resumeProducing()

    def dataReceived(self, data: bytes) -> None:
        """Receive bytes."""
        if self.done.called:
            return
        self._silent.reset(SILENT)
        self._taken += len(data)
        if self._taken > self._most:
            self._fail(TooLarge(str(self._taken)))
        else:
            self.incoming.take(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Finish: the body is complete, or was cut off."""
        self._stop()
        if self.done.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.done.callback(None)
        else:
            self.done.errback(Unanswered("it was cut off"))

    def _fail(self, fault: Exception) -> None:
        if not self.done.called:
            self.done.errback(fault)
        self._cut()

    def _cut(self) -> None:
        self._stop()
        if self.transport is not None:
            self.transport.loseConnection()

    def _stop(self) -> None:
        if self._silent.active():
            self._silent.cancel()
