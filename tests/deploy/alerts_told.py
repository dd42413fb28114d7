"""An alert that reaches whom it is meant for: on systemd, inside what the unit of the alert service allows."""

from pathlib import Path

from chroot import DebianMachine
from from_bare_debian import require, say

PHONE = """
import http.server
class Ntfy(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        said = self.rfile.read(int(self.headers["Content-Length"]))
        open("/root/phone", "ab").write(said + b"\\n")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")
http.server.HTTPServer(("127.0.0.1", 8099), Ntfy).serve_forever()
"""
LETTERS = """
import os, time, alert_receivers
with alert_receivers.mail() as desk:
    open("/root/port", "w").write(str(desk.port))
    while True:
        open("/root/letters.new", "w").write("".join(letter["topic"] + ": " + letter["body"] + "\\n" for letter in desk.came))
        os.replace("/root/letters.new", "/root/letters")
        time.sleep(0.2)
"""
RECEIVERS = Path(__file__).parents[1] / "support" / "alert_receivers.py"


def told(gym: DebianMachine) -> None:
    say(
        "alerts: a phone and a desk's mail are told of a unit that is away, by a service that may read nothing else"
    )
    for name, text in (("phone", PHONE), ("letters", LETTERS)):
        (gym.root / f"root/{name}.py").write_text(text)
    gym.put(RECEIVERS, "/root/alert_receivers.py")
    for name in ("phone", "letters"):
        gym.run(f"systemd-run --unit {name} python3 /root/{name}.py")
    gym.until("test -s /root/port", "mail is taken")
    require(not gym.ok("systemctl is-active backstride-alerts"), "it runs without anybody to tell")
    mail = "mailto://127.0.0.1:$(cat /root/port)?from=hub@gym.example&to=desk@gym.example&mode=insecure"
    for address in ("ntfy://127.0.0.1:8099/gym", mail):
        gym.run(f'echo "{address}" | backstride alerts add')
    gym.run("systemctl restart backstride-alerts")
    gym.until("systemctl is-active backstride-alerts", "the alert service runs")
    said = gym.run("backstride alerts test --config /etc/backstride/services/hub.toml")
    require("taken by 2 of 2" in said, said)
    gym.run("systemctl stop backstride-unit")
    for told_in in ("phone", "letters"):
        gym.until(f"grep -q 'unit-01 is away' /root/{told_in}", f"{told_in} are told", 120)
    gym.run("systemctl start backstride-unit")
    for told_in in ("phone", "letters"):
        gym.until(f"grep -q 'This is over' /root/{told_in}", f"{told_in}: and of its end", 120)
        said = gym.run(f"cat /root/{told_in}")
        require(said.count("unit-01 is away") == 2, said)
    require(gym.run("cat /root/letters").startswith("desk@gym.example: "), "to whom it was meant")
    gym.run("backstride alerts remove 2 && systemctl restart backstride-alerts")
