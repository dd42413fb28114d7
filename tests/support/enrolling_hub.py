"""A site with its office and its enrolment desk, in a folder, under a clock that can be moved on."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from ports import free_port

from device_adapters.clock import SystemClock
from services.hub import authority, code
from services.hub.clients import Client, UnitDevice
from services.hub.desk import Desk
from services.hub.invitations import Invitations
from services.hub.letters import Join, Renew, Renewed, Welcome
from services.hub.office import Office
from services.hub.service import run_desk
from services.hub.setup import set_up
from services.hub.site import Places, SiteConfig

DAY_MS = 86_400_000
UNIT = Client(
    name="unit-01",
    role="unit",
    treadmills=(UnitDevice("tm-01", "F1:00:00:00:00:01"), UnitDevice("tm-02")),
    straps=(UnitDevice("hr-01"),),
)


@dataclass
class MovedClock(SystemClock):
    """The machine's clocks some days on; `set_ms`: so much its wall clock was set."""

    days: float = 0
    set_ms: int = 0

    def now_ms(self) -> int:
        return super().now_ms() + int(self.days * DAY_MS)

    def wall_ms(self) -> int:
        return super().wall_ms() + int(self.days * DAY_MS) + self.set_ms


@dataclass
class EnrollingHub:
    """A site in a folder, its office, and the desk without its web server."""

    folder: Path
    clock: MovedClock = field(default_factory=MovedClock)

    def __post_init__(self) -> None:
        self.places = Places(self.folder)
        set_up(
            self.places,
            SiteConfig("gym", ("localhost",), enrol_port=free_port(), releases=str(self.folder / "releases")),
            self.clock,
        )
        self.office = Office(self.places, self.clock)
        self.desk = Desk(self.office)

    def invite(self, client: Client = UNIT, minutes: int = 30) -> code.Code:
        self.office.admit(client)
        made = code.new(
            "localhost", self.places.site().enrol_port, authority.fingerprint(self.office.root.certificate)
        )
        now_s = int(self.office.now().timestamp())
        Invitations(self.places.invitations).add(client.name, made.secret, now_s + 60 * minutes, now_s)
        return made

    def ask(self, secret: bytes, key: bytes, name: str = "unit") -> object:
        letter = Join(secret.hex(), authority.signing_request(name, key).decode())
        return self.desk.join(msgspec.json.encode(letter), "10.0.0.1").body

    def join(self, client: Client = UNIT) -> authority.Pair:
        key = authority.new_key()
        welcome = self.ask(self.invite(client).secret, key)
        assert isinstance(welcome, Welcome)
        return authority.Pair(welcome.certificate.encode(), key)

    def renew(self, held: authority.Pair, by: bytes = b"") -> authority.Pair | str:
        key = authority.new_key()
        request = authority.signing_request("unit", key)
        letter = Renew(
            held.certificate.decode(), request.decode(), authority.sign(by or held.key, request).hex()
        )
        body = self.desk.renew(msgspec.json.encode(letter), "10.0.0.2").body
        return (
            authority.Pair(body.certificate.encode(), key)
            if isinstance(body, Renewed)
            else getattr(body, "text", "")
        )


@contextlib.contextmanager
def desk_process(hub: EnrollingHub) -> Iterator[None]:
    """The desk as it runs on a hub, on its own loop."""
    loop, ready, tasks = asyncio.new_event_loop(), threading.Event(), list[asyncio.Task[None]]()

    async def serve() -> None:
        tasks.append(asyncio.current_task())  # type: ignore[arg-type]
        with contextlib.suppress(asyncio.CancelledError):
            await run_desk(hub.places, hub.clock, ready.set)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(30)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(tasks[0].cancel)
        thread.join()
        loop.close()
