"""Decoding Treadmill Data beside a peer and a bare limit, in one run, interleaved: prints ratios with their spread.

Runs in the environment of `tests/foreign/make_pyftms_env.py`, where pyftms is, on captured frames of the corpus that
all three can read.
"""

import json
import statistics
import struct
import sys
import timeit
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from figures import Figure, Ratio, save  # noqa: E402
from pyftms.models import TreadmillData as PeerData  # type: ignore[import-not-found]  # noqa: E402
from pyftms.serializer import get_serializer  # type: ignore[import-not-found]  # noqa: E402

from device_adapters.codecs.ftms.treadmill_data import decode  # noqa: E402

ROUNDS = 15
FRAMES_PER_ROUND = 4000
FIXED = struct.Struct("<HHHBhhHBBBH")


def frames() -> list[bytes]:
    """Captured frames that the peer reads without raising."""
    corpus = json.loads((ROOT / "tests" / "corpus" / "frames.json").read_text())["frames"]
    captured = [bytes.fromhex(f["hex"]) for f in corpus if f["char"] == "2acd" and f["kind"] == "captured"]
    return [frame for frame in captured if _reads(peer, frame) and len(frame) >= FIXED.size]


def _reads(read: Callable[[bytes], object], frame: bytes) -> bool:
    try:
        read(frame)
    except Exception:  # noqa: BLE001 — a peer's fault of any kind only takes the frame out
        return False
    return True


def peer(frame: bytes) -> object:
    """pyftms, as its own client uses it."""
    return get_serializer(PeerData).deserialize(frame)._asdict()


def bare(frame: bytes) -> object:
    """One fixed layout, no flags: the limit."""
    return FIXED.unpack_from(frame)


def per_frame_ns(read: Callable[[bytes], object], sample: list[bytes]) -> float:
    """Nanoseconds for one frame."""
    repeats = FRAMES_PER_ROUND // len(sample)
    took_s = timeit.timeit(lambda: [read(frame) for frame in sample], number=repeats)
    return took_s * 1e9 / (repeats * len(sample))


def main() -> None:
    """Measure, print, save."""
    sample = frames()
    readers = {"ours": decode, "pyftms": peer, "bare": bare}
    took: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, read in readers.items():
            took[name].append(per_frame_ns(read, sample))
    middle = {name: f"{statistics.median(times):.0f} ns a frame" for name, times in took.items()}
    meaning = "a Pi reads hundreds of treadmills before decoding is felt"
    what = f"decode Treadmill Data ({len(sample)} captured frames)"
    save(
        "decode",
        [
            Figure(what, middle["ours"], "pyftms", middle["pyftms"], Ratio.of(took["ours"], took["pyftms"]),
                   40, "at least", meaning),
            Figure(what, middle["ours"], "bare struct, one fixed layout", middle["bare"],
                   Ratio.of(took["ours"], took["bare"]), 0.25, "at least", meaning),
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main()
