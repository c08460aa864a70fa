"""Asks Janus, from a command, whether bbbd can use it: who it is, and whether it takes the secret."""

from __future__ import annotations

import errno
import json
import os
import secrets
import socket
from pathlib import Path
from typing import Any

from bbbd.media.janus_api import LARGEST_REQUEST
from bbbd.media.parts import secrets_of
from bbbd.settings.settings import Settings
from bbbd.storage.disk import Disk

#: Seconds until an answer is given up.
ANSWERED_WITHIN = 5.0
_REMEDIES = {
    errno.ENOENT: "start Janus with the configuration of `bbbd janus-config`, or correct bbbd.janus",
    errno.ECONNREFUSED: "Janus has ended: start it again, and see its log",
    errno.EACCES: "let bbbd's user into the directory of the socket, by its group",
    errno.EPROTOTYPE: 'Janus must listen with type = "SOCK_DGRAM": `bbbd janus-config` writes that',
}


class JanusUnusable(Exception):
    """Janus cannot be used; ``todo`` is the remedy."""

    def __init__(self, why: str, todo: str) -> None:
        super().__init__(why)
        self.todo = todo


def identity_of(settings: Settings, socket_path: str) -> str:
    """Return the version of a Janus and when it was built. Raises ``JanusUnusable``. It waits: for commands only."""
    address = Path(socket_path)
    here = address.with_name(f"bbbd-check-{os.getpid()}-{secrets.token_hex(4)}")
    secret, admin_key = secrets_of(settings, socket_path)
    if not (secret and admin_key):
        raise JanusUnusable("the file with Janus' secrets cannot be used", "set bbbd.janusSecretFile")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asker:
        asker.settimeout(ANSWERED_WITHIN)
        try:
            asker.bind(str(here))
            Disk().chmod(here, 0o666)
            asker.connect(str(address))
            info = _ask(asker, secret, janus="info")
            if "janus.plugin.videoroom" not in info.get("plugins", {}):
                raise JanusUnusable("Janus has no VideoRoom", "install Janus with its plugins")
            created = _ask(asker, secret, janus="create")
            if created.get("janus") == "error":
                raise JanusUnusable(
                    f"Janus refuses bbbd: {created.get('error', {}).get('reason', '')}",
                    "the secrets of bbbd.janusSecretFile must be those in janus.jcfg",
                )
            _ask(asker, secret, janus="destroy", session_id=created["data"]["id"])
        except TimeoutError:
            raise JanusUnusable("Janus does not answer", "start it again, and see its log") from None
        except OSError as fault:
            todo = _REMEDIES.get(fault.errno or 0, "see bbbd.janus")
            raise JanusUnusable(f"Janus at {address}: {fault.strerror}", todo) from fault
        finally:
            Disk().unlink(here)
    return f"{info.get('name', 'Janus')} {info.get('version_string', '')}, built {info.get('compile-time', '')}"


def _ask(asker: socket.socket, secret: str, **request: Any) -> dict[str, Any]:
    message = json.dumps({**request, "apisecret": secret, "transaction": secrets.token_hex(8)})
    asker.send(message.encode())
    answer: dict[str, Any] = json.loads(asker.recv(LARGEST_REQUEST << 4))
    return answer
