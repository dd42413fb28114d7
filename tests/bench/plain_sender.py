"""A WebSocket server that does nothing but send: `plain_sender.py PORT BYTES SECONDS`, the same bytes to everyone."""

import asyncio
import sys

from websockets.asyncio.server import broadcast, serve


async def main(port: int, size: int, every_s: float) -> None:
    """Send a frame of `size` bytes to all, again and again."""
    async with serve(lambda page: page.wait_closed(), "127.0.0.1", port, compression=None) as server:
        print("ready", flush=True)
        while True:
            broadcast(server.connections, "x" * size)
            await asyncio.sleep(every_s)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
