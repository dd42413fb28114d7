"""One kind of topic: its path, its message, who may publish and read it, and how it travels. Pure."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from device_adapters.contract import messages as m
from device_adapters.contract.permissions import Deed, require
from device_adapters.errors import MessageError
from device_adapters.unreadable import UNREADABLE

ROOT = "backstride/v1"

M = TypeVar("M", bound=msgspec.Struct)

REQUEST_MAX_S = 5
"""A request of a person that is older is refused: they have looked away, or pressed again."""

LATE_VERBS: tuple[m.SessionVerb | m.ClassVerb, ...] = (
    "pause",
    "stop",
    "slower",
    "rpe",
    "present",
    "note",
    "near_miss",
    "feedback",
)
"""Requests that are as true later as now: they lower a belt, or are about what was."""


@dataclass(frozen=True, slots=True)
class Channel(Generic[M]):
    """One kind of topic. `{id}` in `path` stands for one device, unit or client id.

    `publishers` and `readers` are roles of `permissions`: those that need it, of those that may. `does`: what a
    message of it does; `shows`: what may be learned of it. ValueError if a role has not that deed. A unit and a
    booking program stand for themselves only: which ids are theirs is decided in `services/hub/acl.py`.
    """

    path: str
    message: type[M]
    does: Deed
    publishers: tuple[str, ...]
    shows: Deed
    readers: tuple[str, ...]
    qos: int = 1
    retain: bool = False
    age_max_s: float | None = None
    about: str = ""

    def __post_init__(self) -> None:
        """Refuse a role that has not the deed."""
        require(self.does, self.publishers, f"publish {self.path}")
        require(self.shows, self.readers, f"read {self.path}")

    def topic(self, site: str, id: str = "") -> str:
        """The topic of one device; `+` as id gives the filter for all."""
        return f"{ROOT}/{site}/{self.path.replace('{id}', id)}"

    def id_of(self, topic: str) -> str:
        """The id in a topic of this channel ('' where the path has none)."""
        place = self.path.split("/").index("{id}") if "{id}" in self.path else None
        return "" if place is None else topic.split("/")[3 + place]

    def expires_s(self, message: M) -> int | None:
        """How long a broker may keep it for a reader that is away: a person's request that could move a belt must not
        come true later. What slows or stops is true however late.
        """
        if not isinstance(message, m.SessionRequest | m.ClassRequest) or message.verb in LATE_VERBS:
            return None
        return REQUEST_MAX_S

    def encode(self, message: M) -> bytes:
        """The message as JSON, as it goes on the topic."""
        return msgspec.json.encode(message)

    def decode(self, payload: bytes) -> M:
        """The message in `payload`; MessageError names the field that does not fit."""
        try:
            return msgspec.json.decode(payload, type=self.message)
        except UNREADABLE as e:
            raise MessageError(f"{self.path}: {e}") from e

    def read(self, topic: str, payload: bytes) -> tuple[str, M]:
        """The topic's id and the message; MessageError also for one that names another than its topic does."""
        message, id = self.decode(payload), self.id_of(topic)
        require_subject(self.path, id, message)
        return id, message


def require_subject(path: str, id_on_topic: str, message: msgspec.Struct) -> None:
    """MessageError if `message` names another device, unit or store than the topic it came on.

    The broker's access list speaks of topics only: a payload that says otherwise is somebody in another's name.
    """
    kind = path.partition("/")[0]
    if "{id}" not in path or kind not in _SUBJECTS:
        return
    subject = getattr(message, _SUBJECTS[kind], id_on_topic)
    if subject != id_on_topic:
        raise MessageError(
            f"{path.replace('{id}', id_on_topic)}: speaks for {subject}; check the sender's settings"
        )


_SUBJECTS = {
    "unit": "unit",
    "store": "store",
    "treadmill": "treadmill",
    "strap": "strap",
    "sim": "treadmill",
    "session": "client",
}
"""First level of a topic → the field of its messages that repeats the topic's id."""
