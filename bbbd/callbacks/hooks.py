"""Hooks: URLs that applications registered for events, of all meetings or of one. Each hook is a file."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from twisted.logger import Logger

from bbbd.storage.disk import Disk, read_regular
from bbbd.storage.group_commit import GroupCommit

_log = Logger()

#: Hooks of one meeting, and of all.
MOST_OF_A_MEETING = 100
MOST_GLOBAL = 1000


#: The ending of the file that says since when a hook fails.
_FAILING = ".failing"


class Hook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A hook. ``meeting`` is an external id, empty for all; ``events`` are names in lower case, none for all.

    ``application`` is the name of who registered it, if it has a secret of its own: that signs.
    A permanent hook is one of the settings. ``failing_since`` (milliseconds since 1970) and ``last_status`` (0 for no
    answer) are of a hook whose last call failed, and 0 otherwise.
    """

    id: str
    url: str
    meeting: str = ""
    events: tuple[str, ...] = ()
    raw: bool = False
    application: str = ""
    permanent: bool = False
    failing_since: int = 0
    last_status: int = 0

    def wants(self, meeting: str, name: str) -> bool:
        """Return whether it receives an event of a meeting."""
        return self.meeting in ("", meeting) and (not self.events or name in self.events)


def read_hooks(directory: Path) -> list[Hook]:
    """Return the hooks of a directory. Waits for the disk; an unreadable file is logged and stays."""
    found = []
    for path in sorted(directory.glob("*.json"), key=lambda path: path.lstat().st_mtime_ns):
        try:
            found.append(_with_failures(path, msgspec.json.decode(read_regular(path), type=Hook)))
        except (OSError, msgspec.DecodeError) as fault:
            _log.error("{path} is no hook: {why}", event="hook_damaged", path=str(path), why=str(fault))
    return found


def _with_failures(path: Path, hook: Hook) -> Hook:
    """Return a hook with its failures, which are in a file of their own: to lose that file loses no hook."""
    try:
        noted = msgspec.json.decode(read_regular(path.with_suffix(_FAILING)), type=Hook)
    except (OSError, msgspec.DecodeError):
        return hook
    return msgspec.structs.replace(hook, failing_since=noted.failing_since, last_status=noted.last_status)


def _new_id() -> str:
    return str(secrets.randbelow(900_000_000) + 100_000_000)


class TooManyHooks(Exception):
    """The limit of hooks is reached."""


