"""The answers of late, for who asks the same again: a broker may deliver twice, and a person may retry. Pure."""

from collections import OrderedDict
from dataclasses import dataclass, field

from device_adapters.contract import messages as m
from device_adapters.contract.request_ids import REMEMBERED_MAX, Key, Look, RequestIds
from services.session.engine.state import Asker

COPIES_MAX = 16
"""Of one request that wait for its answer; a flood of them hears it so often."""


@dataclass(slots=True)
class _Asked:
    clients: list[str] = field(default_factory=list)
    """Who waits for the answer, once for each copy."""

    reply: m.SessionReply | None = None


class Replies:
    """By asker and id. What is forgotten is forgotten with its id."""

    def __init__(self) -> None:
        self._ids = RequestIds()
        self._asked: OrderedDict[Key, _Asked] = OrderedDict()

    def look(self, asker: Asker, mark: bytes) -> Look:
        """As `RequestIds.look`; the client of each copy of a request that waits for its answer is remembered."""
        key = _key(asker)
        look = self._ids.look(key, mark)
        if look == "other":
            return look
        asked = self._asked.setdefault(key, _Asked())
        if len(self._asked) > REMEMBERED_MAX:
            self._asked.popitem(last=False)
        if asked.reply is None and len(asked.clients) < COPIES_MAX:
            asked.clients.append(asker.client)
        return look

    def of(self, asker: Asker) -> m.SessionReply | None:
        """The first answer, if it has been given."""
        asked = self._asked.get(_key(asker))
        return None if asked is None else asked.reply

    def answered(self, asker: Asker, reply: m.SessionReply) -> tuple[str, ...]:
        """Remember the answer; which clients are to hear it."""
        asked = self._asked.get(_key(asker))
        if asked is None:
            return (asker.client,)
        clients, asked.clients = tuple(asked.clients), []
        asked.reply = asked.reply or reply
        return clients or (asker.client,)


def _key(asker: Asker) -> Key:
    return asker.name or asker.client, asker.request
