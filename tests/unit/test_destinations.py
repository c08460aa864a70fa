"""Where calls may go: URLs and addresses, as a table; and that names of any kind lead nowhere else."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbbd.egress.agent import look_up
from bbbd.egress.ssrf_guard import ForbiddenTarget, SsrfGuard, is_bindable, target_of
from bbbd.settings.current import CurrentSettings
from bbbd.settings.endpoints import port_of
from bbbd.settings.settings import Settings
from bbbd.values.value_types import NETWORKS

USUAL = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7"


def objection(address: str, networks: str = USUAL, port: int = 443, own: frozenset[int] = frozenset()) -> str:
    settings = Settings(callback_networks=NETWORKS.read(networks), listen=tuple(f"tcp:{one}" for one in own))
    destinations = SsrfGuard(CurrentSettings(settings), is_own_address=lambda _address: True)
    try:
        destinations.check(address, port)
    except ForbiddenTarget as fault:
        return str(fault)
    return ""


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://example.org", ("http", "example.org", 80)),
        ("https://Example.org/x?y", ("https", "example.org", 443)),
        ("https://example.org:8443/", ("https", "example.org", 8443)),
        ("http://[2606:4700::1111]:8080/", ("http", "2606:4700::1111", 8080)),
        ("http://93.184.216.34/", ("http", "93.184.216.34", 80)),
        ("http://1.example.org/", ("http", "1.example.org", 80)),
        ("http://xn--bcher-kva.example/", ("http", "xn--bcher-kva.example", 80)),
    ],
)
def test_a_url_leads_to_a_host_and_port(url: str, target: tuple[str, str, int]) -> None:
    assert tuple(target_of(url)) == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "//example.org/",
        "http://",
        "http:///x",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "http://user@example.org/",
        "http://user:word@example.org/",
        "http://example.org@10.0.0.1/",
        "http://example.org:22/",
        "http://example.org:0/",
        "http://example.org:1023/",
        "http://example.org:99999/",
        "http://example.org:x/",
        "http://exa mple.org/",
        "http://example.org\\@10.0.0.1/",
        "http://example.org/\r\nX: y",
        "http://example.org/\tx",
        "http://[::1/",
        "http://[v1.x]/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://127.0.0.1./",
        "http://1.2.3/",
        "http://256.1.1.1/",
        "http://x.0x1/",
    ],
)
def test_other_urls_are_never_called(url: str) -> None:
    with pytest.raises(ForbiddenTarget):
        target_of(url)


@pytest.mark.parametrize("host", ["a..example", f"{'a' * 64}.example"])
def test_what_is_no_name_is_not_looked_up(host: str) -> None:
    with pytest.raises(OSError, match="it is no name of a host"):
        look_up(host)


@pytest.mark.parametrize(
    ("address", "networks", "allowed"),
    [
        ("93.184.216.34", USUAL, True),
        ("2606:4700::1111", USUAL, True),
        ("10.0.0.5", USUAL, True),
        ("10.0.0.5", "", False),
        ("172.31.255.255", USUAL, True),
        ("172.32.0.1", USUAL, True),
        ("192.168.1.1", "10.0.0.0/8", False),
        ("fd12:3456::1", USUAL, True),
        ("fd12:3456::1", "", False),
        ("::ffff:10.0.0.5", USUAL, True),
        ("::ffff:10.0.0.5", "", False),
        ("100.64.0.1", USUAL, False),
        ("100.64.0.1", "100.64.0.0/10", True),
        ("127.0.0.1", USUAL, False),
        ("127.0.0.1", "0.0.0.0/0", False),
        ("127.0.0.1", "127.0.0.0/8", True),
        ("127.9.9.9", "127.0.0.1/32", False),
        ("::ffff:127.0.0.1", USUAL, False),
        ("::ffff:127.0.0.1", "127.0.0.0/8", True),
        ("::1", USUAL, False),
        ("::1", "::/0", False),
        ("::1", "::1/128", True),
        *(
            (address, "0.0.0.0/0 ::/0", False)
            for address in (
                "169.254.169.254",
                "169.254.0.1",
                "0.0.0.0",
                "0.1.2.3",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "192.0.2.1",
                "198.51.100.7",
                "203.0.113.9",
                "198.18.0.1",
                "fe80::1",
                "fe80::1%eth0",
                "ff02::1",
                "fd00:ec2::254",
                "::",
                "2001:db8::1",
                "64:ff9b::7f00:1",
                "64:ff9b::a9fe:a9fe",
                "2002:7f00:1::",
                "2002:a9fe:a9fe::1",
                "2001:0:53aa:64c::1",
                "::ffff:169.254.169.254",
                "::ffff:0:127.0.0.1",
                "::127.0.0.1",
                "::10.0.0.1",
                "::2",
                "nonsense",
                "",
            )
        ),
    ],
)
def test_an_address_is_called_or_not(address: str, networks: str, *, allowed: bool) -> None:
    assert (objection(address, networks) == "") == allowed


def test_the_text_says_what_allows_it() -> None:
    assert objection("10.0.0.5", "") == "10.0.0.5 is private; bbbd.callbackNetworks=10.0.0.0/8 allows it"
    assert objection("127.0.0.1") == "127.0.0.1 is this machine; bbbd.callbackNetworks=127.0.0.0/8 allows it"


def test_bbbd_does_not_call_itself() -> None:
    own = frozenset((8090,))
    assert objection("127.0.0.1", "127.0.0.0/8", 8090, own) == "127.0.0.1 port 8090 is bbbd itself"
    assert objection("127.0.0.1", "127.0.0.0/8", 8091, own) == ""
    assert objection("10.0.0.5", USUAL, 8090, own) == "10.0.0.5 port 8090 is bbbd itself"
    activated = CurrentSettings(Settings(listen=("systemd:name=https",)), ports=own)
    with pytest.raises(ForbiddenTarget, match="port 8090 is bbbd itself"):
        SsrfGuard(activated, is_own_address=lambda _address: True).check("198.41.0.4", 8090)


def test_an_address_of_this_machine_is_known() -> None:
    assert is_bindable(ipaddress.ip_address("127.0.0.1"))
    assert not is_bindable(ipaddress.ip_address("192.0.2.1"))


@pytest.mark.parametrize(
    ("endpoint", "port"),
    [
        ("tcp:8090", 8090),
        ("tcp:8090:interface=127.0.0.1", 8090),
        ("tcp:port=8090:interface=\\:\\:1", 8090),
        ("ssl:443:privateKey=/x", 443),
        ("tls:tcp:443", 443),
        ("tls:tcp:port=8443:interface=::1", 8443),
        ("unix:/run/x", None),
        ("systemd:domain=INET:index=0", None),
    ],
)
def test_an_endpoint_has_a_port(endpoint: str, port: int | None) -> None:
    assert port_of(endpoint) == port


def test_settings_know_their_ports() -> None:
    assert Settings(listen=("tcp:1:interface=127.0.0.1", "unix:/x", "tcp:2")).own_ports == frozenset((1, 2))


@given(st.ip_addresses())
def test_what_is_called_by_default_is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    plain = objection(str(address), "")
    if not plain:
        assert address.is_global
        assert not address.is_loopback
