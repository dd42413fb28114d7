"""The computer of an odd treadmill: that of `computer.py`, but for its `Traits`. Pure; time is stepped in."""

from typing import Literal

from msgspec.structs import replace

from device_adapters.codecs.ftms.control_point import OpCode, Request, Response, ResultCode, StopOrPause
from device_adapters.codecs.ftms.treadmill_data import TreadmillData
from device_adapters.sim.belt import Belt, BeltSpec, Drive
from device_adapters.sim.computer import Client, Computer, Said
from device_adapters.sim.traits import Traits

Told = tuple[ResultCode, tuple[Said, ...]]


def odd_belt(traits: Traits, **spec: int) -> Belt:
    """The belt of a machine with these traits; `spec` sets the other values of BeltSpec."""
    at_rest: Literal["refused", "starts"] = "starts" if traits.resumes_on_speed else "refused"
    belt = Belt(
        BeltSpec(
            **spec,
            start_delay_ms=traits.count_down_ms,
            speed_at_rest=at_rest,
            remembers_speed=traits.remembers_speed,
        )
    )
    belt.quirks.mph_firmware = traits.miles
    belt.quirks.ignore_stop = traits.ignores_stop
    return belt


class OddComputer(Computer):
    """One odd treadmill's computer. `hung_up` is set when it drops the link: the carrier does it and resets it."""

    def __init__(
        self, traits: Traits, belt: Belt | None = None, on_link_loss: Literal["keep", "stop"] = "keep"
    ) -> None:
        super().__init__(belt or odd_belt(traits), on_link_loss)
        self.traits = traits
        self.answer_ms = traits.answer_ms
        self.hung_up = False
        self._moved_ms = 0
        self._stood_ms = 0
        self._last_ckmh = 0
        self._top_ckmh = 0
        self._has_moved = False
        self._stopped_by_us = False

    def step(self, dt_ms: int) -> None:
        """Let time pass, and what the machine does by itself."""
        super().step(dt_ms)
        traits, belt = self.traits, self.belt
        if belt.speed_ckmh:
            restarts = self._moved_ms < traits.restarts_ms <= self._moved_ms + dt_ms
            self._moved_ms += dt_ms
            self._stood_ms = 0
            self._has_moved = True
            self._last_ckmh = belt.speed_ckmh
            self._top_ckmh = max(self._top_ckmh, belt.target_ckmh)
            if restarts:
                self._restart()
            return
        if belt.under_way or not self._has_moved:
            return
        stood_ms, self._stood_ms = self._stood_ms, self._stood_ms + dt_ms
        again_ms = traits.goes_on_after_ms if self._stopped_by_us else traits.self_start_ms
        again_ms = again_ms or traits.self_start_ms
        if stood_ms < again_ms <= self._stood_ms:
            self._go_on()

    def _restart(self) -> None:
        """Its computer begins anew under way: totals from 0, nobody in control, the belt as it was or faster."""
        self.belt.begin_totals()
        self.controller = None
        if self.traits.restarts_moving:
            self.belt.set_speed(min(self.belt.target_ckmh + 100, self.belt.spec.speed_max_ckmh))

    def _go_on(self) -> None:
        """It starts again though nobody asked."""
        self._stopped_by_us = False
        if self.belt.start():
            self.belt.set_speed(max(self._top_ckmh, self.belt.spec.speed_min_ckmh))

    @property
    def mute(self) -> bool:
        """Does it send no data now?"""
        stands = self._has_moved and not self.belt.speed_ckmh and not self.belt.under_way
        return self.traits.silent_at_rest and stands

    def request(self, client: Client, request: Request) -> tuple[Response, tuple[Said, ...]]:
        """Answer what was written, in its own way."""
        if self.traits.hangs_up:
            self.hung_up = True
        refused = self._refusal(request)
        if refused is not None:
            return Response(request.op, refused), ()
        response, said = super().request(client, request)
        return response, self._tells(said)

    def _refusal(self, request: Request) -> ResultCode | None:
        """What it answers without doing anything; None: it does as it is told."""
        traits, belt = self.traits, self.belt
        if request.op in traits.lies:
            return ResultCode.SUCCESS
        if request.op == OpCode.SET_TARGET_SPEED:
            if traits.refuses_speed and belt.drive is Drive.COUNTDOWN:
                return ResultCode(traits.refuses_speed)
            return None
        if request.op != OpCode.STOP_OR_PAUSE:
            return None
        stops = request.numbers == (StopOrPause.STOP,)
        if traits.counts_on and belt.drive is Drive.COUNTDOWN:
            return ResultCode.SUCCESS
        if stops and traits.pause_before_stop and belt.drive in (Drive.RUNNING, Drive.PAUSING):
            return ResultCode.OPERATION_FAILED
        if not belt.under_way and traits.stop_at_rest == "success":
            return ResultCode.SUCCESS
        self._stopped_by_us = belt.under_way or self._stopped_by_us
        return None

    def _set_speed(self, client: Client, ckmh: int) -> Told:
        belt = self.belt
        lower = belt.drive is Drive.RUNNING and ckmh < belt.target_ckmh
        if self.traits.speeds_up and lower:
            ckmh = min(belt.target_ckmh + self.traits.speeds_up, belt.spec.speed_max_ckmh)
        return super()._set_speed(client, ckmh)

    def _tells(self, said: tuple[Said, ...]) -> tuple[Said, ...]:
        return () if self.traits.no_status else said

    def press_speed(self, ckmh: int) -> tuple[Said, ...]:
        """As at any console, but what is told of it."""
        return self._tells(super().press_speed(ckmh))

    def press_stop(self) -> tuple[Said, ...]:
        """As at any console, but what is told of it."""
        return self._tells(super().press_stop())

    def press_pause(self) -> tuple[Said, ...]:
        """As at any console, but what is told of it."""
        return self._tells(super().press_pause())

    def pull_key(self) -> tuple[Said, ...]:
        """As at any console, but what is told of it."""
        return self._tells(super().pull_key())

    def revoke_control(self) -> tuple[Said, ...]:
        """As at any console, but what is told of it."""
        return self._tells(super().revoke_control())

    def record(self) -> TreadmillData:
        """Treadmill Data as this machine tells it."""
        traits, told = self.traits, super().record()
        if traits.no_incline:
            told = replace(told, incline_dpct=None, ramp_angle_ddeg=None)
        if traits.no_elapsed:
            told = replace(told, elapsed_s=None)
        if traits.no_distance:
            told = replace(told, distance_m=None)
        if traits.repeats and not self.belt.speed_ckmh and self._has_moved and not self.belt.under_way:
            told = replace(told, speed_ckmh=self._last_ckmh)
        return told
