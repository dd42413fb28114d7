"""The computer of a virtual treadmill: who may control it, what it answers, what it tells (FTMS v1.0.1 §4.16–4.17).

Pure: requests and buttons in, answers and announcements out; Bluetooth is `treadmill.py`. Where the specification
leaves a choice it takes the one that a client must be able to live with: control goes to whoever asks last.
"""

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

from device_adapters.codecs.ftms.control_point import OpCode, Request, Response, ResultCode, StopOrPause
from device_adapters.codecs.ftms.machine_status import MachineStatus, StatusCode
from device_adapters.codecs.ftms.training_status import TrainingCode
from device_adapters.codecs.ftms.treadmill_data import TreadmillData
from device_adapters.sim.belt import Belt, Drive
from device_adapters.sim.runner import oxygen_cost

U16_MAX, U24_MAX = 0xFFFF, 0xFFFFFF
KCAL_MAX = 0xFFFE
"""0xFFFF is "not available"."""

WALKER_KG = 75
KCAL_PER_L_OXYGEN = 4.9
SETTABLE = frozenset(
    {
        OpCode.REQUEST_CONTROL,
        OpCode.RESET,
        OpCode.SET_TARGET_SPEED,
        OpCode.SET_TARGET_INCLINE,
        OpCode.START_OR_RESUME,
        OpCode.STOP_OR_PAUSE,
    }
)

Client = Hashable


@dataclass(frozen=True, slots=True)
class Said:
    """A machine status to send: to `only` this client, or to all, or to all `but` the one who caused it."""

    status: MachineStatus
    only: Client | None = None
    but: Client | None = None


