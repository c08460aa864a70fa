"""Whether LibreOffice is installed, and the scripts that no font has, as ``bbbd check`` says them."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import run

from bbbd.slides.office_check import SCRIPTS, program_of, scripts_without_font


def program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_scripts_without_a_font_are_named_with_a_package(tmp_path: Path) -> None:
    lister = program(tmp_path / "fc-list", 'case $1 in :lang=ja|:lang=und-zsye) ;; *) echo "Some Sans";; esac')
    assert scripts_without_font(lister) == {"Japanese": "fonts-noto-cjk", "emoji": "fonts-noto-color-emoji"}
    assert set(scripts_without_font(program(tmp_path / "none", ""))) == set(SCRIPTS)


@pytest.mark.parametrize("text", ["exit 1", "kill -9 $$"])
def test_fonts_that_cannot_be_listed_are_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(OSError, match="fc-list"):
        scripts_without_font(program(tmp_path / "fc-list", text))


def test_the_program_is_the_settings_or_the_usual_one(tmp_path: Path) -> None:
    office = program(tmp_path / "soffice", "")
    assert [program_of(office), program_of("none"), program_of("/nowhere")] == [office, "", ""]


@pytest.mark.parametrize(
    ("office", "line"),
    [
        ("{tmp}/soffice", "ok    office documents are converted by {tmp}/soffice\n"),
        ("/nowhere", "warn  office documents are refused: there is no LibreOffice"),
    ],
)
def test_the_check_says_whether_office_documents_are_converted(tmp_path: Path, office: str, line: str) -> None:
    program(tmp_path / "soffice", "")
    settings = tmp_path / "s.properties"
    settings.write_text(f"bbbd.office={office.format(tmp=tmp_path)}\n")
    (tmp_path / "data").mkdir()
    done = run("check", "--settings", str(settings), "--data-dir", str(tmp_path / "data"))
    assert line.format(tmp=tmp_path) in done.stdout
