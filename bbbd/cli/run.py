"""``bbbd run``: runs the server in the foreground, with the options of ``twistd bbbd``.

An installed ``bbbd`` needs no other program: ``pipx`` and ``uv tool`` put only ``bbbd`` itself on the PATH.
"""

from __future__ import annotations

import argparse
from typing import Any

from bbbd.cli.common import GOOD
from bbbd.settings.reference import settings_help


def add(commands: Any, _common: argparse.ArgumentParser, summary: str) -> None:
    """Add the subcommand to the command line."""
    parser = commands.add_parser(
        "run",
        help=summary,
        description=f"{summary} Options win over the environment, and the environment over files.",
        epilog=settings_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    repeated: dict[str, Any] = {"action": "append", "default": []}
    parser.add_argument("--settings", metavar="FILE", help="a .properties file; a later file wins", **repeated)
    parser.add_argument(
        "--listen",
        metavar="ENDPOINT",
        help="a Twisted server endpoint, such as tcp:8090:interface=127.0.0.1; may be repeated",
        **repeated,
    )
    parser.add_argument(
        "--set",
        dest="assigned",
        metavar="NAME=VALUE",
        help="a setting; may be repeated; not for secrets, which the process list would show",
        **repeated,
    )
    parser.add_argument("--data-dir", metavar="DIR", help="the directory of everything that bbbd stores")
    parser.add_argument("--log-format", metavar="FORMAT", help="json, or text for a terminal")
    parser.add_argument(
        "--developer", action="store_true", help="a clock that can be moved, virtual people, faults; for tests only"
    )
    parser.set_defaults(do=run)


def run(options: argparse.Namespace) -> int:
    """Run the server until it is stopped."""
    # Help needs no reactor. Twisted exports both, but for one platform or the other.
    from twisted.scripts.twistd import ServerOptions, runApp  # type: ignore[attr-defined] # noqa: PLC0415

    arguments = [f"--settings={file}" for file in options.settings]
    arguments += [f"--listen={endpoint}" for endpoint in options.listen]
    arguments += [f"--set={text}" for text in options.assigned]
    if options.data_dir is not None:
        arguments.append(f"--data-dir={options.data_dir}")
    if options.log_format is not None:
        arguments.append(f"--log-format={options.log_format}")
    if options.developer:
        arguments.append("--developer")
    config = ServerOptions()
    config.parseOptions(["--nodaemon", "--pidfile=", "bbbd", *arguments])
    runApp(config)
    return GOOD
