"""Each request once: a broker may deliver one twice. Pure."""

from collections import OrderedDict
from dataclasses import dataclass, field

REMEMBERED_MAX = 4_096


@dataclass(slots=True)
class Once:
    """The requests of late, by client and id; the oldest are forgotten first."""

    _seen: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)

    def first_time(self, client: str, id_: str) -> bool:
        """Has this request not been seen yet? One without an id is always new."""
        if (client, id_) in self._seen and id_:
            return False
        self._seen[client, id_] = None
        if len(self._seen) > REMEMBERED_MAX:
            self._seen.popitem(last=False)
        return True
