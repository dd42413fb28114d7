"""A simulated person: a heart that follows what the belt asks of the body. Pure; chance comes from a seed.

Oxygen cost by the ACSM equations (Guidelines, 10th ed.: walking 0.1 v + 1.8 v g + 3.5, running 0.2 v + 0.9 v g + 3.5,
ml/kg/min with v in m/min); backward costs 1.3 to 1.6 times as much, and walking turns into running at 5.9 km/h
(Hreljac 2005) instead of 7.2. With these a trained runner at 6.4 and 9.65 km/h backward needs about 58 and 84 % of
VO2max; Flynn 1994 measured 60 and 84 %. Heart rate follows with first-order kinetics, up faster than down.
"""

import math
import random
from collections import deque
from dataclasses import dataclass

REST_VO2 = 3.5
RUNNING_FROM_KMH = 7.2
RUNNING_FROM_RETRO_KMH = 5.9
RR_KEPT = 9
"""As many beat intervals as one Heart Rate Measurement can carry."""

BODY_KG = 75
KJ_PER_L_OXYGEN = 20.9
NOISE_BPM = 1.0
NOISE_TAU_S = 8.0
RACING_BPM = 10
RACING_TAU_S = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What a body brings along: bpm, ml/kg/min, seconds."""

    rest_bpm: float
    max_bpm: float
    vo2_max: float
    retro_cost: float
    tau_up_s: float
    tau_down_s: float


def person(seed: str) -> Person:
    """Someone fit for the gym; the same one for the same seed."""
    chance = random.Random(seed)
    age = chance.uniform(22, 58)
    return Person(
        rest_bpm=chance.uniform(52, 72),
        max_bpm=208 - 0.7 * age,
        vo2_max=chance.uniform(44, 58),
        retro_cost=chance.uniform(1.3, 1.6),
        tau_up_s=chance.uniform(30, 45),
        tau_down_s=chance.uniform(50, 75),
    )


def oxygen_cost(speed_kmh: float, grade_pct: float, retro: bool, retro_cost: float) -> float:
    """ml/kg/min at this speed and effective grade (+ is uphill along travel)."""
    metres_per_min = speed_kmh * 1000 / 60
    running = speed_kmh >= (RUNNING_FROM_RETRO_KMH if retro else RUNNING_FROM_KMH)
    flat, climb = (0.2, 0.9) if running else (0.1, 1.8)
    net = max(0.0, flat * metres_per_min + climb * metres_per_min * grade_pct / 100)
    return REST_VO2 + net * (retro_cost if retro else 1.0)


class Runner:
    """A person on a belt. `racing` makes the heart run to above its maximum, which sensors and ceilings must see."""

    def __init__(self, who: Person, seed: str) -> None:
        self.person = who
        self.racing = False
        self.energy_kj = 0.0
        self._chance = random.Random(seed)
        self._bpm = who.rest_bpm
        self._noise = 0.0
        self._to_next_beat_ms = 60_000 / who.rest_bpm
        self._rr_ms = self._to_next_beat_ms
        self._beats: deque[float] = deque(maxlen=RR_KEPT)

    @property
    def bpm(self) -> int:
        """Heart rate of now, with its noise, beats a minute."""
        return round(self._bpm + self._noise)

    @staticmethod
    def steps_per_min(speed_kmh: float) -> int:
        """Of both feet, walking or running backward: a standing person makes none, a fast one no more than 200."""
        return round(min(200.0, 60 + 17 * speed_kmh)) if speed_kmh > 0 else 0

    def steady_bpm(self, cost: float) -> float:
        """Where the heart settles if this goes on. `cost`: of oxygen, ml/kg/min."""
        p = self.person
        share = min(1.0, (cost - REST_VO2) / (p.vo2_max - REST_VO2))
        return p.rest_bpm + share * (p.max_bpm - p.rest_bpm)

    def step(self, dt_ms: int, speed_kmh: float, grade_pct: float, *, retro: bool = True) -> None:
        """Let time pass at this speed and effective grade."""
        dt_s = dt_ms / 1000
        cost = oxygen_cost(speed_kmh, grade_pct, retro, self.person.retro_cost)
        self.energy_kj += cost * BODY_KG / 1000 * KJ_PER_L_OXYGEN * dt_s / 60
        aim = self.steady_bpm(cost)
        tau_s = self.person.tau_up_s if aim > self._bpm else self.person.tau_down_s
        if self.racing:
            aim, tau_s = self.person.max_bpm + RACING_BPM, RACING_TAU_S
        self._bpm += (aim - self._bpm) * (1 - math.exp(-dt_s / tau_s))
        kept = math.exp(-dt_s / NOISE_TAU_S)
        noise = self._noise * kept + self._chance.gauss(0, NOISE_BPM) * math.sqrt(1 - kept * kept)
        self._noise = max(-3 * NOISE_BPM, min(3 * NOISE_BPM, noise))
        self._beat(dt_ms)

    def _beat(self, dt_ms: int) -> None:
        self._to_next_beat_ms -= dt_ms
        while self._to_next_beat_ms <= 0:
            self._beats.append(self._rr_ms)
            self._rr_ms = 60_000 / (self._bpm + self._noise) * (1 + self._chance.gauss(0, 0.02))
            self._to_next_beat_ms += self._rr_ms

    def take_rr_1024(self) -> tuple[int, ...]:
        """Beat-to-beat times since the last call, in 1/1024 s, oldest first; at most RR_KEPT, the newest."""
        taken = tuple(round(rr_ms * 1.024) for rr_ms in self._beats)
        self._beats.clear()
        return taken
