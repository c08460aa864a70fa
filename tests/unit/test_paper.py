"""The pages for contributors name files and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DOCS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))
PAGES = ("CONTRIBUTING.md", "README.md", "tests/README.md", *DOCS)
_PATH = re.compile(r"`((?:bbbd|tests|docs|etc|bench)/[\w./-]*)`")


@pytest.mark.parametrize("page", PAGES)
def test_every_named_file_exists(page: str) -> None:
    named = set(_PATH.findall((ROOT / page).read_text()))
    # The recipe of a new feature names files that the reader makes.
    missing = {name for name in named if not (ROOT / name).exists() and "notes" not in name}
    assert not missing


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text())
    assert not [link for link in links if not ((ROOT / page).parent / link).exists()]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_into_a_page_leads_to_a_heading(page: str) -> None:
    text = (ROOT / page).read_text()
    for name, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", text):
        target = (ROOT / page).parent / name if name else ROOT / page
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}, (name, anchor)


def test_the_index_has_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text()
    assert not [page for page in DOCS if page != "docs/README.md" and f"]({Path(page).name}" not in index]


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z-]+)", (ROOT / page).read_text()))
        assert named <= targets, page


def test_module_names_in_the_architecture_exist() -> None:
    """Each ``name.py`` that the page names is a module, whatever package the sentence is about."""
    page = (ROOT / "docs/architecture.md").read_text()
    modules = {str(path.relative_to(ROOT / "bbbd")) for path in (ROOT / "bbbd").rglob("*.py")}
    stems = {Path(name).name for name in modules}
    named = {name for name in re.findall(r"`([\w/]+\.py)`", page) if not name.startswith("tests/")}
    assert not {name for name in named if name not in modules and name not in stems}
