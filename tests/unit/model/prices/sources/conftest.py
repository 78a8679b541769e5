"""HTTP server on the loopback interface with prepared answers."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Answers:
    """Prepared answers and the requests received.

    Attributes:
        url: Address of the server.
        queue: Answers (status, body) in order; the last one is repeated. None: no answer, the connection stays open.
        paths: Paths of the requests received.
        closing: Set at the end of the test; releases requests without an answer.
    """

    url: str = ""
    queue: list[tuple[int, str] | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def answers() -> Iterator[Answers]:
    state = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.paths.append(self.path)
            answer = state.queue.pop(0) if len(state.queue) > 1 else state.queue[0]
            if answer is None:
                state.closing.wait(10)
                return
            status, body = answer
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- name of the overridden method's parameter
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    state.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()
