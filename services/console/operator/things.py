"""Each unit, treadmill, strap and service as one card: how it is, what is wrong with it, and the fix. Pure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import msgspec

from device_adapters.bus.certificate import WARN_DAYS
from device_adapters.commissioning import VALID_DAYS
from device_adapters.contract import messages as m
from device_adapters.contract.keys import hazards, requests
from device_adapters.contract.neighbours import CONTRACT, neighbours
from device_adapters.contract.oddities import words as words_of
from device_adapters.safety.limits import UNCOMMISSIONED_CKMH
from device_adapters.units import kmh_from_ckmh
from services.console import tile_words
from services.console.languages import say, say_many
from services.console.live.ledger import NO_LABEL, Label, Ledger
from services.console.operator.fixes import fix
from services.console.operator.misdeeds import WORST_FIRST, Defect
from services.rules import backups, unit_health
from services.texts.figures import fixed
from services.texts.telling import tell

Verdict = Literal["danger", "fail", "warning", "ok"]
RANK: dict[Verdict, int] = {"danger": 0, "fail": 1, "warning": 2, "ok": 3}
RSSI_WEAK_DBM = -85


class Trouble(msgspec.Struct, frozen=True):
    """Something that is not as it should be, and what to do about it."""

    verdict: Verdict
    text: str
    fix: str


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A card of the page. `name`: what people call it, if they do; `troubles`: the worst first; `facts`: name and
    value."""

    kind: str
    id: str
    name: str
    verdict: Verdict
    word: str
    troubles: tuple[Trouble, ...]
    facts: tuple[tuple[str, str], ...]


def thing(
    kind: str, id_: str, troubles: Sequence[Trouble], facts: Sequence[tuple[str, str]], name: str = ""
) -> Thing:
    """A card; its verdict is that of its worst trouble."""
    ordered = tuple(sorted(troubles, key=lambda trouble: RANK[trouble.verdict]))
    verdict: Verdict = ordered[0].verdict if ordered else "ok"
    words = {
        "danger": say("Keep out of use"),
        "fail": say("Broken"),
        "warning": say("Look at it"),
        "ok": say("Good"),
    }
    known = tuple((name, value) for name, value in facts if value)
    return Thing(
        kind=kind, id=id_, name=name, verdict=verdict, word=words[verdict], troubles=ordered, facts=known
    )


def unit(said: m.UnitStatus) -> Thing:
    """A unit's card: its version, radios and what ails it."""
    radios = ", ".join(f"{radio.name} {radio.used}/{radio.slots}" for radio in said.radios)
    facts = [
        (say("Version"), said.version),
        (say("Contract"), str(said.contract)),
        (say("Boot"), said.boot[:8]),
        (say("Up for"), _duration(said.uptime_s)),
        (say("Bluetooth connections"), radios),
        (
            say("Outbox"),
            say("{depth} waiting, {dropped} given up", depth=said.outbox_depth, dropped=said.outbox_dropped),
        ),
        (say("Clock"), f"{said.clock_offset_ms:+d} ms" if said.clock_offset_ms is not None else ""),
        (say("Disk"), say("{mb} MB free", mb=said.disk_free_mb) if said.disk_free_mb is not None else ""),
        (say("Temperature"), f"{said.cpu_c:.0f} °C" if said.cpu_c is not None else ""),
        (
            say("Certificate"),
            say_many("{count} day", "{count} days", said.certificate_days)
            if said.certificate_days is not None
            else "",
        ),
    ]
    if not said.online:
        text, mend = (
            say("It is not online: its belts may still move."),
            say(
                "See its power and network, then journalctl -u backstride-unit on it. Taken away for good: "
                "backstride unit retire {name}.",
                name=said.unit,
            ),
        )
        return thing(
            "unit", said.unit, [*_oddities(said.odd, "fail"), Trouble("fail", text, mend)], facts[:2]
        )
    troubles = [
        *_oddities(said.odd, "fail"),
        *_release_troubles(said),
        *_radio_troubles(said),
        *_keeping_troubles(said),
    ]
    return thing("unit", said.unit, troubles, facts)


