"""Office documents made pages by a real LibreOffice: what they show, and what they may not reach."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from office_documents import WHY, docx, linked_picture, linked_section, odp, odt
from PIL import Image

from bbbd.slides.formats import DocumentFormat

pytestmark = pytest.mark.skipif(bool(WHY), reason=WHY or "there is all it needs")

#: Returns the directory with a document's pages.
Convert = Callable[[bytes, DocumentFormat], Path]


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    def convert(data: bytes, kind: DocumentFormat) -> Path:
        directory = tmp_path / str(len(list(tmp_path.iterdir())))
        (directory / "pages").mkdir(parents=True)
        (directory / "source").write_bytes(data)
        profile = f"--office-profile={tmp_path / 'profile'}"
        command = [sys.executable, "-m", "bbbd.slides", f"--format={kind.ending}", profile]
        places = [str(directory / "source"), str(directory / "pages")]
        done = subprocess.run([*command, *places], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return directory / "pages"

    return convert


def texts(pages: Path) -> list[str]:
    """Return the text of each page, in order."""
    return [path.read_text() for path in sorted((pages / "textfiles").iterdir())]


@pytest.mark.parametrize(
    ("data", "kind", "shown"),
    [
        (docx("From Word"), DocumentFormat.DOCX, ["From Word"]),
        (odt("<text:p>From Writer</text:p>"), DocumentFormat.ODT, ["From Writer"]),
        (odp("One", "Two"), DocumentFormat.ODP, ["One", "Two"]),
        (rb"{\rtf1 From a note}", DocumentFormat.RTF, ["From a note"]),
        ("Größe".encode("cp1252"), DocumentFormat.TXT, ["Größe"]),
    ],
)
def test_an_office_document_is_shown(convert: Convert, data: bytes, kind: DocumentFormat, shown: list[str]) -> None:
    assert texts(convert(data, kind)) == shown


@pytest.mark.parametrize("link", [linked_picture, linked_section])
@pytest.mark.parametrize("scheme", ["http", "file"])
def test_nothing_is_shown_or_fetched_that_is_not_in_the_document(
    convert: Convert, tmp_path: Path, link: Callable[[str], str], scheme: str
) -> None:
    Image.new("RGB", (300, 300), "red").save(tmp_path / "secret.png")
    (tmp_path / "secret.txt").write_text("Secret")
    name = "secret.png" if link is linked_picture else "secret.txt"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        base = f"http://127.0.0.1:{server.getsockname()[1]}" if scheme == "http" else tmp_path.as_uri()
        pages = convert(odt(link(f"{base}/{name}")), DocumentFormat.ODT)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert texts(pages) == ["Mine"]
    assert (255, 0, 0) not in colours(pages)


def test_a_picture_that_a_word_document_only_names_is_not_fetched(convert: Convert, tmp_path: Path) -> None:
    Image.new("RGB", (300, 300), "red").save(tmp_path / "secret.png")
    pages = convert(docx("Mine", picture=(tmp_path / "secret.png").as_uri()), DocumentFormat.DOCX)
    assert texts(pages) == ["Mine"]
    assert (255, 0, 0) not in colours(pages)


def colours(pages: Path) -> set[object]:
    """Return the colours of the first page."""
    with Image.open(pages / "slide-1.png") as page:
        found = page.getcolors(1 << 24)
        assert found
        return {colour for _, colour in found}


def test_libreoffice_does_not_test_its_drawing_first(convert: Convert, tmp_path: Path) -> None:
    for _ in range(2):
        convert(odt(), DocumentFormat.ODT)
    assert (tmp_path / "profile/user/registrymodifications.xcu").exists()
    assert list(tmp_path.rglob("GraphicsRenderTests.log")) == []
