"""What becomes of a session, and why: as staff read it."""

from device_adapters.contract.phrase import Phrase, key


@key("Called off by {by:person}. {then}")
def called_off(by: str, then: Phrase) -> None: ...


@key("Paused by {by:person}.")
def paused_by(by: str) -> None: ...


@key("Resumed by {by:person}.")
def resumed_by(by: str) -> None: ...


@key("Stopped by {by:person}.")
def stopped_by(by: str) -> None: ...


@key("Stop was pressed by {by:person}.")
def stop_pressed_by(by: str) -> None: ...


@key("Stop was pressed.")
def stop_pressed() -> None: ...


@key("The session service was shut down.")
def service_shut_down() -> None: ...


@key("The session service vanished while it ran; the belt was stopped by its unit. It is not resumed.")
def service_vanished() -> None: ...


@key("Off the belt: {what:programme}. Press done when it is over.")
def off_belt(what: Phrase | str) -> None: ...


@key("Off the belt: as agreed. Press done when it is over.")
def off_belt_as_agreed() -> None: ...


@key("When the member stands ready to walk {facing:word}, resume.")
def wait_for_member(facing: str) -> None: ...


@key("Turn to walk {facing:word}; when the member stands ready, resume.")
def wait_for_turn(facing: str) -> None: ...


@key("Hold to run: the member holds the button of the treadmill; then resume.")
def hold_first() -> None: ...


@key("The button was held since the belt moved last: let it go once, hold it anew, then resume.")
def hold_anew() -> None: ...


@key("Lease granted, session recorded.")
def granted() -> None: ...


@key("The countdown is over.")
def counted_down() -> None: ...


@key("The stop command came to nothing; a process stop was sent. Look at the belt.")
def stop_escalated() -> None: ...


@key("Link to the treadmill lost: assume the belt still moves. Use the red button or the cord.")
def lost_link() -> None: ...


@key("The treadmill's unit vanished: assume the belt still moves. Use the red button or the cord.")
def lost_unit() -> None: ...


@key("No speed from the treadmill for 3 s: assume the belt still moves. Look at it.")
def lost_speed() -> None: ...


@key("The treadmill's unit restarted. Look at the belt; start anew when it is still.")
def unit_restarted() -> None: ...


@key("The unit took the belt away from this session. Look at the belt; start anew when it is still.")
def lease_lost() -> None: ...


@key("The belt moved while the session was paused. Look at the treadmill's console.")
def moved_while_paused() -> None: ...


@key("The belt moved before it was started. Look at the treadmill's console.")
def moved_before_start() -> None: ...


@key("The treadmill was stopped: {cause:word}.")
def treadmill_stopped(cause: str) -> None: ...


@key("The journal cannot be written; check the disk of the hub.")
def journal_unwritable() -> None: ...


@key("The journal did not answer; the belt was not started.")
def journal_silent() -> None: ...


@key("The treadmill's unit did not answer; the belt was not started.")
def unit_silent_at_start() -> None: ...


@key("The treadmill's unit did not answer to {verb:word}.")
def command_unanswered(verb: str) -> None: ...


@key("The treadmill's unit refused to {verb:word}: {why}.")
def command_refused(verb: str, why: Phrase | str) -> None: ...


@key("the deck is steeper than the limit; lower it at the treadmill, then start again")
def deck_too_steep() -> None: ...


@key("the treadmill does not tell how steep its deck is; level it and switch it off and on, or use another")
def deck_unknown() -> None: ...


@key("its slowest speed, or a step of it, is too large to walk backward on; use another treadmill")
def machine_too_coarse() -> None: ...


@key("the unit was not ready yet; try again, and look at its disk and its network if it stays so")
def unit_not_ready() -> None: ...


@key("The treadmill's unit allows less than was asked.")
def unit_allows_less() -> None: ...


@key("The step is outside the limits in force.")
def step_over_limits() -> None: ...


@key("The belt did not move after its start.")
def did_not_move() -> None: ...


@key("It was paused for {minutes} minutes.")
def paused_too_long(minutes: int) -> None: ...


@key("The belt was not known to stand still at the end of the countdown.")
def not_still_at_countdown() -> None: ...


@key("The belt stands: it was stopped at the treadmill. Resume when the member stands ready.")
def belt_stands() -> None: ...


@key("The session limit of {minutes} min was reached.")
def session_limit(minutes: float) -> None: ...


@key("The belt did not come to rest for the pause. Use the red button or the cord.")
def pause_not_at_rest() -> None: ...


@key("{why} The belt was not seen to stop: look at it.")
def not_seen_to_stop(why: Phrase | str) -> None: ...


@key("Nobody said for 2 minutes how hard it is: paused. Ask the member, then resume.")
def rpe_unanswered() -> None: ...


@key("Nobody said for 2 minutes that staff are with the member: paused. Look, then resume.")
def presence_unanswered() -> None: ...


@key("Asked.")
def question_asked() -> None: ...


@key("No answer for 30 s: no increases.")
def question_holds() -> None: ...


@key("No answer for 60 s: slowed down.")
def question_slows() -> None: ...


@key("No answer for 2 minutes: the belt is stopped.")
def question_stops() -> None: ...


@key("The heart rate is back and under its ceiling.")
def heart_back() -> None: ...


@key("The hub's clock was set forward by {time}; this record goes on without the jump.")
def clock_set_forward(time: str) -> None: ...


@key("The hub's clock was set back by {time}; this record goes on without the jump.")
def clock_set_back(time: str) -> None: ...


@key("speed {now_kmh} of {most_kmh} km/h")
def near_speed(now_kmh: float, most_kmh: float) -> None: ...


@key("time {now_min} of {most_min} min")
def near_time(now_min: int, most_min: float) -> None: ...


@key("grade {now_pct} of {most_pct} %")
def near_grade(now_pct: float, most_pct: float) -> None: ...


@key("heart rate {now_bpm} of {most_bpm} bpm")
def near_heart(now_bpm: int, most_bpm: int) -> None: ...


@key("Ready: waits for the class to begin.")
def waits_for_class() -> None: ...


@key("The class begins.")
def class_goes() -> None: ...


@key("Goes on alone: what the class does now does not move this belt.")
def left_class() -> None: ...


@key("The class was stopped by {by:person}.")
def class_stopped(by: str) -> None: ...


@key("The class was over before this belt went with it.")
def class_over() -> None: ...
