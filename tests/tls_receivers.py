"""Receivers behind TLS, and authorities that vouch for them, or do not."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from callback_receivers import Receiver, _Connections
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from twisted.internet.interfaces import IListeningPort, IReactorSSL
from twisted.internet.ssl import CertificateOptions

HOST = "receiver.example"


Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Authority:
    """Somebody who vouches for names."""

    def __init__(self, name: str) -> None:
        self._name = _named(name)
        self._key = new_key()
        made = self._begun(self._name, self._key, 1)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        # What Python 3.13 wants of an authority.
        self._identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        uses = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
        )
        usage = x509.KeyUsage(**uses, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False)
        made = made.add_extension(usage, critical=True).add_extension(self._identifier, critical=False)
        self.pem = made.sign(self._key, SHA256()).public_bytes(Encoding.PEM)

    def _begun(self, subject: x509.Name, key: Key, days: float, since: float = 5) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        begun = x509.CertificateBuilder(issuer_name=self._name, subject_name=subject, public_key=key.public_key())
        begun = begun.serial_number(x509.random_serial_number())
        return begun.not_valid_before(now - timedelta(days=since)).not_valid_after(now + timedelta(days=days))

    def certify(self, key: Key, *hosts: str, days: float = 1, since: float = 5, issuer: str = "") -> x509.Certificate:
        """Return a certificate for names and addresses, good from some days ago for some days from now.

        ``issuer`` is where the authority's own certificate is, as public ones say.
        """
        made = self._begun(_named("receiver"), key, days, since).add_extension(
            x509.SubjectAlternativeName([_general(host) for host in hosts]), critical=False
        )
        issued_by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._identifier)
        made = made.add_extension(issued_by, critical=False)
        if issuer:
            place = x509.UniformResourceIdentifier(issuer)
            access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)
            made = made.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        return made.sign(self._key, SHA256())

    def vouch(self, *hosts: str, days: int = 1) -> CertificateOptions:
        """Return what a server shows: a certificate for names and addresses, good for some days from now."""
        key = new_key()
        # pyOpenSSL takes cryptography's objects; Twisted's types do not know it yet.
        return CertificateOptions(
            privateKey=cast("Any", key), certificate=cast("Any", self.certify(key, *hosts, days=days))
        )


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
