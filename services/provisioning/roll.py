"""The roll call of an invented gym at one moment, as the metrics service would write it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from device_adapters.contract import messages as m
from device_adapters.units import DAY_MS
from services.metrics.points import Point
from services.metrics.roll_call import RollCall
from services.metrics.roll_rows import WriterHealth
from services.provisioning.visits import SeededGym, Visit

OWN = WriterHealth("metrics", certificate_days=700, disk_free_mb=90_000)


def unit_of(machine: int) -> str:
    """Which unit serves the treadmill of that number (from 0): three each."""
    return f"unit-{machine // 3 + 1:02}"


def commissioned_ms(gym: SeededGym, machine: int) -> int:
    """The last treadmill's commissioning is too old."""
    months_ago = 7 if machine == gym.treadmills - 1 else 2
    return gym.end_ms - months_ago * 30 * DAY_MS


def roll(gym: SeededGym, at_ms: int, running: Mapping[str, Visit], locked: Mapping[str, str]) -> list[Point]:
    """`running`: who has which treadmill at `at_ms` (wall time); `locked`: which is locked, and why."""
    call = RollCall()
    treadmills = [f"tm-{machine + 1:02}" for machine in range(gym.treadmills)]
    straps = [f"hr-{machine + 1:02}" for machine in range(gym.treadmills)]
    for unit in sorted({unit_of(machine) for machine in range(gym.treadmills)}):
        its = [n for n in range(gym.treadmills) if unit_of(n) == unit]
        status = m.UnitStatus(
            unit=unit, online=True, boot="b", at_ms=at_ms, certificate_days=600, disk_free_mb=20_000,
            treadmills=tuple(treadmills[n] for n in its), straps=tuple(straps[n] for n in its),
        )  # fmt: skip
        call.unit(status, at_ms, at_ms, retained=False)
    for machine, treadmill in enumerate(treadmills):
        visit = running.get(treadmill)
        if visit is not None:
            call.session(_view(visit, at_ms), at_ms)
        unit = unit_of(machine)
        made = datetime.fromtimestamp(commissioned_ms(gym, machine) / 1000, UTC).date().isoformat()
        belt = m.TreadmillState(
            treadmill=treadmill, unit=unit, boot="b", at_ms=at_ms, link="connected", commissioned=made,
            belt="moving" if visit else "still", latched="" if visit else locked.get(treadmill, ""),
        )  # fmt: skip
        call.treadmill(belt, at_ms, at_ms, retained=False)
        speed = 2.0 if visit else 0.0
        frame = m.TreadmillTelemetry(treadmill=treadmill, boot="b", seq=1, at_ms=at_ms, speed_kmh=speed)
        call.treadmill_measured(frame, at_ms)
        strap = m.StrapState(
            strap=straps[machine], treadmill=treadmill, unit=unit, boot="b", at_ms=at_ms, battery_pct=80,
            link="connected" if visit else "absent",
        )  # fmt: skip
        call.strap(strap, at_ms, at_ms, retained=False)
    return call.points(OWN, at_ms, at_ms)


def _view(visit: Visit, at_ms: int) -> m.SessionView:
    return m.SessionView(
        session=visit.session, treadmill=visit.treadmill, at_ms=at_ms, phase="running",
        goal=visit.person.goal, level=visit.level, programme=visit.programme.name, member=visit.person.member,
        elapsed_s=(at_ms - visit.start_ms) / 1000, total_s=visit.planned_s,
    )  # fmt: skip
