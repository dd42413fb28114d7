"""Appointments of booking systems: what is read, what is left out, and that nothing broken or hostile does harm."""

import time
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_adapters.errors import ConfigError, StorageError
from services.console.diary import repeats
from services.console.diary.bookings import EVENTS_MAX, LINES_MAX, Booking, bookings
from services.console.diary.matching import appointments
from services.console.diary.sources import source
from services.console.diary.zones import OBSERVANCES_MAX
from services.members.people import Card

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
CET = timezone(timedelta(hours=1))


def feed(*events: str) -> bytes:
    told = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\n{event}\r\nEND:VEVENT\r\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n{told}END:VCALENDAR\r\n".encode()


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def test_times_in_utc_in_a_zone_without_one_and_whole_days() -> None:
    read = bookings(
        feed(
            "DTSTART:20261130T130000Z\r\nSUMMARY:Wren",
            "DTSTART;TZID=Europe/Berlin:20261201T140000\r\nSUMMARY:Robin",
            "DTSTART:20261202T080000\r\nSUMMARY:Finch",
            "DTSTART;VALUE=DATE:20261203\r\nSUMMARY:Heron",
        ),
        NOW_MS,
        CET,
    )
    assert [(one.begin_ms, one.whole_day) for one in read.bookings] == [
        (at("2026-11-30T13:00+00:00"), False),
        (at("2026-12-01T14:00+01:00"), False),
        (at("2026-12-02T08:00+01:00"), False),
        (at("2026-12-03T00:00+01:00"), True),
    ]
    assert read.left_out == 0


def test_cancelled_and_far_ones_are_none_and_what_repeats_is_counted() -> None:
    read = bookings(
        feed(
            "DTSTART:20261130T130000Z\r\nSTATUS:CANCELLED\r\nSUMMARY:Wren",
            "DTSTART:20261101T130000Z\r\nSUMMARY:Wren",
            "DTSTART:20270401T130000Z\r\nSUMMARY:Wren",
            "DTSTART:20261130T140000Z\r\nRRULE:FREQ=SECONDLY\r\nSUMMARY:Wren",
            "SUMMARY:no time",
            "DTSTART:99999999T000000Z\r\nSUMMARY:no time that is one",
        ),
        NOW_MS,
        CET,
    )
    assert [one.begin_ms for one in read.bookings] == [at("2026-11-30T14:00+00:00")]
    assert read.left_out == 3


def series(*parts: str, begin: str = "DTSTART;TZID=Europe/Berlin:20260302T180000") -> tuple[list[str], int]:
    """What a weekly course in Berlin is read as, by its own clock, and how much is left out."""
    told = [part if part.startswith("DTSTART") else f"{begin}\r\n{part}" for part in parts]
    content = feed(*(f"{one}\r\nSUMMARY:Wren" for one in told))
    for n in range(len(parts)):
        content = content.replace(f"UID:{n}\r\n".encode(), b"UID:course\r\n")
    read = bookings(content, NOW_MS, CET)
    berlin = ZoneInfo("Europe/Berlin")
    return [
        f"{datetime.fromtimestamp(one.begin_ms / 1000, berlin):%m-%d %H:%M}" for one in read.bookings
    ], read.left_out


