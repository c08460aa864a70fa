"""What is installed: every package and file, and the parts of the Debian package."""

from __future__ import annotations

import re
import runpy
import subprocess
from configparser import ConfigParser
from pathlib import Path

from bbbd.settings.properties import read_settings

ROOT = Path(__file__).parent.parent.parent
SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg")


def test_the_wheel_has_every_package() -> None:
    named = {name for name in SETUP["options"]["packages"].split() if name.startswith("bbbd")}
    made = {path.parent.relative_to(ROOT).as_posix().replace("/", ".") for path in (ROOT / "bbbd").rglob("*.py")}
    assert named == made | {"bbbd.etc"}


def test_the_wheel_has_every_file_beside_the_modules() -> None:
    patterns = SETUP["options.package_data"]
    packed = {
        path
        for package, names in patterns.items()
        for name in names.split(", ")
        for path in ROOT.joinpath("etc" if package == "bbbd.etc" else package.replace(".", "/")).glob(name)
    }
    beside = {
        path
        for folder in ("bbbd", "etc")
        for path in (ROOT / folder).rglob("*")
        # Types of the page's modules are for `make types-js` alone.
        if path.is_file() and path.suffix not in {".py", ".pyc", ".ts"}
    }
    assert {path for path in beside if path.name != "tsconfig.json"} == {path for path in packed if path.is_file()}


def test_the_debian_package_takes_files_that_are_there() -> None:
    made = runpy.run_path(str(ROOT / "packaging/deb.py"))
    assert not [name for name in made["FILES"] if not (ROOT / name).exists()]
    conffiles = (ROOT / "packaging/debian/conffiles").read_text().split()
    assert {f"/{target}" for target in made["FILES"].values() if target.startswith("etc/")} == set(conffiles)
    for script in made["SCRIPTS"]:
        subprocess.run(["sh", "-n", str(ROOT / "packaging/debian" / script)], check=True)


def test_the_image_takes_files_that_are_there_and_not_shut_out() -> None:
    folder = ROOT / "packaging/container"
    copied = [
        word
        for line in (folder / "Containerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    assert {"setup.cfg", "bbbd"} < set(copied)
    assert not [name for name in copied if not (ROOT / name).exists()]
    assert set(copied) <= {line[1:] for line in (folder / "Containerfile.dockerignore").read_text().splitlines()}


def test_the_compose_file_names_images_settings_and_volumes_that_there_are() -> None:
    folder = ROOT / "packaging/container"
    compose = (folder / "compose.yml").read_text()
    stages = set(re.findall(r"^FROM \S+ AS (\w+)$", (folder / "Containerfile").read_text(), re.MULTILINE))
    assert set(re.findall(r"target: (\w+)", compose)) == {"bbbd", "janus"} <= stages
    assert {"build", "developer"} <= stages
    head, _, _rest = compose.partition("x-build:")
    for variable in set(re.findall(r"\$\{(\w+)", compose)):
        assert f"{variable}=" in head, variable
    (declared,) = re.findall(r"^volumes:\n((?:  \w+:\n)+)", compose, re.MULTILINE)
    used = {name for names in re.findall(r"volumes: \[(.+)\]", compose) for name in re.findall(r"(\w+):/", names)}
    assert used == set(re.findall(r"\w+", declared))
    given = dict(re.findall(r"--set=([\w.]+)=(\S+)", re.sub(r"\$\{HOST[^}]*\}", "bbb.example.org", compose)))
    settings, warnings = read_settings(["/dev/null"], given)
    assert not warnings
    assert settings.url("/") == "https://bbb.example.org/"
