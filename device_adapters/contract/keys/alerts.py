"""What somebody's phone is told when a site needs them: machines by their ids, no member, no heart."""

from device_adapters.contract.phrase import Phrase, key


@key("Backstride {site}: look now")
def alert_title_now(site: str) -> None: ...


@key("Backstride {site}: to look at")
def alert_title(site: str) -> None: ...


@key("Backstride {site}: over")
def alert_title_over(site: str) -> None: ...


@key("Backstride {site}: a test")
def alert_title_test(site: str) -> None: ...


@key("This is a test of the alerts. Nothing has to be done.")
def alert_test() -> None: ...


@key("{what} (since {begin})")
def alert_began(what: Phrase, begin: str) -> None: ...


@key("{what} This is over (from {begin} to {end}).")
def alert_ended(what: Phrase, begin: str, end: str) -> None: ...


@key("{treadmill}: {hazard}")
def alert_belt(treadmill: str, hazard: Phrase) -> None: ...


@key(
    "{unit} is away: its belts may still move. See its power and network, then journalctl -u backstride-unit on it."
)
def alert_unit_away(unit: str) -> None: ...


@key("{unit}: its disk is short, {free_mb} MB are free. Free some: logs and the outbox need room.")
def alert_unit_disk(unit: str, free_mb: int) -> None: ...


@key("The hub's disk is short: {free_mb} MB are free. Free some: stores and logs need room.")
def alert_hub_disk(free_mb: int) -> None: ...


@key("{unit}: days until its certificate ends: {days}. On the unit: sudo backstride unit rotate.")
def alert_unit_certificate(unit: str, days: int) -> None: ...


@key("Days until the hub's certificates end: {days}. On the hub: sudo backstride hub init.")
def alert_hub_certificate(days: int) -> None: ...


@key(
    "Measurements are not stored. On the hub: systemctl status backstride-metrics; the operator page says why. Units "
    "keep what they measure meanwhile."
)
def alert_store_away() -> None: ...


@key(
    "The broker is not reached: units stop their belts, and nothing is known of the floor. On the hub: systemctl "
    "status mosquitto."
)
def alert_broker_away() -> None: ...


@key("No backup has left the hub for {days} days. On the hub: journalctl -u backstride-offsite-send.")
def alert_backup_old(days: int) -> None: ...


@key(
    "The newest backup could not be restored for a trial, or was not tried. On the hub: journalctl -u "
    "backstride-offsite-try."
)
def alert_backup_untried() -> None: ...


@key("{strap}: its battery is low ({percent} %). Change the battery.")
def alert_battery(strap: str, percent: int) -> None: ...
