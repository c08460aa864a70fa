"""WebSocket (RFC 6455) on an upgraded HTTP connection: frames by wsproto, and limits around it.

Only text messages of a limited size are accepted. Unread output waits here, at most 1 MiB of it and for 30 seconds;
then the connection is cut off. So is a client that sends endless frames without messages (token bucket); the listener
limits the messages.
There is no compression: it would cost more than it saves, and 30 KB of memory for each connection.
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
from bbbd.limits import Limit
from bbbd.live.rate_limits import Bucket

#: Bytes of output that wait for the client to read what was written before, and seconds for which they may wait.
MOST_UNSENT = 1 << 20
UNREAD_FOR = 30
#: Token bucket of frames without a whole message (pings, pongs, pieces), and of all frames after a close frame.
FRAME_RATE, FRAME_BURST = 50, 500
#: Close codes of the protocol itself.
GOING_AWAY, UNREADABLE, NOT_TEXT, NOT_UTF8, TOO_LARGE = 1001, 1002, 1003, 1007, 1009
#: Close code and reason for a client that does not read.
SLOW = (4008, "slow")
#: The reasons of an end by the protocol's own close codes and SLOW.
_ENDS = {UNREADABLE: "unreadable", NOT_TEXT: "notText", TOO_LARGE: "tooLarge", SLOW[0]: SLOW[1]}
#: The reasons of the other ends without a ``bye``: the connection broke, or the client was silent.
LOST, SILENT = "lost", "silent"
#: All reasons of an end without a ``bye``.
END_REASONS = (LOST, SILENT, *_ENDS.values())
#: Frames of a server have no state, so all connections share one writer.
_FRAMES = FrameProtocol(client=False, extensions=[])


def framed(text: str) -> bytes:
    """Return a message as one frame, which can be sent to any client."""
    return bytes(_FRAMES.send_data(text, fin=True))


class BadHandshake(Exception):
    """A request that is not a valid opening handshake."""


def accepted(headers: list[tuple[bytes, bytes]], path: bytes, protocol: str) -> bytes:
    """Return the answer to an opening request that offers a subprotocol. Raises ``BadHandshake``."""
    handshake = H11Handshake(ConnectionType.SERVER)
    try:
        handshake.initiate_upgrade_connection(headers, path)
        return handshake.send(AcceptConnection(subprotocol=protocol))
    except (ProtocolError, BadHead, UnicodeError) as fault:
        raise BadHandshake(str(fault)) from fault


class FrameListener(Protocol):
    """The receiver of messages and of the connection's end."""

    def message_received(self, text: str, size: int) -> None:
        """Handle a message of so many bytes."""

    def note_alive(self) -> None:
        """Note that the client is alive."""

    def limited(self, limit: Limit) -> None:
        """Count a refusal by a limit."""

    def cut_off(self) -> None:
        """Close: the client sends too many frames."""

    def connection_lost(self, reason: str) -> None:
        """Handle the end of the connection, or of reading, for one of ``END_REASONS``."""

    def server_stopping(self) -> None:
        """Close: the server stops."""


class WebSocket:
    """One open WebSocket."""

    def __init__(self, channel: RequestChannel) -> None:
        #: Set before any message arrives.
        self.listener: FrameListener | None = None
        self._channel = channel
        self._frames = Connection(ConnectionType.SERVER)
        self._pieces: list[str] = []
        self._size = 0
        self._is_paused = False
        #: The seconds for which the client has not read all that was written.
        self._paused_for = 0
        self._unsent: deque[bytes] = deque()
        self._unsent_size = 0
        self._closed = self._stopped_reading = False
        self._idle_frames = Bucket(FRAME_RATE, FRAME_BURST, channel.site.seconds())

    def received(self, data: bytes) -> None:
        """Receive bytes. After a close frame only the client's own close frame matters."""
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
        """Count a frame without a message; return whether there are too many, and if so, stop reading."""
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
            # wsproto reports what it cannot read as a close of the client's.
            self._end(_ENDS[UNREADABLE] if event.code in (UNREADABLE, NOT_UTF8) else LOST)
            self._channel.loseConnection()

    def _process_text(self, event: TextMessage) -> None:
        self._size += len(event.data.encode())
        most = self._channel.site.current.settings.max_message
        if self._size > most:
            self._limited(Limit.MESSAGE)
            self.close(TOO_LARGE, f"at most {most} bytes")
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
        """Send whole frames; a client that does not read them is cut off when too much waits."""
        if self._closed:
            return
        if not self._is_paused:
            self._channel.write(frame)
            return
        self._unsent.append(frame)
        self._unsent_size += len(frame)
        if self._unsent_size > MOST_UNSENT:
            self._close_slow()

    def tick(self) -> None:
        """Close when the client reads too slowly: called once a second. A stop of this process itself is no second."""
        self._paused_for += self._is_paused
        if self._paused_for > UNREAD_FOR and not self._closed:
            self._close_slow()

    def _close_slow(self) -> None:
        self._limited(Limit.SLOW_READER)
        self._unsent.clear()
        self.close(*SLOW)

    def _limited(self, limit: Limit) -> None:
        if self.listener:
            self.listener.limited(limit)

    def offer(self, frame: bytes) -> None:
        """Send whole frames, unless earlier ones still wait."""
        if not self._is_paused:
            self.write(frame)

    def send(self, text: str) -> None:
        """Send a message."""
        self.write(framed(text))

    def ping(self) -> None:
        """Send a ping."""
        self.write(self._frames.send(Ping()))

    def close(self, code: int, reason: str) -> None:
        """Send a close frame; close when the client has answered it, or after a timeout."""
        if self._closed:
            return
        if self._frames.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            frame = self._frames.send(CloseConnection(code=code, reason=reason))
            if self._is_paused:
                self._unsent.append(frame)
            else:
                self._channel.write(frame)
        self._end(_ENDS.get(code, LOST))

    def _end(self, reason: str) -> None:
        """Stop reading and writing messages."""
        self._closed = True
        self._pieces.clear()
        self._channel.linger()
        self._notify_lost(reason)

    def _notify_lost(self, reason: str) -> None:
        listener, self.listener = self.listener, None
        if listener:
            listener.connection_lost(reason)

    def abort(self) -> None:
        """Cut the connection: the client no longer answers."""
        self._closed = True
        self._unsent.clear()
        cast("ITCPTransport", self._channel.transport).abortConnection()
        self._notify_lost(SILENT)

    def lost(self) -> None:
        """Handle the end of the connection."""
        self._closed = True
        self._notify_lost(LOST)

    def pause_writing(self) -> None:
        """Queue output: the client does not read fast enough."""
        self._is_paused = True

    def resume_writing(self) -> None:
        """Send the queued output: the client reads again."""
        self._is_paused, self._paused_for = False, 0
        while self._unsent and not self._is_paused:
            frame = self._unsent.popleft()
            self._unsent_size -= len(frame)
            self._channel.write(frame)

    def stop(self) -> None:
        """Close: the server stops."""
        if self.listener:
            self.listener.server_stopping()
        self.close(GOING_AWAY, "")
