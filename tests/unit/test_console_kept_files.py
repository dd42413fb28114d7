"""What people say of treadmills is kept whole: two who speak at once, a file that is damaged, a disk that is full."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from virtual_time import LoopClock, virtual
from waiting import until

from device_adapters.bus.memory import MemoryBroker, MemoryBus
from device_adapters.bus.site import SiteBus
from device_adapters.contract import registry
from device_adapters.contract.messages import TreadmillLabel
from device_adapters.errors import StorageError
from services.console.incident_notes import IncidentNotes
from services.console.label_teller import LabelTeller
from services.console.labels import LabelError, Labels
from services.console.out_of_use import OutOfUse
from services.incidents.incident import IncidentNote
from services.store_folder import OUT_OF_USE

TREADMILLS = [f"tm-{n:02}" for n in range(1, 13)]


def at_once(*acts: Callable[[], None]) -> list[BaseException]:
    """All of them in the same moment; what they raised."""
    raised, ready = list[BaseException](), threading.Barrier(len(acts))

    def one(act: Callable[[], None]) -> None:
        ready.wait()
        try:
            act()
        except BaseException as e:  # noqa: BLE001  whatever it is, the test tells it
            raised.append(e)

    crew = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return raised


def marking(marks: OutOfUse, id_: str) -> Callable[[], None]:
    return lambda: marks.mark(id_, "belt worn", "ann", 5)


def naming(labels: Labels, id_: str, name: str) -> Callable[[], None]:
    return lambda: labels.give(id_, name, "hall")


def noting(notes: IncidentNotes, what: str) -> Callable[[], None]:
    note = IncidentNote(
        session="s-1", by="ann", noted_ms=5, what=what, injury="none", measures="", witnesses=()
    )
    return lambda: notes.keep(note)


def test_two_who_speak_at_once_are_both_kept(tmp_path: Path) -> None:
    marks, labels, notes = OutOfUse(tmp_path), Labels(tmp_path), IncidentNotes(tmp_path)
    raised = at_once(
        *(marking(marks, id_) for id_ in TREADMILLS),
        *(naming(labels, id_, f"Belt {id_}") for id_ in TREADMILLS),
        *(noting(notes, id_) for id_ in TREADMILLS),
    )
    assert raised == []
    for known in (marks, OutOfUse(tmp_path)):
        assert sorted(known.ids()) == TREADMILLS
    for named in (labels, Labels(tmp_path)):
        assert [named.of(id_).name for id_ in TREADMILLS] == [f"Belt {id_}" for id_ in TREADMILLS]
    for noted in (notes, IncidentNotes(tmp_path)):
        assert sorted(note.what for note in noted.of("s-1")) == TREADMILLS


def test_of_two_who_give_one_name_at_once_one_is_told(tmp_path: Path) -> None:
    labels = Labels(tmp_path)
    raised = at_once(*(naming(labels, id_, "Window") for id_ in TREADMILLS))
    assert [type(each) for each in raised] == [LabelError] * (len(TREADMILLS) - 1)
    assert len(labels.ids()) == 1


def test_what_a_disk_does_not_take_has_not_changed(tmp_path: Path) -> None:
    marks = OutOfUse(tmp_path)
    marks.mark("tm-01", "belt worn", "ann", 5)
    (tmp_path / f"{OUT_OF_USE}.new").mkdir()
    with pytest.raises(StorageError, match="it was not kept"):
        marks.mark("tm-02", "belt worn", "ann", 5)
    with pytest.raises(StorageError, match="it was not kept"):
        marks.unmark("tm-01")
    assert marks.ids() == {"tm-01"}


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"tm-01": 3}'])
def test_marks_that_nobody_can_read_are_taken_from_the_bus(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / OUT_OF_USE).write_bytes(content)
    marks = OutOfUse(tmp_path)
    marks.remember("tm-01", "belt worn", 5)
    assert marks.why("tm-01") == OutOfUse(tmp_path).why("tm-01") == "belt worn"
    marks.unmark("tm-01")
    marks.remember("tm-01", "belt worn", 6)
    assert marks.why("tm-01") == ""


def test_marks_that_can_be_read_say_more_than_the_bus(tmp_path: Path) -> None:
    OutOfUse(tmp_path).mark("tm-02", "belt worn", "ann", 5)
    marks = OutOfUse(tmp_path)
    marks.remember("tm-01", "belt worn", 5)
    assert marks.ids() == {"tm-02"}


def said(why: str) -> TreadmillLabel:
    return TreadmillLabel(treadmill="tm-01", at_ms=5, name="", place="", out_of_use=why)


@virtual
async def test_a_console_that_lost_its_marks_puts_no_belt_in_use(tmp_path: Path) -> None:
    broker, clock = MemoryBroker(), LoopClock()
    earlier, now = (SiteBus(MemoryBus(broker, client_id=n), "gym", print) for n in ("earlier", "now"))
    heard = list[str]()
    earlier.subscribe(registry.TREADMILL_LABEL, lambda _id, label: heard.append(label.out_of_use))
    marks = OutOfUse(tmp_path)
    teller = LabelTeller(now, Labels(tmp_path), marks, clock)
    works = [asyncio.create_task(site.bus.run()) for site in (earlier, now)]
    await until(lambda: earlier.bus.connected and now.bus.connected)
    await earlier.publish(registry.TREADMILL_LABEL, said("belt worn"), "tm-01")
    works.append(asyncio.create_task(teller.run()))
    (tmp_path / f"{OUT_OF_USE}.new").mkdir()
    await asyncio.sleep(60)
    assert heard == ["belt worn"], "a disk that takes nothing changes nothing"
    (tmp_path / f"{OUT_OF_USE}.new").rmdir()
    await until(lambda: marks.why("tm-01") == "belt worn", seconds=60)
    assert heard == ["belt worn"]
    marks.unmark("tm-01")
    await until(lambda: heard[-1] == "", seconds=60)
    await asyncio.sleep(60)
    assert (heard, marks.ids()) == (["belt worn", ""], set())
    for work in works:
        work.cancel()
    await asyncio.wait(works)
