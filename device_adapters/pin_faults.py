"""Each pin of a unit's settings is of one thing, and each clicker of one treadmill. Pure."""

from collections.abc import Iterator

from device_adapters.config import UnitConfig

Where = tuple[str | int, ...]
OF_A_UNIT = ("stop_button_gpio", "alarm_light_gpio", "alarm_sounder_gpio")
OF_A_TREADMILL = (
    "stop_button_gpio",
    "slower_button_gpio",
    "hold_button_gpio",
    "stop_line_gpio",
    "belt_sensor_gpio",
)

KEYS_OF_A_CLICKER = ("clicker_slower_keys", "clicker_hold_keys")


def pin_faults(config: UnitConfig) -> Iterator[tuple[Where, str]]:
    """The path of the key (places from 0), and words that name field, value and fix."""
    owners: dict[int, str] = {}
    for where, owner, gpio in _pins(config):
        if gpio in owners:
            yield (
                where,
                f"{owner}: {where[-1]} = {gpio} is that of {owners[gpio]} already: give it a pin of its own",
            )
        else:
            owners[gpio] = f"{owner} ({where[-1]})"
    clickers: dict[str, str] = {}
    for place, treadmill in enumerate(config.treadmill):
        name = treadmill.clicker.casefold()
        if name and name in clickers:
            text = f"clicker = {treadmill.clicker!r} is that of treadmill {clickers[name]} already: give each its own"
            yield ("treadmill", place, "clicker"), f"treadmill {treadmill.id}: {text}"
        for key in KEYS_OF_A_CLICKER:
            if not name and getattr(treadmill, key):
                text = f"{key} without a clicker: name it, or take them out"
                yield ("treadmill", place, key), f"treadmill {treadmill.id}: {text}"
        both = sorted({*treadmill.clicker_slower_keys} & {*treadmill.clicker_hold_keys})
        if both:
            text = f"clicker_hold_keys = {both} slow down too (clicker_slower_keys): give each key one job"
            yield ("treadmill", place, "clicker_hold_keys"), f"treadmill {treadmill.id}: {text}"
        clickers.setdefault(name, treadmill.id)


def _pins(config: UnitConfig) -> Iterator[tuple[Where, str, int]]:
    for key in OF_A_UNIT:
        if (gpio := getattr(config, key)) is not None:
            yield (key,), "this unit", gpio
    for place, treadmill in enumerate(config.treadmill):
        for key in OF_A_TREADMILL:
            if (gpio := getattr(treadmill, key)) is not None:
                yield ("treadmill", place, key), f"treadmill {treadmill.id}", gpio
