"""The members store beside the service's loop: questions at a start, summaries after an end.

The store may be away: then a member's start is refused with its cause, guests train on as novices, and summaries
wait here and in the journal.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog

from device_adapters.clock import Clock
from device_adapters.contract.keys import members as keys
from device_adapters.contract.phrase import Refusal
from device_adapters.errors import BackstrideError, StorageError
from services.members.admission import Allowance, StartWish
from services.members.errors import MembersError, UnknownMemberError
from services.members.model import Answers, SessionRecord
from services.members.opening import ANSWER_MAX_S, MembersDb, OpenStore
from services.session.membership import NOBODY, Face

if TYPE_CHECKING:
    from services.members.store import Members

RETRY_S = 10.0
QUESTIONS_MAX = 64
WAITING_MAX = 10_000

T = TypeVar("T")
Told = Callable[[Face, Allowance | Refusal], None]
"""Takes what others may see of the member, and the answer."""

AWAY = Refusal("members_unavailable", keys.members_unavailable())
UNKNOWN = Refusal("unknown_member", keys.unknown_member())

log = structlog.get_logger("session")


def no_members() -> "Members":
    """For a service without a store: members are refused, guests train."""
    raise StorageError("no members store is set up")


class MembersClient:
    """One question or one summary at a time. `open_store` blocks, and is tried again whenever it failed."""

    def __init__(self, open_store: OpenStore, clock: Clock) -> None:
        self._db = MembersDb(open_store)
        self._clock = clock
        self._questions: deque[tuple[str, StartWish, Told]] = deque()
        self._waiting: deque[Callable[[Members], object]] = deque(maxlen=WAITING_MAX)
        self._wake = asyncio.Event()

    def ask(self, member: str, wish: StartWish, told: Told) -> None:
        """May the member start? `told` is called from the loop; with too many questions at once they are refused."""
        if len(self._questions) >= QUESTIONS_MAX:
            told(NOBODY, AWAY)
            return
        self._questions.append((member, wish, told))
        self._wake.set()

    def keep(self, member: str, record: SessionRecord) -> None:
        """Hand a summary over, however long it takes; the oldest of too many are left to the journal."""
        self._waiting.append(lambda store: store.record(member, record))
        self._wake.set()

    def answer(self, session: str, answers: Answers, by: str) -> None:
        """Hand over what the member said after a session."""
        self._waiting.append(lambda store: store.answer(session, answers, by=by))
        self._wake.set()

    def answer_again(self, session: str, answers: Answers, by: str) -> None:
        """The same of answers that the store may have, and somebody may have put right: only what is missing."""
        self._waiting.append(lambda store: store.answer(session, answers, by=by, only_missing=True))
        self._wake.set()

    def audit(self, about: str, by: str, what: str) -> None:
        """Hand over a line of the audit, however long it takes."""
        self._waiting.append(lambda store: store.note(about, by=by, what=what))
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled; the store is opened at once, for the first question should not wait for that."""
        try:
            await self._warm_up()
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._questions or self._waiting:
                    if self._questions:
                        await self._judge(*self._questions.popleft())
                    elif not await self._hand_over():
                        await self._retry_later()
                        break
        finally:
            self._db.close()

    async def _warm_up(self) -> None:
        try:
            await asyncio.to_thread(self._with_store, lambda _: None)
        except BackstrideError as e:
            log.warning("members_unavailable", why=str(e))

    async def _retry_later(self) -> None:
        """Questions do not wait for it."""
        retry = asyncio.create_task(self._clock.sleep(RETRY_S), name="members.retry")
        wake = asyncio.create_task(self._wake.wait(), name="members.wake")
        try:
            await asyncio.wait((retry, wake), return_when=asyncio.FIRST_COMPLETED)
        finally:
            retry.cancel()
            wake.cancel()
        self._wake.set()

    async def _judge(self, member: str, wish: StartWish, told: Told) -> None:
        face = NOBODY
        answer: Allowance | Refusal = AWAY
        try:
            face, answer = await self._in_thread(partial(_asked, member, wish))
        except UnknownMemberError:
            answer = UNKNOWN
        except (BackstrideError, TimeoutError) as e:
            log.warning("members_unavailable", why=str(e) or "no answer")
        told(face, answer)

    async def _hand_over(self) -> bool:
        work = self._waiting[0]
        try:
            await self._in_thread(work)
        except MembersError as e:  # another time would not help
            log.warning("summary_refused", why=str(e))
        except (BackstrideError, TimeoutError) as e:
            log.warning("summary_not_kept", waiting=len(self._waiting), why=str(e) or "no answer")
            return False
        self._waiting.popleft()
        return True

    async def _in_thread(self, work: Callable[["Members"], T]) -> T:
        async with asyncio.timeout(ANSWER_MAX_S):
            return await asyncio.to_thread(self._with_store, work)

    def _with_store(self, work: Callable[["Members"], T]) -> T:
        return work(self._db.members())


def _asked(member: str, wish: StartWish, store: "Members") -> tuple[Face, Allowance | Refusal]:
    face = Face(store.alias(member), store.on_board(member))
    return face, store.may_start(member, wish)
