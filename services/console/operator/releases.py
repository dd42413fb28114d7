"""A roll-out in words. Pure."""

from device_adapters.contract import messages as m
from services.console.languages import say


def refused(key: str) -> str:
    """Why an order was not done, and what to do."""
    words = {
        "no_units": say("No unit has joined this site yet."),
        "unknown_unit": say("Choose one of this site's units to go first."),
        "window": say("Give the window's begin and end as HH:MM, two different times, or neither."),
        "not_held": say("This release is not held here. On the hub: sudo backstride release add FILE."),
        "running": say("A release is on its way already: stop that first."),
        "nothing": say("No release is on its way."),
        "store": say("The hub cannot read or write its releases: journalctl -u backstride-enrol on it."),
        "silent": say("No answer from the enrolment desk. On the hub: systemctl status backstride-enrol."),
    }
    return words.get(key, key)


def course(rollout: m.RollOutTold) -> str:
    """How it stands as a whole."""
    if rollout.stopped == "person":
        return say("Stopped by {who}: no further unit gets it.", who=rollout.stopped_by)
    if rollout.stopped == "failed":
        return say(
            "Stopped: it did not hold on a unit, which went back. See why, then mend it in a new release."
        )
    if rollout.stopped:
        return say("Stopped: a unit did not come back. See its power and network.")
    if rollout.done:
        return say("Every unit runs it.")
    if rollout.begin:
        return say("On its way, from {begin} to {end} each day.", begin=rollout.begin, end=rollout.end)
    return say("On its way.")


def stage(said: m.UnitUpdateTold) -> str:
    """Where one unit is."""
    words = {
        "waiting": say("waits for its turn, its window or a free moment"),
        "sent": say("fetches and tries it"),
        "trying": say("runs it, and is watched before the others follow"),
        "well": say("runs it"),
        "failed": say("did not take it"),
        "away": say("did not come back"),
    }
    return words.get(said.stage, said.stage)


def why(said: m.UnitUpdateTold) -> str:
    """What went wrong on it; what its updater said stays as it is."""
    words = {
        "rolled_back": say("It did not hold there and was taken back."),
        "not_well": say("Its service stopped running after the update."),
        "not_taken": say("It was told to, and has not done it. See journalctl -u backstride-fetch on it."),
    }
    return words.get(said.why, said.why)
