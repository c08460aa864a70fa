"""The certificate of the server and its private key: where they are read from, and whether they are good.

The sources in order: the settings ``bbbd.certificate`` and ``bbbd.privateKey``; the files ``tls.crt`` and ``tls.key``
among the credentials of systemd.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from service_identity import VerificationError
from service_identity.cryptography import extract_patterns
from service_identity.exceptions import CertificateError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity

from bbbd.settings.settings import Settings
from bbbd.storage.disk import read_regular

DAY = 86_400
#: Days before its end from which a certificate is warned of.
WARN_DAYS = 14
#: Bytes of a file that are read.
_MOST = 1 << 20
_SMALLEST_RSA = 2048
#: The key's own block: openssl writes parameters of a curve before it.
_KEY = re.compile(rb"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class BadCertificate(Exception):
    """A certificate or key that cannot be used, with the file and the reason."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """The files of a certificate chain and its private key."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate with the chain to its authority, and the private key that fits it."""

    chain: tuple[x509.Certificate, ...]
    key: PrivateKey

    @property
    def names(self) -> tuple[str, ...]:
        """The host names and addresses that the certificate is for."""
        try:
            found = self.chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return ()
        hosts = found.get_values_for_type(x509.DNSName)
        return (*hosts, *map(str, found.get_values_for_type(x509.IPAddress)))

    @property
    def begins(self) -> float:
        """The seconds since 1970 from which the certificate is valid."""
        return self.chain[0].not_valid_before_utc.timestamp()

    @property
    def ends(self) -> float:
        """The seconds since 1970 until which the certificate is valid."""
        return self.chain[0].not_valid_after_utc.timestamp()

    def is_current(self, now: float) -> bool:
        """Return whether the certificate is valid at a time."""
        return self.begins <= now <= self.ends

    def is_for(self, host: str) -> bool:
        """Return whether a browser accepts the certificate for a host."""
        try:
            wanted = IPAddress_ID(host) if _is_address(host) else DNS_ID(host)
            verify_service_identity(extract_patterns(self.chain[0]), [wanted], [])
        except (VerificationError, CertificateError, ValueError):
            return False
        return True


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def certificate_files(settings: Settings) -> CertificateFiles:
    """Return the files of the certificate and the key. Raises ``BadCertificate`` when there are none."""
    if settings.certificate or settings.private_key:
        if not settings.private_key:
            raise BadCertificate("bbbd.certificate is set, but bbbd.privateKey is not")
        if not settings.certificate:
            raise BadCertificate("bbbd.privateKey is set, but bbbd.certificate is not")
        return CertificateFiles(Path(settings.certificate), Path(settings.private_key))
    credentials = Path(os.environ.get("CREDENTIALS_DIRECTORY") or os.devnull)
    files = CertificateFiles(credentials / "tls.crt", credentials / "tls.key")
    if not (files.chain.is_file() and files.key.is_file()):
        raise BadCertificate(
            "a tls: endpoint has no certificate: set bbbd.certificate and bbbd.privateKey,"
            " or pass the credentials tls.crt and tls.key"
        )
    return files


def read_key_pair(files: CertificateFiles) -> KeyPair:
    """Return what the files hold. Waits for the disk; raises ``BadCertificate``."""
    chain = _read_chain(files.chain)
    key = _read_key(files.key)
    own = _public_bytes(key.public_key())
    if _public_bytes(chain[0].public_key()) != own:
        if any(_public_bytes(one.public_key()) == own for one in chain):
            raise BadCertificate(f"{files.chain}: the server's own certificate must come first")
        raise BadCertificate(f"{files.key} is not the key of the certificate in {files.chain}")
    return KeyPair(chain, key)


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, _MOST)
    except OSError as fault:
        raise BadCertificate(f"{path}: {fault.strerror or fault}") from None


def _read_chain(path: Path) -> tuple[x509.Certificate, ...]:
    try:
        chain = tuple(x509.load_pem_x509_certificates(_read(path)))
        # A public key is parsed only when it is asked for.
        for one in chain:
            one.public_key()
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise BadCertificate(f"{path} holds no whole certificate in PEM ({fault})") from None
    return chain


def _read_key(path: Path) -> PrivateKey:
    found = _KEY.search(_read(path))
    if found is None:
        raise BadCertificate(f"{path} holds no whole private key in PEM")
    try:
        key = load_pem_private_key(found[0], None)
    except TypeError:
        raise BadCertificate(f"{path} has a passphrase; write it without one: openssl pkey -in {path}") from None
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise BadCertificate(f"{path} holds no whole private key in PEM ({fault})") from None
    if not isinstance(key, PrivateKey):
        raise BadCertificate(f"{path}: browsers take keys of RSA and ECDSA (P-256, P-384) only")
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < _SMALLEST_RSA:
        raise BadCertificate(f"{path}: a key of RSA has at least {_SMALLEST_RSA} bits, this one has {key.key_size}")
    return key


def _public_bytes(key: object) -> bytes:
    found: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return found


def faults_of(pair: KeyPair, host: str, now: float) -> list[str]:
    """Return what is wrong with a pair that can be used nevertheless."""
    faults = []
    if now < pair.begins:
        faults.append("the certificate is not valid yet: look at the clock")
    elif now > pair.ends:
        faults.append("the certificate has expired")
    elif (days := int((pair.ends - now) // DAY)) < WARN_DAYS:
        faults.append(f"the certificate expires in {days} days")
    if not pair.is_for(host):
        names = ", ".join(pair.names) or "no name"
        faults.append(f"the certificate is for {names}, but this server is {host} (bigbluebutton.web.serverURL)")
    return faults
