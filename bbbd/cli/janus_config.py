"""``bbbd janus-config``: writes configurations of Janus, each with secrets of its own, into directories."""

from __future__ import annotations

import argparse
import ipaddress
import secrets
from pathlib import Path
from typing import Any

from bbbd.cli.common import GOOD, CommandFailed, say
from bbbd.media.janus_config import SECRET, SOCKET, JanusConfig
from bbbd.settings.media import MOST_JANUS
from bbbd.storage.disk import Disk

_EXAMPLES = """\
examples:
  bbbd janus-config /run/bbbd-janus
  bbbd janus-config /etc/bbbd/janus --ports 20000-24999 --public-address 203.0.113.7
  bbbd janus-config /run/bbbd-janus /run/bbbd-janus-2      (two of them, which share the ports)
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
    parser.add_argument(
        "directory",
        type=Path,
        nargs="+",
        metavar="DIR",
        help="the directory, which both bbbd and Janus must reach; one for each Janus, where there are several",
    )
    parser.add_argument(
        "--ports", default="20000-24999", metavar="FIRST-LAST", help="UDP ports for media, in equal parts where several"
    )
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
    directories = [one.absolute() for one in options.directory]
    if len(set(directories)) < len(directories) or len(directories) > MOST_JANUS:
        raise CommandFailed(f"needs from one to {MOST_JANUS} directories, each for one Janus")
    first, last = _ports(options.ports)
    each = (last - first + 1) // len(directories)
    if each < 2:
        raise CommandFailed(f"{options.ports} are too few ports")
    for address in (options.address, options.public_address):
        _check_address(address)
    for number, directory in enumerate(directories):
        _write(options, directory, first + number * each, first + (number + 1) * each - 1)
    sockets = " ".join(f"unix:{directory / SOCKET}" for directory in directories)
    settings = [f"bbbd.janus={sockets}"]
    if len(directories) == 1:
        settings.append(f"bbbd.janusSecretFile={directories[0] / SECRET}")
    lines = [f"written: a configuration in {directory}" for directory in directories]
    lines += ["settings of bbbd:", *(f"  {one}" for one in settings)]
    lines += [f"start it: janus --configs-folder {directory}" for directory in directories]
    names = [str(directory) for directory in directories]
    say(options, "\n".join(lines), directory=names[0], directories=names, settings=settings)
    return GOOD


def _write(options: argparse.Namespace, directory: Path, first: int, last: int) -> None:
    """Write the configuration of one Janus. Raises ``CommandFailed``."""
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
