"""WebSocket (RFC 6455) on a connection that was HTTP: frames by wsproto, and the limits around it.

Only text is taken, at most 64 KiB a message. What the other side does not take waits here, at most 1 MiB, and then it
is cut off. So is whoever sends frames that are no messages without end; of messages the listener has limits of its own.
There is no compression: it would cost more than it saves, and 30 KB of memory for everybody.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol, cast

from h11 import LocalProtocolError as BadHead
from twisted.internet.interfaces import ITCPTransport
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.frame_protocol import FrameProtocol
from wsproto.handshake import H11Handshake
from wsproto.utilities import ProtocolError

from bbbd.http.request import RequestChannel
from bbbd.live.rate_limits import Bucket

#: Bytes of a message, and of those that the other side has not taken yet.
LARGEST = 64 << 10
MOST_UNSENT = 1 << 20
#: Frames that are no whole message (pings, pongs, pieces), and those that come behind a goodbye: a second, and at once.
FRAME_RATE, FRAME_BURST = 50, 500
#: Close codes of the protocol itself.
GOING_AWAY, UNREADABLE, NOT_TEXT, TOO_LARGE = 1001, 1002, 1003, 1009
#: Code and word for who does not take what is written.
SLOW = (4008, "slow")
#: Frames of a server carry no state, so one writer does for all.
_FRAMES = FrameProtocol(client=False, extensions=[])


def framed(text: str) -> bytes:
    """Return a whole message as bytes, the same for whomever they go to."""
    return bytes(_FRAMES.send_data(text, fin=True))


class BadHandshake(Exception):
    """A request that is no opening of a WebSocket."""


def accepted(headers: list[tuple[bytes, bytes]], path: bytes, protocol: str) -> bytes:
    """Return the answer to an opening request that offers a subprotocol. Raises ``BadHandshake``."""
    handshake = H11Handshake(ConnectionType.SERVER)
    try:
        handshake.initiate_upgrade_connection(headers, path)
        return handshake.send(AcceptConnection(subprotocol=protocol))
    except (ProtocolError, BadHead, UnicodeError) as fault:
        raise BadHandshake(str(fault)) from fault


class FrameListener(Protocol):
    """Who hears what comes."""

    def message_received(self, text: str, size: int) -> None:
        """Take a message of so many bytes."""

    def note_alive(self) -> None:
        """Know that the other side lives."""

    def cut_off(self) -> None:
        """Say goodbye: the other side sends frames without end."""

    def connection_lost(self) -> None:
        """Know that the connection is gone, or is no longer read."""

    def server_stopping(self) -> None:
        """Say goodbye: the server stops."""


class WebSocket:
    """One open WebSocket."""

    def __init__(self, channel: RequestChannel) -> None:
        #: Hears what comes; set before anything does.
        self.listener: FrameListener | None = None
        self._channel = channel
        self._frames = Connection(ConnectionType.SERVER)
        self._pieces: list[str] = []
        self._size = 0
        self._is_paused = False
        self._unsent: deque[bytes] = deque()
        self._unsent_size = 0
        self._closed = self._stopped_reading = False
        self._idle_frames = Bucket(FRAME_RATE, FRAME_BURST, channel.site.seconds())

    def received(self, data: bytes) -> None:
        """Take bytes; after a goodbye only for the other side's."""
        if self._stopped_reading:
            return
        try:
            self._frames.receive_data(data)
            for event in self._frames.events():
                if self._exceeds_rate(event):
                    return
                if not self._closed:
                    self._process(event)
                elif isinstance(event, CloseConnection):
                    self._channel.loseConnection()
        except ProtocolError:
            if self._closed:
                self._channel.loseConnection()
            else:
                self.close(UNREADABLE, "")

    def _exceeds_rate(self, event: object) -> bool:
        """Count a frame that is no message; tell whether there are too many, and then read no more."""
        message = isinstance(event, TextMessage) and (event.message_finished or not event.frame_finished)
        if (message and not self._closed) or not self._idle_frames.take(self._channel.site.seconds()):
            return False
        self._stopped_reading = True
        if self.listener:
            self.listener.cut_off()
        self._channel.producer.pauseProducing()
        return True

    def _process(self, event: object) -> None:
        if isinstance(event, TextMessage):
            self._process_text(event)
        elif isinstance(event, BytesMessage):
            self.close(NOT_TEXT, "only text is read")
        elif isinstance(event, Ping):
            self.write(self._frames.send(event.response()))
            self._alive()
        elif isinstance(event, Pong):
            self._alive()
        elif isinstance(event, CloseConnection):
            self.write(self._frames.send(event.response()))
            self._end()
            self._channel.loseConnection()

    def _process_text(self, event: TextMessage) -> None:
        self._size += len(event.data.encode())
        if self._size > LARGEST:
            self.close(TOO_LARGE, f"at most {LARGEST} bytes")
            return
        self._pieces.append(event.data)
        if event.message_finished:
            text, size = "".join(self._pieces), self._size
            self._pieces.clear()
            self._size = 0
            self._alive()
            if self.listener:
                self.listener.message_received(text, size)

    def _alive(self) -> None:
        if self.listener:
            self.listener.note_alive()

    def write(self, frame: bytes) -> None:
        """Send bytes that are whole frames; who does not take them is cut off when too much waits."""
        if self._closed:
            return
        if not self._is_paused:
            self._channel.write(frame)
            return
        self._unsent.append(frame)
        self._unsent_size += len(frame)
        if self._unsent_size > MOST_UNSENT:
            self._unsent.clear()
            self.close(*SLOW)

    def offer(self, frame: bytes) -> None:
        """Send bytes that are whole frames, unless the other side has yet to take what was written before."""
        if not self._is_paused:
            self.write(frame)

    def send(self, text: str) -> None:
        """Send a message."""
        self.write(framed(text))

    def ping(self) -> None:
        """Ask whether the other side lives."""
        self.write(self._frames.send(Ping()))

    def close(self, code: int, reason: str) -> None:
        """Say why, and close when the other side has said goodbye too, or has not for a while."""
        if self._closed:
            return
        if self._frames.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            frame = self._frames.send(CloseConnection(code=code, reason=reason))
            if self._is_paused:
                self._unsent.append(frame)
            else:
                self._channel.write(frame)
        self._end()

    def _end(self) -> None:
        """Take no more messages, and write none."""
        self._closed = True
        self._pieces.clear()
        self._channel.linger()
        self._notify_lost()

    def _notify_lost(self) -> None:
        listener, self.listener = self.listener, None
        if listener:
            listener.connection_lost()

    def abort(self) -> None:
        """Cut the connection: the other side is not there any more."""
        self._closed = True
        self._unsent.clear()
        cast("ITCPTransport", self._channel.transport).abortConnection()
        self._notify_lost()

    def lost(self) -> None:
        """Know that the connection is gone."""
        self._closed = True
        self._notify_lost()

    def pause_writing(self) -> None:
        """Know that the other side does not take what is written."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Know that it has taken everything."""
        self._is_paused = False
        while self._unsent and not self._is_paused:
            frame = self._unsent.popleft()
            self._unsent_size -= len(frame)
            self._channel.write(frame)

    def stop(self) -> None:
        """Say goodbye: the server stops."""
        if self.listener:
            self.listener.server_stopping()
        self.close(GOING_AWAY, "")
