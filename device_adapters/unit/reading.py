"""One treadmill's notifications as records: its model's quirks, parts that belong together, and what cannot be."""

from msgspec.structs import replace

from device_adapters.codecs.ftms import treadmill_data
from device_adapters.codecs.ftms.ranges import InclineRange
from device_adapters.codecs.ftms.treadmill_data import TreadmillData
from device_adapters.contract.oddities import Odd
from device_adapters.profiles.loader import Profile
from device_adapters.unit.oddities import Oddities

DECKS_DPCT = (-150, 400)
"""No deck is lower or steeper, 0.1 %."""

BEYOND_DPCT = 10
"""A deck may be this far beyond the range that it tells."""


class Reading:
    """Of one treadmill, over all its links. Nobody is known before `known`: then it is read as specified."""

    def __init__(self, odd: Oddities) -> None:
        self._odd = odd
        self._quirks = treadmill_data.AS_SPECIFIED
        self._joiner = treadmill_data.Joiner()
        self._by_level = False
        self._range: InclineRange | None = None

    def known(self, profile: Profile) -> None:
        """Its model's profile."""
        self._quirks = treadmill_data.RecordQuirks(
            elevation_unavailable=profile.elevation_unavailable, pace_width=profile.pace_width
        )
        self._by_level = profile.incline_by_level

    def tilts(self, incline: InclineRange | None) -> None:
        """The inclines that it claims; None, or a range of nothing: who knows."""
        self._range = incline if incline is not None and incline.min_dpct < incline.max_dpct else None

    def reset(self) -> None:
        """The link was lost: what was begun is not ended."""
        self._joiner.reset()

    def record(self, data: bytes) -> TreadmillData | None:
        """Take a notification; the whole record, once it is."""
        part = treadmill_data.decode(data, self._quirks)
        never_ends = self._joiner.never_ends and part.more_data
        record = self._joiner.push(part)
        if never_ends:
            self._odd.seen(Odd.NEVER_ENDS)
            record = treadmill_data.decode_as_ended(data, self._quirks) or record
        return None if record is None else self._sensible(record)

    def _sensible(self, record: TreadmillData) -> TreadmillData:
        """Without an incline that is none: a level of the console's, or beyond any deck."""
        dpct, told = record.incline_dpct, self._range
        if dpct is None:
            return record
        none = self._by_level or not DECKS_DPCT[0] <= dpct <= DECKS_DPCT[1]
        beyond = told is not None and not told.min_dpct - BEYOND_DPCT <= dpct <= told.max_dpct + BEYOND_DPCT
        self._odd.judge(Odd.INCLINE_IMPLAUSIBLE, none or beyond, f"{dpct / 10} %")
        return replace(record, incline_dpct=None) if none else record
