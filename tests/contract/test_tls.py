"""TLS of bbbd's own: what is spoken, how connections end, and that a renewed certificate disconnects nobody."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from environment_reset import PATIENCE
from harness import ROOT, Caller, Daemon, awaited, free_port, parse, run, run_twistd, signed, until
from OpenSSL import SSL
from tls_receivers import Authority, new_key
from tls_servers import Files, TlsDaemon, TlsMemory, TlsWire, files_in, key_pem, trusting
from websocket_clients import connected

ROOT_REQUEST = b"GET /bigbluebutton/api HTTP/1.1\r\nHost: x\r\n\r\n"
REFUSED = (ssl.SSLError, ConnectionError)


@pytest.fixture(scope="module")
def secured(authority: Authority) -> Iterator[TlsDaemon]:
    """One daemon for all tests that only call it."""
    with tempfile.TemporaryDirectory(prefix="bbbd-test-") as directory:
        daemon = TlsDaemon(directory=Path(directory) / "data", authority=authority)
        yield daemon
        assert daemon.end() == 0
        assert not [line for line in daemon.log if line["level"] in ("error", "critical")]


@pytest.fixture
def start(start_daemon: Callable[..., TlsDaemon], authority: Authority) -> Callable[..., TlsDaemon]:
    def make(**more: Any) -> TlsDaemon:
        return start_daemon(TlsDaemon, authority=authority, **more)

    return make


@awaited
async def test_people_meet_over_tls(secured: TlsDaemon) -> None:
    await secured.call("create", meetingID="demo")
    joined = await secured.call("join", meetingID="demo", fullName="Ada", role="MODERATOR", redirect="false")
    assert (joined.text("url") or "").startswith(f"https://127.0.0.1:{secured.port}/html5client/join?")
    with (
        await connected(secured, secured, "demo", "Ada", role="MODERATOR") as ada,
        await connected(secured, secured, "demo", "Bob", role="VIEWER") as bob,
    ):
        ada.say("chat.say", text="Hello")
        bob.until(lambda: bool(bob.events("Chatted")))
        assert bob.events("Chatted")[0]["text"] == "Hello"


@awaited
async def test_browsers_learn_to_use_https_alone_from_a_server_with_tls(bbb: Caller, secured: TlsDaemon) -> None:
    name = "strict-transport-security"
    for target in (signed("getMeetings"), "/html5client/page.css", "/nothing"):
        assert (await secured.fetch(target)).headers[name] == "max-age=31536000"
        assert name not in (await bbb.fetch(target)).headers


def test_an_endpoint_without_tls_may_stand_beside(start: Callable[..., TlsDaemon]) -> None:
    port = free_port()
    daemon = start(arguments=["--listen", f"tcp:{port}:interface=127.0.0.1"])
    request = ROOT_REQUEST.replace(b"Host: x", b"Host: x\r\nConnection: close")
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain:
        plain.sendall(request)
        answer = parse(b"".join(iter(lambda: plain.recv(65_536), b"")))
    assert (answer.status, answer.headers.get("strict-transport-security")) == (200, None)
    assert "strict-transport-security" in parse(daemon.send(request)).headers


@awaited
async def test_the_days_left_of_a_certificate_are_a_metric(secured: TlsDaemon) -> None:
    text = (await secured.fetch("/metrics")).body.decode()
    [left] = [line for line in text.splitlines() if line.startswith("bbbd_certificate_expiry_seconds ")]
    assert 0 < float(left.split()[1]) < 400 * 86_400


@awaited
async def test_https_alone_can_be_taken_back(tmp_path: Path) -> None:
    memory = TlsMemory(directory=tmp_path, settings={"bbbd.hstsSeconds": "0"})
    assert (await memory.call("getMeetings")).headers["strict-transport-security"] == "max-age=0"
    memory.hang_up()


V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
ONLY_V12 = {"maximum_version": V12}


def offering(context: ssl.SSLContext, ciphers: str = "", protocols: tuple[str, ...] = ()) -> ssl.SSLContext:
    if ciphers:
        context.set_ciphers(ciphers)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def test_tls_1_3_is_spoken_and_1_2_with_forward_secrecy(secured: TlsDaemon) -> None:
    with secured.open() as connection:
        assert connection.client.tls.version() == "TLSv1.3"
    with secured.handshake(**ONLY_V12) as connection:
        assert connection.client.tls.version() == "TLSv1.2"
        assert (connection.client.tls.cipher() or ("",))[0] == "ECDHE-ECDSA-AES256-GCM-SHA384"


@pytest.mark.parametrize(
    "ciphers",
    [
        "AES256-GCM-SHA384",
        "ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES256-SHA",
        "DHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-AES256-CCM8",
    ],
)
def test_ciphers_without_forward_secrecy_or_authentication_are_refused(secured: TlsDaemon, ciphers: str) -> None:
    context = offering(trusting(secured.authority), ciphers)
    context.maximum_version = V12
    with pytest.raises(REFUSED):
        secured.open(context)


def test_older_versions_are_refused(secured: TlsDaemon) -> None:
    context = trusting(secured.authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(REFUSED):
        secured.open(context)


def test_the_server_chooses_the_cipher(secured: TlsDaemon) -> None:
    context = offering(trusting(secured.authority), "ECDHE+CHACHA20:ECDHE+AESGCM")
    context.maximum_version = V12
    with secured.open(context) as connection:
        assert "AES256-GCM" in (connection.client.tls.cipher() or ("",))[0]


@pytest.mark.parametrize(
    ("offered", "chosen"), [(("h2", "http/1.1"), "http/1.1"), (("http/1.1",), "http/1.1"), ((), None)]
)
def test_http_1_1_is_the_only_protocol(secured: TlsDaemon, offered: tuple[str, ...], chosen: str | None) -> None:
    with secured.open(offering(trusting(secured.authority), protocols=offered)) as connection:
        assert connection.client.tls.selected_alpn_protocol() == chosen


def test_other_protocols_are_refused_by_the_alert_for_it(secured: TlsDaemon) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)no.application.protocol"):
        secured.open(offering(trusting(secured.authority), protocols=("h2", "imap")))


def test_a_session_is_resumed_by_its_ticket(secured: TlsDaemon) -> None:
    context = trusting(secured.authority)
    context.maximum_version = V12
    with secured.open(context) as first:
        first.sendall(ROOT_REQUEST)
        first.recv()
        session = first.client.tls.session
    assert session is not None
    assert session.has_ticket
    with socket.create_connection(("127.0.0.1", secured.port), timeout=PATIENCE) as raw:
        again = context.wrap_socket(raw, server_hostname="127.0.0.1", session=session)
        assert again.session_reused
        again.close()


def test_renegotiation_is_refused(secured: TlsDaemon) -> None:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    with socket.create_connection(("127.0.0.1", secured.port), timeout=PATIENCE) as raw:
        raw.settimeout(None)
        client = SSL.Connection(context, raw)
        client.set_connect_state()
        client.do_handshake()
        client.renegotiate()
        with pytest.raises(SSL.Error):
            client.do_handshake()


def test_http_without_tls_is_closed_and_never_answered(secured: TlsDaemon) -> None:
    with socket.create_connection(("127.0.0.1", secured.port), timeout=PATIENCE) as raw:
        raw.sendall(ROOT_REQUEST)
        got = b""
        while piece := raw.recv(1000):
            got += piece
    assert b"HTTP" not in got
    assert len(got) <= 7


@awaited
async def test_a_failed_handshake_has_its_reason_in_the_log_of_who_looks(start: Callable[..., TlsDaemon]) -> None:
    daemon = start(settings={"bbbd.logLevel": "debug"})
    with pytest.raises(REFUSED):
        daemon.open(offering(trusting(daemon.authority), protocols=("h2",)))
    assert "http/1.1 is not among" in (await daemon.until_logged("handshake_failed"))["message"]
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=PATIENCE) as raw:
        raw.sendall(ROOT_REQUEST)
        raw.recv(100)
    told = await daemon.until_logged("handshake_failed", 2)
    assert (told["from"], told["reason"]) == ("127.0.0.1", "http request")


def begun(memory: TlsMemory) -> TlsWire:
    """Return a connection whose handshake has only begun."""
    wire = memory.open()
    wire.client.shake_hands()
    return wire


def test_a_handshake_has_its_time_and_counts_as_a_connection(tmp_path: Path) -> None:
    memory = TlsMemory(directory=tmp_path, settings={"bbbd.maxConnections": "3"})
    silent, slow, good = memory.open(), begun(memory), memory.connect()
    assert memory.open().refused
    hello = slow.client.leaving.read()
    for at in range(14):
        slow.tls.dataReceived(hello[at : at + 1])
        memory.advance(1)
    assert not silent.closed
    assert not slow.closed
    memory.advance(3)
    assert silent.closed
    assert slow.closed
    assert not good.closed
    assert not memory.connect().refused
    memory.advance(60)
    assert good.closed
    memory.hang_up()


def test_too_many_connections_are_closed_before_any_handshake(start: Callable[..., TlsDaemon]) -> None:
    # Probes of health would come through.
    daemon = start(
        settings={"bbbd.maxConnections": "1", "bbbd.metricsFrom": "192.0.2.1", "bbbd.trustedProxies": "192.0.2.1"}
    )
    with daemon.open():
        for _ in range(3):
            with pytest.raises(REFUSED):
                daemon.open()
    assert b" 200 OK" in until_accepted(daemon)


def until_accepted(daemon: TlsDaemon) -> bytes:
    """Return an answer as soon as a connection is accepted again."""
    while True:
        try:
            return daemon.send(ROOT_REQUEST)
        except REFUSED:
            continue


def test_who_closes_its_side_still_gets_its_answer(secured: TlsDaemon) -> None:
    # A call that changes is answered when the disk has it, so after the client's close_notify.
    raw = secured.send(f"GET {signed('create', 'meetingID=closing')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert parse(raw).code == "SUCCESS"
    with secured.open() as connection:
        connection.sendall(f"GET {signed('create', 'meetingID=closing2')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        connection.shutdown()
        connection.raw.shutdown(socket.SHUT_WR)
        assert parse(connection.recv()).code == "SUCCESS"


def test_no_close_waits_for_the_clients_close_notify(secured: TlsDaemon) -> None:
    with secured.open() as connection:
        connection.sendall(ROOT_REQUEST.replace(b"Host: x", b"Host: x\r\nConnection: close"))
        assert b" 200 OK" in connection.recv()
        assert connection.recv() == b""
        # The client says nothing of its own, and the socket is closed all the same.
        assert connection.raw.recv(1) == b""


@awaited
async def test_who_vanishes_or_sends_nonsense_harms_nobody(secured: TlsDaemon) -> None:
    for nonsense in (b"", b"\x16\x03\x01\x02\x00\x01", b"\x16\x03\x01\x00\x02\x01\x00", os.urandom(3000)):
        with socket.create_connection(("127.0.0.1", secured.port), timeout=PATIENCE) as raw:
            raw.sendall(nonsense)
    for rest in (b"", b"\x17\x03\x03\x00\x05hello", b"\x17\x03\x03\xff\xff"):
        with secured.open() as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
            connection.raw.sendall(rest)
    assert (await secured.call("getMeetings")).code == "SUCCESS"


@awaited
async def test_a_renewed_certificate_is_used_at_a_reload_and_disconnects_nobody(
    start: Callable[..., TlsDaemon],
) -> None:
    daemon = start()
    await daemon.call("create", meetingID="demo")
    with daemon.open() as before, await connected(daemon, daemon, "demo", "Ada", role="MODERATOR") as ada:
        old = before.certificate
        new = daemon.files.write(daemon.authority, days=90)
        with daemon.open() as connection:
            assert connection.certificate == old
        os.kill(daemon.process.pid, signal.SIGHUP)
        told = await daemon.until_logged("certificate_loaded", 2)
        assert told["names"] == "bbb.example.org, 127.0.0.1"
        with daemon.open() as after:
            assert after.certificate == new
            after.sendall(ROOT_REQUEST)
            assert b" 200 OK" in after.recv()
        before.sendall(ROOT_REQUEST)
        assert b" 200 OK" in before.recv()
        ada.say("chat.say", text="still here")
        ada.until(lambda: bool(ada.events("Chatted")))


def half_written(files: Files, authority: Authority) -> None:
    del authority
    files.chain.write_bytes(files.chain.read_bytes()[:300])


def without_its_key(files: Files, authority: Authority) -> None:
    key = files.key.read_bytes()
    files.write(authority)
    files.put(files.key, key)


def gone(files: Files, authority: Authority) -> None:
    del authority
    files.key.unlink()


def has_expired(files: Files, authority: Authority) -> None:
    files.write(authority, days=-1)


def not_valid_yet(files: Files, authority: Authority) -> None:
    files.write(authority, since=-1, days=9)


@pytest.mark.parametrize("spoil", [half_written, without_its_key, gone, has_expired, not_valid_yet])
@awaited
async def test_a_bad_pair_keeps_the_old_one(
    start: Callable[..., TlsDaemon], asked_for: set[str], spoil: Callable[[Files, Authority], None]
) -> None:
    asked_for.add("certificate_unchanged")
    daemon = start()
    with daemon.open() as connection:
        old = connection.certificate
    spoil(daemon.files, daemon.authority)
    os.kill(daemon.process.pid, signal.SIGHUP)
    told = await daemon.until_logged("certificate_unchanged")
    assert str(daemon.files.chain.parent) in told["message"]
    assert "\n" not in told["message"]
    with daemon.open() as connection:
        assert connection.certificate == old
    new = daemon.files.write(daemon.authority, days=90)
    os.kill(daemon.process.pid, signal.SIGHUP)
    await daemon.until_logged("certificate_loaded", 2)
    with daemon.open() as connection:
        assert connection.certificate == new


@pytest.mark.faults
@awaited
async def test_a_hundred_renewals_under_load_refuse_no_request(
    start: Callable[..., TlsDaemon], asked_for: set[str]
) -> None:
    """Files that are whole, half written or do not fit, and a reload after each; requests go on all the while."""
    asked_for.add("certificate_unchanged")
    daemon = start()
    kept = daemon.open()
    for number in range(100):
        (whole, half_written, without_its_key)[number % 3](daemon.files, daemon.authority)
        os.kill(daemon.process.pid, signal.SIGHUP)
        for _ in range(3):
            assert b" 200 OK" in daemon.send(ROOT_REQUEST)
    last = daemon.files.write(daemon.authority, days=90)
    os.kill(daemon.process.pid, signal.SIGHUP)
    await until(lambda: shown(daemon) == last)
    with kept:
        kept.sendall(ROOT_REQUEST)
        assert b" 200 OK" in kept.recv()
    assert daemon.logged("certificate_loaded") > 1
    assert daemon.logged("certificate_unchanged") >= 1


def whole(files: Files, authority: Authority) -> None:
    files.write(authority)


def shown(daemon: TlsDaemon) -> x509.Certificate:
    with daemon.open() as connection:
        return connection.certificate


@awaited
async def test_the_lowest_version_is_changed_by_a_reload(start: Callable[..., TlsDaemon]) -> None:
    daemon = start()
    with daemon.handshake(**ONLY_V12):
        pass
    daemon.settings["bbbd.tlsMinimum"] = "1.3"
    daemon.write_settings()
    os.kill(daemon.process.pid, signal.SIGHUP)
    await daemon.until_logged("certificate_loaded", 2)
    with pytest.raises(REFUSED), daemon.handshake(**ONLY_V12):
        pass
    with daemon.handshake(minimum_version=V13):
        pass


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return files_in(tmp_path)


def started(tmp_path: Path, *arguments: str, **more: str) -> str:
    """Return what a start says that is refused."""
    settings = tmp_path / "bbbd.properties"
    settings.write_text("".join(f"{name}={value}\n" for name, value in more.items() if name.startswith("bbbd.")))
    done = run_twistd(
        "--settings",
        str(settings),
        "--data-dir",
        str(tmp_path / "data"),
        *(arguments or ("--listen", "tls:tcp:0:interface=127.0.0.1")),
        **{name: value for name, value in more.items() if not name.startswith("bbbd.")},
    )
    assert done.returncode == 78, done.stderr
    [line] = done.stderr.splitlines()
    return line


def test_without_a_certificate_it_does_not_start_and_says_why(
    tmp_path: Path, files: Files, authority: Authority
) -> None:
    both = {"bbbd.certificate": str(files.chain), "bbbd.privateKey": str(files.key)}
    assert "has no certificate: set bbbd.certificate and bbbd.privateKey" in started(tmp_path)
    assert started(tmp_path, CREDENTIALS_DIRECTORY=str(tmp_path)).startswith("bbbd: a tls: endpoint has no certificate")
    assert f"{files.chain}: No such file or directory" in started(tmp_path, **both)
    files.write(authority)
    assert "but bbbd.privateKey is not" in started(tmp_path, **{"bbbd.certificate": str(files.chain)})
    files.put(files.key, key_pem(new_key()))
    assert "is not the key of the certificate" in started(tmp_path, **both)
    assert "tls: stands before an endpoint" in started(tmp_path, "--listen", "tls:443", **both)


@awaited
async def test_the_certificate_may_be_a_credential_of_systemd(
    start: Callable[..., TlsDaemon], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: Authority
) -> None:
    certificate = files_in(tmp_path).write(authority)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    daemon = start(settings={"bbbd.certificate": "", "bbbd.privateKey": ""})
    with daemon.open() as connection:
        assert connection.certificate == certificate


@awaited
async def test_what_will_soon_fail_is_warned_of(
    start: Callable[..., TlsDaemon], tmp_path: Path, authority: Authority
) -> None:
    files = files_in(tmp_path)
    files.write(authority, days=-1)
    daemon = start(settings={"bbbd.certificate": str(files.chain), "bbbd.privateKey": str(files.key)})
    assert (await daemon.until_logged("certificate_warning"))["fault"] == "the certificate has expired"
    files.write(authority, "other.example.org", days=9.5)
    os.kill(daemon.process.pid, signal.SIGHUP)
    assert (await daemon.until_logged("certificate_warning", 2))["fault"] == "the certificate expires in 9 days"
    assert (
        "is for other.example.org, but this server is 127.0.0.1"
        in (await daemon.until_logged("certificate_warning", 3))["fault"]
    )


@awaited
async def test_a_server_without_tls_reads_no_certificate(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon(settings={"bbbd.certificate": "/nowhere"})
    os.kill(daemon.process.pid, signal.SIGHUP)
    await daemon.until_logged("reloaded")
    assert not daemon.logged("certificate_loaded")


def checked(tmp_path: Path, files: Files | None, url: str = "https://bbb.example.org") -> tuple[int, list[str]]:
    """Return the status of ``bbbd check``, and what it says of the certificate."""
    settings = tmp_path / "check.properties"
    pair = f"bbbd.certificate={files.chain}\nbbbd.privateKey={files.key}\n" if files else ""
    settings.write_text(f"{pair}bigbluebutton.web.serverURL={url}\nbbbd.listen=tls:tcp:8443\n")
    done = run("check", "--settings", str(settings), "--data-dir", str(tmp_path))
    about = [line for line in done.stdout.splitlines() if "certificate" in line or "tls.key" in line or "TLS" in line]
    return done.returncode, about


def test_a_check_tells_names_days_and_whether_the_key_fits(tmp_path: Path, files: Files, authority: Authority) -> None:
    _status, [none] = checked(tmp_path, None)
    assert none.startswith("warn  no certificate is set")
    _status, [missing] = checked(tmp_path, files)
    assert missing.startswith(f"bad   {files.chain}: No such file or directory")
    end = files.write(authority, "bbb.example.org", days=30.5).not_valid_after_utc.date().isoformat()
    _status, about = checked(tmp_path, files)
    assert about == [
        f"ok    the certificate is for bbb.example.org, until {end} (30 days)",
        f"ok    the key in {files.key} fits the certificate",
    ]
    files.write(authority, "other.example.org", days=9.5)
    files.key.chmod(0o644)
    status, [soon, name, plain, mode] = checked(tmp_path, files, "http://bbb.example.org")
    assert status == 1
    assert soon.startswith("warn  the certificate is for other.example.org")
    assert "(9 days)  -> renew it" in soon
    assert name.startswith("bad   the certificate is not for bbb.example.org")
    assert plain.startswith("warn  links lead to http://bbb.example.org, without TLS")
    assert mode == f"bad   {files.key} can be read by everybody  -> chmod o= {files.key}"
    key = new_key()
    alone = authority.certify(key, "bbb.example.org", days=30, issuer="http://ca.example.org/ca.der")
    files.put(files.chain, alone.public_bytes(Encoding.PEM))
    files.put(files.key, key_pem(key))
    _status, [_ok, chain, _fits] = checked(tmp_path, files)
    assert chain.startswith(f"warn  {files.chain} has no certificate of the authority")
    files.write(authority, days=-1)
    _status, [expired, *_] = checked(tmp_path, files)
    assert expired.startswith("bad   the certificate is for bbb.example.org, 127.0.0.1, until ")
    files.put(files.key, key_pem(new_key()))
    _status, [other] = checked(tmp_path, files)
    assert "is not the key of the certificate" in other


def run_hook(surroundings: dict[str, str]) -> None:
    subprocess.run([str(ROOT / "etc/certbot-hook")], env=surroundings, check=True)


@awaited
async def test_the_hook_of_certbot_gives_it_the_renewed_certificate(
    start: Callable[..., TlsDaemon], tmp_path: Path, authority: Authority
) -> None:
    daemon = start()
    programs = tmp_path / "bin"
    programs.mkdir()
    systemctl = programs / "systemctl"
    systemctl.write_text(
        f'#!/bin/sh\ncase "$*" in\n"is-active --quiet bbbd") exit "$INACTIVE";;\n'
        f'"reload bbbd") kill -HUP {daemon.process.pid};;\n*) exit 1;;\nesac\n'
    )
    systemctl.chmod(0o755)
    surroundings = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "RENEWED_LINEAGE": str(tmp_path),
        "BBBD_TLS": str(tmp_path / "data" / "tls"),
    }
    (tmp_path / "data").mkdir()
    lineage = Files(chain=tmp_path / "fullchain.pem", key=tmp_path / "privkey.pem")
    lineage.write(authority)
    # The first time there is no server yet.
    run_hook(surroundings | {"INACTIVE": "3"})
    assert files_in(tmp_path / "data" / "tls").key.read_bytes() == lineage.key.read_bytes()
    new = lineage.write(authority, days=90)
    run_hook(surroundings | {"INACTIVE": "0", "BBBD_TLS": str(daemon.files.chain.parent)})
    await daemon.until_logged("certificate_loaded", 2)
    with daemon.open() as connection:
        assert connection.certificate == new
    assert daemon.logged("certificate_loaded") == 2
    for path in (daemon.files.chain, daemon.files.key):
        assert path.stat().st_mode & 0o777 == 0o600


def test_commands_trust_an_authority_that_they_are_given(secured: TlsDaemon, tmp_path: Path) -> None:
    trusted = tmp_path / "authority.pem"
    trusted.write_bytes(secured.authority.pem)
    settings = tmp_path / "bbbd.properties"
    command = ("call", "getMeetings", "--settings", str(settings))
    settings.write_text(f"securitySalt={secured.secret}\nbigbluebutton.web.serverURL={secured.origin}\n")
    assert run(*command, SSL_CERT_FILE=str(trusted)).returncode == 0
    assert "certificate" in run(*command).stderr
