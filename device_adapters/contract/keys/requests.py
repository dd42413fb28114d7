"""Why a request of a session is refused, and what to do."""

from device_adapters.contract.phrase import Phrase, key


@key("This treadmill is out of use: {why}. Use another one.")
def out_of_use(why: str) -> None: ...


@key("A session runs on this treadmill; stop it first.")
def session_runs() -> None: ...


@key("Strap {strap} is read by another session; choose another strap.")
def strap_busy(strap: str) -> None: ...


@key("On the drill staff practise: start it as guest, without a member and a class.")
def drill_is_nobodys() -> None: ...


@key("No unit has told of this treadmill; check its id and its unit.")
def unknown_treadmill() -> None: ...


@key("The treadmill's unit is offline; check its power and network.")
def unit_offline() -> None: ...


@key("Unit and hub are more than one release apart (contract {theirs} and {ours}); update the older one.")
def release_apart(theirs: int, ours: int) -> None: ...


@key("The treadmill is not linked to its unit; switch it on and wait for the link.")
def not_linked() -> None: ...


@key("Stopped: {why} Check the member and the belt, then clear.")
def latched(why: Phrase | str) -> None: ...


@key("Another service holds this belt; end its session first.")
def lease_taken() -> None: ...


@key("The belt is not known to stand still; stop it and wait.")
def not_still_stop() -> None: ...


@key(
    "This treadmill has no button to hold, or its unit cannot read it or is of an earlier release: start without."
)
def nothing_to_hold() -> None: ...


@key("The belt is not known to stand still; wait.")
def not_still_wait() -> None: ...


@key("The belt is still stopping; wait.")
def still_stopping() -> None: ...


@key("No strap is known here: choose one, or give the reason why there is none (waiver).")
def no_strap() -> None: ...


@key("This treadmill's slowest speed, {kmh} km/h, is above the limit; use another treadmill.")
def machine_minimum_over_limit(kmh: float) -> None: ...


@key("The heart beats at {bpm}, above its ceiling of {limit_bpm}: wait until it is lower.")
def heart_over_ceiling(bpm: int, limit_bpm: int) -> None: ...


@key("No session runs on this treadmill.")
def no_session() -> None: ...


@key("That session is not the last one of this treadmill; its record is closed.")
def record_closed() -> None: ...


@key("The step is done beside the belt; press done when it is over.")
def step_beside_belt() -> None: ...


@key("It is at its slowest; pause or stop it.")
def at_slowest() -> None: ...


@key("It is the last step; stop the session instead.")
def last_step() -> None: ...


@key("This step ends by itself; skip goes on earlier.")
def ends_by_itself() -> None: ...


@key("The session is {phase:word}; {verb:word} does not fit.")
def not_while(phase: str, verb: str) -> None: ...


@key("It has been stopped again since: {why} Look again, then clear.")
def another_latch(why: Phrase | str) -> None: ...


@key("A clear is already on its way; wait for its answer.")
def clear_under_way() -> None: ...


@key("The treadmill was not cleared; its belt must stand still.")
def not_cleared() -> None: ...


@key("{what}")
def unit_says(what: str) -> None: ...


@key("The treadmill's unit did not answer; check that it is online.")
def unit_silent() -> None: ...


@key("Not in the record: the hub's disk takes nothing now. It may be written later; write it down on paper.")
def not_recorded() -> None: ...


@key(
    "This belt starts at {kmh} km/h: under a lower limit it cannot be walked. Pause or stop the session instead."
)
def limit_too_low(kmh: float) -> None: ...


@key("Nobody can raise {goal:word} above {kmh} km/h.")
def raise_over_ceiling(goal: str, kmh: float) -> None: ...


@key("Nobody can raise this member's speed above {kmh} km/h: screen them first.")
def raise_over_own_ceiling(kmh: float) -> None: ...


@key("Raising a limit needs a person's name (by) and a reason (why).")
def raise_needs_reason() -> None: ...


@key("Raising a limit needs an end: minutes from 1 to 60.")
def raise_needs_end() -> None: ...


@key("A clear needs the name of the person who looked at the belt (by).")
def clear_needs_person() -> None: ...


@key("A start needs a goal and a level.")
def start_needs_goal() -> None: ...


@key("alias: {fault}")
def alias_unreadable(fault: Phrase | str) -> None: ...


@key("An adjust needs the new limit: speed_max_kmh.")
def adjust_needs_limit() -> None: ...


@key("An rpe needs its value: rpe, 6 to 20.")
def rpe_needs_value() -> None: ...


@key("A {verb:word} needs its words: text.")
def needs_words(verb: str) -> None: ...


@key("A feedback needs rpe (6 to 20), pain (0 to 10) or text.")
def feedback_needs_something() -> None: ...


@key(
    "This was asked before the session service began anew; nothing was done. Look at the belt, then ask again."
)
def asked_of_another() -> None: ...


@key("This came {s} s after it was asked; nothing was done. Look at the belt, then ask again.")
def came_late(s: int) -> None: ...


@key("Not understood: {what}")
def not_understood(what: str) -> None: ...


@key("A retained request is never taken; send it without retain.")
def retained() -> None: ...


@key("The session service is ending.")
def service_ending() -> None: ...


@key("Another request has the id {id} already; nothing was done. Give each request an id of its own.")
def id_used(id: str) -> None: ...


@key("A program may not {verb}: {deed} is for people.")
def program_may_not(verb: str, deed: str) -> None: ...


@key("A program may not give {field}: {deed} is for people.")
def program_may_not_give(field: str, deed: str) -> None: ...


@key("Refused for a reason that only staff see: let them start it.")
def ask_staff() -> None: ...


@key("The belt was stopped: staff have to look at it and clear it.")
def latched_for_programs() -> None: ...


@key("Other records are being written; try again in a minute.")
def records_busy() -> None: ...


@key("The record took more than {s} s; make it on the hub: backstride session export {session}")
def record_slow(s: float, session: str) -> None: ...


@key("This belt stands ready and waits for its class. Let the class begin, or stop the session.")
def class_waits() -> None: ...


@key("There is no class now; open one first.")
def no_class() -> None: ...


@key("A class is under way; end it before another one is opened.")
def class_is_open() -> None: ...


@key("Say what the class trains for and at which level: `goal` and `level` are missing.")
def class_needs_goal() -> None: ...


@key("Nobody stands ready for the class: start a session for it at each belt first.")
def nobody_ready() -> None: ...


@key("The class has begun already; who comes now joins as soon as their belt is started for it.")
def class_has_begun() -> None: ...


@key("The class trains for {goal:word}; a session for {other:word} cannot go with it.")
def class_of_other_goal(goal: str, other: str) -> None: ...


@key("It is too late to join: the class walks {facing:word} now, or has done its last work.")
def class_too_far(facing: str) -> None: ...


@key("The class's programme does not fit this level: {faults: · }")
def class_does_not_fit(faults: tuple[Phrase, ...]) -> None: ...
