"""Treadmills, straps and people for an installed hub and its units, on a virtual radio."""

from chroot import DebianMachine

FOLDER = "/etc/backstride-unit-gym"


def start_gym(hub: DebianMachine) -> None:
    """The virtual gym, as a service of the hub's machine."""
    hub.run(f"backstride hub client add gym --role sim -o {FOLDER}")
    settings = (
        f'port = 9100\ntreadmills = 2\nstraps = 1\n[broker]\nurl = "mqtts://localhost:8883"\n'
        f'ca_file = "{FOLDER}/ca.crt"\ncert_file = "{FOLDER}/gym.pem"\n'
    )
    hub.run(f"cat > {FOLDER}/gym.toml <<'T'\n{settings}T")
    unit = (
        "[Service]\nType=notify\nExecStart=/opt/backstride/current/bin/backstride run gym --config "
        + f"{FOLDER}/gym.toml\n"
    )
    hub.run(f"cat > /etc/systemd/system/virtual-gym.service <<'T'\n{unit}T")
    hub.run("systemctl start virtual-gym")
