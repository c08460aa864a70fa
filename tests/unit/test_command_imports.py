"""The modules that the ``bbbd`` command does not import, so that it starts soon, and those that the server does not."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from environment_reset import PATIENCE
from harness import ROOT, environment, free_port

from bbbd.cli.main import SUBCOMMANDS

#: Packages that only the daemon and large subcommands need.
HEAVY = {"twisted", "treq", "lxml", "msgspec", "OpenSSL", "cryptography", "hyperlink", "jwt", "nh3", "PIL"}
#: Packages of bbbd that only the daemon and large subcommands need.
DAEMON = {"meetings", "recordings", "callbacks", "live", "page", "slides", "egress", "http", "developer", "conform"}
CHILD = """
import atexit, json, os, sys
atexit.register(lambda: sys.stderr.write("\\n" + json.dumps(sorted(sys.modules)) + "\\n"))
from bbbd.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def is_ready(url: str) -> None:
    """Wait until a server has looked through its recordings."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(OSError), urllib.request.urlopen(url) as answer:
            assert answer.status == 200
            return
    raise AssertionError(url)


def modules(*arguments: str) -> set[str]:
    """Return the modules that a command has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        env=environment(),
        check=False,
    )
    found: list[str] = json.loads(done.stderr.splitlines()[-1])
    return set(found)


@pytest.mark.parametrize("subcommand", ["url", "call"])
def test_a_signed_call_imports_neither_twisted_nor_the_api(subcommand: str, tmp_path: Path) -> None:
    settings = tmp_path / "bbbd.properties"
    settings.write_text(f"securitySalt=x\nbbbd.listen=tcp:{free_port()}:interface=127.0.0.1\n")
    found = modules(subcommand, "getMeetings", "--settings", str(settings))
    assert f"bbbd.cli.{subcommand}" in found
    assert not {name.split(".")[0] for name in found} & HEAVY
    assert not {name.split(".")[1] for name in found if name.startswith("bbbd.")} & DAEMON
    assert {name for name in found if name.startswith("bbbd.api.")} == {"bbbd.api.checksum"}
    others = {f"bbbd.cli.{one.module}" for one in SUBCOMMANDS.values()} - {f"bbbd.cli.{subcommand}"}
    assert not found & others


def test_a_signed_url_needs_no_http_client(tmp_path: Path) -> None:
    found = modules("url", "create", "--data-dir", str(tmp_path))
    assert not found & {"http.client", "ssl", "javaproperties", "xml.etree.ElementTree"}


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("none",), ()])
def test_help_imports_the_names_of_subcommands_only(arguments: tuple[str, ...]) -> None:
    found = {name for name in modules(*arguments) if name.startswith("bbbd.")}
    assert found == {"bbbd.cli", "bbbd.cli.main"}


@pytest.mark.fresh
@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_has_its_help(name: str) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "bbbd"), name, "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"usage: bbbd {name} ")
    assert SUBCOMMANDS[name].summary in " ".join(done.stdout.split())


def test_the_server_loads_no_library_before_it_needs_it_and_nothing_of_developer_mode() -> None:
    child = "import json, sys, bbbd.tap; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, cwd=ROOT, check=True)
    found: list[str] = json.loads(done.stdout)
    assert "bbbd.assembly.app" in found
    assert not {name.split(".")[0] for name in found} & {"PIL", "pypdfium2", "pillow_heif", "resvg_py", "av"}
    assert not {name.split(".")[0] for name in found} & {"lxml", "nh3", "langcodes", "language_data"}
    unwanted = ("bbbd.api.checksum_help.", "bbbd.developer", "bbbd.presentation", "bbbd.conform", "bbbd.cli")
    assert not [name for name in found if name.startswith(unwanted)]


SERVER = """
import json, os, sys
from twisted.scripts.twistd import run
sys.argv[:1] = ["twistd"]
try:
    run()
finally:
    # twistd has made sys.stdout its log.
    os.write(1, json.dumps(sorted(sys.modules)).encode())
"""


def test_an_idle_server_has_loaded_nothing_that_only_some_need(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "none.properties").write_text("")
    arguments = ["-n", "--pidfile=", "bbbd", "--settings", str(tmp_path / "none.properties")]
    arguments += ["--data-dir", str(tmp_path / "data"), "--listen", f"tcp:{port}:interface=127.0.0.1"]
    with (tmp_path / "out").open("w+") as out:
        server = subprocess.Popen([sys.executable, "-c", SERVER, *arguments], stdout=out, cwd=ROOT, env=environment())
        try:
            is_ready(f"http://127.0.0.1:{port}/readyz")
        finally:
            server.terminate()
            server.wait(PATIENCE)
        out.seek(0)
        found: list[str] = json.load(out)
    assert "bbbd.api.resource" in found
    unwanted = {"lxml", "nh3", "jwt", "prometheus_client", "PIL", "treq"}
    assert not {name.split(".")[0] for name in found} & unwanted
