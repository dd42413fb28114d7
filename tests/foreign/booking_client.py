"""A client that openapi-python-client makes of the hub's OpenAPI runs a booking system's day against a demo's hub. Run
by `make foreign-test`."""

import subprocess
import sys
from pathlib import Path

import httpx
from beside_demo import HERE, RunningDemo, tried
from environments import Foreign, ready

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


def day(interpreter: Path, demo: RunningDemo, folder: Path) -> None:
    """A client is made, and goes through it."""
    generate(interpreter, demo, folder)
    script, url = HERE / "booking_day.py", f"{demo.url}/api/v1"
    words = [str(interpreter), str(script), str(folder), url, token(demo)]
    subprocess.run(words, check=True, timeout=DAY_S)


if __name__ == "__main__":
    what = "a client made of the OpenAPI document, through a booking system's day"
    sys.exit(tried(what, lambda: ready(GENERATOR), day, "--treadmills", "2", "--straps", "2"))
