"""Switches off each defence in a copy of the tree, and sees a test of its fault fail.

``python tests/faults/defences.py [WORD …]`` (``make defences``) tries those whose fault or text has one of the words,
all without any, and writes ``README.md`` beside this file; ``--page`` only writes that,
``--trust`` does not see first that the tests are green as they are. It ends with 1 when a test
stayed green though its defence was off, or when the code of a defence is not found any more.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path
from typing import NamedTuple

from catalogue import FAULTS

ROOT = Path(__file__).resolve().parent.parent.parent
SEEN, PAGE = (Path(__file__).with_name(name) for name in ("seen.json", "README.md"))
#: What a copy of the tree leaves out.
_LEFT_OUT = shutil.ignore_patterns(".*", "build", "data-*", "*.egg-info", "__pycache__", "dropin.cache")
#: Seconds past which a test that hangs has noticed enough.
_PATIENCE = 400


class Defence(NamedTuple):
    """A defence against a fault: a piece of the code, what replaces it to switch it off, and a test that notices."""

    fault: str
    what: str
    file: str
    old: str
    new: str
    test: str
    #: Words for ``pytest -k``, where a test has many cases.
    cases: str = ""

    @property
    def name(self) -> str:
        """The name under which its result is kept."""
        return f"{self.fault}: {self.what}"


DEFENCES = (
    Defence(
        "F1",
        "an event is in the journal before it is answered",
        "bbbd/meetings/registry.py",
        "        length = self.journals.add(meeting, event, now)\n",
        "        length = self.journals.add(meeting, event, now) if event.kind != 'Chatted' else 0\n",
        "faults/test_kill.py::test_a_kill_at_any_moment_under_load_loses_nothing",
    ),
    Defence(
        "F2",
        "a callback whose event never happened is deleted by the next start",
        "bbbd/assembly/app.py",
        "restore(self.meetings, self.server.outbox.delete_unhappened, progress)",
        "restore(self.meetings, lambda *_journals: None, progress)",
        "faults/test_kill_callbacks.py::test_a_kill_at_each_operation_of_the_disk_tells_all_once",
    ),
    Defence(
        "F2",
        "a callback that was taken is noted before the next one begins",
        "bbbd/callbacks/outbox_batches.py",
        "            self._disk.append(path, data, batch.length)\n",
        "            batch.length -= len(data)\n",
        "contract/test_many_hooks.py::test_what_was_taken_before_a_kill_is_not_sent_again",
    ),
    Defence(
        "F2",
        "a callback that failed has a file of its own before it leaves its batch",
        "bbbd/callbacks/outbox_entries.py",
        "        await self._worker(partial(self._store.change, number, entry))\n"
        "        self._forget(self._store.batches.leave([number]))\n",
        "        self._forget(self._store.batches.leave([number]))\n"
        "        await self._worker(partial(self._store.change, number, entry))\n",
        "faults/test_kill_callbacks.py::test_a_kill_at_every_third_operation_of_the_disk_tells_all_once",
    ),
    Defence(
        "F2",
        "a start that finds a callback twice takes its own file, and notes that it left its batch",
        "bbbd/callbacks/outbox_batches.py",
        "                batch.unnoted = batch.bits(number for number in numbers if number in own)\n",
        "                batch.unnoted = 0\n",
        "unit/test_outbox_batches.py::test_an_entry_that_failed_counts_in_its_own_file",
    ),
    Defence(
        "F2",
        "a change of recordings is noted before its first step",
        "bbbd/recordings/transactions.py",
        "        self._disk.replace(path, msgspec.json.encode(Transaction(steps=steps)))\n",
        "        self._disk.create(path, msgspec.json.encode(Transaction(steps=())))\n",
        "faults/test_kill_recordings.py::test_a_kill_at_some_operations_leaves_recordings_whole",
    ),
    Defence(
        "F2",
        "a start deletes what is unfinished",
        "bbbd/assembly/app.py",
        "        self._recordings.housekeeping.delete_unfinished()\n",
        "",
        "faults/test_leftovers.py::test_nothing_unfinished_outlives_a_start",
    ),
    Defence(
        "F3",
        "a round syncs the files",
        "bbbd/storage/group_commit.py",
        "((files, self._disk.sync_file), (directories, self._disk.sync_directory))",
        "((directories, self._disk.sync_directory),)",
        "faults/test_power_cut.py::test_some_power_cuts_lose_nothing_that_was_answered",
    ),
    Defence(
        "F3",
        "a round syncs the directories of new files",
        "bbbd/storage/group_commit.py",
        "((files, self._disk.sync_file), (directories, self._disk.sync_directory))",
        "((files, self._disk.sync_file),)",
        "faults/test_power_cut.py::test_power_cuts_lose_nothing_that_was_answered",
        "meetings or callbacks",
    ),
    Defence(
        "F4",
        "a line of a journal has a checksum",
        "bbbd/meetings/journal_format.py",
        "return text if found and int(found[1], 16) == crc32(text) else None",
        "return text if found else None",
        "unit/test_lines.py::test_no_changed_byte_goes_unseen",
    ),
    Defence(
        "F4",
        "damage with good lines behind it sets the journal aside",
        "bbbd/meetings/journal_format.py",
        "    if any(text is not None for text in texts[good:]) and not hole:\n",
        "    if False:\n",
        "faults/test_kill.py::test_a_changed_byte_harms_no_other_meeting",
    ),
    Defence(
        "F5",
        "a meeting may end at the cost of the reserve",
        "bbbd/meetings/journal.py",
        "            if not isinstance(event, Ended) or not self._reserve.exists():\n",
        "            if True:\n",
        "contract/test_restart.py::test_a_meeting_can_end_on_a_full_disk",
    ),
    Defence(
        "F5",
        "what a full disk takes half of is refused",
        "bbbd/storage/disk.py",
        "            if (taken := self.write(descriptor, data)) != len(data):\n",
        "            if (taken := self.write(descriptor, data)) < 0:\n",
        "faults/test_small_disk.py::test_a_full_disk_refuses_what_it_cannot_keep_and_all_works_once_there_is_room",
    ),
    Defence(
        "F6",
        "a short write is an error, and taken back",
        "bbbd/storage/disk.py",
        "            if (taken := self.write(descriptor, data)) != len(data):\n",
        "            if (taken := self.write(descriptor, data)) < 0:\n",
        "contract/test_restart.py::test_a_short_write_is_taken_back",
    ),
    Defence(
        "F6",
        "no answer promises what did not sync",
        "bbbd/storage/group_commit.py",
        "            if faults or self.broken:\n",
        "            if False:\n",
        "contract/test_broken_disk.py::test_a_change_that_does_not_sync_is_told_and_stays",
    ),
    Defence(
        "F6",
        "a file that did not sync is written anew",
        "bbbd/storage/group_commit.py",
        "        for path in sorted(paths):\n            if not self.mend(path)",
        "        for path in ():\n            if not self.mend(path)",
        "contract/test_broken_disk.py::test_what_a_failed_sync_lost_is_written_anew_from_memory",
    ),
    Defence(
        "F8",
        "a thread waits for the disk",
        "bbbd/storage/group_commit.py",
        "            faults = await self.thread(lambda: self._sync(files, directories))\n",
        "            faults = self._sync(files, directories)\n",
        "faults/test_slow_disk.py::test_only_the_answers_that_the_disk_keeps_wait_for_it",
    ),
    Defence(
        "F9",
        "a data directory that is gone is not made again",
        "bbbd/storage/disk.py",
        "        if not path.is_dir():\n            self.make_directory(path, mode)\n",
        "        if not path.is_dir():\n            path.mkdir(mode, parents=True)\n",
        "faults/test_unusable_directory.py::test_a_directory_that_vanishes_refuses_changes_until_it_is_back",
    ),
    Defence(
        "F10",
        "connections leave descriptors for files",
        "bbbd/http/site.py",
        "        return None",
        "        pass",
        "contract/test_http.py::test_connections_are_counted",
    ),
    Defence(
        "F11",
        "nobody is dead who was not asked once more",
        "bbbd/live/connection.py",
        "        elif heard - self._last_sign > DEAD_AFTER and self._final_ping_sent:\n",
        "        elif heard - self._last_sign > DEAD_AFTER:\n",
        "faults/test_stopped.py::test_nobody_is_taken_for_gone_whom_a_stopped_server_did_not_hear",
    ),
    Defence(
        "F12",
        "timers run by a clock that nobody sets",
        "bbbd/clock.py",
        "        return Moment(int(self._wall() * 1000), int(self._steady.seconds() * 1000))\n",
        "        return Moment(int(self._wall() * 1000), int(self._wall() * 1000))\n",
        "faults/test_clock.py::test_nobody_leaves_and_nothing_ends_when_the_clock_is_set",
    ),
    Defence(
        "F12",
        "a creation time is above all that were saved",
        "bbbd/meetings/creation_times.py",
        "        return max(now, self._of_id.get(external_id, 0) + 1, self._saved + 1)\n",
        "        return max(now, self._of_id.get(external_id, 0) + 1)\n",
        "faults/test_clock.py::test_a_start_at_another_time_finds_all_and_no_creation_time_repeats",
    ),
    Defence(
        "F13",
        "a conversion's number of pages is checked",
        "bbbd/slides/conversion_process.py",
        "        if not (directory / page_file(count)).is_file():\n",
        "        if False:\n",
        "faults/test_workers.py::test_a_conversion_of_slides_that_says_nonsense_is_tried_again",
    ),
    Defence(
        "F13",
        "what a conversion of a track wrote is checked",
        "bbbd/texttracks/conversion.py",
        ".startswith(_MAGIC) and _COUNT",
        ".startswith(b'') and _COUNT",
        "faults/test_workers.py::test_a_conversion_of_a_track_that_says_nonsense_is_tried_again",
    ),
    Defence(
        "F13",
        "a conversion that hangs is ended",
        "bbbd/slides/conversion_process.py",
        "        except subprocess.TimeoutExpired:\n            _kill(process)\n",
        "        except KeyError:\n            _kill(process)\n",
        "faults/test_workers.py::test_a_conversion_of_slides_that_hangs_is_ended",
    ),
    Defence(
        "F16",
        "a meeting is in its journal before it is answered",
        "bbbd/meetings/journal.py",
        "            self._create(path, data)\n",
        "            pass\n",
        "faults/test_stopped.py::test_a_server_without_memory_loses_nothing_that_it_answered",
    ),
    Defence(
        "F17",
        "the pauses between the tries of an end callback",
        "bbbd/callbacks/deliveries.py",
        "_PAUSES = (30, 60, 120, 300)\n",
        "_PAUSES = (30, 60, 120)\n",
        "contract/test_callbacks.py::test_a_failed_end_callback_is_tried_five_times",
    ),
    Defence(
        "F20",
        "a head has its time",
        "bbbd/http/deadlines.py",
        "HEAD_WITHIN, IDLE, LINGER = 15, 75, 5\n",
        "HEAD_WITHIN, IDLE, LINGER = 15_000, 75, 5\n",
        "contract/test_http.py::test_a_slow_head_gets_408_and_an_idle_connection_is_closed",
    ),
    Defence(
        "F21",
        "who answers no ping is gone",
        "bbbd/live/connection.py",
        "            self._socket.abort()\n        elif now - self._last_sign > LAST_PING_AFTER",
        "            pass\n        elif now - self._last_sign > LAST_PING_AFTER",
        "faults/test_stopped.py::test_the_seat_of_a_peer_that_vanished_is_free_in_time",
    ),
    Defence(
        "F23",
        "who reads nothing is cut off",
        "bbbd/live/websocket.py",
        "        if self._unsent_size > MOST_UNSENT:\n",
        "        if False:\n",
        "faults/test_crowd.py::test_who_reads_nothing_is_cut_off_and_all_others_hear_everything",
    ),
    Defence(
        "F24",
        "a message has a length",
        "bbbd/live/websocket.py",
        "        if self._size > most:\n",
        "        if False:\n",
        "contract/test_socket.py::test_binary_large_and_broken_frames_close_it_and_nobody_else_notices",
    ),
    Defence(
        "F25",
        "a request has one Transfer-Encoding, which is chunked",
        "bbbd/http/head.py",
        'len(encodings) > 1 or encodings[0].lower() != b"chunked"',
        "False",
        "contract/test_http.py::test_a_head_is_bounded_and_strict",
    ),
    Defence(
        "F26",
        "a DTD is refused",
        "bbbd/values/safe_xml.py",
        '        raise TooMuchXML("a DTD is not allowed")\n',
        "        return\n",
        "faults/test_cut_files.py::test_no_xml_opens_a_file_or_a_connection",
    ),
    Defence(
        "F27",
        "any error of a decoder is the picture's fault",
        "bbbd/slides/images.py",
        "    except Exception:  # Pillow",
        "    except OSError:  # Pillow",
        "faults/test_cut_files.py::test_a_document_cut_at_some_places_is_shown_or_refused",
    ),
    Defence(
        "F27",
        "the disk's error is not the picture's",
        "bbbd/slides/images.py",
        '    for page in _pages(source, kind, most_pages):\n        writer.add(page, "")\n',
        '    try:\n        for page in _pages(source, kind, most_pages):\n            writer.add(page, "")\n'
        '    except OSError:\n        raise UnconvertibleDocument("is damaged") from None\n',
        "faults/test_cut_files.py::test_a_page_that_the_disk_does_not_take_is_no_fault_of_the_document",
    ),
    Defence(
        "F27",
        "each office document has a copy of LibreOffice's profile",
        "bbbd/slides/libreoffice.py",
        '        disk.copy_tree(template, directory / "profile")\n',
        '        disk.mkdir(directory)\n        (directory / "profile").symlink_to(template)\n',
        "unit/test_slides_conversion.py::test_no_document_finds_what_another_left_in_its_profile",
    ),
    Defence(
        "F28",
        "WebVTT is checked before it is passed on",
        "bbbd/subtitles/conversion.py",
        "        return ConvertedSubtitles(webvtt.check(data))\n",
        '        return ConvertedSubtitles(data.decode("utf-8", "replace"))\n',
        "faults/test_cut_files.py::test_a_track_cut_at_every_byte_is_strict_webvtt_or_refused",
    ),
    Defence(
        "F29",
        "a member of an archive leads nowhere else",
        "bbbd/recordings/archive.py",
        '    if ".." in parts or not parts',
        "    if not parts",
        "unit/test_importing.py::test_a_bad_archive_is_refused_and_leaves_nothing",
    ),
    Defence(
        "F30",
        "a query that is not UTF-8 is refused",
        "bbbd/api/query.py",
        '    except UnicodeDecodeError:\n        raise Failed(Problem.VALIDATION, f"{what}: is not UTF-8;',
        '    except KeyError:\n        raise Failed(Problem.VALIDATION, f"{what}: is not UTF-8;',
        "faults/test_fuzz_targets.py::test_a_changed_seed_is_read_or_refused",
    ),
    Defence(
        "F30",
        "a URL has one hook",
        "bbbd/api/hooks.py",
        "    known = server.hooks.find_by_url(params.url)\n    if known is not None:\n",
        "    known = server.hooks.find_by_url(params.url)\n    if False:\n",
        "faults/test_any_order.py::test_calls_in_any_order_agree_with_the_model",
    ),
    Defence(
        "F31",
        "checksums are compared in constant time",
        "bbbd/api/checksum.py",
        "hmac.compare_digest(sign(call, text, secret, algorithm).encode(), given)",
        "all(one == two for one, two in zip(sign(call, text, secret, algorithm).encode(), given, strict=True))",
        "faults/test_timing.py::test_the_time_of_a_wrong_checksum_does_not_tell_how_much_of_it_is_right",
    ),
    Defence(
        "F33",
        "a WebSocket opens for pages of this server",
        "bbbd/live/address_check.py",
        "        if len(origins) == 1 and is_own_origin(origins[0], settings) and is_own_host(host, settings):\n",
        "        if is_own_host(host, settings):\n",
        "faults/test_access.py::test_a_socket_opens_for_a_good_token_of_the_right_page_alone",
    ),
    Defence(
        "F34",
        "links of a recording lead nowhere else",
        "bbbd/http/responses.py",
        "        if not path.resolve().is_relative_to(root.resolve()):\n",
        "        if False:\n",
        "faults/test_access.py::test_no_path_leads_out",
    ),
    Defence(
        "F34",
        "names of a path are names",
        "bbbd/http/responses.py",
        "    return None if bad else names\n",
        "    return names\n",
        "contract/test_playback.py::test_nothing_else_is_there",
    ),
    Defence(
        "F35",
        "every address of a name is checked",
        "bbbd/egress/agent.py",
        "        return [self._guard.check(address, port) for address in found]\n",
        "        return [self._guard.check(found[0], port), *found[1:]]\n",
        "faults/test_ssrf.py::test_a_resolver_that_lies_gains_nothing",
    ),
    Defence(
        "F35",
        "forms of IPv6 that stand for IPv4 are never called",
        "bbbd/egress/ssrf_guard.py",
        ') + tuple(ipaddress.IPv6Network("::/96").address_exclude(ipaddress.IPv6Network("::1/128")))\n',
        ")\n",
        "faults/test_ssrf.py::test_no_url_leads_to_this_machine_or_to_a_clouds_metadata",
    ),
    Defence(
        "F35",
        "LibreOffice follows no link of a document",
        "bbbd/slides/libreoffice.py",
        '    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),\n',
        "",
        "unit/test_office_documents.py::test_a_picture_that_a_word_document_only_names_is_not_fetched",
    ),
    Defence(
        "F36",
        "a protected recording wants its cookie",
        "bbbd/playback/files.py",
        '        return found if self.protection.admits(cookie.decode("latin-1"), record_id, name) else None\n',
        "        return found\n",
        "faults/test_access.py::test_a_protected_recording_opens_to_a_fresh_token_alone",
    ),
    Defence(
        "F37",
        "a newer journal is refused by its number",
        "bbbd/meetings/journal_format.py",
        "    if head.bbbd > VERSION:\n",
        "    if False:\n",
        "unit/test_lines.py::test_what_cannot_be_trusted_is_refused",
    ),
    Defence(
        "F38",
        "what is opened is closed",
        "bbbd/storage/disk.py",
        "            yield descriptor\n        finally:\n            os.close(descriptor)\n",
        "            yield descriptor\n        finally:\n            pass\n",
        "faults/test_soak.py::test_a_quiet_day_leaves_nothing_behind",
    ),
)


def copy_tree(target: Path) -> Path:
    """Copy what is tested, with an environment of its own that imports it; return its Python."""
    shutil.copytree(ROOT, target, ignore=_LEFT_OUT)
    venv.create(target / ".venv", symlinks=True)
    own = Path(sysconfig.get_paths(vars={"base": str(target / ".venv")})["purelib"])
    # The packages of this environment, behind the copy; its own .pth files, which name this tree, are not read.
    (own / "copy.pth").write_text(f"{target}\n{sysconfig.get_paths()['purelib']}\n")
    python = target / ".venv/bin/python"
    for script in ("twistd", "bbbd"):
        text = (Path(sys.executable).parent / script).read_text()
        (python.parent / script).write_text(re.sub(r"\A#!.*", f"#!{python}", text))
        (python.parent / script).chmod(0o755)
    return python


def run(python: Path, tree: Path, defence: Defence) -> tuple[int | None, str]:
    """Run a test in a copy; return its status, None when it hangs, and what it said."""
    command = [str(python), "-m", "pytest", "-q", "-x", "--tb=short", "-m", "", f"tests/{defence.test}"]
    if defence.cases:
        command += ["-k", defence.cases]
    try:
        done = subprocess.run(  # noqa: PLW1510 - the status is what is asked for
            command, cwd=tree, capture_output=True, text=True, timeout=_PATIENCE, env={**os.environ, "PYTHONPATH": ""}
        )
    except subprocess.TimeoutExpired:
        return None, "it hangs"
    return done.returncode, done.stdout + done.stderr


def complaint(output: str) -> str:
    """Return the first line of what a failed test says, without what differs from run to run."""
    told = re.findall(r"^E +(.*)", output, re.MULTILINE) or output.splitlines()[-1:]
    first = next((one for one in told if re.search(r"Error|assert|Warning|Expired|Failed|DID NOT", one)), "it failed")
    return re.sub(r"(?:/[\w.\-]+)+|0x[0-9a-f]+|\d{6,}", "…", first)[:110]


def find(defence: Defence, tree: Path) -> str:
    """Return the code of a defence's file. Raises ``LookupError`` unless the defence is there, once."""
    text = (tree / defence.file).read_text()
    if (count := text.count(defence.old)) != 1:
        raise LookupError(f"{defence.name}: {defence.file} has its code {count} times instead of once")
    return text


