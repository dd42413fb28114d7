"""What an operator's phone hangs at: an ntfy server, and a mail server that keeps what it is sent. On loopback."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Phone:
    """What came, newest last. `refuse`: answer as a server in trouble; `hang`: answer when this is set."""

    port: int = 0
    came: list[dict[str, str]] = field(default_factory=list)
    refuse: bool = False
    tries: int = 0
    hang: threading.Event | None = None


@contextmanager
def ntfy() -> Iterator[Phone]:
    """As ntfy's publish by JSON: https://docs.ntfy.sh/publish/#publish-as-json."""
    phone = Phone()

    class NtfyHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            phone.tries += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if phone.hang is not None:
                phone.hang.wait(30)
            if phone.refuse:
                self.send_error(503)
                return
            said = json.loads(body)
            phone.came.append({"topic": said["topic"], "title": said["title"], "body": said["message"]})
            answer = b'{"id":"x","event":"message"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), NtfyHandler), phone):
        yield phone


@contextmanager
def mail() -> Iterator[Phone]:
    """Takes every mail (RFC 5321, what a client of it needs)."""
    phone = Phone()

    class MailHandler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 sink")
            while line := self.rfile.readline():
                word = line.split()[0].upper() if line.split() else b""
                if word == b"QUIT":
                    self._say("221 bye")
                    return
                if word == b"DATA":
                    self._say("354 go on")
                    self._take()
                self._say("250 ok")

        def _take(self) -> None:
            lines = list(iter(self.rfile.readline, b".\r\n"))
            letter = message_from_bytes(b"".join(lines), policy=default)
            text = letter.get_body(("plain", "html"))
            assert text is not None
            phone.came.append({"topic": letter["To"], "title": letter["Subject"], "body": text.get_content()})

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    class MailServer(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with _serving(MailServer(("127.0.0.1", 0), MailHandler), phone):
        yield phone


@contextmanager
def _serving(server: socketserver.TCPServer, phone: Phone) -> Iterator[None]:
    phone.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
