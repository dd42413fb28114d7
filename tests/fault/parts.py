"""`make faults`: the parts of the fault matrix, each a process with gyms of its own, as many at once as AT_ONCE.

Each part mostly waits (for a role to be back, for a bound to pass), so several share a machine of two cores. What a
part says on the way is told with its name in front; its tables come when it ends. Ends with 1 if one is not green.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Part:
    """`command`: what the interpreter runs."""

    name: str
    command: Sequence[str]


@dataclass(frozen=True, slots=True)
class PartEnded:
    """What became of a part."""

    part: Part
    green: bool
    took_s: float


PARTS = (
    *(
        Part(name, (str(HERE / "matrix.py"), "--part", name))
        for name in ("devices and roles", "deaths and surroundings", "what is kept", "stores")
    ),
    Part("Stop", (str(HERE / "stop_matrix.py"),)),
)


async def run(part: Part, turns: asyncio.Semaphore) -> PartEnded:
    """Run it in its turn; its lines of progress are passed on, the rest is printed in one piece."""
    async with turns:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-u",
            *part.command,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout is not None
        kept = []
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip("\n")
            if line.startswith("=="):
                print(f"== {part.name}: {line[2:].strip()}", flush=True)
            else:
                kept.append(line)
        green = await process.wait() == 0
        print("\n".join(kept), flush=True)
        return PartEnded(part, green, time.monotonic() - began)


async def run_all(parts: Sequence[Part], at_once: int) -> list[PartEnded]:
    """All of them, in the order given as far as turns allow."""
    turns = asyncio.Semaphore(at_once)
    return list(await asyncio.gather(*(run(part, turns) for part in parts)))


def main() -> int:
    """Run all parts and say of each whether it is green; 1 if one is not."""
    ended = asyncio.run(run_all(PARTS, AT_ONCE))
    for each in ended:
        print(f"  {'green' if each.green else 'RED  '}  {each.part.name:<26} ({each.took_s:.0f} s)")
    return 0 if all(each.green for each in ended) else 1


if __name__ == "__main__":
    sys.exit(main())
