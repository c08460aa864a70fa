"""The certificate of ``tls:`` endpoints: loaded at the start, and again when it is renewed.

New connections begin with the certificate loaded last, open ones keep theirs, so a renewal disconnects nobody. A pair
of files that cannot be used, or is half written, changes nothing. Reading and checking are done in a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from bbbd.daemon.tls_transport import reasons_of
from bbbd.settings.certificate import (
    BadCertificate,
    CertificateFiles,
    KeyPair,
    certificate_files,
    faults_of,
    read_key_pair,
)
from bbbd.settings.current import CurrentSettings
from bbbd.storage.group_commit import Thread
from bbbd.values.enums import TlsVersion

_log = Logger()

#: Seconds between two looks at the files. Each hour they are loaded whether or not they changed: a new context also has
#: new keys for session tickets.
LOOK_EVERY = 60
_LOOKS_AN_HOUR, _LOOKS_A_DAY = 60, 1440
#: Of TLS 1.2 only what has forward secrecy and authenticated encryption; all of TLS 1.3 has both.
CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"
_PROTOCOL = b"http/1.1"
_VERSIONS = {TlsVersion.TLS_1_2: SSL.TLS1_2_VERSION, TlsVersion.TLS_1_3: SSL.TLS1_3_VERSION}
#: What tells one state of the files from another.
_Stamp = tuple[tuple[int, int, int], ...]


class Certificates:
    """The certificate of now. ``wall`` returns seconds since 1970."""

    def __init__(self, current: CurrentSettings, thread: Thread, wall: Callable[[], float]) -> None:
        #: When the certificate expires, in seconds since 1970; None without a ``tls:`` endpoint.
        self.expires: float | None = None
        self._current = current
        self._thread = thread
        self._wall = wall
        self._pair: KeyPair | None = None
        self._context: SSL.Context | None = None
        self._seen: _Stamp = ()
        self._is_loading = self._load_again = False
        self._looks = 0
        self._loop: LoopingCall | None = None

    def load(self) -> None:
        """Load the certificate before the start. Waits for the disk; raises ``BadCertificate``."""
        if self._pair is None:
            settings = self._current.settings
            files = certificate_files(settings)
            self._seen = _stamp_of(files)
            pair = read_key_pair(files)
            self._use(pair, context_of(pair, settings.tls_minimum))

    def _use(self, pair: KeyPair, context: SSL.Context) -> None:
        self._pair, self._context, self.expires = pair, context, pair.ends

    def begin(self) -> SSL.Connection:
        """Return the state of a new connection."""
        assert self._context is not None
        return SSL.Connection(self._context)

    def start(self, timer: IReactorTime) -> None:
        """Log the certificate and look at its files from time to time; without a ``tls:`` endpoint there is none."""
        if self._pair is None:
            return
        self._tell()
        self._loop = loop = LoopingCall(self._look)
        loop.clock = timer
        loop.start(LOOK_EVERY, now=False)

    def stop(self) -> None:
        """Stop looking."""
        if self._loop is not None and self._loop.running:
            self._loop.stop()

    def reload(self) -> None:
        """Load the certificate again, and log it."""
        if self._pair is not None:
            self._renew(forced=True, told=True)

    def _look(self) -> None:
        self._looks += 1
        if self._looks % _LOOKS_A_DAY == 0:
            self._warn()
        self._renew(forced=self._looks % _LOOKS_AN_HOUR == 0)

    def _renew(self, *, forced: bool, told: bool = False) -> None:
        """Load in a thread. While one load is in progress, further ones become one that follows."""
        if self._is_loading:
            self._load_again = self._load_again or forced
            return
        self._is_loading = True

        def done(result: Failure | None) -> None:
            self._is_loading = False
            if isinstance(result, Failure):
                _log.failure("the certificate cannot be renewed", result, event="certificate_failed")
            if self._load_again:
                self._load_again = False
                self._renew(forced=True)

        Deferred.fromCoroutine(self._load_anew(forced=forced, told=told)).addBoth(done)

    async def _load_anew(self, *, forced: bool, told: bool) -> None:
        settings, before = self._current.settings, self._pair
        assert before is not None
        try:
            files = certificate_files(settings)
            stamp = await self._thread(partial(_stamp_of, files))
            if stamp == self._seen and not forced:
                return
            self._seen = stamp
            pair = await self._thread(partial(read_key_pair, files))
            _check_dates(files, pair, before, self._wall())
            self._use(pair, await self._thread(partial(context_of, pair, settings.tls_minimum)))
        except BadCertificate as fault:
            _log.error("the certificate is unchanged: {why}", event="certificate_unchanged", why=str(fault))
            return
        if told or pair.chain != before.chain:
            self._tell()

    def _tell(self) -> None:
        assert self._pair is not None
        _log.info(
            "the certificate is for {names}, until {until}",
            event="certificate_loaded",
            names=", ".join(self._pair.names),
            until=datetime.fromtimestamp(self._pair.ends, UTC).isoformat(),
            audit=True,
        )
        self._warn()

    def _warn(self) -> None:
        assert self._pair is not None
        host = urlsplit(self._current.settings.server_url).hostname or ""
        for fault in faults_of(self._pair, host, self._wall()):
            _log.warn("{fault}", event="certificate_warning", fault=fault)


def _check_dates(files: CertificateFiles, pair: KeyPair, before: KeyPair, now: float) -> None:
    """Refuse a certificate that is not valid now, as long as the one before is."""
    if before.is_current(now) and not pair.is_current(now):
        raise BadCertificate(f"{files.chain}: {faults_of(pair, '', now)[0]}")


def context_of(pair: KeyPair, minimum: TlsVersion) -> SSL.Context:
    """Return what connections begin with. Raises ``BadCertificate`` for a key that OpenSSL refuses."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(_VERSIONS[minimum])
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_cipher_list(CIPHERS)
    context.set_alpn_select_callback(_choose_protocol)
    # Sessions are resumed by tickets, which the client keeps; the server keeps none.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_session_id(b"bbbd")
    leaf, *others = pair.chain
    try:
        context.use_certificate(leaf)
        for one in others:
            context.add_extra_chain_cert(one)
        context.use_privatekey(pair.key)
        context.check_privatekey()
    except SSL.Error as fault:
        raise BadCertificate(f"OpenSSL refuses the certificate: {reasons_of(fault)}") from None
    return context


def _choose_protocol(_connection: SSL.Connection, offered: list[bytes]) -> bytes:
    if _PROTOCOL in offered:
        return _PROTOCOL
    # OpenSSL then sends the alert no_application_protocol, as RFC 7301 asks.
    raise SSL.Error([("", "", "http/1.1 is not among the protocols that are offered")])


def _stamp_of(files: CertificateFiles) -> _Stamp:
    return _stamp(files.chain), _stamp(files.key)


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0, 0)
    return status.st_ino, status.st_size, status.st_mtime_ns
