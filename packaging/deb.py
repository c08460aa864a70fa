"""A Debian package of bbbd for the Debian, and the Python, of this machine: ``python3 packaging/deb.py DIRECTORY``.

Needs ``python3-venv`` and ``dpkg-deb``, and the network or ``PIP_*`` variables for the libraries. The package is a
virtual environment in ``/opt/bbbd``; what else belongs to it stands in ``FILES``.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OWN = HERE / "debian"
HOME = Path("/opt/bbbd")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
#: Where a file of the tree goes.
FILES = {
    "etc/bbbd.properties": "etc/bbbd/bbbd.properties",
    "etc/logrotate": "etc/logrotate.d/bbbd",
    "etc/bbbd.service": "usr/lib/systemd/system/bbbd.service",
    "etc/bbbd.socket": "usr/lib/systemd/system/bbbd.socket",
    "etc/bbbd-janus.service": "usr/lib/systemd/system/bbbd-janus.service",
    "packaging/debian/user.conf": "usr/lib/systemd/system/bbbd.service.d/user.conf",
    "packaging/debian/sysusers.conf": "usr/lib/sysusers.d/bbbd.conf",
    "packaging/debian/lintian-overrides": "usr/share/lintian/overrides/bbbd",
    "etc/apparmor": "usr/share/doc/bbbd/examples/apparmor",
    "etc/Caddyfile": "usr/share/doc/bbbd/examples/Caddyfile",
    "etc/nginx.conf": "usr/share/doc/bbbd/examples/nginx.conf",
    "etc/alerts.yml": "usr/share/doc/bbbd/examples/alerts.yml",
    "etc/grafana-dashboard.json": "usr/share/doc/bbbd/examples/grafana-dashboard.json",
    "etc/certbot-hook": "usr/share/doc/bbbd/examples/certbot-hook",
    "etc/bbbd.service.d": "usr/share/doc/bbbd/examples/bbbd.service.d",
}
SCRIPTS = ("postinst", "prerm", "postrm")
#: Whoever builds a package that others install says so, as Debian's tools want it.
MAINTAINER = f"{os.environ.get('DEBFULLNAME', 'The bbbd authors')} <{os.environ.get('DEBEMAIL', 'bbbd@bbbd.invalid')}>"
LICENCE = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: bbbd
Comment: The licences of the libraries are beside them, in /opt/bbbd/lib/python*/site-packages/*.dist-info.

Files: *
Copyright: {year} the bbbd authors
License: Expat
"""


def run(*command: str | Path, environment: dict[str, str] | None = None, output: int | None = None) -> None:
    """Run a program, which must succeed."""
    words, variables = [str(word) for word in command], {**os.environ, **(environment or {})}
    subprocess.run(words, check=True, cwd=ROOT, env=variables, stdout=output)


def make_environment(work: Path, tree: Path) -> Path:
    """Install bbbd, built from its sdist, into an environment without pip; return that environment."""
    tools, home = work / "tools", tree / HOME.relative_to("/")
    run(sys.executable, "-m", "venv", tools)
    run(tools / "bin/pip", "install", "--quiet", "build")
    run(tools / "bin/python", "-m", "build", "--outdir", work / "dist", output=subprocess.DEVNULL)
    (wheel,) = (work / "dist").glob("*.whl")
    # By its own name: python3 is another one after an upgrade of Debian.
    run(f"/usr/bin/python{PYTHON}", "-m", "venv", "--without-pip", home)
    run(tools / "bin/pip", "--python", home / "bin/python", "install", "--quiet", "--no-compile", wheel)
    return home


def settle(home: Path, tree: Path) -> None:
    """Let the environment believe that it was made in its later place, and compile it for that."""
    for script in (path for path in (home / "bin").iterdir() if path.is_file() and not path.is_symlink()):
        if script.name not in {"bbbd", "twistd"}:
            script.unlink()
        else:
            script.write_text(script.read_text().replace(str(home), str(HOME)))
    configuration = home / "pyvenv.cfg"
    configuration.write_text(configuration.read_text().replace(str(home), str(HOME)))
    for tests in list(home.glob("lib/python*/site-packages/**/test")):
        shutil.rmtree(tests, ignore_errors=True)
    for ignored in home.rglob(".gitignore"):
        ignored.unlink()
    for library in home.rglob("*.so*"):
        library.chmod(0o644)
    # Nobody may write there later, and root should leave nothing behind that dpkg does not know: neither Twisted's list
    # of plugins, whose absence each start complains of, nor compiled modules.
    run(home / "bin/python", "-B", "-c", "from twisted.plugin import IPlugin, getPlugins; list(getPlugins(IPlugin))")
    how = ("-q", "--invalidation-mode", "unchecked-hash", "-s", tree, "-p", "/")
    run(sys.executable, "-m", "compileall", *how, home / "lib")


