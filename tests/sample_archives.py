"""Archives of recordings, as other servers make them and as a stranger might."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from sample_recordings import metadata, record_id

from bbbd.recordings.layout import Layout
from bbbd.settings.properties import read_settings

DEMO = record_id("demo")


def layout_at(root: Path) -> Layout:
    return Layout.of(read_settings(["/dev/null"], {"bbbd.dataDir": str(root)})[0])


def recording(
    meeting_id: str = "demo", *, form: str = "presentation", files: Mapping[str, bytes] | None = None, **more: object
) -> dict[str, bytes]:
    """Return the files of one format by their names, as they are in an archive."""
    own = record_id(meeting_id)
    text = metadata(own, meeting_id=meeting_id, form=form, **more)  # type: ignore[arg-type]
    given = {"media/deskshare.webm": b"a film", "shapes.svg": b"<svg/>"} if files is None else files
    return {f"{form}/{own}/{name}": data for name, data in {"metadata.xml": text.encode(), **given}.items()}


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def tarred(files: Mapping[str, bytes], *more: tarfile.TarInfo, mode: str = "w") -> bytes:
    """Return a tar of files, with members that have no data behind them."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode, format=tarfile.GNU_FORMAT) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = entry(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in more:
            archive.addfile(info)
    return stream.getvalue()


def pack(path: Path, files: Mapping[str, bytes], *more: tarfile.TarInfo, mode: str = "w") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tarred(files, *more, mode=mode))
    return path


def lay(root: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a directory."""
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Return every file below a directory, and whatever is left unfinished there."""
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else b"(a directory)"
        for path in sorted(root.rglob("*"))
        if path.is_file() or path.name.startswith(".bbbd-")
    }
