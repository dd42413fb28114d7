"""The demo's made-up members pass the same gates as anybody, and are not made up twice."""

from pathlib import Path

from members_rig import demand

from device_adapters.clock import SystemClock
from device_adapters.config import HubConfig
from device_adapters.safety.limits import Goal, Level
from services.cli.demo.members import seed
from services.members.admission import Allowance, StartWish
from services.members.database import url_for
from services.members.store import Members


def test_they_may_start_and_one_is_intermediate(tmp_path: Path) -> None:
    hub = HubConfig(data=str(tmp_path))
    members = seed(hub)
    assert seed(hub) == members
    store = Members(url_for("", tmp_path), SystemClock().wall_ms)
    for goal, member in members.items():
        wish = StartWish(goal=goal, level=Level.NOVICE, demand=demand(goal, Level.NOVICE), arms_reach=True)
        assert isinstance(store.may_start(member, wish), Allowance)
    (robin,) = store.search("Robin")
    wish = StartWish(
        goal=Goal.CONDITIONING, level=Level.INTERMEDIATE, demand=demand(Goal.CONDITIONING, Level.NOVICE)
    )
    assert isinstance(store.may_start(robin.id, wish), Allowance)
    assert len(store.search()) == 5
    store.close()
