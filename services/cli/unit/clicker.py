"""`backstride clicker`: which clickers this machine has, and whether each of their keys does what it should."""

import os
from typing import Annotated

import typer

from device_adapters.errors import ConfigError

clicker_app = typer.Typer(no_args_is_help=True, help="USB and Bluetooth clickers of this machine.")
PAIR_S = 30
STOP_THE_UNIT = "stop the unit first (sudo systemctl stop backstride-unit), and run this with sudo"


@clicker_app.command("list")
def listed() -> None:
    """What this machine has that tells of keys. `clicker` in unit.toml is one's name or Bluetooth address."""
    from device_adapters.unit import input_events

    found = input_events.listed()
    for device in found:
        typer.echo(f"{device.unique or '-':17}  {device.node:8}  {device.name}")
    if not found:
        typer.echo("nothing; pair a Bluetooth clicker first: backstride clicker pair ADDRESS")
        raise typer.Exit(1)


@clicker_app.command()
def pair(
    address: Annotated[str, typer.Argument(help="Its Bluetooth address, such as D0:22:BE:00:00:01.")],
) -> None:
    """Pair a Bluetooth clicker that is in pairing mode, so that it connects by itself from now on."""
    import subprocess

    for step in ("pair", "trust", "connect"):
        words = ["bluetoothctl", "--agent", "NoInputNoOutput", "--timeout", str(PAIR_S), step, address]
        try:
            done = subprocess.run(  # noqa: S603 — a fixed program; the address is one word of its list
                words, capture_output=True, text=True, timeout=PAIR_S + 5, check=False
            )
        except OSError as e:
            raise ConfigError(f"bluetoothctl: {e.strerror}; sudo apt install bluez") from e
        except subprocess.TimeoutExpired as e:
            raise ConfigError(
                f"{step} {address}: no answer in {PAIR_S} s; press its pairing key again"
            ) from e
        if done.returncode:
            said = (done.stdout + done.stderr).strip().splitlines() or ["no word"]
            raise ConfigError(f"{step} {address}: {said[-1]}; put it into pairing mode, near this machine")
        typer.echo(f"{step}: done")
    typer.echo("Now: backstride clicker list, and backstride clicker try with its name.")


@clicker_app.command("try")
def tried(
    name: Annotated[str, typer.Argument(help="Its name or Bluetooth address.")],
    seconds: Annotated[float, typer.Option(min=1, max=600, help="How long to listen.")] = 20,
) -> None:
    """Say the number and name of each key that goes down or up. No belt is stopped by it."""
    import asyncio

    from device_adapters.unit import input_events

    found = input_events.all_of(input_events.listed(), name)
    if not found:
        raise ConfigError(f"{name}: no such clicker here; backstride clicker list shows them")
    typer.echo(
        f"Press each key of {name} once ({seconds:g} s). All stop but those in clicker_slower_keys and, "
        "for one that tells `up` only when you let go, clicker_hold_keys."
    )
    if not asyncio.run(_listen([device.node for device in found], seconds)):
        typer.echo("nothing was pressed")
        raise typer.Exit(1)


async def _listen(nodes: list[str], seconds: float) -> int:
    import asyncio

    from device_adapters.unit import input_events

    count, loop, fds = 0, asyncio.get_running_loop(), list[int]()

    def read(fd: int) -> None:
        nonlocal count
        for key, down in input_events.changes(os.read(fd, input_events.READ_BYTES)):
            count += down
            name = input_events.KEY_NAMES.get(key, "a key without a name here")
            typer.echo(f"{key}  {'down' if down else 'up'}  {name}")

    try:
        for node in nodes:
            fds.append(input_events.opened(input_events.NODES / node))
    except OSError as e:
        for fd in fds:
            os.close(fd)
        raise ConfigError(f"{node}: {e.strerror}; {STOP_THE_UNIT}") from e
    for fd in fds:
        loop.add_reader(fd, read, fd)
    await asyncio.sleep(seconds)
    for fd in fds:
        loop.remove_reader(fd)
        os.close(fd)
    return count
