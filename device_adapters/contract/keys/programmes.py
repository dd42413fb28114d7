"""What a programme says of its steps, and why there is none to run."""

from device_adapters.contract.phrase import Phrase, key


@key("Set {set_number} of {sets}")
def step_of_set(set_number: int, sets: int) -> None: ...


@key("Set {set_number} of {sets}. {cue:programme}")
def step_of_set_with_cue(set_number: int, sets: int, cue: str) -> None: ...


@key("no programme for {goal:word} {level:word}; there is: {known}")
def no_programme(goal: str, level: str, known: Phrase | str) -> None: ...


@key("no programme {name} for {goal:word} {level:word}; there is: {known}")
def no_such_programme(name: str, goal: str, level: str, known: Phrase | str) -> None: ...


@key("none yet")
def no_programme_yet() -> None: ...


@key(
    "{file}: it is for {goal:word} {level:word}; start it with that goal and level, not with {asked_goal:word} "
    "{asked_level:word}"
)
def programme_of_another_goal(
    file: str, goal: str, level: str, asked_goal: str, asked_level: str
) -> None: ...
