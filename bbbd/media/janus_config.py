"""A configuration of Janus for bbbd: a Unix socket and no port of its own, VideoRoom alone, secrets of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

#: Where Debian and others put Janus' plugins.
_PLUGINS = ("/usr/lib/*/janus", "/usr/lib/janus", "/usr/local/lib/janus", "/opt/janus/lib/janus")
#: What is loaded, of each kind of plugin.
_WANTED = {"plugins": "libjanus_videoroom.so", "transports": "libjanus_pfunix.so"}
_SAFE = re.compile(r"[A-Za-z0-9._/:,-]+")
SOCKET, SECRET = "api.sock", "secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class JanusConfig:
    """What an operator says: the directory, the range of UDP ports, and addresses ("" for what Janus finds).

    ``address`` is the only local address that is used; ``public_address`` is the one that browsers see behind a NAT
    that maps one to one.
    """

    directory: Path
    api_secret: str
    admin_key: str
    first_port: int
    last_port: int
    address: str = ""
    public_address: str = ""

    def files(self) -> dict[str, str]:
        """Return the text of each file. Raises ``ValueError`` for a path or address that cannot stand in one."""
        for text in (str(self.directory), self.address, self.public_address):
            if text and not _SAFE.fullmatch(text):
                raise ValueError(f"{text!r} has characters that cannot stand in Janus' configuration")
        root = _root()
        folders = {kind: f"{root}/{kind}" for kind in ("plugins", "transports", "events", "loggers")}
        disabled = {kind: _others(Path(folders[kind]), wanted) for kind, wanted in _WANTED.items()}
        nat = "full_trickle = false; ice_lite = false;"
        if self.address:
            nat += f' ice_enforce_list = "{self.address}";'
        if self.public_address:
            nat += f' nat_1_1_mapping = "{self.public_address}";'
        general = f"""general: {{
    configs_folder = "{self.directory}";
    plugins_folder = "{folders["plugins"]}";
    transports_folder = "{folders["transports"]}";
    events_folder = "{folders["events"]}";
    loggers_folder = "{folders["loggers"]}";
    debug_level = 3;
    api_secret = "{self.api_secret}";
    # Media flow on through a restart of bbbd for so many seconds.
    session_timeout = 60;
    server_name = "bbbd";
}}
certificates: {{ }}
media: {{ rtp_port_range = "{self.first_port}-{self.last_port}"; no_media_timer = 2; slowlink_threshold = 8; }}
nat: {{ {nat} }}
plugins: {{ disable = "{disabled["plugins"]}"; }}
transports: {{ disable = "{disabled["transports"]}"; }}
loggers: {{ }}
events: {{ broadcast = false; }}
"""
        room = f"""general: {{
    admin_key = "{self.admin_key}";
    lock_rtp_forward = true;
    string_ids = true;
}}
"""
        transport = f"""general: {{
    enabled = true;
    json = "compact";
    path = "{self.directory / SOCKET}";
    type = "SOCK_DGRAM";
}}
admin: {{ admin_enabled = false; }}
"""
        return {
            "janus.jcfg": general,
            "janus.plugin.videoroom.jcfg": room,
            "janus.transport.pfunix.jcfg": transport,
            SECRET: f"{self.api_secret}\n{self.admin_key}\n",
        }


def _root() -> str:
    for pattern in _PLUGINS:
        base, _, rest = pattern.partition("*")
        found = sorted(Path(base).glob(f"*{rest}")) if rest else [Path(pattern)]
        for path in found:
            if (path / "plugins").is_dir():
                return str(path)
    return "/usr/lib/janus"


def _others(directory: Path, wanted: str) -> str:
    return ",".join(sorted(path.name for path in directory.glob("libjanus_*.so") if path.name != wanted))
