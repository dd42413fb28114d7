"""The tick that feeds the pages that are open: one frame for each kind of them."""

import msgspec
import structlog

from services.console.context import Console
from services.console.live.board import board_picture
from services.console.live.class_board import for_staff
from services.console.live.picture import Picture
from services.console.operator.board import operator_view
from services.texts.languages import LANGUAGES, speaking

TICK_S = 0.5

log = structlog.get_logger("console")


async def ticks(console: Console) -> None:
    """Until cancelled."""
    while True:
        console.punctual.awake(console.clock.now_ms())
        try:
            _publish(console, console.clock.now_ms())
        except Exception:  # pages grey by themselves; stops must go on working
            log.exception("tick")
        await console.clock.sleep(TICK_S)


def _publish(console: Console, now_ms: int) -> None:
    """One frame for each kind of page that is open."""
    floor, feeds, sessions = console.floor, console.feeds, console.floor.sessions()
    led = floor.heard_class.now(now_ms)
    for language in LANGUAGES:
        pages = (feeds.floor[language], feeds.board[language], feeds.operator[language])
        if not any(page.watched for page in pages):
            continue
        with speaking(language):
            view = floor.view(now_ms)
            if feeds.floor[language].watched:
                told = for_staff(led, view.machines, sessions, service=floor.heard_class.spoken_of(now_ms))
                picture = view.picture()
                feeds.floor[language].publish(
                    _dated(Picture({**picture.floor, **told}, picture.tiles), now_ms)
                )
            if feeds.board[language].watched:
                picture = board_picture(view.machines, sessions, bus=view.bus, led=led)
                feeds.board[language].publish(picture)
            if feeds.operator[language].watched:
                seen = operator_view(floor, now_ms, console.clock.wall_ms())
                feeds.operator[language].publish(_dated(seen.picture(), now_ms))
    watched = feeds.members()
    for treadmill, session in sessions.items():
        if feed := watched.get(session.session):
            shown = floor.member(treadmill, session, now_ms)
            feed.publish(Picture({"bus": floor.bus, **msgspec.structs.asdict(shown)}))


def _dated(picture: Picture, now_ms: int) -> Picture:
    """With the time that the page's requests name; see `request_time`."""
    return Picture({**picture.floor, "seen": now_ms}, picture.tiles)
