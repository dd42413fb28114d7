"""How long messages take, beside plain scripts that do nothing else, in turn on the same machine and broker.

python tests/bench/latency.py [--treadmills 100]
"""

import argparse
import asyncio
import os
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/support")]

from figures import Figure, Ratio, save  # noqa: E402
from latency_site import LatencySite, TimedGym, latency_site  # noqa: E402

from device_adapters.bus.port import Incoming  # noqa: E402
from device_adapters.codecs.ftms.control_point import OpCode, Request  # noqa: E402
from device_adapters.contract import messages as m  # noqa: E402
from device_adapters.contract import registry  # noqa: E402
from device_adapters.safety.limits import Goal, Level  # noqa: E402
from services import logs  # noqa: E402

WINDOWS, WINDOW_S = 6, 8.0
ROUNDS = 6
PRESSES, PRESSES_OF_ONE = 24, 3
"""In one round: of all treadmills, and of one, which is at its slowest then."""

PRESS_EVERY_S = 0.3
"""Longer than the 200 ms that a unit leaves between two writes to one belt."""

QUIET_S = 1.0
UP_TO_SPEED_S = 15.0
TARGET_CKMH = 300


class Timed:
    """Samples of both sides, in ms, round by round."""

    def __init__(self) -> None:
        self.ours: list[list[float]] = []
        self.bare: list[list[float]] = []

    def figure(self, what: str, beside: str, aim: float, meaning: str) -> Figure:
        """The p99 beside the other's; every round has its ratio."""
        p99 = [[_percentile(each, 99) for each in side] for side in (self.ours, self.bare)]
        return Figure(
            what, _words(self.ours), beside, _words(self.bare), Ratio.of(p99[1], p99[0]), aim, "at most", meaning
        )  # fmt: skip


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def _words(rounds: list[list[float]]) -> str:
    every = [value for each in rounds for value in each]
    return f"p50 {_percentile(every, 50):.1f} ms, p99 {_percentile(every, 99):.1f} ms ({len(every)})"


async def telemetry(site: LatencySite) -> Timed:
    """From a treadmill's notification to a subscriber that has the message of it."""
    timed = Timed()
    took: dict[TimedGym, list[float]] = {site.ours: [], site.bare: []}
    ids = {address: id_ for id_, address in site.addresses.items()}

    def arrived(gym: TimedGym, id_: str) -> None:
        if gym.notified[id_]:
            took[gym].append((time.perf_counter_ns() - gym.notified[id_].popleft()) / 1e6)

    def ours(message: Incoming) -> None:
        arrived(site.ours, registry.TREADMILL_TELEMETRY.id_of(message.topic))

    site.bus.bus.subscribe(registry.TREADMILL_TELEMETRY.topic(site.bus.site, "+"), ours)
    site.bus.bus.subscribe("bare/data/+", lambda i: arrived(site.bare, ids[i.topic.rpartition("/")[2]]))
    gyms = (site.ours, site.bare)
    for _ in range(WINDOWS + 1):
        for gym in gyms:
            gym.quiet = True
        if timed.ours:
            await site.until(
                lambda: not any(left for gym in gyms for left in gym.notified.values()),
                "every notification has come",
                30,
            )
        else:  # what was on its way before anybody listened
            await asyncio.sleep(QUIET_S)
        for gym in gyms:
            gym.notified.clear()
            took[gym].clear()
            gym.quiet = False
        await asyncio.sleep(WINDOW_S)
        timed.ours.append(list(took[site.ours]))
        timed.bare.append(list(took[site.bare]))
    del timed.ours[0], timed.bare[0]  # the first began in the middle
    return timed


async def _last_stop(site: LatencySite, gym: TimedGym, topic: str) -> float:
    """Until the last belt was told: a controlled stop begins with a slower target, a bare script's is Stop itself."""
    stopped: dict[str, int] = {}
    await asyncio.sleep(QUIET_S)  # what was asked before is written

    def written(id_: str, request: Request) -> None:
        if request.op in (OpCode.SET_TARGET_SPEED, OpCode.STOP_OR_PAUSE):
            stopped.setdefault(id_, time.perf_counter_ns())

    gym.written = written
    payload = registry.STOP_ALL.encode(m.Stop(by="bench"))
    began = time.perf_counter_ns()
    await site.bus.bus.publish(topic, payload, qos=1)
    await site.until(lambda: len(stopped) == len(site.addresses), "all belts have a stop", 30)
    await asyncio.sleep(QUIET_S)  # what is written again meanwhile is over
    gym.written = lambda _id, _request: None
    return (max(stopped.values()) - began) / 1e6


