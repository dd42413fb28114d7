"""Whatever units report, in any order: one at a time, the canary first, none in use, none outside the window, and none
after a stop."""

from hypothesis import example, given
from hypothesis import strategies as st

from services.hub.letters import UnitReport
from services.hub.rollout import RollOut, UnitUpdate, reported

UNITS = ("a", "b", "c")
REPORTS = st.lists(
    st.tuples(
        st.sampled_from(UNITS),
        st.builds(
            UnitReport,
            version=st.sampled_from(["0.1.0", "0.2.0"]),
            arch=st.just("aarch64"),
            broken=st.sampled_from([(), ("0.2.0",)]),
            in_use=st.booleans(),
            well=st.booleans(),
            failed=st.sampled_from(["", "", "", "no room"]),
        ),
        st.integers(0, 30 * 60_000),
        st.integers(0, 1439),
        st.booleans(),
    ),
    max_size=20,
)


NOT_WELL_ON_IT = UnitReport(version="0.2.0", arch="aarch64", broken=("0.2.0",), in_use=False, well=False)


@given(reports=REPORTS)
@example(reports=[("a", NOT_WELL_ON_IT, 0, 120, True)])
def test_what_a_roll_out_promises(reports: list[tuple[str, UnitReport, int, int, bool]]) -> None:
    rollout, now_ms = (
        RollOut(
            version="0.2.0", canary="a", begin="02:00", end="05:00", by="Kim", at_ms=0,
            units={name: UnitUpdate() for name in UNITS},
        ),
        0,
    )  # fmt: skip
    for name, said, later_ms, minute, held in reports:
        now_ms += later_ms
        before = rollout
        rollout, wait = reported(rollout, name, said, now_ms, minute, held=held)
        under_way = [n for n, one in rollout.units.items() if one.stage in ("sent", "trying")]
        sent = before.units[name].stage != "sent" and rollout.units[name].stage == "sent"
        if sent:
            assert wait == ""
            assert not before.stopped
            assert not said.in_use
            assert held
            assert 120 <= minute < 300
            assert "0.2.0" not in said.broken
            assert under_way == [name]
            assert name == "a" or rollout.units["a"].stage == "well"
        if before.stopped:
            assert rollout.stopped == before.stopped
            assert not sent
        if rollout.units[name].stage in ("failed", "away"):
            assert rollout.stopped