def _release_troubles(said: m.UnitStatus) -> list[Trouble]:
    if neighbours(said.contract):
        return []
    mend = say("Its treadmills take no session. Bring the older one of both to the newer one's release.")
    return [Trouble("fail", tell(requests.release_apart(said.contract, CONTRACT)), mend)]


def _radio_troubles(said: m.UnitStatus) -> list[Trouble]:
    found = []
    for radio in said.radios:
        if not radio.up:
            text = say(
                "Radio {name} is not up: {why}", name=radio.name, why=radio.why or say("not known why")
            )
            found.append(Trouble("fail", text, say("Run backstride doctor on the unit.")))
        elif radio.used >= radio.slots:
            text = say("Every connection of radio {name} is in use.", name=radio.name)
            found.append(
                Trouble(
                    "warning", text, say("Add a Bluetooth adapter and name it under radios in unit.toml.")
                )
            )
    return found


def _keeping_troubles(said: m.UnitStatus) -> list[Trouble]:
    """Outbox, clock, disk, certificate."""
    found = []
    if said.outbox_behind_s >= unit_health.BEHIND_S:
        text = say_many(
            "{count} message has waited for {seconds} s.",
            "{count} messages have waited for {seconds} s.",
            said.outbox_depth,
            seconds=said.outbox_behind_s,
        )
        found.append(Trouble("warning", text, say("See that broker and metrics service run on the hub.")))
    if said.outbox_dropped:
        text = say_many(
            "{count} message was given up since it started.",
            "{count} messages were given up since it started.",
            said.outbox_dropped,
        )
        found.append(Trouble("warning", text, say("See its disk, and for how long the hub was away.")))
    if said.clock_synchronised is False or unit_health.clock_is_off(said.clock_offset_ms):
        found.append(
            Trouble(
                "warning",
                say("Its clock is not kept: records carry a wrong time."),
                "sudo timedatectl set-ntp true",
            )
        )
    room = "ok" if said.disk_free_mb is None else unit_health.disk(said.disk_free_mb)
    if room != "ok":
        found.append(
            Trouble(room, say("Its disk is short."), say("Free some: logs and the outbox need room."))
        )
    if said.certificate_days is not None and said.certificate_days < WARN_DAYS:
        verdict: Verdict = "fail" if said.certificate_days < 0 else "warning"
        text = say_many(
            "Its certificate ends in {count} day.",
            "Its certificate ends in {count} days.",
            said.certificate_days,
        )
        found.append(Trouble(verdict, text, "sudo backstride unit rotate"))
    return found


def treadmill(
    said: m.TreadmillState,
    today: date,
    label: Label = NO_LABEL,
    defect: Defect | None = None,
    out_of_use: str = "",
) -> Thing:
    """A treadmill. `defect`: what it did and nobody has checked since; `out_of_use`: why, by whom and since when."""
    due = _day(said.commissioned)
    until = due + timedelta(days=VALID_DAYS) if due else None
    sure = (
        say("known model")
        if said.profile not in ("", "generic")
        else say("unknown model: handled cautiously")
    )
    facts = [
        (say("Place"), label.place),
        (say("Link"), _link(said.link)),
        (say("Unit"), f"{said.unit} {said.radio}".strip()),
        (say("Signal"), f"{said.rssi_dbm} dBm" if said.rssi_dbm is not None else ""),
        (say("Model"), ", ".join(part for part in (said.model, said.profile, sure) if part)),
        (say("Commissioned"), said.commissioned[:10]),
        (say("Due"), until.isoformat() if until else ""),
    ]
    found = _defects(said, defect) + _link_troubles(said.link, said.rssi_dbm) + _oddities(said.odd)
    if out_of_use:
        found.append(Trouble("warning", out_of_use, say("Back in use: on its page, once it is in order.")))
    if said.latched:
        look = say("Look at member and belt, then clear the stop on the floor page.")
        found.append(Trouble("warning", say("Locked: {why}", why=tile_words.locked(said)), look))
    slow = fixed(kmh_from_ckmh(UNCOMMISSIONED_CKMH))
    if until is None:
        text = say("Never commissioned: at most {kmh} km/h.", kmh=slow)
        found.append(Trouble("warning", text, f"backstride commission {said.treadmill}"))
    elif until < today:
        text = say("Its commissioning is overdue: at most {kmh} km/h.", kmh=slow)
        found.append(Trouble("warning", text, f"backstride commission {said.treadmill}"))
    return thing("treadmill", said.treadmill, found, facts, label.name)


