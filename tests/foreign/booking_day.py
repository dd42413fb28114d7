"""A booking system's day, by the client that openapi-python-client made of the hub's document, and by nothing else.

Arguments: where the client's package lies, the hub's address, a token. Needs no module of ours.
"""

import sys
import time

sys.path.insert(0, sys.argv[1])

from backstride_client import AuthenticatedClient, Client
from backstride_client.api.members import consent, create, history, may_start, screen
from backstride_client.api.programmes import every_programme
from backstride_client.api.records import answers
from backstride_client.api.sessions import by_id, clear, end, feedback, last, start
from backstride_client.api.treadmills import every_treadmill, stop_one
from backstride_client.models import (
    AnswersEntry,
    ClearBody,
    ConsentEntry,
    FeedbackBody,
    Goal,
    Level,
    PersonEntry,
    Problem,
    Purpose,
    RequestBody,
    ScreeningEntry,
    StartBody,
    WishEntry,
)

URL, TOKEN = sys.argv[2:4]
WAIT_S = 90.0
BELT = "tm-01"


def good(answer):
    """What came of it, if it was taken."""
    assert answer is not None
    assert not isinstance(answer, Problem), answer
    return answer


def until(what, fact):
    """Wait for it, and say so."""
    stop_at = time.monotonic() + WAIT_S
    while not fact():
        assert time.monotonic() < stop_at, f"not {what}"
        time.sleep(0.2)
    sys.stdout.write(f"  {what}\n")


def main() -> None:
    """From taking a member in to the day after."""
    hub = AuthenticatedClient(base_url=URL, token=TOKEN, timeout=60)
    person = PersonEntry(name="Wanda Rennick", alias="Wren of the desk", birth_year=1980, by="Anna")
    member = good(create.sync(client=hub, body=person)).id
    good(screen.sync(member, client=hub, body=ScreeningEntry(fall_12_months=False, backward_walk_s=4.1)))
    for purpose in (Purpose.SESSION_RECORDS, Purpose.HEART_RATE):
        good(consent.sync(member, purpose, client=hub, body=ConsentEntry(text_version="2026-03")))
    programmes = good(every_programme.sync(client=hub, goal=Goal.MOBILITY, level=Level.NOVICE)).programmes
    wish = WishEntry(goal=Goal.MOBILITY, level=Level.NOVICE, programme=programmes[0].id, arms_reach=True)
    assert good(may_start.sync(member, client=hub, body=wish)).may
    until(
        "a treadmill is ready",
        lambda: (
            BELT in {t.id for t in good(every_treadmill.sync(client=hub)).treadmills if t.state == "ready"}
        ),
    )
    wanted = StartBody(
        id="booking-1",
        goal=Goal.MOBILITY,
        level=Level.NOVICE,
        member=member,
        programme=programmes[0].id,
        by="Anna",
        spotter=True,
        screened=True,
    )
    session = good(start.sync(BELT, client=hub, body=wanted)).session
    assert good(start.sync(BELT, client=hub, body=wanted)).session == session, "a retry is the same request"
    busy = start.sync(
        BELT, client=hub, body=StartBody(goal=Goal.MOBILITY, level=Level.NOVICE, spotter=True, screened=True)
    )
    assert isinstance(busy, Problem)
    assert busy.cause == "busy", busy
    until("the session runs", lambda: good(last.sync(BELT, client=hub)).phase.value == "running")
    until("the member has walked", lambda: good(last.sync(BELT, client=hub)).retro_m > 1)
    good(end.sync(BELT, client=hub, body=RequestBody(by="Anna")))
    until("it has ended", lambda: good(by_id.sync(session, client=hub)).phase.value == "ended")
    good(feedback.sync(BELT, client=hub, body=FeedbackBody(rpe=11, pain=0)))
    until(
        "it is in the history",
        lambda: session in {s.session for s in good(history.sync(member, client=hub)).sessions},
    )
    good(answers.sync(session, client=hub, body=AnswersEntry(pain_next_day=1)))
    mine = next(s for s in good(history.sync(member, client=hub)).sessions if s.session == session)
    assert (mine.answers.rpe, mine.answers.pain_next_day, mine.outcome.value) == (11, 1, "stopped"), mine
    files = hub.get_httpx_client()  # the generator reads a file of several types as text only
    until("its record can be taken", lambda: files.get(f"/sessions/{session}/record.json").status_code == 200)
    good(stop_one.sync(BELT, client=Client(base_url=URL, timeout=60)))
    until(
        "a stop has locked the belt",
        lambda: any(t.latched for t in good(every_treadmill.sync(client=hub)).treadmills),
    )
    stopped = ClearBody(by="Anna", latch="stop_pressed")
    until(
        "its stop is over, and cleared",
        lambda: not isinstance(clear.sync(BELT, client=hub, body=stopped), Problem),
    )
    until(
        "it is cleared", lambda: not any(t.latched for t in good(every_treadmill.sync(client=hub)).treadmills)
    )


if __name__ == "__main__":
    main()
