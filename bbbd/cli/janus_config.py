"""``bbbd janus-config``: writes a configuration of Janus, with secrets of its own, into a directory."""

from __future__ import annotations

import argparse
import ipaddress
import secrets
from pathlib import Path
from typing import Any

from bbbd.cli.common import GOOD, CommandFailed, say
from bbbd.media.janus_config import SECRET, SOCKET, JanusConfig
from bbbd.storage.disk import Disk

_EXAMPLES = """\
examples:
  bbbd janus-config /run/bbbd-janus
  bbbd janus-config /etc/bbbd/janus --ports 20000-24999 --public-address 203.0.113.7
then:
  janus --configs-folder DIR
"""


def add(commands: Any, common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand to the command line."""
    parser = commands.add_parser(
        "janus-config",
        help=summary,
        description=summary,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common],
    )
    parser.add_argument("directory", type=Path, metavar="DIR", help="the directory; both bbbd and Janus must reach it")
    parser.add_argument("--ports", default="20000-24999", metavar="FIRST-LAST", help="UDP ports for media")
    parser.add_argument("--address", default="", metavar="IP", help="use this local address alone")
    parser.add_argument(
        "--public-address",
        default="",
        metavar="IP",
        help="the address that browsers see, behind a NAT that maps one to one",
    )
    parser.set_defaults(do=run)


def run(options: argparse.Namespace) -> int:
    """Write the files; secrets that are there already stay."""
    directory = options.directory.absolute()
    first, last = _ports(options.ports)
    for address in (options.address, options.public_address):
        _check_address(address)
    disk = Disk()
    try:
        api_secret, admin_key = (directory / SECRET).read_text().split()
    except FileNotFoundError:
        api_secret, admin_key = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    except ValueError:
        raise CommandFailed(f"{directory / SECRET} does not have two lines: remove it") from None
    try:
        config = JanusConfig(
            directory=directory,
            api_secret=api_secret,
            admin_key=admin_key,
            first_port=first,
            last_port=last,
            address=options.address,
            public_address=options.public_address,
        ).files()
    except ValueError as fault:
        raise CommandFailed(str(fault)) from None
    disk.mkdir(directory)
    for name, text in config.items():
        disk.replace(directory / name, text.encode())
    settings = [f"bbbd.janus=unix:{directory / SOCKET}", f"bbbd.janusSecretFile={directory / SECRET}"]
    lines = [f"written: {', '.join(config)} in {directory}", "settings of bbbd:", *(f"  {one}" for one in settings)]
    say(
        options,
        "\n".join([*lines, f"start it: janus --configs-folder {directory}"]),
        directory=str(directory),
        settings=settings,
    )
    return GOOD


def _ports(text: str) -> tuple[int, int]:
    first, mark, last = text.partition("-")
    if not (mark and first.isdecimal() and last.isdecimal() and 1024 <= int(first) <= int(last) <= 65535):
        raise CommandFailed(f'"{text}" is no range of ports from 1024 to 65535, such as 20000-24999')
    return int(first), int(last)


def _check_address(text: str) -> None:
    try:
        if text:
            ipaddress.ip_address(text)
    except ValueError:
        raise CommandFailed(f'"{text}" is no IP address') from None
