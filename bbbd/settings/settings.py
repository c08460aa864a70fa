"""All settings of an operator: the families of settings joined in one class.

Each family is a module of this package. It declares every setting once, with its names, kind, default and meaning:
``docs/settings.md`` and ``--help`` are made from these declarations. Names are BigBlueButton's own where it has the
setting, else ``bbbd.*``. ``bbbd.settings.properties`` finds and reads the files. A setting with ``restart=True`` takes
effect at the next start, every other setting also after a reload. A family is never made alone: it has no ``__init__``
of its own, which a command would wait for.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbbd.settings.api import ApiSettings
from bbbd.settings.callbacks import CallbackSettings
from bbbd.settings.developer import DeveloperSettings
from bbbd.settings.logging import LoggingSettings
from bbbd.settings.media import MediaSettings
from bbbd.settings.meetings import MeetingSettings
from bbbd.settings.network import NetworkSettings
from bbbd.settings.pages import PageSettings
from bbbd.settings.people import PeopleSettings
from bbbd.settings.recordings import RecordingSettings
from bbbd.settings.slides import SlideSettings
from bbbd.settings.storage import StorageSettings

#: The families by their headings, in the order of the documentation.
FAMILIES: dict[str, type[Any]] = {
    "API": ApiSettings,
    "Network": NetworkSettings,
    "Storage": StorageSettings,
    "Meetings": MeetingSettings,
    "People": PeopleSettings,
    "Sound, cameras and screens": MediaSettings,
    "Web pages": PageSettings,
    "Slides": SlideSettings,
    "Recordings": RecordingSettings,
    "Callbacks and hooks": CallbackSettings,
    "Log": LoggingSettings,
    "Developer mode": DeveloperSettings,
}


# A dataclass takes the fields of its last base first: the bases are FAMILIES in reverse.
@dataclass(frozen=True, kw_only=True)
class Settings(
    DeveloperSettings,
    LoggingSettings,
    CallbackSettings,
    RecordingSettings,
    SlideSettings,
    PageSettings,
    MediaSettings,
    PeopleSettings,
    MeetingSettings,
    StorageSettings,
    NetworkSettings,
    ApiSettings,
):
    """All settings, and the paths and URLs that follow from several of them. The kind of a setting names its unit."""

    @property
    def published(self) -> Path:
        """The directory of published recordings."""
        return Path(self.published_dir) if self.published_dir else self.directory / "published"

    @property
    def unpublished(self) -> Path:
        """The directory of unpublished recordings."""
        return Path(self.unpublished_dir) if self.unpublished_dir else self.directory / "unpublished"

    @property
    def deleted(self) -> Path:
        """The directory of deleted recordings."""
        return Path(self.deleted_dir) if self.deleted_dir else self.published.parent / "deleted"

    @property
    def captions(self) -> Path:
        """The directory of text tracks."""
        return Path(self.captions_dir) if self.captions_dir else self.published.parent / "captions"

    @property
    def recording(self) -> Path:
        """The directory of raw and unfinished recordings."""
        return Path(self.recording_dir) if self.recording_dir else self.published.parent / "recording"

    @property
    def kept_media(self) -> Path:
        """The directory in which Janus writes recordings of running meetings."""
        return Path(self.janus_recordings) if self.janus_recordings else self.recording / "media"

    @property
    def configs(self) -> Path:
        """The directory of config.xml files."""
        return Path(self.config_dir) if self.config_dir else self.directory / "configs"

    @property
    def join_page(self) -> str:
        """The URL of the page that a join leads to."""
        return self.client_url or self.url("/html5client/join")

    @property
    def guest_page(self) -> str:
        """The URL of the page where guests wait."""
        return self.guest_wait_url or self.url("/html5client/guestWait")

    @property
    def way_out(self) -> str:
        """The URL of the page after a meeting, and after a failed join."""
        return self.logout_url or self.url("/")