@pytest.mark.parametrize(
    ("rule", "first"),
    [
        ("RRULE:FREQ=WEEKLY", ["11-30 18:00", "12-07 18:00", "12-14 18:00"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20261207T170000Z", ["11-30 18:00", "12-03 18:00", "12-07 18:00"]),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2", ["12-07 18:00", "12-21 18:00", "01-04 18:00"]),
        ("RRULE:FREQ=WEEKLY;COUNT=41", ["11-30 18:00", "12-07 18:00"]),
        ("RRULE:FREQ=DAILY;UNTIL=20261201", ["11-29 18:00", "11-30 18:00", "12-01 18:00"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=-1MO", ["11-30 18:00", "12-28 18:00", "01-25 18:00"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", ["12-01 18:00", "01-01 18:00"]),
        ("RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", ["12-24 18:00"]),
        ("RRULE:FREQ=WEEKLY\r\nEXDATE:20261207T170000Z,20261214T170000Z", ["11-30 18:00", "12-21 18:00"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20260401\r\nRDATE:20261203T090000Z", ["12-03 10:00"]),
    ],
)  # fmt: skip
def test_an_appointment_that_repeats_is_read_by_the_clock_of_its_place(rule: str, first: list[str]) -> None:
    found, left_out = series(rule)
    assert (found[: len(first)], left_out) == (first, 0)


def test_a_series_ends_at_the_horizon_of_the_diary() -> None:
    found, _ = series("RRULE:FREQ=DAILY")
    assert (found[0], found[-1], len(found)) == ("11-29 18:00", "01-28 18:00", 61)


def test_one_of_a_series_that_was_moved_or_cancelled_is_told_as_it_is_now() -> None:
    moved = (
        "DTSTART;TZID=Europe/Berlin:20261208T100000\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261207T180000",
        "DTSTART;TZID=Europe/Berlin:20261214T180000\r\nSTATUS:CANCELLED\r\nRECURRENCE-ID:20261214T170000Z",
    )
    assert series("RRULE:FREQ=WEEKLY;UNTIL=20261222", *moved) == (
        ["11-30 18:00", "12-08 10:00", "12-21 18:00"],
        0,
    )


def test_what_changes_all_that_follow_ends_the_series_and_is_counted() -> None:
    later = "DTSTART:20261208T090000Z\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261207T170000Z"
    assert series("RRULE:FREQ=WEEKLY", later) == (["11-30 18:00", "12-08 10:00"], 1)


HOSTILE = [
    "FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=3", "FREQ=DAILY;BYHOUR=1,2,3", "FREQ=DAILY;INTERVAL=0",
    "FREQ=DAILY;INTERVAL=-1",
    "FREQ=DAILY;INTERVAL=7;BYDAY=TU", "FREQ=YEARLY;BYEASTER=1", "FREQ=DAILY;X=1", "FREQ=SOMETIMES", "COUNT=3",
    "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;COUNT=99999999999999999999;INTERVAL=99999999999999",
    "FREQ=MONTHLY;BYSETPOS=400;BYDAY=MO", "FREQ=YEARLY;BYWEEKNO=53",
]  # fmt: skip


@pytest.mark.parametrize("rule", HOSTILE)
def test_a_rule_that_no_booking_system_writes_is_left_out_but_for_its_first_time(rule: str) -> None:
    assert series(f"RRULE:{rule}", begin="DTSTART:20261201T090000Z") == (["12-01 10:00"], 1)


def test_a_rule_that_began_ages_ago_is_left_out() -> None:
    assert series("RRULE:FREQ=DAILY", begin="DTSTART:00020101T090000") == ([], 1)


def test_rules_that_never_match_take_a_bounded_time_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "WORK_MAX_S", 0.05)
    never = "DTSTART:20261201T090000Z\r\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"
    began = time.thread_time()
    read = bookings(feed(*[never] * 200), NOW_MS, CET)
    assert time.thread_time() - began < 3
    assert read.left_out >= 190


def test_more_of_a_series_than_a_gym_has_are_counted_and_not_kept() -> None:
    read = bookings(feed(*["DTSTART:20261101T130000Z\r\nRRULE:FREQ=DAILY"] * 100), NOW_MS, CET)
    assert (len(read.bookings), read.left_out) == (EVENTS_MAX, 100 * 61 - EVENTS_MAX)


def test_who_attends_is_read_and_what_is_written_is_bounded() -> None:
    event = "DTSTART:20261130T130000Z\r\nSUMMARY:" + "x" * 5_000
    named = "DTSTART:20261130T130000Z\r\nSUMMARY:Slot\r\nATTENDEE;CN=Wanda Ren:mailto:w@example.org"
    read = bookings(feed(event, named), NOW_MS, CET)
    assert max(len(one.text) for one in read.bookings) == 500
    assert any("Wanda Ren" in one.text for one in read.bookings)


def test_more_than_a_gym_has_are_counted_and_not_kept() -> None:
    read = bookings(feed(*["DTSTART:20261130T130000Z"] * (EVENTS_MAX + 7)), NOW_MS, CET)
    assert (len(read.bookings), read.left_out) == (EVENTS_MAX, 7)


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff\xfe\x00", b"BEGIN:VCALENDAR", b"BEGIN:" * 9_000])
def test_what_is_no_calendar_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(StorageError, match="no iCalendar file"):
        bookings(content, NOW_MS, CET)


WHOLE = feed(
    'DTSTART;TZID=Europe/Berlin:20261201T140000\r\nSUMMARY:Wren\r\nATTENDEE;CN="A B":mailto:a@b',
    "DTSTART;VALUE=DATE:20261203\r\nRRULE:FREQ=DAILY;COUNT=5\r\nEXDATE:20261204",
)


@given(
    place=st.integers(0, len(WHOLE) - 1),
    length=st.integers(0, 40),
    other=st.binary(max_size=40)
    | st.sampled_from([b"\r\n", b";TZID=x:", b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n"]),
)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(place: int, length: int, other: bytes) -> None:
    try:
        read = bookings(WHOLE[:place] + other + WHOLE[place + length :], NOW_MS, CET)
    except StorageError:
        return
    assert all(isinstance(one.begin_ms, int) for one in read.bookings)


def zoned(tzid: str, rule: str, offset: str = "+0900") -> bytes:
    """A feed whose one appointment, at 14 o'clock, is in a zone that it brings along."""
    half = f"DTSTART:19700101T000000\r\nTZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\n{rule}"
    halves = "".join(f"BEGIN:{name}\r\n{half}END:{name}\r\n" for name in ("STANDARD", "DAYLIGHT"))
    zone = f"BEGIN:VTIMEZONE\r\nTZID:{tzid}\r\n{halves}END:VTIMEZONE\r\n"
    event = feed(f"DTSTART;TZID={tzid}:20261201T140000\r\nSUMMARY:Wren")
    return event.replace(b"BEGIN:VEVENT", f"{zone}BEGIN:VEVENT".encode())


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=YEARLY;INTERVAL=0", "FREQ=DAILY", "FREQ=YEARLY;BYHOUR=1;BYSECOND=1,2", "BYMONTH=3",
     "FREQ=YEARLY;BYMONTH=1,2,3", "FREQ=YEARLY;BYDAY=MO,TU",
     "FREQ=YEARLY\r\nRRULE:FREQ=SECONDLY", "FREQ=YEARLY\r\nEXRULE:FREQ=SECONDLY"],
)  # fmt: skip
def test_a_zone_that_would_be_followed_without_an_end_makes_no_file(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def followed(*_of: object) -> None:
        raise AssertionError("its rule is followed")

    monkeypatch.setattr("dateutil.rrule.rrulebase.before", followed)
    with pytest.raises(StorageError):
        bookings(zoned("Gym time", f"RRULE:{rule}\r\n"), NOW_MS, CET)


def test_more_zones_than_anybody_sends_make_no_file() -> None:
    one = zoned("Gym time", "")
    zone = one[one.index(b"BEGIN:VTIMEZONE") : one.index(b"BEGIN:VEVENT")]
    with pytest.raises(StorageError):
        bookings(one.replace(zone, zone * (OBSERVANCES_MAX // 2 + 1)), NOW_MS, CET)


def test_a_file_of_endless_lines_is_none() -> None:
    with pytest.raises(StorageError):
        bookings(feed("DTSTART:20261130T130000Z\r\n" + "X:1\r\n" * LINES_MAX), NOW_MS, CET)


@pytest.mark.parametrize("rule", ["", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"])
def test_a_zone_of_a_file_is_of_that_file_alone(rule: str) -> None:
    name = "W. Europe Standard Time"
    theirs = bookings(zoned(name, rule), NOW_MS, CET).bookings
    assert [one.begin_ms for one in theirs] == [at("2026-12-01T14:00+09:00")]
    after = bookings(feed(f"DTSTART;TZID={name}:20261201T140000\r\nSUMMARY:Wren"), NOW_MS, CET).bookings
    assert [one.begin_ms for one in after] == [at("2026-12-01T14:00+01:00")]


WREN = Card(id="m-0a1b2c3d4e5f", name="Wanda Ren", alias="Wren", visited_ms=0)
ROBIN = Card(id="m-5f4e3d2c1b0a", name="Rob In (x", alias="Robin", visited_ms=0)


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("Training WREN", WREN.id),
        ("wanda ren, 30 min | ", WREN.id),
        (f"slot {WREN.id}", WREN.id),
        ("Rob In (x", ROBIN.id),
        ("Wrench", ""),
        ("Wanda", ""),
        ("Wren and Robin", ""),
        ("", ""),
    ],
)
def test_an_appointment_is_of_the_one_member_whom_it_names(text: str, member: str) -> None:
    booking = Booking(begin_ms=1, whole_day=False, text=text)
    assert appointments([booking], [WREN, ROBIN])[0].member == member


def test_a_feed_of_long_words_takes_no_time_from_whoever_serves_stop() -> None:
    cards = [Card(id=f"m-{n:012x}", name=f"Wanda {n}", alias=f"Wren {n}", visited_ms=0) for n in range(500)]
    booked = [Booking(begin_ms=n, whole_day=False, text="x " * 240 + "Wren 7") for n in range(250)]
    began_s = time.thread_time()
    found = appointments(booked, cards)
    assert time.thread_time() - began_s < 0.6
    assert {one.alias for one in found} == {"Wren 7"}


@pytest.mark.parametrize(
    "address",
    ["http://a.example/x", "webcal://a.example/x", "https://u:p@a.example/x", "ftp://a/x", "file:///etc/passwd",
     "https://", "https://[", "https://a.example/x y", "relative.ics", "", "https://a.example/" + "x" * 2_000],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(ConfigError) as refused:
        source(address, 3)
    assert "address 3" in str(refused.value)
    assert "u:p" not in str(refused.value)
