"""Which test holds which fault of a day of trying the floor's pages (issue 22, by its numbers).

Each fault, and under it the test in tests/browser.

1 a belt that ignores Stop is grey
    test_danger_on_the_floor test_the_worst_fact_is_large_first_and_heard_until_it_is_over
2 exertion and pain cannot be entered
    test_days_on_the_floor test_staff_enter_how_hard_it_was_and_how_much_it_hurt
2 screening and consents are a dead end
    test_days_on_the_floor test_who_was_never_screened_is_screened_walked_and_asked_at_the_treadmill
2 duplicates are taken
    test_days_on_the_floor test_a_second_member_of_one_name_is_asked_about_before_they_are_taken_in
3 the cue is hidden, or missing in mid-step
    test_member_page test_the_cue_is_in_view_and_large_also_on_a_page_opened_in_mid_step
3 the screen goes dark
    test_days_on_the_floor test_a_members_page_keeps_the_screen_on
3 a lost connection is not spoken; 10 an urgent cue is cut off
    test_days_on_the_floor test_what_is_urgent_is_said_to_its_end_and_the_lost_connection_aloud
3 an old page gives a false alarm
    test_member_page test_the_page_of_an_ended_session_gives_no_false_alarm
4 the start panel is stale
    test_start_members test_the_panel_is_what_the_server_says_is_possible_now
4 a reason is demanded without a field
    test_sign_in_pages test_a_start_without_a_strap_carries_its_reason
4 Start needs scrolling
    test_matrix_of_pages test_a_page_is_whole_in_each_window
5 back ends at the form
    test_sign_in_pages test_back_does_not_end_at_the_form_of_somebody_signed_in
5 two banners contradict
    test_sign_in_pages test_signed_out_one_banner_says_what_still_holds
6 guests' hearts; walking called running
    test_days_on_the_floor test_the_board_shows_no_guests_heart_and_calls_no_walk_a_run
6 the board does not fit its wall
    test_member_page test_the_board_fits_the_wall
7 sixty do not fit
    test_crowd test_sixty_fit_one_screen
7 no filter
    test_crowd test_on_a_phone_a_filter_finds_who_moves_who_is_free_and_what_is_mine
7 59 Clears
    test_crowd test_after_a_stop_for_all_one_clear_is_enough
8 one that ignored Stop is Good
    test_days_on_the_floor test_a_treadmill_that_ignored_stop_is_not_good_until_it_was_checked
8 no out-of-use mark
    test_more_panel test_out_of_use_is_told_with_reason_and_name_and_outlasts_a_clear
9 no goal switch, no sign-off, charts cut
    test_days_on_the_floor test_a_coach_sees_each_goal_and_signs_off_there_and_nothing_is_cut
9 downloads of seeded sessions are 404
    test_past_pages test_a_session_offers_the_files_that_it_has_and_one_that_was_seeded_none
10 a sign-off cannot be undone
    test_more_panel test_a_level_is_signed_off_after_the_session
10 a near-miss chip slides away
    test_more_panel test_a_near_miss_is_where_the_finger_is_whatever_the_session_does
"""

import ast
import re
from pathlib import Path

BROWSER = Path(__file__).parents[1] / "browser"
ROW = re.compile(r"^(\d+) .*\n    (test_\w+) (test_\w+)$", re.MULTILINE)


def test_each_fault_has_a_test_that_is_there() -> None:
    rows = ROW.findall(__doc__ or "")
    assert len(rows) == 24
    assert {int(number) for number, _, _ in rows} == set(range(1, 11))
    for _, file, name in rows:
        tree = ast.parse((BROWSER / f"{file}.py").read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}, name
