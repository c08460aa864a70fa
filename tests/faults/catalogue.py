"""The faults that bbbd is tried with: what each is, the tests that try it, and what no test here tries.

Numbers are those by which the project speaks of them; 7, 18 and 19 stand for nothing. ``README.md`` beside this file
shows the table with what each test said when its defence was switched off (``defences.py``).
"""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """A fault. ``apart`` says what of it is left to figures, to other machines, or to long runs, and why."""

    what: str
    tests: tuple[str, ...]
    apart: str = ""


FAULTS: dict[str, Fault] = {
    "F1": Fault(
        "kill -9 at a random moment under load",
        (
            "faults/test_kill.py::test_a_kill_at_any_moment_under_load_loses_nothing",
            "faults/test_kill.py::test_a_thousand_kills_lose_nothing",
            "faults/test_kill_callbacks.py::test_kills_at_any_moment_under_load_lose_no_callback",
            "contract/test_socket.py::test_a_daemon_that_stops_says_so_and_after_a_kill_nothing_is_lost_or_doubled",
            "contract/test_restart.py::test_the_daemon_comes_back_with_everything",
        ),
    ),
    "F2": Fault(
        "kill -9 at each operation of the disk",
        (
            "faults/test_kill.py::test_a_kill_at_each_operation_of_the_disk_loses_nothing",
            "faults/test_kill.py::test_a_kill_at_some_operations_of_the_disk_loses_nothing",
            "faults/test_kill_callbacks.py::test_a_kill_at_each_operation_of_the_disk_tells_all_once",
            "faults/test_kill_callbacks.py::test_a_kill_at_some_operations_of_the_disk_tells_all_once",
            "faults/test_kill_callbacks.py::test_a_kill_and_another_at_each_operation_of_the_start_tell_all_once",
            "contract/test_many_hooks.py::test_what_was_taken_before_a_kill_is_not_sent_again",
            "unit/test_outbox_batches.py::test_an_entry_that_failed_counts_in_its_own_file",
            "faults/test_kill_recordings.py::test_a_kill_at_each_operation_leaves_recordings_whole",
            "faults/test_kill_recordings.py::test_a_kill_at_some_operations_leaves_recordings_whole",
            "faults/test_kill_imports.py::test_a_kill_at_each_operation_leaves_a_recording_old_or_new",
            "faults/test_kill_imports.py::test_a_kill_at_some_operations_leaves_a_recording_old_or_new",
            "faults/test_kill_slides.py::test_a_kill_at_every_so_many_operations_leaves_pages_whole",
            "faults/test_kill_slides.py::test_a_kill_at_some_operations_leaves_pages_whole",
            "faults/test_kill_tracks.py::test_a_kill_at_each_operation_leaves_a_track_old_or_new",
            "faults/test_kill_breakouts.py::test_a_kill_at_each_operation_of_the_disk_leaves_rooms_that_fit_their_plan",
            "faults/test_kill_breakouts.py::test_a_kill_at_some_operations_of_the_disk_leaves_rooms_that_fit_their_plan",
            "faults/test_kill_uploads.py::test_a_kill_at_each_operation_loses_nothing_that_was_answered",
            "faults/test_kill_uploads.py::test_a_kill_at_some_operations_loses_nothing_that_was_answered",
            "faults/test_kill_formats.py::test_a_kill_at_each_operation_leaves_formats_whole",
            "faults/test_kill_formats.py::test_a_kill_at_every_twentieth_operation_leaves_formats_whole",
            "faults/test_kill_formats.py::test_a_kill_at_some_operations_leaves_formats_whole",
            "faults/test_kill_formats.py::test_a_daemon_that_is_killed_meanwhile_leaves_no_program_and_no_half_format",
            "faults/test_kill_found.py::test_a_kill_at_each_operation_of_the_first_start_loses_nothing",
            "faults/test_leftovers.py::test_nothing_unfinished_outlives_a_start",
        ),
    ),
    "F3": Fault(
        "power cut: any part of what was not synced is lost",
        (
            "faults/test_power_cut.py::test_some_power_cuts_lose_nothing_that_was_answered",
            "faults/test_power_cut.py::test_power_cuts_lose_nothing_that_was_answered",
            "faults/test_power_cut.py::test_ten_thousand_power_cuts_lose_nothing",
        ),
    ),
    "F4": Fault(
        "every prefix and every changed byte of a journal",
        (
            "unit/test_lines.py::test_every_prefix_is_what_had_been_written_by_then",
            "unit/test_lines.py::test_no_changed_byte_goes_unseen",
            "faults/test_kill.py::test_a_changed_byte_harms_one_meeting_at_most",
            "faults/test_kill.py::test_a_changed_byte_harms_no_other_meeting",
            "contract/test_restart.py::test_a_damaged_journal_is_set_aside_and_all_others_live",
        ),
    ),
    "F5": Fault(
        "no space left: a tmpfs of 1 MiB",
        (
            "faults/test_small_disk.py::test_a_full_disk_refuses_what_it_cannot_keep_and_all_works_once_there_is_room",
            "contract/test_restart.py::test_a_meeting_can_end_on_a_full_disk",
            "contract/test_broken_disk.py::test_a_full_disk_writes_one_line_for_each_refused_call",
        ),
        "where nobody may make a namespace of mounts, the first is skipped and the others stand for it in memory",
    ),
    "F6": Fault(
        "the n-th operation of the disk fails, in each way, once and for good",
        (
            "faults/test_failing_disk.py::test_some_failures_of_the_disk_are_answered_and_over",
            "faults/test_failing_disk.py::test_a_failure_at_any_operation_is_answered_and_over",
            "faults/test_failing_disk.py::test_a_start_that_the_disk_fails_succeeds_the_next_time",
            "faults/test_failing_disk.py::test_each_operation_fails_in_each_way",
            "contract/test_restart.py::test_a_short_write_is_taken_back",
            "contract/test_broken_disk.py::test_a_change_that_does_not_sync_is_told_and_stays",
            "contract/test_broken_disk.py::test_what_a_failed_sync_lost_is_written_anew_from_memory",
        ),
    ),
    "F8": Fault(
        "a disk that takes long to sync",
        (
            "faults/test_slow_disk.py::test_only_the_answers_that_the_disk_keeps_wait_for_it",
            "faults/test_slow_disk.py::test_one_round_answers_all_that_waited_for_a_slow_disk",
        ),
    ),
    "F9": Fault(
        "a data directory that is read-only, somebody else's, gone, or taken",
        (
            "faults/test_unusable_directory.py::test_a_start_on_a_read_only_directory_says_so",
            "faults/test_unusable_directory.py::test_a_start_on_somebody_elses_directory_says_so",
            "faults/test_unusable_directory.py::test_a_second_daemon_on_a_directory_says_so_and_harms_nothing",
            "faults/test_unusable_directory.py::test_a_directory_that_vanishes_refuses_changes_until_it_is_back",
            "contract/test_restart.py::test_one_daemon_at_a_time",
            "contract/test_broken_disk.py::test_meetings_go_on_when_their_directory_vanished",
        ),
    ),
    "F10": Fault("no descriptors left", ("contract/test_http.py::test_descriptors_stay_for_files",)),
    "F11": Fault(
        "SIGSTOP, SIGCONT under load",
        (
            "faults/test_stopped.py::test_nobody_is_taken_for_gone_whom_a_stopped_server_did_not_hear",
            "faults/test_stopped.py::test_what_came_due_while_it_stood_still_happens_once",
            "faults/test_stopped.py::test_a_server_that_stood_still_for_5_seconds_lost_nobody",
            "faults/test_stopped.py::test_a_server_that_stood_still_for_a_minute_lost_nobody",
        ),
    ),
    "F12": Fault(
        "the wall clock is set: an hour, a day, summer time, past 2038 and 2106, backwards over a restart",
        (
            "faults/test_clock.py::test_nobody_leaves_and_nothing_ends_when_the_clock_is_set",
            "faults/test_clock.py::test_a_start_at_another_time_finds_all_and_no_creation_time_repeats",
            "faults/test_clock.py::test_summer_time_changes_no_duration_and_no_order",
            "contract/test_life.py::test_no_timer_minds_when_the_wall_clock_is_set",
        ),
    ),
    "F13": Fault(
        "a worker is killed, hangs, eats memory, says nonsense",
        (
            "faults/test_workers.py::test_a_conversion_of_slides_that_says_nonsense_is_tried_again",
            "faults/test_workers.py::test_a_conversion_of_slides_that_hangs_is_ended",
            "faults/test_workers.py::test_a_conversion_of_a_track_that_says_nonsense_is_tried_again",
            "faults/test_workers.py::test_a_reader_of_an_archive_that_says_nonsense_is_told",
            "faults/test_workers.py::test_a_reader_of_an_archive_that_hangs_is_ended",
            "contract/test_slides.py::test_a_conversion_that_is_cut_off_is_tried_three_times",
            "contract/test_texttracks.py::test_a_conversion_that_is_killed_is_done_again",
            "contract/test_hostile_slides.py::test_a_small_file_that_unpacks_to_gigabytes_is_shown_in_little_memory",
            "unit/test_importing.py::test_an_archive_that_needs_much_memory_to_read_ends_its_reader_alone",
            "unit/test_subtitles_conversion.py::test_the_command_gives_up_what_needs_too_much_memory",
        ),
    ),
    "F14": Fault(
        "signals: SIGTERM twice, SIGHUP again and again, with a broken file",
        (
            "contract/test_command.py::test_a_second_signal_does_not_wait",
            "contract/test_command.py::test_a_reload_changes_what_can_be_changed_and_keeps_all_when_anything_is_wrong",
            "contract/test_signals.py::test_signals_that_mean_nothing_do_no_harm",
            "contract/test_restart.py::test_a_stop_is_a_success_and_answers_what_is_in_hand",
            "faults/test_restarts.py::test_a_hundred_reloads_under_load_fail_no_request",
        ),
    ),
    "F15": Fault(
        "restarts under load",
        (
            "contract/test_people.py::test_a_restart_throws_nobody_out",
            "faults/test_restarts.py::test_restarts_with_a_socket_of_systemd_refuse_nobody",
        ),
    ),
    "F16": Fault(
        "no memory left",
        ("faults/test_stopped.py::test_a_server_without_memory_loses_nothing_that_it_answered",),
    ),
    "F17": Fault(
        "receivers of callbacks that refuse, are silent, slow, endless, redirect, lie, or die behind their answer",
        (
            "contract/test_callbacks.py::test_a_failed_end_callback_is_tried_five_times",
            "faults/test_receivers.py::test_an_answer_of_a_byte_a_second_is_none",
            "faults/test_receivers.py::test_a_resolver_that_hangs_holds_up_neither_calls_to_others_nor_the_server",
            "faults/test_receivers.py::test_a_receiver_that_resets_behind_its_head_has_taken_the_call",
            "contract/test_callbacks.py::test_a_good_status_settles_it_whatever_follows",
            "contract/test_callbacks.py::test_no_answer_is_a_failure_and_is_tried_again",
            "contract/test_callbacks.py::test_what_is_told_of_an_answer_that_never_comes",
            "contract/test_callbacks.py::test_nobody_listening_is_a_failure_until_somebody_does",
            "contract/test_callbacks.py::test_a_dead_receiver_holds_up_no_other",
            "contract/test_callbacks.py::test_a_thousand_receivers_are_all_called",
            "contract/test_callbacks.py::test_the_daemon_calls_and_forgets_nothing_over_a_kill",
            "contract/test_https_callbacks.py::test_an_expired_certificate_does_not_count",
            "contract/test_ready.py::test_some_answers_end_it_and_others_are_tried_again",
        ),
    ),
    "F20": Fault(
        "clients that send or read slowly, or not at all",
        (
            "contract/test_http.py::test_a_slow_head_gets_408_and_an_idle_connection_is_closed",
            "contract/test_http.py::test_a_slow_body_gets_408_but_a_steady_one_has_its_time",
            "contract/test_http.py::test_whoever_does_not_read_its_answer_is_cut_off",
            "contract/test_http.py::test_pipelining_without_reading_fills_no_memory",
        ),
    ),
    "F21": Fault(
        "half-open connections: the peer vanished",
        (
            "faults/test_stopped.py::test_the_seat_of_a_peer_that_vanished_is_free_in_time",
            "faults/test_stopped.py::test_a_request_of_a_peer_that_vanished_is_let_go",
            "faults/test_stopped.py::test_the_seat_of_a_process_that_stands_still_is_free_in_time",
        ),
    ),
    "F22": Fault(
        "ten thousand idle WebSockets that leave and come back at once",
        (),
        "figures of memory and time, which bench/ measures; no test has ten thousand connections",
    ),
    "F23": Fault(
        "a room of five hundred, fifty of whom read nothing",
        (
            "faults/test_crowd.py::test_who_reads_nothing_is_cut_off_and_all_others_hear_everything",
            "faults/test_crowd.py::test_in_a_room_of_five_hundred_fifty_readers_of_nothing_harm_nobody",
            "contract/test_socket.py::test_who_takes_nothing_is_cut_off_and_nothing_waits_without_end",
        ),
        "how late the others hear it is a figure of bench/",
    ),
    "F24": Fault(
        "WebSocket frames that are large, endless, broken, or a flood",
        (
            "contract/test_socket.py::test_binary_large_and_broken_frames_close_it_and_nobody_else_notices",
            "contract/test_socket.py::test_frames_without_end_are_cut_off_and_not_read_on",
            "contract/test_socket.py::test_a_flood_is_slowed_down_and_then_cut_off",
            "contract/test_socket.py::test_a_message_in_pieces_is_one",
        ),
    ),
    "F25": Fault(
        "raw HTTP: smuggling, NUL, huge heads, pipelining, other protocols",
        (
            "contract/test_http.py::test_a_head_is_bounded_and_strict",
            "contract/test_http.py::test_a_request_line_is_strict",
            "contract/test_http.py::test_a_request_names_one_host",
            "contract/test_http.py::test_bare_line_feeds_are_refused",
            "contract/test_http.py::test_many_requests_in_one_go_get_an_answer_each_in_order",
        ),
    ),
    "F26": Fault(
        "XML: entities, DTDs, other encodings, depth, names without end",
        (
            "faults/test_cut_files.py::test_no_xml_opens_a_file_or_a_connection",
            "faults/test_cut_files.py::test_a_document_in_base64_with_blanks_everywhere_is_read",
            "contract/test_config_xml.py::test_what_is_no_good_xml_is_refused",
            "unit/test_metadata.py::test_many_attributes_and_namespaces_take_time_in_proportion",
        ),
    ),
    "F27": Fault(
        "slides: encrypted, recursive, huge, two things at once, cut at every hundredth",
        (
            "faults/test_cut_files.py::test_a_document_cut_at_some_places_is_shown_or_refused",
            "faults/test_cut_files.py::test_a_document_cut_at_every_hundredth_is_shown_or_refused",
            "faults/test_cut_files.py::test_a_document_that_is_two_things_is_one_of_them_or_refused",
            "faults/test_cut_files.py::test_a_page_that_the_disk_does_not_take_is_no_fault_of_the_document",
            "contract/test_hostile_slides.py::test_what_cannot_be_shown_says_why",
            "contract/test_hostile_slides.py::test_a_daemon_says_the_same_and_goes_on",
            "unit/test_slides_conversion.py::test_no_document_finds_what_another_left_in_its_profile",
        ),
    ),
    "F28": Fault(
        "subtitles cut at every byte, in any encoding; one line, blanks or tags of megabytes",
        (
            "faults/test_cut_files.py::test_a_track_cut_at_every_byte_is_strict_webvtt_or_refused",
            "faults/test_cut_files.py::test_a_track_with_any_byte_changed_is_strict_webvtt_or_refused",
            "unit/test_subtitles_srt.py::test_nothing_takes_more_time_than_in_proportion",
            "unit/test_subtitles_ssa.py::test_nothing_takes_more_time_than_in_proportion",
            "unit/test_subtitles_properties.py::test_any_mixture_is_converted_or_refused",
        ),
    ),
    "F29": Fault(
        "archives: bombs, links, devices, twins, long names, cut, killed in the middle",
        (
            "unit/test_importing.py::test_a_bad_archive_is_refused_and_leaves_nothing",
            "unit/test_importing.py::test_a_kill_of_the_reader_leaves_nothing",
            "unit/test_importing.py::test_a_fault_at_the_second_format_brings_back_the_first",
            "faults/test_kill_imports.py::test_a_kill_in_the_middle_of_reading_leaves_no_reader_behind",
        ),
    ),
    "F30": Fault(
        "any order of calls against a model; what a fuzzer invents for each reader",
        (
            "faults/test_any_order.py::test_calls_in_any_order_agree_with_the_model",
            "faults/test_any_order.py::test_ten_thousand_calls_in_any_order_agree_with_the_model",
            "faults/test_fuzz_targets.py::test_a_changed_seed_is_read_or_refused",
            "faults/test_fuzz_targets.py::test_any_bytes_are_read_or_refused",
        ),
        "make fuzz runs as long as one lets it",
    ),
    "F31": Fault(
        "the time of a wrong checksum tells how much of it is right",
        (
            "faults/test_timing.py::test_the_time_of_a_wrong_checksum_does_not_tell_how_much_of_it_is_right",
            "faults/test_timing.py::test_the_measure_tells_a_compare_that_stops_early",
        ),
    ),
    "F32": Fault(
        "secrets in logs, answers and files",
        (
            "contract/test_command.py::test_the_log_says_where_everything_is_and_never_the_secret",
            "contract/test_join.py::test_a_join_link_is_nowhere_in_the_log",
            "unit/test_explaining.py::test_no_secret_is_ever_told",
            "unit/test_log.py::test_a_traceback_has_no_values",
            "contract/test_nothing_leaks.py::test_nothing_private_leaves_a_daemon",
            "contract/test_nothing_leaks.py::test_an_internal_error_tells_nothing_private",
        ),
    ),
    "F33": Fault(
        "every origin with every kind of token",
        (
            "faults/test_access.py::test_a_socket_opens_for_a_good_token_of_the_right_page_alone",
            "faults/test_access.py::test_another_page_changes_nothing_with_the_cookies_of_a_browser",
            "contract/test_socket.py::test_with_two_origins_it_is_forbidden_and_what_is_no_opening_has_its_word",
        ),
    ),
    "F34": Fault(
        "paths and ids that lead out",
        (
            "faults/test_access.py::test_no_path_leads_out",
            "faults/test_access.py::test_no_path_at_all_leads_out",
            "faults/test_access.py::test_no_id_of_a_call_leads_out",
        ),
    ),
    "F35": Fault(
        "URLs and resolvers that lead to this machine or to a cloud's metadata",
        (
            "faults/test_ssrf.py::test_no_url_leads_to_this_machine_or_to_a_clouds_metadata",
            "faults/test_ssrf.py::test_a_resolver_that_lies_gains_nothing",
            "unit/test_destinations.py::test_an_address_is_called_or_not",
            "contract/test_hostile_slides.py::test_redirections_are_followed_to_what_is_allowed",
            "unit/test_office_documents.py::test_nothing_is_shown_or_fetched_that_is_not_in_the_document",
            "unit/test_office_documents.py::test_a_picture_that_a_word_document_only_names_is_not_fetched",
        ),
    ),
    "F36": Fault(
        "protected recordings: nobody, another's token, a used or old one, an unpublished or deleted recording",
        (
            "faults/test_access.py::test_a_protected_recording_opens_to_a_fresh_token_alone",
            "contract/test_playback.py::test_a_protected_recording_is_not_to_be_told_from_an_absent_one",
            "contract/test_track_links.py::test_a_protected_recordings_link_is_good_once",
        ),
    ),
    "F37": Fault(
        "data of earlier versions, and of a newer one",
        (
            "contract/test_found.py::test_a_daemon_finds_all_that_an_earlier_one_left",
            "unit/test_lines.py::test_a_journal_of_format_1_is_read_for_ever",
            "unit/test_lines.py::test_what_cannot_be_trusted_is_refused",
            "unit/test_golden.py::test_every_structure_on_disk_is_in_a_golden_file",
        ),
    ),
    "F38": Fault(
        "a school day with kills, reloads and receivers that fail",
        (
            "faults/test_soak.py::test_a_quiet_day_leaves_nothing_behind",
            "faults/test_soak.py::test_a_school_day_leaves_nothing_behind",
            "faults/test_soak.py::test_a_daemon_that_is_reloaded_and_killed_under_load_leaves_nothing_behind",
            "faults/test_soak.py::test_hours_of_reloads_and_kills_leave_nothing_behind",
        ),
        "the day itself is a server's in memory, whose clock can be moved; the daemon's time is real",
    ),
}
