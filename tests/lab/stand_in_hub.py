"""A model hub on this machine: it serves, refuses, is silent, or sends the wrong file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from attention_course.lab import pretrained

FILES = f"/{pretrained.HUB_MODEL}/resolve/{pretrained.HUB_REVISION}/"
_packaged = pretrained._packaged  # tests replace it in its module
Answer = Callable[[BaseHTTPRequestHandler], None]


class StandIn(ThreadingHTTPServer):
    """Answer each file's name with ``answer``; remember who asked for what, and how."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        self.answer, self.closing = answer, threading.Event()
        self.asked: list[tuple[str, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.answer(self)

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""


@contextmanager
def stand_in_hub(answer: Answer) -> Iterator[StandIn]:
    """Run a hub for as long as the block runs."""
    hub = StandIn(answer)
    thread = threading.Thread(target=hub.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hub
    finally:
        hub.closing.set()
        hub.shutdown()
        thread.join()
        hub.server_close()


def send(content: bytes) -> Answer:
    """Send these bytes, whatever is asked for."""

    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(200)
        asked.send_header("Content-Length", str(len(content)))
        asked.end_headers()
        asked.wfile.write(content)

    return answer


def refuse(asked: BaseHTTPRequestHandler) -> None:
    """Answer as a hub that wants a token."""
    asked.send_error(401, "Unauthorized")


def stay_silent(asked: BaseHTTPRequestHandler) -> None:
    """Take the question and say nothing for as long as the hub runs."""
    asked.server.closing.wait(10)


def break_off(asked: BaseHTTPRequestHandler) -> None:
    """Promise more than comes."""
    asked.send_response(200)
    asked.send_header("Content-Length", "1000")
    asked.end_headers()
    asked.wfile.write(b"half")


def send_elsewhere(asked: BaseHTTPRequestHandler) -> None:
    """Redirect once, as the real hub does to the machines that hold the large files."""
    if asked.path.startswith("/elsewhere/"):
        return send(b"from elsewhere")(asked)
    asked.send_response(307)
    asked.send_header("Location", "/elsewhere/file")
    asked.send_header("Content-Length", "0")
    asked.end_headers()


def send_published(asked: BaseHTTPRequestHandler) -> None:
    """Send the published file of that name, from the installed package."""
    path = _packaged(asked.path.removeprefix(FILES))
    assert path is not None
    send(path.read_bytes())(asked)
