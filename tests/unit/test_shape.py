"""The house's own rules, read from the code: who imports whom, what is said once, what the docs are made from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from layout import LONG, PACKAGES, with_table

from bbbd.api.problems import Notice, Problem
from bbbd.docs import PAGES
from bbbd.settings.reference import settings_help
from bbbd.storage.disk import Disk

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted(ROOT.glob("bbbd/**/*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree_of(path)))


def imports(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def package_of(module: str) -> str:
    return module.split(".")[1]


@cache
def graph() -> dict[str, set[str]]:
    """Return which modules of bbbd each of them imports, those for types alone included."""
    known = {module_of(path): path for path in SOURCES}
    found: dict[str, set[str]] = {module: set() for module in known}
    for module, path in known.items():
        for node in nodes_of(path):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{path} imports by dots"
                # What is imported is a module, or else in the module.
                names = [
                    name if (name := f"{node.module}.{alias.name}") in known else str(node.module)
                    for alias in node.names
                ]
            # The package itself has the version, and nothing else.
            found[module] |= {name for name in names if name in known and name not in ("bbbd", module)}
    return found


def circles(edges: dict[str, set[str]]) -> set[frozenset[str]]:
    """Return the sets of modules that reach each other."""
    reached: dict[str, set[str]] = {}
    for module, direct in edges.items():
        seen: set[str] = set()
        ahead = set(direct)
        while ahead:
            seen |= ahead
            ahead = set().union(*(edges[one] for one in ahead)) - seen
        reached[module] = seen
    return {
        frozenset(one for one in seen if module in reached[one]) for module, seen in reached.items() if module in seen
    }


def test_every_package_is_in_the_table() -> None:
    packages = {path.name for path in (ROOT / "bbbd").iterdir() if list(path.glob("*.py"))}
    modules = {path.stem for path in (ROOT / "bbbd").glob("*.py")} - {"__init__"}
    assert packages | modules == PACKAGES.keys()


def test_packages_import_only_what_they_may_and_all_of_it() -> None:
    used: dict[str, set[str]] = {name: set() for name in PACKAGES}
    for module, names in graph().items():
        if module == "bbbd":
            continue
        package = package_of(module)
        for name in names:
            other = package_of(name)
            assert other == package or other in PACKAGES[package].may, f"{module} imports {name}"
            assert package != "conform" or other != "api" or name == "bbbd.api.checksum", module
            used[package].add(other)
    assert {name: package.may - used[name] for name, package in PACKAGES.items() if package.may - used[name]} == {}


def test_no_module_imports_itself_over_others() -> None:
    assert circles(graph()) == set()


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"d"}}) == {frozenset("bc"), frozenset("d")}


def test_the_architecture_has_the_table() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    assert with_table(page) == page, "run make docs"


def test_the_web_stays_out_of_the_meetings() -> None:
    for path in SOURCES:
        for name in imports(path):
            if {"meetings", "recordings", "texttracks", "subtitles", "callbacks"} & set(path.parts):
                assert not name.startswith(("twisted.web", "treq", "bbbd.api", "bbbd.http")), f"{path} imports {name}"
            if path.stem not in {"api_client", "archives", "conform", "agent"}:
                assert not name.startswith("treq"), f"{path} imports {name}"
            if path.stem != "tap":
                assert name != "twisted.internet.reactor", f"{path} imports {name}"


def test_time_is_an_argument() -> None:
    for path in SOURCES:
        for name in imports(path):
            assert path.stem in {"clock", "tap", "data_directory", "resource"} or name.split(".")[0] != "time", (
                f"{path} imports {name}"
            )


def test_a_key_is_spelled_in_its_table_alone() -> None:
    keys = {problem.key for problem in Problem} | {notice.value[0] for notice in Notice if notice.value[0]}
    # A call and a key are both named so.
    keys -= {"guestWait"}
    for path in SOURCES:
        if path.stem in {"problems", "access_log", "message_keys"}:
            continue
        texts = {node.value for node in nodes_of(path) if isinstance(node, ast.Constant)}
        assert not (texts & keys), path


def test_no_test_wrote_beside_the_code() -> None:
    assert [path.name for path in ROOT.iterdir() if not re.fullmatch(r"[\w.-]+", path.name)] == []


def test_a_long_module_has_its_reason() -> None:
    sizes = {str(path.relative_to(ROOT / "bbbd")): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name for name, size in sizes.items() if size > 300} <= LONG.keys() <= sizes.keys()


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_pages_are_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == PAGES[name](), "run make docs"


def test_help_tells_every_setting() -> None:
    told = settings_help()
    for name in ("securitySalt", "bbbd.listen", "usersTimeout"):
        assert f"\n  {name}\n" in told


def test_the_disk_is_the_only_one_that_writes_files() -> None:
    forbidden = re.compile(r"\.write_(?:text|bytes)\(|\bos\.(?:write|rename|replace|unlink|mkdir)\(|shutil\.")
    for path in SOURCES:
        if path.stem not in {"disk", "docs"}:
            assert not forbidden.search(path.read_text()), path
    assert Disk.__doc__
