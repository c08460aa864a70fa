"""``bbbd check`` of the certificate: its files, names and end; only where an endpoint has TLS."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bbbd.cli.findings import Finding, Severity
from bbbd.clock import wall
from bbbd.settings.endpoints import is_tls
from bbbd.settings.settings import Settings


def check_certificate(settings: Settings) -> Iterator[Finding]:
    """Check the certificate and key of ``tls:`` endpoints."""
    if not any(map(is_tls, settings.listen)):
        return
    if not (settings.certificate or settings.private_key or "CREDENTIALS_DIRECTORY" in os.environ):
        todo = "set bbbd.certificate and bbbd.privateKey, or pass the credentials tls.crt and tls.key in the unit"
        yield Finding(Severity.WARN, "no certificate is set for the endpoints with tls:", todo)
        return
    from cryptography import x509  # noqa: PLC0415 - other checks and commands start without it

    from bbbd.settings import certificate  # noqa: PLC0415

    try:
        files = certificate.certificate_files(settings)
        pair = certificate.read_key_pair(files)
    except certificate.BadCertificate as fault:
        yield Finding(Severity.BAD, str(fault), "the server does not start, or keeps the certificate that it has")
        return
    now, url = wall(), urlsplit(settings.server_url)
    until = datetime.fromtimestamp(pair.ends, UTC).date().isoformat()
    days = int((pair.ends - now) // certificate.DAY)
    what = f"the certificate is for {', '.join(pair.names) or 'no name'}, until {until} ({days} days)"
    if not pair.is_current(now):
        yield Finding(Severity.BAD, what, "renew it, and look at the clock: no browser takes it today")
    elif days < certificate.WARN_DAYS:
        yield Finding(Severity.WARN, what, "renew it; a server that runs takes the new files within a minute")
    else:
        yield Finding(Severity.OK, what)
    if not pair.is_for(url.hostname or ""):
        todo = "set bigbluebutton.web.serverURL, or have the certificate made for this name"
        yield Finding(Severity.BAD, f"the certificate is not for {url.hostname}", todo)
    if url.scheme != "https":
        yield Finding(
            Severity.WARN, f"links lead to {settings.server_url}, without TLS", "set bigbluebutton.web.serverURL"
        )
    extensions = pair.chain[0].extensions
    if len(pair.chain) == 1 and any(isinstance(one.value, x509.AuthorityInformationAccess) for one in extensions):
        todo = "use the file with the whole chain, of certbot fullchain.pem"
        yield Finding(Severity.WARN, f"{files.chain} has no certificate of the authority", todo)
    if files.key.stat().st_mode & 0o007:
        yield Finding(Severity.BAD, f"{files.key} can be read by everybody", f"chmod o= {files.key}")
    else:
        yield Finding(Severity.OK, f"the key in {files.key} fits the certificate")
