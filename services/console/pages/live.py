"""The one WebSocket of a page: `hello` with the build id, then a frame per tick, the newest only."""

import asyncio
from contextlib import suppress

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from services.console.auth.page_access import SIGNED_OUT_CODE, Watch, Watched
from services.console.context import Console
from services.console.feeds.feed import Feed, PageSeat
from services.console.pages.member import found_soon
from services.networks import network_of
from services.texts.languages import spoken

OVER_CODE = 4404
"""Closes a member's page whose session is over; after the handshake, since a page cannot see why one was refused."""

FULL_CODE = 1013
"""Closes a page for which there is no room ("try again later"), and one that gives its place to another."""


def live(console: Console) -> APIRouter:
    """Routes of live data."""
    router = APIRouter()

    @router.websocket("/live/floor")
    async def floor(page: WebSocket, watch: Watched) -> None:
        await _serve(page, console.feeds.floor[spoken()], console.assets.build, watch)

    @router.websocket("/live/board")
    async def board(page: WebSocket, watch: Watched) -> None:
        await _serve(page, console.feeds.board[spoken()], console.assets.build, watch)

    @router.websocket("/live/operator")
    async def operator(page: WebSocket, watch: Watched) -> None:
        await _serve(page, console.feeds.operator[spoken()], console.assets.build, watch)

    @router.websocket("/live/member/{token}")
    async def member(page: WebSocket, token: str, watch: Watched) -> None:
        found = await found_soon(console, token)
        if found is None:
            await page.accept()
            await page.close(OVER_CODE)
            return
        await _serve(page, console.feeds.member(found.session), console.assets.build, watch)

    return router


async def _serve(page: WebSocket, feed: Feed, build: str, watch: Watch) -> None:
    seat = feed.join(network_of(page.client.host if page.client is not None else ""))
    if seat is None:
        await page.accept()
        await page.close(FULL_CODE)
        return
    try:
        await page.accept()
        await page.send_json({"hello": {"build": build}})
        await _until_gone(page, feed, seat, watch)
    except WebSocketDisconnect:
        pass
    finally:
        feed.leave(seat)


async def _until_gone(page: WebSocket, feed: Feed, seat: PageSeat, watch: Watch) -> None:
    """Send frames until the page leaves, or has to. What a page says here is dropped: commands go by POST."""
    sending, hearing = asyncio.create_task(_send(page, feed, watch)), asyncio.create_task(_hear(page))
    leaving = asyncio.create_task(seat.given_up.wait())
    try:
        await asyncio.wait([sending, hearing, leaving], return_when=asyncio.FIRST_COMPLETED)
        over = sending.done() and sending.exception() is None
    finally:
        for task in (sending, hearing, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect):
                await task
    if seat.given_up.is_set():
        await page.close(FULL_CODE)
    elif over:
        await page.close(SIGNED_OUT_CODE)


async def _hear(page: WebSocket) -> None:
    while (await page.receive())["type"] != "websocket.disconnect":
        pass


async def _send(page: WebSocket, feed: Feed, watch: Watch) -> None:
    """Until the sign-in is over."""
    tick = 0
    while True:
        frame = await feed.newer_than(tick)
        if not await watch.holds():
            return
        await page.send_text(frame.for_reader_of(tick))
        tick = frame.tick
