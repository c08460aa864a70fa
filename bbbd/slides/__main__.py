"""Makes pages of a document: ``python -m bbbd.slides --format pdf [--pages N] [--memory N] … SOURCE DIRECTORY``.

It exits with 0 and the number of pages on standard output, with 65 (EX_DATAERR) and a line that says what is wrong with
the document, or with 74 (EX_IOERR) when the disk does not take it. Whatever the document holds, the process takes no
more than it is given.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from bbbd import child_limits
from bbbd.slides.formats import OFFICE, PICTURES, DocumentFormat, UnconvertibleDocument
from bbbd.slides.process_limits import LARGEST_FILE, ProcessLimits
from bbbd.storage.disk import Disk

_MEBIBYTE = 1 << 20


def convert(
    source: Path, directory: Path, kind: DocumentFormat, given: ProcessLimits, office: str, template: Path | None
) -> int:
    """Write the pages of a document and return how many there are. Raises ``UnconvertibleDocument``."""
    disk = Disk()
    if kind in OFFICE:
        from bbbd.slides.libreoffice import as_pdf  # noqa: PLC0415 - before the limits, as it has its own

        source, kind = as_pdf(disk, source, kind, office, given, template), DocumentFormat.PDF
    child_limits.limit(memory=given.memory, seconds=given.seconds, largest_file=LARGEST_FILE)
    # Below the limits: each brings a library along.
    from bbbd.slides import page_files  # noqa: PLC0415

    writer = page_files.PageWriter(disk, directory)
    if kind is DocumentFormat.PDF:
        from bbbd.slides import pdf  # noqa: PLC0415

        pdf.convert(source, writer, given.pages)
    elif kind in PICTURES:
        from bbbd.slides import images  # noqa: PLC0415

        images.convert(source, kind, writer, given.pages)
    else:
        from bbbd.slides import svg  # noqa: PLC0415

        svg.convert(source, writer)
    return writer.count


def main() -> int:
    """Convert, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bbbd.slides", description="Makes pages of a document.")
    parser.add_argument("--format", required=True, choices=[one.ending for one in DocumentFormat])
    parser.add_argument("--memory", type=int, default=512 * _MEBIBYTE, help="bytes")
    parser.add_argument("--seconds", type=int, default=120, help="of computing")
    parser.add_argument("--pages", type=int, default=200, help="the most that a document may have")
    parser.add_argument("--office", default="soffice", help="LibreOffice's program")
    parser.add_argument("--office-profile", type=Path, help="LibreOffice's profile to copy; made if it is missing")
    parser.add_argument("--office-memory", type=int, default=4096 * _MEBIBYTE, help="bytes, for LibreOffice")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="the process that this one ends with")
    parser.add_argument("source", type=Path)
    parser.add_argument("directory", type=Path)
    asked = parser.parse_args()
    child_limits.lower_priority(asked.parent)
    kind = next(one for one in DocumentFormat if one.ending == asked.format)
    given = ProcessLimits(asked.memory, asked.seconds, asked.pages, asked.office_memory)
    try:
        count = convert(asked.source, asked.directory, kind, given, asked.office, asked.office_profile)
    except (UnconvertibleDocument, MemoryError, RecursionError) as fault:
        reason = (
            str(fault)
            if isinstance(fault, UnconvertibleDocument)
            else f"needs more than {given.memory >> 20} MiB of memory"
        )
        sys.stderr.buffer.write(f"{reason}\n".encode())
        return os.EX_DATAERR
    except OSError as fault:
        sys.stderr.buffer.write(f"{fault}\n".encode())
        return os.EX_IOERR
    sys.stdout.write(f"{count}\n")
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(main())
