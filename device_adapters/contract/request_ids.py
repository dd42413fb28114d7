"""Requests by their id: whoever sends the same request again means the same one, never a second. Pure."""

from collections import OrderedDict
from hashlib import sha256
from typing import Literal

import msgspec

from device_adapters.contract.keys import requests
from device_adapters.contract.messages import ClassRequest, SessionReply, SessionRequest

REMEMBERED_MAX = 4_096
USED = "id_used"
"""The cause of a refusal: another request has this id."""

Asked = SessionRequest | ClassRequest
"""What a person asks of the session service."""

Key = tuple[str, str]
Look = Literal["new", "again", "other"]


def key_of(request: Asked) -> Key:
    """Whose id it is: a console speaks for many, and each of them has ids of their own."""
    return request.asker or request.client, request.id


def mark_of(request: Asked) -> bytes:
    """The same for the same request, wherever its answer is to go and whenever it was asked."""
    return sha256(msgspec.json.encode(msgspec.structs.replace(request, client="x", beat=""))).digest()


def used(id_: str, asker: str = "") -> SessionReply:
    """The answer to another request under an id that was used."""
    said = requests.id_used(id_)
    return SessionReply(id=id_, asker=asker, ok=False, cause=USED, text=str(said), said=said)


class RequestIds:
    """The requests of late; of more than REMEMBERED_MAX the oldest is forgotten."""

    def __init__(self) -> None:
        self._marks: OrderedDict[Key, bytes] = OrderedDict()

    def look(self, key: Key, mark: bytes) -> Look:
        """Is it new (and remembered from now on), the same again, or another one under a used id?"""
        known = self._marks.get(key)
        if known is not None:
            return "again" if known == mark else "other"
        self._marks[key] = mark
        if len(self._marks) > REMEMBERED_MAX:
            self._marks.popitem(last=False)
        return "new"

    def forget(self, key: Key) -> None:
        """It was never sent."""
        self._marks.pop(key, None)
