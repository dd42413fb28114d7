"""What answers an InfluxQL question, or takes what is to be forgotten, and is no database: a fault that is named."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from device_adapters.config import Influx
from device_adapters.errors import StorageError
from services.metrics.influxql import InfluxQL


class Answers(ThreadingHTTPServer):
    """Says the same to everything."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body = 200, b""


class _Handler(BaseHTTPRequestHandler):
    server: Answers

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_POST = do_GET  # noqa: N815 — http.server asks for it

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def answers() -> Iterator[Answers]:
    made = Answers()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def database(answers: Answers) -> InfluxQL:
    return InfluxQL(Influx(url=f"http://127.0.0.1:{answers.server_port}"), "token")


SERIES = b'{"results":[{"series":[{"name":"m","columns":["time","hr"],"values":[[1,80]]}]}]}'


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in to the guest network</html>", b"", b"[]", b"null", b"3", b'"ok"', b'{"ok":true}', b"\xff",
        b'{"detail":"Not Found"}', b'{"results":null}', b'{"results":[3]}', b'{"results":[{"series":3}]}',
        b'{"results":[{"series":[{"columns":["time"]}]}]}', b"[" * 100_000, b'{"results":' * 60_000,
        SERIES.replace(b"[1,80]", b"[1]"), SERIES[:-9],
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 404, 503])
def test_what_is_no_answer_to_a_question_is_named(answers: Answers, body: bytes, status: int) -> None:
    answers.status, answers.body = status, body
    for ask in (
        database(answers).rows,
        database(answers).tables,
        database(answers).series,
        database(answers).change,
    ):
        with pytest.raises(StorageError, match=r"influx\.url"):
            ask("SELECT 1")


def test_an_answer_of_the_database_is_read(answers: Answers) -> None:
    answers.body = SERIES
    assert database(answers).rows("SELECT 1") == [{"time": 1, "hr": 80}]
    answers.body = b'{"results":[{"statement_id":0}]}'
    assert database(answers).rows("SELECT 1") == []
    answers.body = b'{"results":[{"statement_id":0,"error":"database not found"}]}'
    with pytest.raises(StorageError, match="database not found"):
        database(answers).rows("SELECT 1")


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>Welcome</html>"), (202, b""), (200, b'{"ok":true}'), (302, b"")]
)
def test_only_204_has_written_or_forgotten(answers: Answers, status: int, body: bytes) -> None:
    answers.status, answers.body = status, body
    with pytest.raises(StorageError, match=r"influx\.url"):
        database(answers).write(["strap,strap=hr-01 hr_bpm=80 1"])
    with pytest.raises(StorageError, match=r"influx\.url"):
        database(answers).delete("minutes", {"predicate": "x"}, must=False)
    answers.status, answers.body = 204, b""
    database(answers).write(["strap,strap=hr-01 hr_bpm=80 1"])
    answers.status = 404
    database(answers).delete("minutes", {"predicate": "x"}, must=False)
