"""What to do about a fault, in plain words, by its cause: for who keeps the machines running. Pure."""

from services.console.languages import say


def fix(kind: str, cause: str) -> str:
    """The next thing to do; empty: it is nothing that an operator could mend."""
    match cause or kind:
        case "link_lost":
            return say(
                "Look at radio and distance of its unit: backstride doctor there; see its signal above."
            )
        case "data_silent":
            return say("Switch the treadmill off and on; if it happens again, commission it anew.")
        case "broker_lost" | "lease_expired":
            return say(
                "See the network between unit and hub, and that broker and session service run on the hub."
            )
        case (
            "overspeed"
            | "off_ramp"
            | "mph_firmware"
            | "stop_not_obeyed"
            | "moved_while_latched"
            | "control_failed"
        ):
            return say(
                "Keep it out of use. Have it looked at, then commission it anew: backstride commission."
            )
        case "machine_reboot" | "control_lost":
            return say(
                "See the treadmill's power and its own console; then clear the stop on the floor page."
            )
        case "unit_stalled" | "unit_restarted":
            return say("Look into the unit: journalctl -u backstride-unit, its load and its power supply.")
        case "hr_missing" | "hr_lost" | "hr_gone" | "hr_stale":
            return say("See that the strap is wet and tight, and its battery.")
        case "safety_key" | "console_stop" | "stop_pressed":
            return say("Look at member and belt, then clear the stop on the floor page.")
        case "STOR-001" | "metrics_failing":
            return say("See disk and database of the metrics service: journalctl -u backstride-metrics.")
        case _:
            return ""
