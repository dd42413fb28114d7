"""A client that openapi-python-client makes of the hub's OpenAPI runs a booking system's day against a demo's hub. Run
by `make foreign-test`."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
from environments import Foreign, ready

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

from demo_process import RunningDemo, end_demo, start_demo  # noqa: E402

GENERATOR = Foreign(
    name="openapi-client",
    requirements=("openapi-python-client==0.26.2",),
    fitting=((3, 13), (3, 12), (3, 11), (3, 10)),
)
DAY_S = 600


def generate(interpreter: Path, demo: RunningDemo, folder: Path) -> None:
    """The client's package, `backstride_client` in `folder`; whatever the generator could not make is a failure."""
    document = folder / "openapi.json"
    document.write_bytes(httpx.get(f"{demo.url}/api/v1/openapi.json", timeout=60).raise_for_status().content)
    settings = folder / "settings.yml"
    settings.write_text("post_hooks: []\n")
    said = subprocess.run(
        [str(interpreter.with_name("openapi-python-client")), "generate", "--path", str(document), "--meta", "none",
         "--config", str(settings), "--output-path", str(folder / "backstride_client"), "--fail-on-warning"],
        capture_output=True, text=True, timeout=DAY_S, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr
    made = len(list((folder / "backstride_client" / "api").rglob("*.py")))
    sys.stdout.write(
        f"  a client was made of {len(document.read_bytes())} bytes of OpenAPI: {made} modules\n"
    )


def token(demo: RunningDemo) -> str:
    """A token of staff, as an operator makes it."""
    words = [
        sys.executable,
        "-m",
        "services.cli",
        "token",
        "create",
        "booking",
        "--role",
        "staff",
        "--days",
        "1",
    ]
    made = subprocess.run(
        [*words, "--config", str(demo.data / "hub.toml")],
        capture_output=True,
        text=True,
        timeout=DAY_S,
        check=True,
    )
    return made.stdout.strip()


def main() -> int:
    """0: it holds, or this machine cannot run it and that was said."""
    if not shutil.which("mosquitto", path="/usr/bin:/usr/sbin:/usr/local/sbin"):
        sys.stdout.write("== NOT TESTED: a generated client: this machine has no Mosquitto\n")
        return 0
    interpreter = ready(GENERATOR)
    if interpreter is None:
        return 0
    sys.stdout.write("== a client made of the OpenAPI document, through a booking system's day\n")
    with tempfile.TemporaryDirectory(prefix="backstride-client-") as name:
        folder = Path(name)
        (folder / "demo").mkdir()
        demo = start_demo(folder / "demo", "--treadmills", "2", "--straps", "2")
        try:
            generate(interpreter, demo, folder)
            day = [
                str(interpreter),
                str(HERE / "booking_day.py"),
                str(folder),
                f"{demo.url}/api/v1",
                token(demo),
            ]
            subprocess.run(day, check=True, timeout=DAY_S)
        finally:
            end_demo(demo)
    sys.stdout.write("== generated client: the whole day went\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
