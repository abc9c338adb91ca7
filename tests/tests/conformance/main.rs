//! What every host of the api does: cases for each command and for the event stream, run unchanged against the app in
//! this process and against the same app behind the daemon's private socket.
//!
//! A command that is added to the declaration needs its line in the table below, or `every_command_has_cases` fails.
//! What only the wire has (versions, sizes, bytes that are no request) is tested in `wire.rs`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod cases;
mod document;
mod site;

use millrace_api::COMMAND_NAMES;

/// Makes two tests of each case: `in_process::COMMAND::CASE` and `by_socket::COMMAND::CASE`.
macro_rules! suite {
    ($($command:ident in $module:ident: [$($case:ident),+ $(,)?];)+) => {
        /// What has cases, in the order of the table.
        const COVERED: &[&str] = &[$(stringify!($command)),+];

        mod in_process {
            $(mod $command {
                $(#[test]
                fn $case() {
                    crate::site::check(crate::site::Kind::InProcess, crate::cases::$module::$case);
                })+
            })+
        }

        mod by_socket {
            $(mod $command {
                $(#[test]
                fn $case() {
                    crate::site::check(crate::site::Kind::BySocket, crate::cases::$module::$case);
                })+
            })+
        }
    };
}

suite! {
    daemon_state in host: [
        the_host_says_what_it_is,
        the_host_counts_what_runs_and_waits,
        the_host_says_that_its_history_was_replaced,
    ];
    stop_daemon in host: [a_stop_leaves_runs_to_the_next_host, a_stop_cancels_runs_where_it_is_asked_to];
    read_document in documents: [
        a_document_is_read_by_path_name_and_text,
        a_broken_document_is_read_with_its_problems,
        a_document_that_can_only_be_read_says_so,
        what_is_not_there_cannot_be_read,
    ];
    save_document in documents: [
        a_document_is_saved_anew_and_again,
        what_changed_outside_is_not_overwritten_unasked,
        places_that_cannot_be_written_are_refused,
        a_document_of_a_newer_version_is_not_overwritten,
        a_document_above_the_limit_is_not_saved,
    ];
    move_document in places: [
        a_moved_document_keeps_its_bytes_and_its_history,
        a_renamed_document_has_its_name_and_title_in_it,
        tasks_that_run_a_document_follow_its_new_name,
        a_document_that_moves_runs_the_same_others,
        a_move_that_cannot_be_is_refused_and_changes_nothing,
    ];
    trash_document in places: [
        a_trashed_document_is_gone_and_can_come_back,
        what_is_no_document_cannot_be_trashed,
    ];
    restore_document in places: [what_comes_back_replaces_nothing];
    stat_documents in places: [
        files_say_how_they_stand,
        too_many_files_and_relative_ones_are_refused,
    ];
    validate in documents: [
        problems_come_with_code_and_place,
        pools_are_those_of_this_home,
        workflows_that_tasks_run_are_looked_at,
        a_text_above_the_limit_is_a_problem,
        what_is_not_there_cannot_be_validated,
    ];
    list_workflows in documents: [the_library_and_what_ran_from_elsewhere_are_listed];
    search_workflows in library: [
        words_are_found_in_the_library_and_in_what_ran_from_elsewhere,
        a_search_that_makes_no_sense_is_refused,
    ];
    read_git in library: [
        documents_say_how_they_stand_in_git,
        a_run_notes_how_its_document_stood_in_git,
    ];
    make_folder in library: [a_folder_is_made_and_listed_with_what_is_moved_into_it];
    rename_folder in library: [
        what_lies_in_a_renamed_folder_keeps_its_history,
        what_is_no_folder_of_the_library_is_refused,
    ];
    remove_folder in library: [only_an_empty_folder_is_removed];
    list_versions in drafts: [a_version_is_kept_where_the_meaning_changes];
    read_version in drafts: [a_version_is_read_by_its_number];
    keep_draft in drafts: [a_draft_replaces_the_one_before_it, a_draft_that_cannot_be_kept_is_refused];
    list_drafts in drafts: [drafts_outlive_their_host_and_come_in_order];
    drop_draft in drafts: [a_dropped_draft_is_gone];
    save_picture in pictures: [the_ending_says_what_a_picture_becomes, what_is_no_picture_is_refused];
    list_secrets in secrets: [secrets_are_listed_by_name_with_their_places];
    set_secret in secrets: [
        a_secret_reaches_its_task_and_no_log,
        a_secret_that_makes_no_sense_is_refused,
        a_secret_that_is_not_there_is_a_warning_and_an_error_of_its_task,
        a_cancel_does_not_wait_for_a_secret,
    ];
    remove_secret in secrets: [a_removed_secret_is_gone];
    check_secret in secrets: [a_check_says_whether_a_secret_can_be_read];
    read_settings in settings: [
        settings_are_read_with_their_defaults,
        a_file_that_was_edited_holds_at_once,
        a_broken_file_leaves_what_was_in_force,
    ];
    change_settings in settings: [
        a_change_keeps_what_people_wrote_and_holds_at_once,
        a_change_of_an_older_file_is_refused,
    ];
    test_notifier in settings: [a_test_says_why_it_was_not_delivered];
    test_connection in connections: [
        a_connection_is_tried_as_it_is_and_as_it_could_be,
        a_query_runs_in_the_database_of_a_connection,
    ];
    plan_run in starts: [a_plan_says_what_would_happen, a_plan_is_refused_like_its_run];
    start_run in starts: [
        a_run_gets_its_parameters_and_ends,
        thousands_that_are_started_at_once_all_start,
        a_run_keeps_to_the_tasks_that_were_asked_for,
        a_run_keeps_the_document_that_it_was_started_with,
        a_run_is_refused_where_it_cannot_be,
        an_error_in_a_schedule_or_trigger_keeps_only_that_from_starting,
        a_task_that_cannot_start_is_an_error_that_names_the_path,
        a_task_runs_another_workflow_as_a_run_of_its_own,
        a_branch_decides_which_tasks_run,
        a_task_whose_files_are_there_is_reused,
        a_task_that_leaves_out_a_file_has_failed,
        files_that_cannot_be_looked_for_are_an_error,
        a_task_says_how_far_it_is_what_it_measured_and_that_there_is_nothing_to_do,
        items_are_reused_by_value,
        the_same_component_with_the_same_inputs_is_not_run_again,
        other_arguments_or_another_component_miss_the_cache,
        a_key_tells_apart_what_millrace_cannot_see,
        a_result_older_than_its_max_age_is_not_used,
        a_file_that_is_run_counts_with_what_is_in_it,
        a_failure_is_not_memoized_and_a_rerun_runs,
        a_result_whose_files_are_gone_is_made_again,
        a_request_gives_its_answer_to_later_tasks,
        a_status_that_was_not_expected_is_the_cause,
        a_secret_reaches_its_server_and_no_log,
    ];
    rerun in starts: [
        a_rerun_takes_over_what_lies_before,
        a_rerun_takes_artifacts_over,
        pinned_outputs_stand_in_where_it_is_asked_for,
        a_rerun_of_a_draft_has_parameters_of_its_own,
        a_rerun_is_refused_where_results_do_not_fit,
    ];
    retry_run in steers: [a_retry_reopens_what_failed, a_retry_needs_a_failure_that_is_over];
    cancel_run in steers: [
        a_cancel_stops_what_runs_and_what_waits,
        a_kill_grants_no_grace,
        a_second_cancel_grants_none_either,
        a_cancel_needs_a_run_under_way,
        a_cancel_reaches_child_runs,
    ];
    retry_runs in steers: [many_runs_are_retried_and_cancelled_at_once];
    cancel_runs in steers: [many_runs_are_retried_and_cancelled_at_once];
    pause_run in steers: [
        a_paused_run_starts_nothing_new,
        a_pause_needs_a_run_under_way,
        a_pause_reaches_child_runs,
    ];
    resume_run in steers: [a_resume_goes_on, a_resume_needs_a_run_under_way];
    answer_task in answers: [a_question_is_answered_once, what_asks_nothing_takes_no_answer];
    mark_task in answers: [a_mark_ends_what_waits, what_has_succeeded_cannot_be_marked];
    read_queue in queue: [the_queue_says_what_runs_and_what_waits];
    move_run in queue: [
        a_run_is_moved_before_others_and_stays_there,
        only_what_is_under_way_can_be_moved,
    ];
    delete_runs in deletion: [
        a_deleted_run_is_out_of_sight_and_can_come_back,
        all_are_deleted_or_none,
        a_stream_of_all_runs_says_that_lists_have_changed,
    ];
    restore_runs in deletion: [what_is_gone_does_not_come_back];
    list_deleted in deletion: [deleted_runs_are_listed_from_the_last_one_on];
    read_storage in storage: [what_takes_space_is_measured_by_kind_and_workflow];
    clean in storage: [what_is_beyond_the_limits_goes_and_says_what_it_was];
    read_diagnostics in diagnostics: [checks_and_parts_are_told_and_nothing_is_written];
    save_diagnostics in diagnostics: [the_file_has_nothing_of_anybody_in_it];
    find_place in storage: [what_is_known_is_found_where_it_lies];
    back_up in backup: [a_backup_is_written_while_a_run_goes_on, a_backup_replaces_only_what_it_may];
    read_backup in backup: [nothing_is_being_written];
    cancel_backup in backup: [to_cancel_nothing_is_no_error];
    list_runs in looks: [
        runs_are_paged_from_new_to_old,
        runs_are_listed_by_workflow_state_and_time,
        runs_are_found_by_a_query,
    ];
    select_runs in looks: [the_runs_of_a_query_are_named];
    find_run in looks: [a_run_is_found_by_what_people_call_it, names_of_no_run_or_several_are_refused];
    get_run in looks: [a_run_has_its_tasks_and_its_snapshot, an_unknown_run_cannot_be_got];
    why_run in looks: [what_waits_says_why, an_unknown_run_does_not_wait];
    workflow_grid in looks: [runs_of_a_workflow_stand_beside_each_other, an_unknown_workflow_has_no_grid];
    workflow_days in looks: [a_day_counts_the_runs_of_a_workflow, days_that_make_no_sense_are_refused];
    usual_run in looks: [what_is_usual_is_said_of_three_runs_on, nothing_is_usual_of_an_unknown_run];
    read_events in looks: [events_are_paged_without_gaps, an_unknown_run_has_no_events];
    save_report in reports: [a_report_tells_all_of_a_run_and_runs_nothing, a_report_that_makes_no_sense_is_refused];
    read_log in logs: [
        a_log_is_read_by_ranges,
        a_log_says_what_is_not_text_and_where_it_came_from,
        a_log_grows_until_its_attempt_ends,
        each_try_has_its_own_log,
        one_stream_of_a_log_is_read_alone,
        what_has_no_log_is_refused,
    ];
    search_log in logs: [lines_of_a_log_are_found, what_cannot_be_looked_for_is_refused];
    save_log in logs: [a_log_is_written_to_a_file_and_replaces_only_what_it_may];
    list_artifacts in artifacts: [
        what_a_task_leaves_is_kept_and_found_by_later_tasks,
        artifacts_that_were_given_up_say_so_and_are_not_taken_over,
        an_unknown_run_has_no_artifacts,
    ];
    read_artifact in artifacts: [an_artifact_is_read_by_ranges];
    save_artifact in artifacts: [a_copy_of_an_artifact_replaces_only_what_it_may];
    list_schedules in schedules: [
        schedules_say_when_they_fire_and_why_not,
        a_document_that_changes_is_noticed,
        a_tick_starts_a_run_with_its_parameters,
    ];
    switch_schedules in schedules: [
        what_is_off_does_not_fire,
        what_is_not_there_cannot_be_switched,
    ];
    list_fires in schedules: [what_comes_and_what_was_is_listed];
    move_fire in schedules: [
        a_single_tick_is_moved_left_out_and_put_back,
        only_what_comes_can_be_moved,
    ];
    backfill in schedules: [
        a_backfill_runs_each_tick_once_and_leaves_out_what_is_done,
        a_backfill_that_makes_no_sense_is_refused,
    ];
    make_token in triggers: [a_new_token_ends_the_one_before];
    call_trigger in triggers: [
        a_call_starts_a_run_with_what_it_gives,
        a_call_is_refused_where_it_cannot_be,
        each_version_of_a_file_starts_one_run,
        the_end_of_other_workflows_starts_a_run,
    ];
    trust in trust: [
        what_came_from_elsewhere_waits_for_trust,
        what_starts_by_itself_runs_only_what_is_trusted,
        a_folder_trusts_what_comes_into_it,
        what_is_saved_here_is_trusted_unless_it_came_from_elsewhere,
        a_draft_is_judged_by_its_own_text,
        what_nobody_vouches_for_is_not_started,
        what_ran_here_may_run_again_as_it_was,
        what_is_not_there_cannot_be_trusted,
    ];
    list_trust in trust: [trusted_folders_are_listed];
    read_inbox in inbox: [failures_skips_and_questions_are_in_the_inbox];
    mark_seen in inbox: [what_was_seen_is_gone];
    subscribe in streams: [
        a_run_is_streamed_from_its_first_event_to_its_end,
        a_stream_goes_on_after_the_last_seq,
        a_stream_goes_on_after_a_position_in_all_runs,
        two_subscribers_see_the_same,
        now_is_only_what_comes,
        a_long_run_is_streamed_without_gaps_to_one_who_comes_late,
        a_stream_of_nothing_is_refused,
    ];
}

#[test]
fn every_command_has_cases() {
    let (stream, commands) = COVERED.split_last().unwrap();
    assert_eq!(commands, COMMAND_NAMES, "the suite's table and the api's declaration");
    assert_eq!(*stream, "subscribe");
}