def try_all(wanted: list[Defence], *, trust: bool) -> int:
    """Try defences, keep what their tests said, and return how many tests stayed green, or were not so before."""
    seen = read_seen()
    green = 0
    with tempfile.TemporaryDirectory(prefix="bbbd-defences-") as directory:
        tree = Path(directory) / "tree"
        python = copy_tree(tree)
        good: set[tuple[str, str]] = set()
        for defence in wanted:
            if not trust and (defence.test, defence.cases) not in good:
                # A test that fails anyway notices nothing.
                status, output = run(python, tree, defence)
                if status != 0:
                    green += 1
                    print(f"RED    {defence.test} as it is: status {status}\n{output[-1000:]}", flush=True)
                    continue
                good.add((defence.test, defence.cases))
            path = tree / defence.file
            text = find(defence, tree)
            path.write_text(text.replace(defence.old, defence.new))
            try:
                status, output = run(python, tree, defence)
            finally:
                path.write_text(text)
            if status in (None, 1):
                seen[defence.name] = complaint(output)
                print(f"seen   {defence.name}\n       {seen[defence.name]}", flush=True)
            else:
                green += 1
                seen.pop(defence.name, None)
                print(f"GREEN  {defence.name}: status {status}\n{output[-1000:]}", flush=True)
            _keep(seen)
    return green