class Computer:
    """One treadmill's computer. `on_link_loss` is what it does when the client in control vanishes.

    `answer_ms` (None: never; 0: as the carrier does), `mute` (no data now) and `hung_up` (it drops the link now) are
    for those who carry its messages; odd machines set them.
    """

    answer_ms: int | None = 0
    hung_up: bool = False

    def __init__(self, belt: Belt, on_link_loss: Literal["keep", "stop"] = "keep") -> None:
        self.belt = belt
        self.controller: Client | None = None
        self._on_link_loss = on_link_loss
        self._kcal = 0.0

    def step(self, dt_ms: int) -> None:
        """Let `dt_ms` pass for the belt and what is counted of it."""
        self.belt.step(dt_ms)
        if self.belt.speed_ckmh:
            self._kcal += self._kcal_per_min() * dt_ms / 60_000

    def request(self, client: Client, request: Request) -> tuple[Response, tuple[Said, ...]]:
        """Answer what `client` wrote to the control point."""
        result, said = self._judge(client, request)
        return Response(request.op, result), said

    def _judge(self, client: Client, request: Request) -> tuple[ResultCode, tuple[Said, ...]]:
        if request.op not in SETTABLE:
            return ResultCode.NOT_SUPPORTED, ()
        if request.op != OpCode.REQUEST_CONTROL and client != self.controller:
            return ResultCode.CONTROL_NOT_PERMITTED, ()
        if request.numbers is None:
            return ResultCode.INVALID_PARAMETER, ()
        match OpCode(request.op), request.numbers:
            case OpCode.REQUEST_CONTROL, _:
                return ResultCode.SUCCESS, self._give_control(client)
            case OpCode.RESET, _:
                self.belt.halt(pause=False)
                self.controller = None
                return ResultCode.SUCCESS, _others(client, StatusCode.RESET)
            case OpCode.SET_TARGET_SPEED, (ckmh,):
                return self._set_speed(client, ckmh)
            case OpCode.SET_TARGET_INCLINE, (dpct,):
                if not self.belt.set_incline(dpct):
                    return ResultCode.INVALID_PARAMETER, ()
                return ResultCode.SUCCESS, _others(client, StatusCode.TARGET_INCLINE_CHANGED, dpct)
            case OpCode.START_OR_RESUME, _:
                if not self._start():
                    return ResultCode.OPERATION_FAILED, ()
                return ResultCode.SUCCESS, _others(client, StatusCode.STARTED_OR_RESUMED_BY_USER)
            case OpCode.STOP_OR_PAUSE, (StopOrPause.STOP | StopOrPause.PAUSE as how,):
                if not self.belt.halt(pause=how == StopOrPause.PAUSE):
                    return ResultCode.OPERATION_FAILED, ()
                return ResultCode.SUCCESS, _others(client, StatusCode.STOPPED_OR_PAUSED_BY_USER, how)
        return ResultCode.INVALID_PARAMETER, ()

    def _set_speed(self, client: Client, ckmh: int) -> tuple[ResultCode, tuple[Said, ...]]:
        if not self.belt.spec.speed_min_ckmh <= ckmh <= self.belt.spec.speed_max_ckmh:
            return ResultCode.INVALID_PARAMETER, ()
        if not self.belt.set_speed(ckmh):
            return ResultCode.OPERATION_FAILED, ()
        return ResultCode.SUCCESS, _others(client, StatusCode.TARGET_SPEED_CHANGED, ckmh)

    def _start(self) -> bool:
        anew = self.belt.drive is Drive.IDLE
        if not self.belt.start():
            return False
        if anew:
            self._kcal = 0.0
        return True

    def _give_control(self, client: Client) -> tuple[Said, ...]:
        before, self.controller = self.controller, client
        if before is None or before == client:
            return ()
        return (Said(MachineStatus(StatusCode.CONTROL_PERMISSION_LOST), only=before),)

    def left(self, client: Client) -> None:
        """`client` disconnected, by whatever way; control goes with it (§4.16.2.1)."""
        if client == self.controller:
            self.controller = None
            if self._on_link_loss == "stop":
                self.belt.halt(pause=False)

    def revoke_control(self) -> tuple[Said, ...]:
        """Someone at the console takes control; the belt keeps running."""
        if self.controller is None:
            return ()
        before, self.controller = self.controller, None
        return (Said(MachineStatus(StatusCode.CONTROL_PERMISSION_LOST), only=before),)

    def press_speed(self, ckmh: int) -> tuple[Said, ...]:
        """Someone sets a speed at the console; 0 stops, any other starts the belt if it must."""
        if ckmh <= 0:
            return self.press_stop()
        started = () if self.belt.under_way else self._press_start()
        if not self.belt.under_way:
            return ()
        spec = self.belt.spec
        speed = max(spec.speed_min_ckmh, min(ckmh, spec.speed_max_ckmh))
        self.belt.set_speed(speed)
        return (*started, Said(MachineStatus(StatusCode.TARGET_SPEED_CHANGED, (speed,))))

    def _press_start(self) -> tuple[Said, ...]:
        return (Said(MachineStatus(StatusCode.STARTED_OR_RESUMED_BY_USER)),) if self._start() else ()

    def press_stop(self) -> tuple[Said, ...]:
        """Someone presses Stop at the console."""
        if not self.belt.halt(pause=False):
            return ()
        return (Said(MachineStatus(StatusCode.STOPPED_OR_PAUSED_BY_USER, (StopOrPause.STOP,))),)

    def press_pause(self) -> tuple[Said, ...]:
        """Someone presses Pause at the console."""
        if not self.belt.halt(pause=True):
            return ()
        return (Said(MachineStatus(StatusCode.STOPPED_OR_PAUSED_BY_USER, (StopOrPause.PAUSE,))),)

    def pull_key(self) -> tuple[Said, ...]:
        """The safety key comes off."""
        if not self.belt.key_in:
            return ()
        self.belt.pull_key()
        return (Said(MachineStatus(StatusCode.STOPPED_BY_SAFETY_KEY)),)

    @property
    def mute(self) -> bool:
        """Does it send no data now?"""
        return False

    @property
    def training(self) -> TrainingCode:
        """Training Status (§4.10)."""
        match self.belt.drive:
            case Drive.IDLE:
                return TrainingCode.IDLE
            case Drive.COUNTDOWN:
                return TrainingCode.PRE_WORKOUT
            case Drive.RUNNING:
                return TrainingCode.MANUAL_MODE
            case Drive.STOPPING:
                return TrainingCode.POST_WORKOUT
            case Drive.PAUSING | Drive.PAUSED:
                return TrainingCode.OTHER

    def record(self) -> TreadmillData:
        """Treadmill Data now: true values, long enough to need two notifications at the smallest MTU."""
        belt = self.belt
        per_min = self._kcal_per_min() if belt.speed_ckmh else 0.0
        return TreadmillData(
            speed_ckmh=belt.speed_ckmh,
            average_speed_ckmh=belt.distance_m * 360 // belt.elapsed_s if belt.elapsed_s else 0,
            distance_m=min(belt.distance_m, U24_MAX),
            incline_dpct=belt.incline_dpct,
            ramp_angle_ddeg=round(10 * math.degrees(math.atan(belt.incline_dpct / 1000))),
            elevation_positive_dm=min(belt.climbed_dm, U16_MAX),
            elevation_negative_dm=0,
            energy_kcal=min(int(self._kcal), KCAL_MAX),
            energy_kcal_per_h=round(per_min * 60),
            energy_kcal_per_min=round(per_min),
            elapsed_s=min(belt.elapsed_s, U16_MAX),
        )

    def _kcal_per_min(self) -> float:
        cost = oxygen_cost(
            self.belt.speed_ckmh / 100, self.belt.incline_dpct / 10, retro=False, retro_cost=1.0
        )
        return cost * WALKER_KG / 1000 * KCAL_PER_L_OXYGEN


def _others(client: Client, code: StatusCode, *numbers: int) -> tuple[Said, ...]:
    return (Said(MachineStatus(code, numbers), but=client),)
