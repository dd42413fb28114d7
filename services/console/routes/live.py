"""The one WebSocket of a page: `hello` with the build id, then a frame per tick, the newest only."""

import asyncio
from contextlib import suppress

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from services.console.context import Console
from services.console.feed import Feed, Seat
from services.console.languages import spoken
from services.console.routes.member import find
from services.networks import network_of


def live(console: Console) -> APIRouter:
    """Routes of live data."""
    router = APIRouter()

    @router.websocket("/live/floor")
    async def floor(page: WebSocket) -> None:
        await _serve(page, console.feeds.floor[spoken()], console.assets.build)

    @router.websocket("/live/board")
    async def board(page: WebSocket) -> None:
        await _serve(page, console.feeds.board[spoken()], console.assets.build)

    @router.websocket("/live/operator")
    async def operator(page: WebSocket) -> None:
        await _serve(page, console.feeds.operator[spoken()], console.assets.build)

    @router.websocket("/live/member/{token}")
    async def member(page: WebSocket, token: str) -> None:
        found = find(console, token)
        if found is None:
            await page.close(1008)
            return
        await _serve(page, console.feeds.member(found.session), console.assets.build)

    return router


async def _serve(page: WebSocket, feed: Feed, build: str) -> None:
    seat = feed.join(network_of(page.client.host if page.client is not None else ""))
    if seat is None:
        await page.close(1013)
        return
    try:
        await page.accept()
        await page.send_json({"hello": {"build": build}})
        await _until_gone(page, feed, seat)
    except WebSocketDisconnect:
        pass
    finally:
        feed.leave(seat)


async def _until_gone(page: WebSocket, feed: Feed, seat: Seat) -> None:
    """Send frames until the page leaves, or has to. What a page says here is dropped: commands go by POST."""
    sending, hearing = asyncio.create_task(_send(page, feed)), asyncio.create_task(_hear(page))
    leaving = asyncio.create_task(seat.given_up.wait())
    try:
        await asyncio.wait([hearing, leaving], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, hearing, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect):
                await task
    if seat.given_up.is_set():
        await page.close(1013)


async def _hear(page: WebSocket) -> None:
    while (await page.receive())["type"] != "websocket.disconnect":
        pass


async def _send(page: WebSocket, feed: Feed) -> None:
    tick = 0
    while True:
        frame = await feed.newer_than(tick)
        await page.send_text(frame.for_reader_of(tick))
        tick = frame.tick