def _keep(seen: dict[str, str]) -> None:
    names = {one.name for one in DEFENCES}
    kept = {name: told for name, told in sorted(seen.items()) if name in names}
    SEEN.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def read_seen() -> dict[str, str]:
    """Return what the tests said when their defences were off."""
    found: dict[str, str] = json.loads(SEEN.read_text()) if SEEN.exists() else {}
    return found


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def page() -> str:
    """Return the page of faults and defences."""
    seen = read_seen()
    lines = [
        "# Faults, and the tests that try them",
        "",
        "Made by `make defences` from `catalogue.py`, `defences.py` and what the tests said. Tests are named without",
        "`test_`, in the folders of `tests/`.",
        "",
        "| | fault | tests |",
        "|---|---|---|",
    ]
    for number, fault in FAULTS.items():
        tests = [f"`{one.replace('.py::test_', ': ').replace('test_', '', 1)}`" for one in fault.tests]
        apart = [f"*{fault.apart}*"] if fault.apart else []
        lines.append(f"| {number} | {fault.what} | {'<br>'.join(tests + apart)} |")
    lines += ["", "## Defences", "", "Each was switched off once in a copy of the tree, and its test failed.", ""]
    lines += ["| | defence | test | what it said |", "|---|---|---|---|"]
    for defence in DEFENCES:
        test = defence.test.replace(".py::test_", ": ").replace("test_", "", 1)
        told = _cell(seen.get(defence.name, "not yet"))
        lines.append(f"| {defence.fault} | {defence.what} (`{defence.file}`) | `{test}` | {told} |")
    return "\n".join((*lines, ""))


def main() -> int:
    """Try the defences that are asked for."""
    words = [word.lower() for word in sys.argv[1:] if not word.startswith("--")]
    green = 0
    if "--page" not in sys.argv:
        wanted = [one for one in DEFENCES if not words or {*words} & {one.fault.lower(), *one.what.lower().split()}]
        green = try_all(wanted, trust="--trust" in sys.argv)
    PAGE.write_text(page())
    return int(bool(green))


if __name__ == "__main__":
    sys.exit(main())
