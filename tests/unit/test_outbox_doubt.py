"""What is in doubt after an acknowledgement, for how long, and how much of it at most."""

from device_adapters.outbox.doubt import BYTES_MAX, DOUBT_MS, Doubt
from device_adapters.outbox.store import Message


def message(n: int, size: int = 20) -> Message:
    return Message(f"t/{n}", b"x" * size, "telemetry")


def test_what_was_acknowledged_lately_is_sent_again_once() -> None:
    doubt = Doubt()
    doubt.add(message(1), 0)
    doubt.add(message(2), DOUBT_MS)
    assert doubt.all(DOUBT_MS) == [message(1), message(2)]
    assert doubt.all(DOUBT_MS) == []


def test_time_alone_ends_the_doubt_and_frees_the_memory() -> None:
    doubt = Doubt()
    doubt.add(message(1), 0)
    doubt.trust(DOUBT_MS)
    assert len(doubt) == 1
    doubt.trust(DOUBT_MS + 1)
    assert len(doubt) == 0
    assert doubt.all(DOUBT_MS + 1) == []


def test_a_long_backlog_leaves_no_more_than_its_bound() -> None:
    doubt = Doubt()
    for n in range(100):
        doubt.add(message(n, BYTES_MAX // 50), 0)
    kept = doubt.all(0)
    assert kept[-1].topic == "t/99"
    assert 0 < sum(each.size for each in kept) <= BYTES_MAX
