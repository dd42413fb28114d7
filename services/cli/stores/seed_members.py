"""The members of a seeded past: who they are, what they were asked, what they did and which levels were signed off.

Only `backstride seed --people` writes them, under the pseudonyms that its measurements have.
"""

from device_adapters.config import HubConfig
from services.members import rows
from services.members.model import Purpose, Screening
from services.members.opening import opened_members
from services.members.people import MemberDetails
from services.members.store import Members
from services.members.tables import MemberRow, PersonRow
from services.provisioning.visits import STAFF, Invented, Life, SeededGym, lives

BY = "seed"
WALK_CS = 340
PURPOSES = (Purpose.SESSION_RECORDS, Purpose.HEART_RATE, Purpose.WALL_BOARD)


def enter(hub: HubConfig, gym: SeededGym) -> tuple[int, int]:
    """Enter everybody of `gym` into the store of `hub`; returns how many, and how many of them were there already."""
    now = [gym.end_ms]
    there = 0
    with opened_members(hub, lambda: now[0]) as store:
        for life in lives(gym):
            now[0] = gym.begin_ms(life.person.joined)
            if _create(store, life.person):
                _live(store, life, now)
            else:
                there += 1
    return gym.members, there


def _create(store: Members, person: Invented) -> bool:
    """False: there is such a member already."""
    now_ms = store.now_ms()
    entered = MemberDetails(name=f"Invented {person.alias}", alias=person.alias, body=person.body)
    with store.transaction() as db:
        if db.get(MemberRow, person.member) is not None:
            return False
        row = MemberRow(id=person.member, created_ms=now_ms, created_by=BY, visited_ms=now_ms)
        who = PersonRow(member=person.member)
        rows.put_person(entered, row, who)
        db.add(row)
        db.flush()
        db.add(who)
    store.note(person.member, by=BY, what="created")
    screening = Screening(at_ms=now_ms, by=STAFF, backward_walk_cs=WALK_CS, fall_12_months=False)
    store.screen(person.member, screening)
    for purpose in PURPOSES:
        store.consent(person.member, purpose, text_version="seed", by=STAFF)
    return True


def _live(store: Members, life: Life, now: list[int]) -> None:
    """Sessions and sign-offs in the order in which they happened: the store judges each sign-off as it judges all."""
    signed = list(life.sign_offs)
    for record in life.records:
        while signed and signed[0].at_ms <= record.began_ms:
            now[0] = signed[0].at_ms
            store.sign_off(life.person.member, signed[0].goal, signed[0].level, by=STAFF)
            del signed[0]
        now[0] = record.ended_ms
        store.record(life.person.member, record)
