"""Servers behind bbbd's own TLS, in memory and as a daemon, and clients that speak it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from environment_reset import PATIENCE
from harness import Daemon, Memory, Wire
from OpenSSL.SSL import Connection
from tls_receivers import Authority, Key, new_key
from twisted.internet import ssl as twisted_ssl
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS
from twisted.web.iweb import IAgent

from bbbd.daemon.certificates import context_of
from bbbd.daemon.tls_transport import TlsFactory
from bbbd.settings.certificate import CertificateFiles, KeyPair
from bbbd.values.enums import TlsVersion

HOSTS = ("127.0.0.1", "bbb.example.org")


def key_pem(key: Key, passphrase: bytes = b"") -> bytes:
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


@dataclass(frozen=True)
class Files(CertificateFiles):
    """The files of a certificate, as an operator has them."""

    def write(self, authority: Authority, *hosts: str, **more: Any) -> x509.Certificate:
        """Write a new pair as renewals do, one file after the other, and return the certificate."""
        key = new_key()
        certificate = authority.certify(key, *(hosts or HOSTS), **more)
        self.put(self.chain, certificate.public_bytes(Encoding.PEM) + authority.pem)
        self.put(self.key, key_pem(key))
        return certificate

    def put(self, path: Path, data: bytes) -> None:
        new = path.with_suffix(".new")
        new.write_bytes(data)
        new.chmod(0o600)
        new.rename(path)


def files_in(directory: Path) -> Files:
    return Files(chain=directory / "tls.crt", key=directory / "tls.key")


def trusting(authority: Authority) -> ssl.SSLContext:
    """Return what a client trusts: one authority."""
    return ssl.create_default_context(cadata=authority.pem.decode())


class Client:
    """A client's end of TLS over bytes that somebody else carries: it can do what a socket of Python cannot."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self.arrived, self.leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.arrived, self.leaving, server_hostname=host)
        self.is_closed = False
        #: What the other ended it with, if that was no close_notify.
        self.alert: ssl.SSLError | None = None

    def shake_hands(self) -> bool:
        """Go on with the handshake; return whether it is over."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def read(self) -> bytes:
        """Return what was said until now."""
        pieces = []
        while self.tls.version() and not self.is_closed:
            try:
                piece = self.tls.read(65_536)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                piece = b""
            except ssl.SSLError as fault:
                self.alert, piece = fault, b""
            self.is_closed = not piece
            pieces.append(piece)
        return b"".join(pieces)

    def close_side(self) -> None:
        """Say that nothing more will come; what the other says is still read."""
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            return


class TlsSocket:
    """A connection to a daemon that is used like a plain socket."""

    def __init__(self, port: int, context: ssl.SSLContext, source: str = HOSTS[0]) -> None:
        self.raw = socket.create_connection((HOSTS[0], port), timeout=PATIENCE, source_address=(source, 0))
        self.client = Client(context, HOSTS[0])
        self._unsent = b""
        try:
            while not self.client.shake_hands():
                self._flush()
                if not self._fill():
                    raise ConnectionResetError("closed before the handshake was over")
            self._flush()
        except OSError:
            self.close()
            raise

    def _flush(self) -> None:
        self.raw.sendall(self.client.leaving.read())

    def _fill(self) -> bool:
        data = self.raw.recv(65_536)
        self.client.arrived.write(data)
        return bool(data)

    def sendall(self, data: bytes) -> None:
        self.client.tls.write(data)
        self._flush()

    def send(self, data: bytes) -> int:
        """Send as much as the socket takes; what is left of it goes first the next time."""
        taken = 0
        if not self._unsent:
            taken = self.client.tls.write(data)
            self._unsent = self.client.leaving.read()
        self._unsent = self._unsent[self.raw.send(self._unsent) :]
        return taken

    def setsockopt(self, *option: int) -> None:
        self.raw.setsockopt(*option)

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 - as a socket has it
        self.raw.setblocking(flag)

    def recv(self, _most: int = 0) -> bytes:
        """Return what came next; nothing when the other has closed, with a close_notify."""
        while not (data := self.client.read()) and not self.client.is_closed:
            if not self._fill():
                raise ConnectionResetError("closed without a close_notify")
        if self.client.alert:
            raise self.client.alert
        return data

    def shutdown(self, _how: int = 0) -> None:
        self.client.close_side()
        self._flush()

    def settimeout(self, seconds: float) -> None:
        self.raw.settimeout(seconds)

    def close(self) -> None:
        self.raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self.close()

    @property
    def certificate(self) -> x509.Certificate:
        """What the server showed."""
        return x509.load_der_x509_certificate(self.client.tls.getpeercert(binary_form=True) or b"")


@dataclass
class SecureDaemon(Daemon):
    """A daemon that is reached by TLS."""

    authority: Authority = field(kw_only=True)
    files: Files = field(init=False)

    def __post_init__(self) -> None:
        self.files = files_in(self.directory.parent)
        if not self.files.chain.exists():
            self.files.write(self.authority, days=100)
        super().__post_init__()

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def agent(self) -> IAgent:
        from twisted.internet import reactor  # noqa: PLC0415 - only where there is one

        root = twisted_ssl.Certificate.loadPEM(self.authority.pem)
        return Agent(reactor, BrowserLikePolicyForHTTPS(twisted_ssl.trustRootFromCertificates([root])))

    def connect(self) -> socket.socket:
        # It has all that callers use of a socket.
        return cast("socket.socket", self.open())

    def open(self, context: ssl.SSLContext | None = None, source: str = "127.0.0.1") -> TlsSocket:
        return TlsSocket(self.port, context or trusting(self.authority), source=source)


@dataclass
class TlsDaemon(SecureDaemon):
    """A daemon that listens with TLS of its own."""

    @property
    def endpoint(self) -> str:
        return f"tls:{super().endpoint}"

    def write_settings(self) -> None:
        own = {"bbbd.certificate": str(self.files.chain), "bbbd.privateKey": str(self.files.key)}
        self.settings = own | self.settings
        super().write_settings()

    @contextmanager
    def handshake(self, **options: Any) -> Iterator[TlsSocket]:
        """Open a connection whose client has options of its own."""
        context = trusting(self.authority)
        for name, value in options.items():
            setattr(context, name, value)
        with self.open(context) as connection:
            yield connection


class TlsWire(Wire):
    """A connection without a socket, with TLS on both ends."""

    def __init__(self, factory: TlsFactory, context: ssl.SSLContext, timer: IReactorTime, host: str) -> None:
        self._timer = timer
        self.client = Client(context, HOSTS[1])
        self._plain = b""
        self._taken = 0
        super().__init__(factory, host)  # type: ignore[arg-type] # a factory is all that it takes of the site
        #: Below it: what reads and writes TLS. ``channel`` is what it is in other wires.
        self.tls = self.channel
        if not self.refused:
            self.channel = self.tls.wrappedProtocol

    def shake_hands(self) -> None:
        while not self.client.shake_hands():
            self.carry()
        self.carry()

    def carry(self) -> None:
        """Bring what was written to the other end."""
        self._timer.advance(0)  # type: ignore[attr-defined] # a clock that the test moves
        self._deliver()
        leaving = self.client.leaving.read()
        if leaving and not self.closed:
            self.tls.dataReceived(leaving)
        self._deliver()

    def _deliver(self) -> None:
        data = self.value()
        self.client.arrived.write(data[self._taken :])
        self._taken = len(data)

    def send(self, raw: bytes) -> None:
        self.client.tls.write(raw)
        self.carry()

    def got(self) -> bytes:
        if not self.closed:
            self.carry()
            self._plain += self.client.read()
        assert not self.client.alert
        return self._plain

    def hang_up(self) -> None:
        if not self.closed:
            self._deliver()
            self._plain += self.client.read()
            self.closed = True
            self.tls.connectionLost(Failure(ConnectionDone()))

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: FBT001 - Twisted's signature
        """Do nothing: there is no socket."""

    def loseConnection(self) -> None:
        self._timer.callLater(0, self.hang_up)

    def abortConnection(self) -> None:
        self._timer.callLater(0, self.hang_up)


@dataclass
class TlsMemory(Memory):
    """A server in memory whose connections are all under TLS."""

    def open(self, host: str = "192.0.2.1") -> TlsWire:
        """Open a connection without a handshake yet."""
        factory = TlsFactory(lambda: Connection(SERVER), self.app.site, self.timer)
        wire = TlsWire(factory, CLIENT, self.timer, host)
        self.wires.append(wire)
        return wire

    def connect(self, host: str = "192.0.2.1") -> Wire:
        wire = self.open(host)
        if not wire.refused:
            wire.shake_hands()
        return wire


def _own() -> tuple[Any, ssl.SSLContext]:
    authority, key = Authority("The Authority of servers in memory"), new_key()
    pair = KeyPair((authority.certify(key, *HOSTS),), key)
    return context_of(pair, TlsVersion.TLS_1_2), trusting(authority)


#: What all servers in memory show, and what their clients trust.
SERVER, CLIENT = _own()
