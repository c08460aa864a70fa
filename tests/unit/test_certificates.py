"""The certificate of a server: which files are good, which names it is for, and when it is looked at again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tls_receivers import Authority, Key, new_key
from tls_servers import Files, files_in, key_pem
from twisted.internet.defer import Deferred, execute
from twisted.internet.task import Clock
from twisted.logger import LogEvent

from bbbd.daemon.certificates import LOOK_EVERY, Certificates, context_of
from bbbd.settings.certificate import DAY, BadCertificate, faults_of, read_key_pair
from bbbd.settings.current import CurrentSettings
from bbbd.settings.properties import read_settings
from bbbd.storage.group_commit import Thread as AnyThread
from bbbd.values.enums import TlsVersion

NAME = "bbb.example.org"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return files_in(tmp_path)


def written(files: Files, authority: Authority, key: Key, encoded: bytes = b"") -> Files:
    """Write a pair with a key, which may be encoded in some other way."""
    files.put(files.chain, authority.certify(key, NAME).public_bytes(Encoding.PEM) + authority.pem)
    files.put(files.key, encoded or key_pem(key))
    return files


@pytest.mark.parametrize(
    "make",
    [
        new_key,
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: rsa.generate_private_key(public_exponent=65_537, key_size=2048),
    ],
    ids=["P-256", "P-384", "RSA"],
)
@pytest.mark.parametrize("encoding", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_keys_that_browsers_take_are_read(
    files: Files, authority: Authority, make: Callable[[], Key], encoding: PrivateFormat
) -> None:
    key = make()
    pem = key.private_bytes(Encoding.PEM, encoding, NoEncryption())
    pair = read_key_pair(written(files, authority, key, b"-----BEGIN EC PARAMETERS-----\n-----END\n" + pem))
    context_of(pair, TlsVersion.TLS_1_3)
    assert (pair.names, len(pair.chain)) == ((NAME,), 2)


def refused(files: Files) -> str:
    """Return the reason for which a pair is refused, which is one line and names a file."""
    with pytest.raises(BadCertificate) as fault:
        context_of(read_key_pair(files), TlsVersion.TLS_1_2)
    told = str(fault.value)
    assert "\n" not in told
    return told


def test_a_pair_that_cannot_be_used_is_refused_by_name(files: Files, authority: Authority) -> None:
    key = new_key()
    written(files, authority, key, key_pem(key, b"secret"))
    assert "has a passphrase" in refused(files)
    written(files, authority, key, key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    assert "holds no whole private key in PEM" in refused(files)
    written(files, authority, key, key_pem(key).replace(b"M", b"?", 1))
    assert "holds no whole private key in PEM" in refused(files)
    written(files, authority, key, b"")
    files.put(files.key, b"")
    assert str(files.key) in refused(files)
    weak = ec.generate_private_key(ec.SECP192R1())
    assert "OpenSSL refuses the certificate: ee key too small" in refused(written(files, authority, weak))
    ed = ed25519.Ed25519PrivateKey.generate()
    assert "RSA and ECDSA" in refused(written(files, authority, ed))
    assert "at least 2048 bits, this one has 1024" in refused(
        written(files, authority, rsa.generate_private_key(public_exponent=65_537, key_size=1024))
    )


def test_a_chain_that_cannot_be_used_is_refused_by_name(files: Files, authority: Authority) -> None:
    key = new_key()
    certificate = authority.certify(key, NAME)
    written(files, authority, key)
    files.put(files.chain, certificate.public_bytes(Encoding.DER))
    assert f"{files.chain} holds no whole certificate in PEM" in refused(files)
    files.put(files.chain, authority.pem + certificate.public_bytes(Encoding.PEM))
    assert "own certificate must come first" in refused(files)
    files.put(files.chain, authority.pem)
    assert "is not the key of the certificate" in refused(files)
    files.chain.unlink()
    files.chain.mkdir()
    assert str(files.chain) in refused(files)


def test_a_chain_cut_anywhere_is_refused_or_the_same(files: Files, authority: Authority) -> None:
    """A certificate is never taken half: a renewal that is half written is seen."""
    whole = read_key_pair(written(files, authority, new_key()))
    text = files.chain.read_bytes()
    for length in range(0, len(text), 40):
        files.chain.write_bytes(text[:length])
        try:
            pair = read_key_pair(files)
        except BadCertificate:
            continue
        assert pair.chain == whole.chain[: len(pair.chain)]


@pytest.mark.parametrize(
    ("names", "host", "is_for"),
    [
        ((NAME,), NAME, True),
        ((NAME,), "BBB.example.org", True),
        ((NAME,), "example.org", False),
        (("*.example.org",), NAME, True),
        (("*.example.org",), "a.b.example.org", False),
        (("*.example.org",), "example.org", False),
        (("127.0.0.1",), "127.0.0.1", True),
        (("127.0.0.1",), "127.0.0.2", False),
        ((NAME,), "127.0.0.1", False),
        (("::1",), "::1", True),
        ((NAME,), "localhost", False),
        ((NAME,), "", False),
        ((NAME,), "_odd_.example", False),
    ],
)
def test_the_names_of_a_certificate_are_compared_as_browsers_do(
    files: Files, authority: Authority, names: tuple[str, ...], host: str, *, is_for: bool
) -> None:
    files.write(authority, *names)
    assert read_key_pair(files).is_for(host) is is_for


def test_what_is_wrong_is_told_and_what_to_do(files: Files, authority: Authority) -> None:
    files.write(authority, NAME, days=30)
    pair, now = read_key_pair(files), time.time()
    assert faults_of(pair, NAME, now) == []
    assert faults_of(pair, NAME, now + 20.5 * DAY) == ["the certificate expires in 9 days"]
    assert faults_of(pair, NAME, now + 31 * DAY) == ["the certificate has expired"]
    assert faults_of(pair, NAME, now - 6 * DAY) == ["the certificate is not valid yet: look at the clock"]
    assert faults_of(pair, "a.example", now) == [
        f"the certificate is for {NAME}, but this server is a.example (bigbluebutton.web.serverURL)"
    ]


@dataclass
class Thread:
    """A thread whose work is done when the test says so; every call is counted."""

    calls: int = 0
    held: list[tuple[Callable[[], object], Deferred[object]]] = field(default_factory=list)
    holds: bool = False

    def __call__(self, run: Callable[[], object]) -> Deferred[object]:
        self.calls += 1
        if not self.holds:
            return execute(run)
        waiting: Deferred[object] = Deferred()
        self.held.append((run, waiting))
        return waiting

    def work(self) -> None:
        self.holds = False
        while self.held:
            run, waiting = self.held.pop(0)
            execute(run).chainDeferred(waiting)


class Served:
    """Certificates whose clocks the test moves."""

    def __init__(self, files: Files) -> None:
        settings, _ = read_settings(
            ["/dev/null"],
            {
                "bbbd.certificate": str(files.chain),
                "bbbd.privateKey": str(files.key),
                "bigbluebutton.web.serverURL": f"https://{NAME}",
            },
        )
        self.timer, self.thread, self._begun = Clock(), Thread(), time.time()
        wall = lambda: self._begun + self.timer.seconds()  # noqa: E731 - it is one
        self.certificates = Certificates(CurrentSettings(settings), cast("AnyThread", self.thread), wall)
        self.certificates.load()
        self.certificates.start(self.timer)

    def advance(self, seconds: float) -> None:
        self.timer.pump([LOOK_EVERY] * int(seconds // LOOK_EVERY))


def faults(logged: list[LogEvent], event: str = "certificate_warning") -> list[LogEvent]:
    return [line for line in logged if line.get("event") == event]


def test_changed_files_are_seen_within_a_minute(files: Files, authority: Authority, logged: list[LogEvent]) -> None:
    files.write(authority, NAME, days=30)
    served = Served(files)
    assert served.certificates.expires == read_key_pair(files).ends
    new = files.write(authority, NAME, days=90)
    served.advance(LOOK_EVERY)
    assert served.certificates.expires == new.not_valid_after_utc.timestamp()
    assert len(faults(logged, "certificate_loaded")) == 2
    served.advance(600)
    assert len(faults(logged, "certificate_loaded")) == 2


def test_files_that_stay_broken_are_told_once_an_hour(
    files: Files, authority: Authority, logged: list[LogEvent], asked_for: set[str]
) -> None:
    asked_for.add("certificate_unchanged")
    files.write(authority, NAME, days=30)
    served = Served(files)
    before = served.certificates.expires
    files.put(files.chain, b"half")
    served.advance(3000)
    assert len(faults(logged, "certificate_unchanged")) == 1
    served.advance(3600)
    assert len(faults(logged, "certificate_unchanged")) == 2
    assert served.certificates.expires == before
    served.certificates.begin()


def test_each_hour_session_tickets_have_new_keys(files: Files, authority: Authority) -> None:
    files.write(authority, NAME, days=30)
    served = Served(files)
    first = served.certificates.begin().get_context()
    served.advance(3000)
    assert served.certificates.begin().get_context() is first
    served.advance(600)
    assert served.certificates.begin().get_context() is not first


def test_an_end_that_is_near_is_told_once_a_day(files: Files, authority: Authority, logged: list[LogEvent]) -> None:
    files.write(authority, NAME, days=16.5)
    served = Served(files)
    assert faults(logged) == []
    served.advance(2 * DAY)
    assert faults(logged) == []
    served.advance(DAY)
    assert [line["fault"] for line in faults(logged)] == ["the certificate expires in 13 days"]
    served.advance(2 * DAY)
    assert [line["fault"][-7:] for line in faults(logged)] == ["13 days", "12 days", "11 days"]


def test_many_reloads_at_once_load_it_twice(files: Files, authority: Authority) -> None:
    files.write(authority, NAME, days=30)
    served = Served(files)
    served.thread.holds = True
    for _ in range(100):
        served.certificates.reload()
    assert served.thread.calls == 1
    new = files.write(authority, NAME, days=90)
    served.thread.work()
    assert served.certificates.expires == new.not_valid_after_utc.timestamp()
    assert served.thread.calls <= 6


def test_nothing_is_looked_at_after_the_stop(files: Files, authority: Authority) -> None:
    files.write(authority, NAME, days=30)
    served = Served(files)
    served.certificates.stop()
    served.advance(7200)
    assert served.thread.calls == 0