class Hooks:
    """All hooks of one server. A change is written at once, and synced by the next group commit."""

    def __init__(self, disk: Disk, directory: Path, rounds: GroupCommit) -> None:
        self._disk = disk
        self._directory = directory
        self._rounds = rounds
        self._hooks: dict[str, Hook] = {}
        self._by_url: dict[str, Hook] = {}
        self._by_meeting: dict[str, dict[str, Hook]] = {}

    def __iter__(self) -> Iterator[Hook]:
        """Give all hooks in the order of their registration."""
        return iter(self._hooks.values())

    def __len__(self) -> int:
        """Return the number of hooks."""
        return len(self._hooks)

    def start(self, permanent: Sequence[str] = ()) -> None:
        """Read all hooks, and make exactly the URLs in ``permanent`` permanent hooks. Waits for the disk."""
        self._disk.mkdir(self._directory)
        self._disk.sweep(self._directory)
        for hook in read_hooks(self._directory):
            self._put(hook)
            self._rounds.found(self._path(hook.id))
        for path in self._directory.glob(f"*{_FAILING}"):
            if path.stem not in self._hooks:
                self._disk.unlink(path)
        for hook in [one for one in self if one.permanent and one.url not in permanent]:
            self.remove(hook.id)
        for url in permanent:
            known = self.find_by_url(url)
            if known is None or not known.permanent:
                made = Hook(id=known.id if known else _new_id(), url=url, permanent=True)
                self._disk.replace(self._path(made.id), msgspec.json.encode(made))
                if known is not None:
                    self._discard(known)
                self._put(made)

    def _put(self, hook: Hook) -> None:
        self._hooks[hook.id] = self._by_url[hook.url] = hook
        self._by_meeting.setdefault(hook.meeting, {})[hook.id] = hook

    def find(self, hook_id: str) -> Hook | None:
        """Return a hook by its id."""
        return self._hooks.get(hook_id)

    def find_by_url(self, url: str) -> Hook | None:
        """Return the hook of a URL: a URL has one hook at most."""
        return self._by_url.get(url)

    def select(self, meeting: str) -> list[Hook]:
        """Return the hooks of a meeting and those of all meetings."""
        found = self._by_meeting.get("", {}) | (self._by_meeting.get(meeting, {}) if meeting else {})
        return list(found.values())

    def add(self, url: str, meeting: str, events: tuple[str, ...], *, raw: bool, application: str = "") -> Hook:
        """Register a hook. Raises ``TooManyHooks``, and ``OSError`` if it cannot be written; then there is none."""
        if len(self._by_meeting.get(meeting, {})) >= (MOST_OF_A_MEETING if meeting else MOST_GLOBAL):
            raise TooManyHooks
        hook = Hook(id=_new_id(), url=url, meeting=meeting, events=events, raw=raw, application=application)
        self._write(hook)
        self._put(hook)
        return hook

    def _write(self, hook: Hook) -> None:
        path, data = self._path(hook.id), msgspec.json.encode(hook)
        unfinished = self._disk.unfinished(self._directory)
        self._disk.make_again(self._directory)
        self._disk.create(unfinished, data)
        try:
            self._disk.rename(unfinished, path)
        except OSError:
            self._disk.unlink(unfinished)
            raise
        self._rounds.touched(path, data, name_too=True)

    def note_failure(self, hook_id: str, status: int | None, now: int) -> Hook | None:
        """Note that a call of a hook failed, at ``now``, and return the hook; None when it is gone."""
        hook = self.find(hook_id)
        return hook and self._note(hook, hook.failing_since or now, status or 0)

    def note_success(self, hook_id: str) -> None:
        """Note that a call of a hook was taken."""
        hook = self.find(hook_id)
        if hook is not None:
            self._note(hook, 0, 0)

    def _note(self, hook: Hook, since: int, status: int) -> Hook:
        if (hook.failing_since, hook.last_status) == (since, status):
            return hook
        noted = msgspec.structs.replace(hook, failing_since=since, last_status=status)
        self._put(noted)
        try:
            self._write_failures(noted)
        except OSError as fault:
            _log.error("hook {id} was not written: {why}", event="hook_unwritten", id=hook.id, why=str(fault))
        return noted

    def _write_failures(self, hook: Hook) -> None:
        # The hook's own file is synced already; a rename of an unsynced one over it could lose the hook.
        path = self._path(hook.id).with_suffix(_FAILING)
        if not hook.failing_since:
            self._disk.unlink(path)
            return
        unfinished = self._disk.unfinished(self._directory)
        self._disk.create(unfinished, msgspec.json.encode(hook))
        try:
            self._disk.rename(unfinished, path)
        except OSError:
            self._disk.unlink(unfinished)
            raise

    def remove(self, hook_id: str) -> None:
        """Remove a hook. Raises ``OSError``; then it stays."""
        path = self._path(hook_id)
        self._disk.unlink(path)
        self._disk.unlink(path.with_suffix(_FAILING))
        self._rounds.forget(path)
        self._rounds.renamed(self._directory)
        hook = self._hooks.get(hook_id)
        if hook is not None:
            self._discard(hook)

    def _discard(self, hook: Hook) -> None:
        del self._hooks[hook.id]
        self._by_url.pop(hook.url, None)
        own = self._by_meeting[hook.meeting]
        del own[hook.id]
        if not own:
            del self._by_meeting[hook.meeting]

    def _path(self, hook_id: str) -> Path:
        return self._directory / f"{hook_id}.json"
