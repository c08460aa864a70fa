"""The ``bbbd`` command: the secret, signed URLs and calls, and a look at everything.

Exit status: 0 good, 1 bad news, 2 usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bbbd import __version__
from bbbd.api.calls import CALLS
from bbbd.api.checksum_help.explanation import SignedRequest, explain
from bbbd.cli import callbacks, conform, developer, recordings, tracks
from bbbd.cli.api_client import ApiAnswer, call, elements, lines, target_of
from bbbd.cli.check import Finding, Severity, look, look_at_node
from bbbd.cli.common import BAD, GOOD, CommandFailed, own_target, run, say, settings_of
from bbbd.settings.properties import BadSettings
from bbbd.settings.secret import NoSecret, load_secrets, made, read_secrets, secret_file, write_secrets
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk

_EXAMPLES = """\
examples:
  bbbd secret --show
  bbbd call create meetingID=demo name=Demo
  bbbd url join meetingID=demo fullName=Ada role=MODERATOR
  bbbd call getMeetingInfo meetingID=demo
  bbbd recordings list
  bbbd tracks put c25a79c5…-1531240585189 captions en lecture.srt
  bbbd callbacks list --given-up
  bbbd check
"""


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f'"{text}" is not name=value')
    return name, value


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--settings", action="append", default=[], metavar="FILE", help="as twistd bbbd has it")
    common.add_argument("--data-dir", metavar="DIR", help="as twistd bbbd has it")
    common.add_argument("--json", action="store_true", help="tell it as JSON")
    whole = argparse.ArgumentParser(
        prog="bbbd",
        description="Looks after a bbbd server.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="version", version=f"bbbd {__version__}")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, do: Callable[[argparse.Namespace], int], told: str, of: Any = commands) -> Any:
        sub = of.add_parser(name, parents=[common], help=told, description=told)
        sub.set_defaults(do=do)
        return sub

    secret = command("secret", tell_secret, "Tells the URL and the shared secret, to a terminal or with --show.")
    secret.add_argument("--show", action="store_true", help="tell it to a pipe or file as well")
    setting = command(
        "set",
        set_secret,
        "Reads a new secret from standard input, or makes one when that is empty or a terminal.",
        secret.add_subparsers(dest="secret_command", metavar="set"),
    )
    setting.add_argument("--keep-old", action="store_true", help="the old one still signs, behind the new one")
    url = command("url", tell_url, "Tells a signed URL; nothing is called.")
    called = command("call", make_call, "Calls the server and tells its answer; 1 when it is FAILED.")
    for one in (url, called):
        one.add_argument("call", metavar="CALL", help="such as " + ", ".join(list(CALLS)[:5]))
        one.add_argument("pairs", metavar="name=value", nargs="*", type=_pair, help="parameters")
    called.add_argument("--raw", action="store_true", help="tell the answer as it came")
    called.add_argument("--post", metavar="FILE", help="send a file as body (slides for create, or a config.xml)")
    check = command("check", make_check, "Looks at settings, files and machine; 1 when something is bad.")
    check.add_argument(
        "--url", metavar="URL", help="look at a running server instead; of a signed URL, tell whether it would pass"
    )
    recordings.add(commands, common)
    tracks.add(commands, common)
    callbacks.add(commands, common)
    conform.add(commands, common)
    developer.add(commands, common)
    return whole


def tell_secret(options: argparse.Namespace) -> int:
    """Tell URL and secret, as ``bbb-conf --secret`` does."""
    if not options.show and not options.json and not sys.stdout.isatty():
        raise CommandFailed("the secret is told to a terminal only; --show tells it here too")
    settings, _faults = settings_of(options)
    secret = load_secrets(settings, Disk())[0]
    url = settings.url("/bigbluebutton/")
    say(options, f"URL: {url}\nSecret: {secret}", url=url, secret=secret)
    return GOOD


def set_secret(options: argparse.Namespace) -> int:
    """Write a new secret."""
    settings, _faults = settings_of(options)
    path = secret_file(settings)
    if path is None:
        raise CommandFailed("the secret is in the settings (securitySalt); change it there")
    sent = "" if sys.stdin.isatty() else sys.stdin.readline().strip()
    secret = sent or made()
    if "," in secret or not secret.isprintable():
        raise CommandFailed("a secret has no comma and no control character in it")
    disk = Disk()
    disk.mkdir(path.parent)
    old = read_secrets(path) if options.keep_old else ()
    write_secrets(disk, path, (secret, *(one for one in old if one != secret)))
    still = "the old one still signs" if old else "it alone signs"
    say(options, f"written to {path}; reload bbbd (SIGHUP): {still} from then on", path=str(path))
    return GOOD


def tell_url(options: argparse.Namespace) -> int:
    """Tell a signed URL."""
    url = own_target(options).signed(options.call, options.pairs)
    say(options, url, url=url)
    return GOOD


def make_call(options: argparse.Namespace) -> int:
    """Call and tell the answer."""
    target = own_target(options)
    post = Path(options.post).read_bytes() if options.post else None
    if post is not None and options.call == "setConfigXML" and not _is_utf8(post):
        raise CommandFailed(f"{options.post} is not UTF-8")
    pairs = [*options.pairs, ("format", "json")] if options.json else options.pairs
    answer = run(lambda: call(target, options.call, pairs, post))
    if answer.location:
        say(options, f"{answer.status} to {answer.location}", status=answer.status, location=answer.location)
        return GOOD
    if options.raw or options.json:
        sys.stdout.buffer.write(answer.body + b"\n")
        return BAD if _failed(answer) else GOOD
    return _tell(answer)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _failed(answer: ApiAnswer) -> bool:
    if answer.body.lstrip().startswith(b"{"):
        response: dict[str, Any] = json.loads(answer.body).get("response", {})
        return response.get("returncode") == "FAILED"
    root = elements(answer.body)
    return root is None or root.findtext("returncode") == "FAILED"


def _tell(answer: ApiAnswer) -> int:
    root = elements(answer.body)
    if root is None and answer.body[:1] in b"{/" and answer.status == 200:
        sys.stdout.buffer.write(answer.body + b"\n")
        return GOOD
    if root is None:
        raise CommandFailed(f"the answer is no XML (HTTP status {answer.status})")
    if root.findtext("returncode") == "FAILED":
        sys.stderr.write(f"FAILED {root.findtext('messageKey') or ''}: {root.findtext('message') or ''}\n")
        return BAD
    if root.tag != "response":
        sys.stdout.buffer.write(answer.body + b"\n")
        return GOOD
    sys.stdout.write("\n".join(["SUCCESS", *lines(root)[1:]]) + "\n")
    return GOOD


def make_check(options: argparse.Namespace) -> int:
    """Look at everything, or at a running server."""
    settings, faults = settings_of(options)
    findings: list[Finding]
    if options.url and "checksum=" in urlsplit(options.url).query:
        return _explain(options, settings)
    if options.url:
        target = target_of(settings, load_secrets(settings, Disk()))
        findings = run(lambda: look_at_node(target._replace(url=_api(options.url))))
    else:
        findings = list(look(settings, faults, secret_file(settings)))
    for finding in findings:
        say(options, str(finding), **finding._asdict())
    return BAD if any(finding.level is Severity.BAD for finding in findings) else GOOD


def _explain(options: argparse.Namespace, settings: Settings) -> int:
    """Tell whether a whole signed URL would pass with this server's secret, and if not, why."""
    parts = urlsplit(options.url)
    call = parts.path.rpartition("/api/")[2].strip("/").removesuffix(".xml").removesuffix(".json")
    sent = SignedRequest(call=call, query=parts.query.encode(), address=parts._replace(query="", fragment="").geturl())
    told = explain(sent, load_secrets(settings, Disk()), settings.algorithms)
    say(options, told.message(), right=told.right, likely=told.likely)
    return GOOD if told.right else BAD


def _api(url: str) -> str:
    """Return the API's URL for what people write: with or without ``/bigbluebutton`` and ``/api``."""
    if not url.startswith(("http://", "https://")):
        raise CommandFailed(f'"{url}" is not an http or https URL')
    url = url.rstrip("/")
    path = urlsplit(url).path
    return url + ("" if path.endswith("/api") else "/api" if path.endswith("/bigbluebutton") else "/bigbluebutton/api")


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = parser().parse_args(arguments)
    try:
        status: int = options.do(options)
    except BadSettings as fault:
        sys.stderr.write(f"{fault}\n")
        return BAD
    except (CommandFailed, NoSecret, OSError) as fault:
        sys.stderr.write(f"bbbd: {fault}\n")
        return BAD
    return status


if __name__ == "__main__":
    sys.exit(main())
