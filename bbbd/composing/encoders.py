"""The encoders that the installed ffmpeg has: with one for H.264 and one for AAC, files that every device plays."""

from __future__ import annotations

from typing import NamedTuple

from bbbd.composing.tools import encoder_names

#: Encoders of H.264 with their options, the better one first.
_H264 = {
    "libx264": ("-preset", "veryfast", "-crf", "24", "-profile:v", "main", "-level", "3.1", "-bf", "0"),
    "libopenh264": ("-b:v", "900k"),
}
_AAC = ("libfdk_aac", "aac")
#: VP8, which every ffmpeg has.
_VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "6", "-crf", "12", "-b:v", "900k")


class Encoders(NamedTuple):
    """The names of encoders of H.264 and AAC, empty where there is none."""

    h264: str = ""
    aac: str = ""

    @property
    def has_mp4(self) -> bool:
        """Whether films can be MP4."""
        return bool(self.h264 and self.aac)

    @property
    def film(self) -> str:
        """The ending of a film that is to play everywhere."""
        return ".mp4" if self.has_mp4 else ".webm"

    def picture(self) -> list[str]:
        """Return the words by which ffmpeg encodes the pictures of such a film; pieces of it can be joined."""
        words = ["-c:v", self.h264, *_H264[self.h264]] if self.has_mp4 else list(_VP8)
        return [*words, "-threads", "2", "-pix_fmt", "yuv420p"]

    def sound(self) -> list[str]:
        """Return the words by which ffmpeg encodes its sound, of a film whose sound is Opus."""
        return ["-c:a", self.aac, "-b:a", "64k", "-ac", "1"] if self.has_mp4 else ["-c:a", "copy"]


def find_encoders() -> Encoders:
    """Return the encoders of the installed ffmpeg. Raises ``ToolFailed``."""
    names = encoder_names()
    return Encoders(*(next((one for one in some if one in names), "") for some in (_H264, _AAC)))
