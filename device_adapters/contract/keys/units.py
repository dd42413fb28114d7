"""What units and their radios say of themselves, and of devices that are odd."""

from device_adapters.contract.oddities import WORDS, Odd
from device_adapters.contract.phrase import Phrase, declare, key
from device_adapters.safety.stop_line import Why


@key("Stop not delivered: the treadmill is not linked. It is written as soon as it is.")
def stop_not_delivered() -> None: ...


@key("Set back three times, and the treadmill went back to the speed of its console: it is left there.")
def console_fights() -> None: ...


@key("The treadmill's control point is silent; its link is made anew. Nothing resumes.")
def control_point_silent() -> None: ...


@key("Radio {name} works again.")
def radio_back(name: str) -> None: ...


@key("Radio {name}: {why}")
def radio_trouble(name: str, why: str) -> None: ...


@key("{why} ({count} so far)")
def said_so_often(why: str, count: int) -> None: ...


@key("Malformed messages since the start: {count}; the last: {what}")
def malformed_messages(count: int, what: str) -> None: ...


@key("The clicker {name} does not answer ({why}): it stops nothing until it is back.")
def clicker_gone(name: str, why: str) -> None: ...


@key("The battery of the clicker {name} is low: {left_pct} %. Change or charge it today.")
def clicker_battery(name: str, left_pct: int) -> None: ...


_STOP_LINE = {
    Why.UNIT_GONE: "The unit ended: the stop line opened, and a belt that ran was halted abruptly. Check the member.",
    Why.UNIT_SILENT: (
        "The unit stood still: the stop line opened, and a belt that ran was halted abruptly. Check the member."
    ),
    Why.STOP_NOT_OBEYED: (
        "The treadmill did not obey Stop: the stop line opened and halted the belt abruptly. Check the member."
    ),
    Why.LINK_LOST: (
        "The belt was not heard for too long: the stop line opened and halted it abruptly. Check the member."
    ),
    Why.NOT_ARMED: (
        "The stop line has no commissioning record that holds: it stays open, and the treadmill does not run."
    ),
    Why.NO_ANSWER: "The stop line's process does not answer: the line is open, and the treadmill does not run.",
}
_STOP_LINE_KEYS = {why: declare(f"stop_line.{why}", text) for why, text in _STOP_LINE.items()}


def stop_line(why: Why) -> Phrase:
    """Why a stop line is open, where that is anybody's concern."""
    return _STOP_LINE_KEYS[why]


for _odd, (_what, _todo) in WORDS.items():
    declare(f"odd.{_odd}", f"{_what} {_todo} {{detail}}", ("detail",))


def odd(which: Odd, detail: str = "") -> Phrase:
    """What is odd about a device, and what to do."""
    return Phrase(f"odd.{which}", {"detail": f"({detail})" if detail else ""})
