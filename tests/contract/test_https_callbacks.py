"""Callbacks over TLS: a receiver is called when an authority vouches for its name, and told nothing otherwise."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_twisted
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from kit import Memory, awaited, until
from receivers import Receiver, _Connections
from twisted.internet.interfaces import IListeningPort, IReactorSSL
from twisted.internet.ssl import CertificateOptions

HOST = "receiver.example"
Make = Callable[..., Memory]


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Authority:
    """Somebody who vouches for names."""

    def __init__(self, name: str) -> None:
        self._name = _named(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        made = self._begun(self._name, self._key, 1)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.pem = made.sign(self._key, SHA256()).public_bytes(Encoding.PEM)

    def _begun(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        begun = x509.CertificateBuilder(issuer_name=self._name, subject_name=subject, public_key=key.public_key())
        begun = begun.serial_number(x509.random_serial_number())
        return begun.not_valid_before(now - timedelta(days=5)).not_valid_after(now + timedelta(days=days))

    def vouch(self, *hosts: str, days: int = 1) -> CertificateOptions:
        """Return what a server shows: a certificate for names and addresses, good for some days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._begun(_named("receiver"), key, days).add_extension(
            x509.SubjectAlternativeName([_general(host) for host in hosts]), critical=False
        )
        # pyOpenSSL takes cryptography's objects; Twisted's types do not know it yet.
        return CertificateOptions(privateKey=cast("Any", key), certificate=cast("Any", made.sign(self._key, SHA256())))


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@dataclass
class SecureReceiver(Receiver):
    """A receiver behind TLS."""

    certificate: CertificateOptions = field(kw_only=True)
    host: str = HOST

    def listen(self, port: int = 0) -> SecureReceiver:
        from twisted.internet import reactor  # noqa: PLC0415 - only where there is one

        listening: IListeningPort = cast("IReactorSSL", reactor).listenSSL(
            port, _Connections(self), self.certificate, interface="127.0.0.1"
        )
        self._listening = listening
        self.port = listening.getHost().port  # type: ignore[attr-defined]
        return self

    def url(self, path: str = "/cb") -> str:
        return f"https://{self.host}:{self.port}{path}"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("The Authority")


@pytest.fixture
def pem(tmp_path: Path, authority: Authority) -> Path:
    """The authority's file."""
    path = tmp_path.parent / f"{tmp_path.name}.pem"
    path.write_bytes(authority.pem)
    return path


@pytest_twisted.async_yield_fixture  # type: ignore[untyped-decorator] # it has no types
async def secure() -> AsyncIterator[Callable[..., SecureReceiver]]:
    """Make a receiver that shows a certificate."""
    receivers: list[SecureReceiver] = []

    def listen(certificate: CertificateOptions, host: str = HOST) -> SecureReceiver:
        receivers.append(SecureReceiver(certificate=certificate, host=host).listen())
        return receivers[-1]

    yield listen
    for receiver in receivers:
        await receiver.close()


async def step(memory: Memory, seconds: float = 0) -> None:
    """Move the clock, and let what fell due be tried."""
    memory.advance(seconds)
    await until(lambda: not memory.app.server.outbox._on_their_way and not memory.app.server.outbox._pumping)


async def end(memory_with: Make, receiver: Receiver, authorities: Path | str = "") -> Memory:
    """Have a receiver called by a server that knows some authorities: of the end of a meeting."""
    memory = memory_with(bbbd__callbackNetworks="127.0.0.0/8", bbbd__callbackCA=str(authorities))
    memory.names[HOST] = ["127.0.0.1"]
    await memory.call("create", meetingID="demo", meetingEndedURL=receiver.url("/ended?a=b"))
    await memory.call("end", meetingID="demo")
    await step(memory)
    return memory


def due(memory: Memory) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((memory.directory / "outbox").glob("*.json"))]


async def check_refused(memory: Memory, receiver: Receiver, why: str) -> None:
    """Assert that a receiver was told nothing, and that what is due says why."""
    (entry,) = due(memory)
    assert entry["tries"] == 1
    assert why in entry["last"]
    await until(lambda: not receiver.connections)
    assert receiver.got == []