class LatencyFloor:
    """What the session service says, and asking it."""

    def __init__(self, site: LatencySite) -> None:
        self.site = site
        self.replies: dict[str, m.SessionReply] = {}
        self.states: dict[str, m.TreadmillState] = {}
        self.views: dict[str, m.SessionView] = {}
        site.bus.subscribe(registry.SESSION_REPLY, lambda _id, r: self.replies.__setitem__(r.id, r), "bench")
        site.bus.subscribe(registry.TREADMILL_STATE, self.states.__setitem__)
        site.bus.subscribe(registry.SESSION_VIEW, self.views.__setitem__)

    async def ask(self, verb: str, treadmill: str, **more: object) -> None:
        """Ask and wait for the answer. Raises RuntimeError with the refusal's words."""
        id_ = uuid.uuid4().hex
        fields = {"id": id_, "client": "bench", "verb": verb, "treadmill": treadmill, "by": "bench", **more}
        await self.site.bus.publish(registry.SESSION_REQUEST, m.SessionRequest(**fields))  # type: ignore[arg-type]
        await self.site.until(lambda: id_ in self.replies, f"an answer to {verb} of {treadmill}", 20)
        if not self.replies[id_].ok:
            raise RuntimeError(f"{verb} {treadmill}: {self.replies[id_].text}")

    def phase(self, treadmill: str) -> str:
        """Of its session; empty before there was one."""
        view = self.views.get(treadmill)
        return view.phase if view else ""

    async def free(self, treadmill: str) -> None:
        """Stopped, at rest, and not latched any more."""
        await self.site.until(
            lambda: treadmill in self.states and self.states[treadmill].belt == "still", f"{treadmill} at rest", 60
        )  # fmt: skip
        await self.site.until(lambda: self.phase(treadmill) in ("", "ended"), f"{treadmill} ended", 60)
        if self.states[treadmill].latched:
            await self.ask("clear", treadmill)
        await self.site.until(lambda: not self.states[treadmill].latched, f"{treadmill} is clear", 30)


async def sessions(site: LatencySite, floor: LatencyFloor) -> tuple[Timed, Timed]:
    """Sessions on all treadmills: a slower belt asked for on some of them, then a stop for all; several rounds.

    Slower: from its request, over the session service, to the write of the slower target. The ladder of a heart over
    its ceiling takes the same way once its 10 s are over (domain.md §2.2). Stop: from its publication to the first
    write at the last belt's control point.
    """
    slower, stops = Timed(), Timed()
    ids = list(site.addresses)
    for number in range(ROUNDS):
        await asyncio.gather(*(floor.free(id_) for id_ in ids))
        for id_ in ids:
            await floor.ask(
                "start",
                id_,
                goal=Goal.CONDITIONING,
                level=Level.NOVICE,
                hr_max_bpm=185,
                waiver="bench",
                screened=True,
            )
        await site.until(lambda: all(floor.phase(i) == "running" for i in ids), "all run", 60)
        await asyncio.sleep(UP_TO_SPEED_S)
        presses = [
            ids[(number * PRESSES + i) % len(ids)] for i in range(min(PRESSES, PRESSES_OF_ONE * len(ids)))
        ]
        slower.ours.append([await _slower_target(site, id_) for id_ in presses])
        slower.bare.append([await _bare_target(site, id_) for id_ in presses])
        stops.ours.append([await _last_stop(site, site.ours, registry.STOP_ALL.topic(site.bus.site))])
        stops.bare.append([await _last_stop(site, site.bare, "bare/stop")])
    return slower, stops


async def _slower_target(site: LatencySite, id_: str) -> float:
    request = m.SessionRequest(id=uuid.uuid4().hex, client="bench", verb="slower", treadmill=id_, by="bench")
    payload = registry.SESSION_REQUEST.encode(request)
    return await _target(site, site.ours, id_, registry.SESSION_REQUEST.topic(site.bus.site), payload)


async def _bare_target(site: LatencySite, id_: str) -> float:
    speed = bytes([OpCode.SET_TARGET_SPEED]) + TARGET_CKMH.to_bytes(2, "little")
    return await _target(site, site.bare, id_, f"bare/ask/{site.addresses[id_]}", speed)


async def _target(site: LatencySite, gym: TimedGym, id_: str, topic: str, payload: bytes) -> float:
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def written(who: str, request: Request) -> None:
        if who == id_ and request.op == OpCode.SET_TARGET_SPEED and not done.done():
            done.set_result(time.perf_counter_ns())

    gym.written = written
    began = time.perf_counter_ns()
    await site.bus.bus.publish(topic, payload, qos=1)
    try:
        async with asyncio.timeout(10):
            took = (await done - began) / 1e6
    except TimeoutError:
        raise TimeoutError(f"{topic}: no target was written at {id_} within 10 s") from None
    gym.written = lambda _id, _request: None
    await asyncio.sleep(PRESS_EVERY_S)
    return took


async def measure(treadmills: int) -> list[Figure]:
    """All of it on one site of so many treadmills."""
    async with latency_site(treadmills) as site:
        floor = LatencyFloor(site)
        await site.until(lambda: len(floor.states) == treadmills, "the units have all treadmills")
        print(f"== {treadmills} treadmills on both sides; notification to subscriber ...", flush=True)
        read = await telemetry(site)
        print("== slower, and stop for all ...", flush=True)
        slower, stops = await sessions(site, floor)
    script = "bleak callback + paho publish"
    hops = "two hops over the broker and a bare write"
    return [
        read.figure(f"notification → subscriber, {treadmills} treadmills", script, 1.0, "tiles are live"),
        stops.figure(f"stop for all → last of {treadmills} belts", "bare scripts", 1.3,
                       "one press stops a whole gym before a hand is off the button"),
        slower.figure(f"slower asked → target written, {treadmills} treadmills", hops, 1.3,
                    "the belt is told at once; its ramp is what takes time"),
    ]  # fmt: skip


def main() -> None:
    """Print and save."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--treadmills", type=int, nargs="+", default=(1, 100))
    options = parser.parse_args()
    logs.configure("error")
    found = [figure for treadmills in options.treadmills for figure in asyncio.run(measure(treadmills))]
    save("latency", found)


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT)
    main()