def add_files(work: Path, tree: Path, home: Path) -> None:
    """Add units, settings, man pages, completions and papers."""
    for source, target in FILES.items():
        (tree / target).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / source).is_dir() else shutil.copyfile)(ROOT / source, tree / target)
    # Named, so that a command finds the data whoever calls it.
    settings = tree / "etc/bbbd/bbbd.properties"
    settings.write_text(settings.read_text().replace("\n#bbbd.dataDir=", "\nbbbd.dataDir="))
    (tree / "usr/bin").mkdir()
    (tree / "usr/bin/bbbd").symlink_to(HOME / "bin/bbbd")
    run(work / "tools/bin/pip", "install", "--quiet", "--target", work / "manual", "argparse-manpage", "shtab")
    making = {"PYTHONPATH": str(work / "manual"), "PYTHONDONTWRITEBYTECODE": "1"}
    run(home / "bin/python", HERE / "manual.py", work / "made", environment=making)
    for page in (work / "made/man").iterdir():
        packed(tree / f"usr/share/man/man1/{page.name}.gz", page.read_bytes())
    for name, target in (("bbbd", "bash-completion/completions/bbbd"), ("_bbbd", "zsh/vendor-completions/_bbbd")):
        (tree / "usr/share" / target).parent.mkdir(parents=True)
        shutil.copyfile(work / "made/completions" / name, tree / "usr/share" / target)


def packed(path: Path, content: bytes) -> None:
    """Write a file as gzip, the same for the same content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0))


def add_papers(tree: Path, version: str) -> None:
    """Add the licence, the changes of bbbd, and the package's own changelog."""
    papers = tree / "usr/share/doc/bbbd"
    _title, whose, terms = (ROOT / "LICENSE").read_text().strip().split("\n\n", 2)
    indented = "\n".join(f" {line}" if line else " ." for line in terms.splitlines())
    (papers / "copyright").write_text(f"{LICENCE.format(year=whose.split()[2])}{indented}\n")
    packed(papers / "changelog.gz", (ROOT / "CHANGELOG.md").read_bytes())
    now = format_datetime(datetime.now(UTC))
    entry = f"bbbd ({version}) stable; urgency=medium\n\n  * See changelog.gz.\n\n -- {MAINTAINER}  {now}\n"
    packed(papers / "changelog.Debian.gz", entry.encode())


def add_control(tree: Path, version: str) -> None:
    """Add what dpkg reads."""
    files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
    words = {
        "VERSION": version,
        "ARCHITECTURE": subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip(),  # noqa: S607
        "SIZE": str(sum(-(-path.stat().st_size // 1024) for path in files)),
        "PYTHON": PYTHON,
        "MAINTAINER": MAINTAINER,
    }
    control = tree / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(re.sub("@([A-Z]+)@", lambda found: words[found[1]], (OWN / "control").read_text()))
    shutil.copyfile(OWN / "conffiles", control / "conffiles")
    for name in SCRIPTS:
        shutil.copyfile(OWN / name, control / name)
        (control / name).chmod(0o755)


def main(directory: Path, revision: int) -> None:
    """Build the package in a directory."""
    os.umask(0o022)
    work, tree = directory / "work", directory / "work/tree"
    shutil.rmtree(work, ignore_errors=True)
    tree.mkdir(parents=True)
    home = make_environment(work, tree)
    (wheel,) = (work / "dist").glob("*.whl")
    system = platform.freedesktop_os_release()
    version = f"{wheel.name.split('-')[1]}-{revision}~{system['ID'][:3]}{system['VERSION_ID']}"
    add_files(work, tree, home)
    settle(home, tree)
    add_papers(tree, version)
    add_control(tree, version)
    run("dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "--build", tree, directory)
    shutil.rmtree(work)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("directory", type=Path)
    options.add_argument("--revision", type=int, default=1, help="the package's number among those of one bbbd")
    given = options.parse_args()
    main(given.directory.resolve(), given.revision)