def of_ledger(ledger: Ledger, said: m.TreadmillState, today: date) -> Thing:
    """A treadmill, with what is known of it beside the bus."""
    id_ = said.treadmill
    return treadmill(
        said, today, ledger.label(id_), ledger.defect(id_, said.commissioned), ledger.out_of_use(id_)
    )


def _defects(said: m.TreadmillState, defect: Defect | None) -> list[Trouble]:
    """What it does now that no treadmill in order does, and what it did."""
    now = next((cause for cause in WORST_FIRST if cause in (said.hazard, said.latched)), None)
    if now is not None:
        still = said.belt == "still"
        text = tell(hazards.at_rest(now) if still else hazards.staff(now))
        return [Trouble("danger", text, fix("hazard", now))]
    if defect is None:
        return []
    return [Trouble("danger", tile_words.defect(defect), fix("hazard", defect.cause))]


def strap(said: m.StrapState) -> Thing:
    """A strap. One that is out of reach is on nobody: no fault."""
    facts = [
        (say("Link"), _link(said.link)),
        (say("Worn at"), said.treadmill),
        (say("Model"), said.model),
        (say("Battery"), f"{said.battery_pct} %" if said.battery_pct is not None else ""),
        (say("Signal"), f"{said.rssi_dbm} dBm" if said.rssi_dbm is not None else ""),
        (say("Unit"), f"{said.unit} {said.radio}".strip()),
    ]
    found = _oddities(said.odd)
    if unit_health.battery_is_low(said.battery_pct):
        found.append(Trouble("warning", say("Its battery is low."), say("Change the battery.")))
    return thing("strap", said.strap, found, facts)


def broker(up: bool) -> Thing:
    """The console's own line to the broker."""
    text, mend = (
        say("The console has lost it: stops do not reach the belts."),
        say("On the hub: systemctl status mosquitto."),
    )
    return thing("service", "broker", [] if up else [Trouble("fail", text, mend)], [])


def stores(said: Sequence[m.StoreStatus]) -> list[Thing]:
    """The metrics writers; units keep what they measure while none is there."""
    mend = say("On the hub: systemctl status backstride-metrics. Units keep what they measure meanwhile.")
    if not said:
        return [
            thing(
                "service",
                "metrics",
                [Trouble("warning", say("No metrics service has been heard."), mend)],
                [],
            )
        ]
    gone = Trouble("fail", say("It is not online: nothing is stored."), mend)
    others = any(one.online for one in said)
    return [
        thing("service", one.store, [_store_fault(one)] if one.fault else _store_gone(one, gone, others), [])
        for one in said
    ]


def _store_gone(said: m.StoreStatus, gone: Trouble, others: bool) -> list[Trouble]:
    """One of several may have been renamed."""
    if said.online:
        return []
    if not others:
        return [gone]
    text = say("It is not online; another one stores.")
    mend = say(
        "On the hub: systemctl status backstride-metrics. Renamed or taken away: backstride fleet forget store "
        "{name}.",
        name=said.store,
    )
    return [Trouble("warning", text, mend)]


def _store_fault(said: m.StoreStatus) -> Trouble:
    if said.online:
        mend = say("Mend what it names. What is measured waits on the hub's disk meanwhile.")
        return Trouble("fail", say("Its database does not take everything: {why}", why=said.fault), mend)
    mend = say("Mend what it names. Units keep what they measure meanwhile.")
    return Trouble("fail", say("It cannot store: {why}", why=said.fault), mend)


