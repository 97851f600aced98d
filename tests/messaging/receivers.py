"""Real HTTP receivers on the loopback address that behave as told, and check what they get."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """What it answers (the last answer stays), and what it got."""

    port: int = 0
    statuses: list[int] = field(default_factory=lambda: [200])
    body: bytes = b"thank you"
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    at_work: int = 0  # calls that wait for their answer
    most_at_work: int = 0
    called: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)  # a test may clear it
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.may_answer.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _body in self.got]


@contextmanager
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with told.lock:
                told.got.append((headers, content))
                told.at_work += 1
                told.most_at_work = max(told.most_at_work, told.at_work)
            told.called.set()
            told.may_answer.wait(5)
            with told.lock:
                told.at_work -= 1
            status = told.statuses.pop(0) if len(told.statuses) > 1 else told.statuses[0]
            self.send_response(status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_POST  # noqa: N815 - the library's name

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def dripping(first: bytes, drop: bytes = b"x", every: float = 0.05) -> Iterator[str]:
    """A server that says ``first`` and then a drop now and then, for ever; yield its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        try:
            line, _peer = listener.accept()
        except OSError:
            return
        with line:
            line.recv(65536)
            try:
                line.sendall(first)
                while not over.is_set():
                    line.sendall(drop)
                    if every:
                        time.sleep(every)
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        over.set()
        listener.close()
        thread.join()