@awaited
async def test_a_receiver_that_the_authority_vouches_for_is_called(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path
) -> None:
    receiver = secure(authority.vouch("other.example", HOST))
    memory = await end(memory_with, receiver, pem)
    (got,) = await receiver.has(1)
    assert (got.method, got.target, got.headers["host"]) == ("GET", "/ended?a=b", f"{HOST}:{receiver.port}")
    await step(memory)
    assert due(memory) == []


@awaited
async def test_one_of_several_authorities_is_enough(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path
) -> None:
    receiver = secure(authority.vouch(HOST))
    pem.write_bytes(Authority("Another").pem + "# Főtanúsítvány\n".encode() + authority.pem)
    memory = await end(memory_with, receiver, pem)
    assert due(memory) == []
    await receiver.has(1)


@awaited
async def test_an_address_is_vouched_for_as_an_address(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path
) -> None:
    receiver = secure(authority.vouch("127.0.0.1"), "127.0.0.1")
    await end(memory_with, receiver, pem)
    (got,) = await receiver.has(1)
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"


@awaited
async def test_the_systems_authorities_do_not_know_ours(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority
) -> None:
    receiver = secure(authority.vouch(HOST))
    await check_refused(await end(memory_with, receiver), receiver, "certificate")


@awaited
async def test_another_authority_does_not_count(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path
) -> None:
    receiver = secure(authority.vouch(HOST))
    pem.write_bytes(Authority("Another").pem)
    await check_refused(await end(memory_with, receiver, pem), receiver, "certificate")


@awaited
async def test_another_authority_of_the_same_name_does_not_count(
    memory_with: Make, secure: Callable[..., SecureReceiver], pem: Path
) -> None:
    receiver = secure(Authority("The Authority").vouch(HOST))
    await check_refused(await end(memory_with, receiver, pem), receiver, "certificate")


@pytest.mark.parametrize(
    ("host", "names"),
    [
        (HOST, ["other.example"]),
        (HOST, [f"sub.{HOST}", f"{HOST}.other.example"]),
        (HOST, ["127.0.0.1"]),
        ("127.0.0.1", [HOST]),
        ("127.0.0.1", ["127.0.0.2"]),
    ],
)
@awaited
async def test_a_certificate_for_another_name_does_not_count(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path, host: str,
    names: list[str],
) -> None:  # fmt: skip
    receiver = secure(authority.vouch(*names), host)
    await check_refused(await end(memory_with, receiver, pem), receiver, host)


@pytest.mark.parametrize("names", [["*.example"], ["re*er.example"], ["*"], []])
@awaited
async def test_a_certificate_whose_names_cannot_be_read_does_not_count(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path, names: list[str],
    logged: list[Any],
) -> None:  # fmt: skip
    receiver = secure(authority.vouch(*names))
    await check_refused(await end(memory_with, receiver, pem), receiver, "TLS")
    # Twisted tells of the certificate too, by a line of its own.
    logged.clear()


@awaited
async def test_an_expired_certificate_does_not_count(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path
) -> None:
    receiver = secure(authority.vouch(HOST, days=-1))
    await check_refused(await end(memory_with, receiver, pem), receiver, "certificate")


@pytest.mark.parametrize("content", [None, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
@awaited
async def test_a_file_that_cannot_be_read_is_named_and_used_once_it_can(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path, content: bytes | None
) -> None:
    receiver = secure(authority.vouch(HOST))
    pem.unlink()
    if content is not None:
        pem.write_bytes(content)
    memory = await end(memory_with, receiver, pem)
    await check_refused(memory, receiver, "bbbd.callbackCA cannot be read")
    pem.write_bytes(authority.pem)
    await step(memory, 31)
    await receiver.has(1)
    assert due(memory) == []


@awaited
async def test_what_went_wrong_is_told_in_words(
    memory_with: Make, secure: Callable[..., SecureReceiver], authority: Authority, pem: Path
) -> None:
    receiver = secure(authority.vouch("other.example"))
    (entry,) = due(await end(memory_with, receiver, pem))
    assert "Traceback" not in entry["last"]
    assert "\n" not in entry["last"]