def backup(said: m.BackupStatus, wall_ms: int) -> Thing:
    """The backups that leave the hub, where somebody asked for them."""
    send = say("On the hub: journalctl -u backstride-offsite-send.")
    tried = say("On the hub: journalctl -u backstride-offsite-try.")
    found = []
    match backups.trouble(said, wall_ms):
        case backups.BackupTrouble.OLD:
            days = backups.days_old(said, wall_ms)
            found.append(Trouble("fail", say("None has left the hub for {days} days.", days=days), send))
        case backups.BackupTrouble.NOT_RESTORED:
            text = say("The newest could not be restored for a trial: {why}", why=said.trial_fault)
            found.append(Trouble("fail", text, tried))
        case backups.BackupTrouble.NOT_TRIED:
            found.append(Trouble("warning", say("None was restored for a trial for two weeks."), tried))
        case None:
            pass
    if said.fault:
        found.append(
            Trouble("warning", say("The last one did not leave the hub whole: {why}", why=said.fault), send)
        )
    facts = [
        (say("Goes to"), say("a folder") if said.to == "folder" else said.to),
        (say("Last one"), _moment(said.sent_at_ms)),
        (say("Size"), f"{fixed(said.bytes / 1e6)} MB" if said.sent_at_ms else ""),
        (say("Restored for a trial"), _moment(said.tried_at_ms)),
    ]
    return thing("service", "backup", found, facts)


def alerts(said: m.AlertsStatus) -> Thing:
    """The alert service, where there is one."""
    look = say("On the hub: systemctl status backstride-alerts.")
    found = [] if said.online else [Trouble("fail", say("It is not online: no phone is told."), look)]
    if said.failing:
        text = say("It does not reach {names}.", names=", ".join(said.failing))
        see = say("See the address and that server. It goes on trying.")
        found.append(Trouble("warning", text, see))
    last = said.tests[-1] if said.tests else None
    facts = [
        (say("Addresses told"), str(said.targets)),
        (say("Waiting"), str(said.waiting) if said.waiting else ""),
        (
            say("Last test"),
            say("{taken} of {targets} took it", taken=last.taken, targets=last.taken + len(last.failing))
            if last is not None
            else "",
        ),
    ]
    return thing("service", "alerts", found, facts)


def session_service(silent_s: int, running: int) -> Thing:
    """It speaks each second while a session runs, and only then; `silent_s`: the longest silence of a running one."""
    mend = say("On the hub: systemctl status backstride-session. Belts ramp down by themselves.")
    text = say("It has been silent for {seconds} s with a session running.", seconds=silent_s)
    found = [Trouble("fail", text, mend)] if silent_s else []
    return thing("service", "session", found, [(say("Sessions running"), str(running))])


def _link_troubles(link: m.Link, rssi_dbm: int | None) -> list[Trouble]:
    see = say("Is it switched on and in reach? backstride scan on its unit shows what is heard.")
    if link == "lost":
        return [Trouble("fail", say("Its link is lost: assume that the belt moves."), see)]
    if link in ("absent", "connecting"):
        return [Trouble("warning", say("It is not linked."), see)]
    if rssi_dbm is not None and rssi_dbm < RSSI_WEAK_DBM:
        return [
            Trouble(
                "warning",
                say("Its signal is weak."),
                say("Bring its unit nearer, or give the unit a better adapter."),
            )
        ]
    return []


def _oddities(keys: Sequence[str], verdict: Verdict = "warning") -> list[Trouble]:
    """What a unit finds odd about a device, or about itself."""
    return [Trouble(verdict, say(what), say(todo)) for what, todo in map(words_of, keys)]


def _link(link: m.Link) -> str:
    words = {
        "absent": say("Not found"),
        "connecting": say("Connecting"),
        "connected": say("Connected"),
        "lost": say("Link lost"),
    }
    return words[link]


def _day(text: str) -> date | None:
    """None for what is no day, or none that anything could be due after."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if day.year < date.max.year else None


def _moment(wall_ms: int) -> str:
    """By the hub's own clock; nothing for never."""
    return f"{datetime.fromtimestamp(wall_ms / 1000).astimezone():%Y-%m-%d %H:%M}" if wall_ms else ""


def _duration(seconds: int) -> str:
    if not seconds:
        return ""
    hours = seconds // 3600
    return f"{hours // 24} d {hours % 24} h" if hours >= 24 else f"{hours} h {seconds % 3600 // 60} min"


def today_of(wall_ms: int) -> date:
    """The date that due dates are held against."""
    return datetime.fromtimestamp(wall_ms / 1000, UTC).date()
