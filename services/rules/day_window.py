"""Is it a time of day within a window, such as the hours in which phones are left alone? Pure."""


def within(minute: int, begin: str, end: str) -> bool:
    """`minute` of the day (0 to 1439), between `begin` and `end` (HH:MM), over midnight too; never if one is empty."""
    if not begin or not end:
        return False
    first, last = minute_of(begin), minute_of(end)
    return first <= minute < last if first <= last else minute >= first or minute < last


def minute_of(time: str) -> int:
    """HH:MM as a minute of the day."""
    hour, _, minute = time.partition(":")
    return int(hour) * 60 + int(minute)
