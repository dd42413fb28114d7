"""docs/operators.md, walked: its commands as they stand there, on a hub and unit with systemd, and what they say.

`tests/unit/test_operators_walk.py` holds the two lists here to the document: each of its commands is in one of them.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from chroot import DebianMachine
from from_bare_debian import HUB, require, say

DOCUMENT = Path(__file__).parents[2] / "docs" / "operators.md"
_COMMAND = re.compile(r"(sudo |backstride |member |session |user )")
ENVIRONMENT = f"BACKSTRIDE_CONFIG={HUB}/services/hub.toml"


@dataclass(frozen=True, slots=True)
class WalkedStep:
    """`command` as it stands in the document; `says`: a pattern of what it answers; `put`: what stands in the place of
    its words in capitals, and more; `given`: what is typed."""

    command: str
    says: str
    put: tuple[tuple[str, str], ...] = ()
    given: str = ""


ROLE, ID = (
    ("staff|coach|operator", "staff --password-stdin"),
    ("ID", "$(backstride member list --json | first-id)"),
)
WALKED = (
    WalkedStep("sudo backstride hub init", r"ready in /etc/backstride"),
    WalkedStep("sudo backstride hub drill --minutes 15", r"", (), "right"),
    WalkedStep("backstride console setup-link", r"/setup/"),
    WalkedStep(
        "backstride user add Anna --role staff|coach|operator",
        r"u-[0-9a-f]{8}",
        (ROLE,),
        "walk backward slowly",
    ),
    WalkedStep("sudo systemctl restart backstride-console", r""),
    WalkedStep("sudo backstride unit list", r"unit-01"),
    WalkedStep(
        "sudo backstride unit invite unit-01 --treadmill tm-01=F1:00:00:00:00:01 --strap hr-01",
        r"may join once",
        (("unit-01", "unit-02"), ("tm-01", "tm-51"), ("hr-01", "hr-51")),
    ),
    WalkedStep("backstride fleet status", r"unit-01"),
    WalkedStep("backstride stop --all", r"tm-01: still"),
    WalkedStep("backstride session clear tm-01 --by NAME", r"tm-01: ", (("NAME", "Otto"),)),
    WalkedStep("backstride config check FILE", r"nothing wrong", (("FILE", f"{HUB}/services/hub.toml"),)),
    WalkedStep("backstride config show FILE", r"site", (("FILE", f"{HUB}/services/hub.toml"),)),
    WalkedStep("backstride devices [MODEL]", r"FTMS", (("[MODEL]", ""),)),
    WalkedStep("backstride decode 2acd 840464001400000200ffffff3f00", r"speed_kmh"),
    WalkedStep(
        "sudo -u backstride env BACKSTRIDE_CONFIG=/etc/backstride/services/hub.toml backstride member list",
        r"",
    ),
    WalkedStep('backstride member add "Name" --born 1968 --alias Wren', r"m-"),
    WalkedStep("member screen ID --no-fall --walk 4.2", r"", (ID,)),
    WalkedStep("member consent ID session_records", r"", (ID,)),
    WalkedStep("member list NAME", r"Wren", (("NAME", "Name"),)),
    WalkedStep("member show ID", r"(?s)Wren.*novice", (ID,)),
    WalkedStep("member export ID", r"", (ID,)),
    WalkedStep("backstride audit [ID] [--days 30]", r"export", (("[ID] [--days 30]", "--days 30"),)),
    WalkedStep("member erase ID", r"", (("ID", f"{ID[1]} --yes"),)),
    WalkedStep("sudo backstride support -o support.zip", r"kB", (), "y"),
    WalkedStep("sudo backstride backup -o FILE", r"keep it locked away", (("FILE", "/root/walked.tar"),)),
    WalkedStep("sudo backstride offsite send", r"sent: "),
    WalkedStep("sudo backstride offsite try", r"all whole"),
    WalkedStep("sudo backstride offsite fetch -o back.tar", r"restore back\.tar"),
    WalkedStep("sudo backstride alerts add", r"added to", (), "ntfy://127.0.0.1:8099/walk"),
    WalkedStep("sudo systemctl restart backstride-alerts", r""),
    WalkedStep("sudo backstride alerts list", r"2 ntfy"),
    WalkedStep("backstride alerts test", r"taken by 2 of 2"),
    WalkedStep("sudo backstride alerts remove NUMBER", r"removed", (("NUMBER", "2"),)),
)

NOT_HERE = {
    "it listens to devices: tests/integration/test_device_tools.py": (
        "backstride scan --config unit.toml",
        "sudo backstride clicker list",
        "sudo backstride clicker pair ADDRESS",
        "sudo backstride clicker try NAME",
        "sudo -u backstride-unit backstride belt-sensor tm-01 --config /etc/backstride-unit/unit.toml --belt-m 3.2 "
        '--by "Your name"',
        "backstride capture tm-01 --config unit.toml",
        "backstride replay capture-tm-01.jsonl",
        "backstride doctor --config unit.toml",
        "backstride doctor --config /etc/backstride-unit/unit.toml",
        'backstride commission tm-01 --config /etc/backstride-unit/unit.toml --by "Your Name"',
    ),
    "done or undone by another part of make deploy-test": (
        "sudo deploy/hub/install.sh --site gym --host hub.local",
        "sudo deploy/raspberry-pi/install.sh",
        "sudo deploy/raspberry-pi/install.sh --serial",
        "sudo deploy/hub/install.sh",
        "sudo backstride unit join",
        "sudo systemctl start backstride-unit",
        "sudo backstride unit rotate",
        "sudo backstride unit revoke unit-01",
        "sudo backstride unit retire unit-01",
        "backstride hub broker-restart --now",
        "sudo /opt/backstride/current/deploy/update.sh FILE",
        "sudo backstride restore FILE",
        "sudo backstride restore back.tar",
        "backstride session start --treadmill tm-01 --goal mobility --spotter --screened --watch",
        "backstride stop tm-01 tm-02",
    ),
    "it needs a database, a Grafana, or stores of nobody": (
        "sudo -u backstride backstride provision influx --config hub.toml --admin-token-file FILE",
        "backstride metrics minutes --since 2026-03-31 [--until ...]",
        "backstride provision grafana --config hub.toml --url http://HOST:3000 --token-file FILE",
        "backstride provision grafana --config hub.toml --files DIR",
        "backstride seed --weeks 12 --members 40",
    ),
    "it needs a session that ended: tests/integration/test_session_commands.py": (
        "session show ID",
        "backstride sessions",
        'sudo backstride incident record SESSION --config /etc/backstride/services/hub.toml --what "..." '
        '--injury none --measures "..." --witness "staff A" --by "Your name"',
        "backstride incident verify FILE",
        "session watch|pause|resume|stop|skip|repeat|done|slower|note|feedback",
        "session export ID --format fit\\|tcx\\|csv\\|json -o FILE",
        "member answer SESSION --rpe 12 --pain 1",
        "member level ID knee_strength intermediate",
    ),
    "it needs an extra that no hub has by itself: tests/integration/test_report_pdf.py": (
        "member report ID --pdf FILE",
    ),
    "it needs a booking system: tests/integration/test_calendar_feed.py": (
        "sudo -u backstride backstride diary add --config hub.toml",
        "sudo -u backstride backstride diary list --config hub.toml",
        "sudo -u backstride backstride diary remove NUMBER --config hub.toml",
    ),
    "of Debian": ("sudo apt install restic", "sudo ssh user@host"),
    "its own test": (
        "sudo backstride unit card unit-07 -o /media/bootfs --treadmill tm-07=F1:00:00:00:00:07 --wifi Gym "
        "--wifi-password-file wifi.txt --country DE",
        "sudo backstride release add FILE",
        "sudo backstride release add backstride-0.2.0-aarch64.tar.gz",
        "sudo backstride release roll-out 0.2.0 --canary unit-01 --begin 02:00 --end 05:00",
        "sudo backstride release status",
        "backstride release stop",
        "sudo backstride treadmill rename tm-01 tm-15",
        "backstride fleet forget unit\\|treadmill\\|strap\\|store NAME",
        "user list|role|disable|password",
        "backstride retention",
        "backstride config check",
        "backstride scan",
    ),
    "a name of a command, walked with its words": ("member export", "member erase"),
}
"""Why a command of the document is not walked → commands."""


def commands(text: str) -> list[str]:
    """Every command of ours that the document has, in its order, in backticks or in a block; notes at its end off."""
    found: list[str] = []
    for block, inline in re.findall(r"```\n?(.*?)```|`([^`\n]+)`", text, re.DOTALL):
        for line in (block or inline).splitlines():
            command = line.split("   #")[0].strip()
            if _COMMAND.match(command) and command not in found:
                found.append(command)
    return found


def shell(step: WalkedStep) -> str:
    """What is run: by root after `sudo`, else by the operator's own user, as the document says; who stands in a table
    has `backstride` before it."""
    command = step.command
    for word, instead in step.put:
        command = command.replace(word, instead)
    typed = f"printf '%s\\n' {shlex.quote(step.given)} | " if step.given else ""
    if command.startswith("sudo ") and not command.startswith("sudo -u "):
        return f"cd /root; export {ENVIRONMENT}; {typed}{command.removeprefix('sudo ')} 2>&1"
    command = command.removeprefix(
        "sudo -u backstride env BACKSTRIDE_CONFIG=/etc/backstride/services/hub.toml "
    )
    whole = command if command.startswith("backstride ") else f"backstride {command}"
    return f"runuser -u backstride -- sh -c {shlex.quote(f'cd /var/tmp; export {ENVIRONMENT}; {typed}{whole} 2>&1')}"


def walk(gym: DebianMachine) -> None:
    """On a hub and unit that run, with [backup] set up and one address for alerts."""
    say(f"docs/operators.md: {len(WALKED)} of its commands, as they stand there")
    chosen = "import json,sys; print(json.load(sys.stdin)[0]['id'])"
    (gym.root / "usr/local/bin/first-id").write_text(f'#!/bin/sh\nexec python3 -c "{chosen}"\n')
    (gym.root / "usr/local/bin/first-id").chmod(0o755)
    for step in WALKED:
        said = gym.run(shell(step))
        require(re.search(step.says, said) is not None, f"{step.command}\n{said}")
        if "restart" in step.command:
            service = step.command.split()[-1]
            gym.until(f"systemctl is-active {service}", f"{service} is back")
