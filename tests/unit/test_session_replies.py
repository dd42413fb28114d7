"""Copies of one request: each is answered, a flood of them so often and no more."""

from device_adapters.contract import messages as m
from services.session.engine.state import Asker
from services.session.replies import COPIES_MAX, Replies

MARK = b"the same"
DONE = m.SessionReply(id="r-1", ok=True)


def test_each_copy_that_waits_is_answered_and_a_flood_of_them_is_bounded() -> None:
    replies, asker = Replies(), Asker("r-1", "desk", "Anna")
    assert [replies.look(asker, MARK) for _ in range(3)] == ["new", "again", "again"]
    assert replies.answered(asker, DONE) == ("desk",) * 3
    assert replies.of(asker) == DONE
    flood = Asker("r-2", "desk", "Anna")
    for _ in range(10 * COPIES_MAX):
        replies.look(flood, MARK)
    assert replies.answered(flood, DONE) == ("desk",) * COPIES_MAX


def test_a_copy_after_the_answer_waits_for_nothing() -> None:
    replies, asker = Replies(), Asker("r-1", "desk", "Anna")
    replies.look(asker, MARK)
    replies.answered(asker, DONE)
    assert replies.look(asker, MARK) == "again"
    assert replies.of(asker) == DONE
    assert replies.look(asker, b"another") == "other"
