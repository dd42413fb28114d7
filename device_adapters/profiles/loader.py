"""What models do differently, from the TOML files beside this one; each fact has its source.

Codecs and profiles do not know each other: whoever uses both hands a profile's values to the codec.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Generic, Literal, TypeVar

import msgspec

from device_adapters.config import load

T = TypeVar("T")
Sure = Literal["captured", "documented", "reported"]
"""captured: read in a device's bytes. documented: a maker or project writes so. reported: users say so."""


class Fact(msgspec.Struct, Generic[T], frozen=True, forbid_unknown_fields=True):
    """A quirk's value and why we believe it."""

    value: T
    source: str
    sure: Sure


class ProfileNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact for people, which no code needs to know."""

    text: str
    source: str
    sure: Sure


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that tell the model, upper or lower case: whole words, anywhere in the string named.

    What many makers might use tells nothing by itself: `makers_model` counts in the model only where a word of `maker`
    is in the manufacturer, and `name_prefix` only where the advertised name begins with it.
    """

    manufacturer: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    maker: tuple[str, ...] = ()
    makers_model: tuple[str, ...] = ()
    name_prefix: tuple[str, ...] = ()


class ProfileQuirks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a model deviates; what is not stated is as specified."""

    elevation_unavailable: Fact[tuple[int, ...]] | None = None
    """Raw elevation gains in Treadmill Data that mean "not available"."""
    pace_width: Fact[Literal["specified", "legacy"]] | None = None
    """The width of pace in Treadmill Data, where it is known without looking at the length."""
    target_speed_in_mph: Fact[bool] | None = None
    """Takes the km/h of a target speed for miles per hour: the belt goes 1.609 times as fast."""
    incline_controllable: Fact[bool] | None = None
    """False: answers Success to a target incline and does nothing."""
    incline_by_level: Fact[bool] | None = None
    """Tells and takes the console's level, not percent."""
    cadence_of_both_feet: Fact[bool] | None = None
    """Its Running Speed and Cadence counts the landings of both feet, where the service counts one foot's."""
    cadence_may_be_power: Fact[bool] | None = None
    """Can be set to tell a tenth of its power (W) as the cadence of its foot."""
    answers_request_control: Fact[bool] | None = None
    """False: takes commands, but never answers Request Control."""
    pause_before_stop: Fact[bool] | None = None
    """Refuses Stop while the belt moves: pause, see it still, then stop."""
    status_speed_is_momentary: Fact[bool] | None = None
    """Streams "target speed changed" on each step of a ramp: no sign that a person pressed a key."""
    always_sends_rr: Fact[bool] | None = None
    """A strap whose every measurement on a body has RR intervals: one without is not of a body."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model. `sure` is how well we know it as a whole."""

    model: str
    kind: Literal["treadmill", "strap", "foot pod", "any"]
    sure: Sure
    match: Match
    quirks: ProfileQuirks = ProfileQuirks()
    note: tuple[ProfileNote, ...] = ()

    @property
    def elevation_unavailable(self) -> tuple[int, ...]:
        """Raw elevation gains that mean "not available"."""
        fact = self.quirks.elevation_unavailable
        return fact.value if fact else ()

    @property
    def pace_width(self) -> Literal["by_length", "specified", "legacy"]:
        """How wide pace is, as far as known."""
        return self.quirks.pace_width.value if self.quirks.pace_width else "by_length"

    @property
    def target_speed_in_mph(self) -> bool:
        """Whether a target speed makes this belt go 1.609 times as fast."""
        return bool(self.quirks.target_speed_in_mph and self.quirks.target_speed_in_mph.value)

    @property
    def incline_controllable(self) -> bool:
        """Whether a target incline is worth sending, if features and range say so, too."""
        known = self.quirks.incline_controllable is None or self.quirks.incline_controllable.value
        return known and not self.incline_by_level

    @property
    def incline_by_level(self) -> bool:
        """Whether its incline is a level of the console's, which is no percentage."""
        return bool(self.quirks.incline_by_level and self.quirks.incline_by_level.value)

    @property
    def cadence_of_both_feet(self) -> bool:
        """Whether its cadence is of both feet already."""
        return bool(self.quirks.cadence_of_both_feet and self.quirks.cadence_of_both_feet.value)

    @property
    def cadence_may_be_power(self) -> bool:
        """Whether what it tells as cadence may be power."""
        return bool(self.quirks.cadence_may_be_power and self.quirks.cadence_may_be_power.value)

    @property
    def answers_request_control(self) -> bool:
        """Whether silence after Request Control means that there is no control."""
        return self.quirks.answers_request_control is None or self.quirks.answers_request_control.value

    @property
    def pause_before_stop(self) -> bool:
        """Whether Stop is refused on a moving belt."""
        return bool(self.quirks.pause_before_stop and self.quirks.pause_before_stop.value)

    @property
    def status_speed_is_momentary(self) -> bool:
        """Whether "target speed changed" tells the momentary speed."""
        return bool(self.quirks.status_speed_is_momentary and self.quirks.status_speed_is_momentary.value)

    @property
    def always_sends_rr(self) -> bool:
        """Whether a measurement without RR is suspect."""
        return bool(self.quirks.always_sends_rr and self.quirks.always_sends_rr.value)


@lru_cache(maxsize=1)
def all_profiles() -> tuple[Profile, ...]:
    """Every profile, ordered by file name. ConfigError names the file and key that do not fit."""
    return tuple(load(path, Profile) for path in sorted(Path(__file__).parent.glob("*.toml")))


def generic() -> Profile:
    """The cautious profile of a machine that nobody described."""
    return next(p for p in all_profiles() if p.kind == "any")


def match(manufacturer: str = "", model: str = "", name: str = "") -> Profile:
    """The profile of a device, by its Device Information strings and advertised name; `generic` if none fits.

    Where several fit, the one with the longest word: "FS-BT-T4" before "FS".
    """
    found = _best({"manufacturer": manufacturer, "model": model, "name": name})
    return found or generic()


def named(text: str) -> Profile | None:
    """The profile that a person means by `text`, such as "Matrix"; None if there is none."""
    return _best({"manufacturer": text, "model": text, "name": text})


def _best(strings: dict[str, str]) -> Profile | None:
    scored = [(_score(profile.match, strings), profile) for profile in all_profiles()]
    score, profile = max(scored, key=lambda pair: pair[0])
    return profile if score else None


def _score(match: Match, strings: dict[str, str]) -> int:
    words = [(word, strings[where]) for where in strings for word in getattr(match, where)]
    if any(_contains(strings["manufacturer"], word) for word in match.maker):
        words += [(word, strings["model"]) for word in match.makers_model]
    found = [len(word) for word, text in words if _contains(text, word)]
    found += [len(word) for word in match.name_prefix if _begins(strings["name"], word)]
    return max(found, default=0)


def _contains(text: str, word: str) -> bool:
    return re.search(rf"(?<![a-z0-9]){_blanks(word)}(?![a-z0-9])", text, re.IGNORECASE) is not None


def _begins(text: str, word: str) -> bool:
    end = "(?![a-z0-9])" if word[-1].isalnum() else ""
    return re.match(_blanks(word) + end, text, re.IGNORECASE) is not None


def _blanks(word: str) -> str:
    """The word as a pattern: some firmware writes two blanks for one ("THERUN  T15")."""
    return r"\s+".join(re.escape(part) for part in word.split(" "))
